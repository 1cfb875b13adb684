// A reader that takes its time hears every event, and what waits for it does not fill the memory.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bus, type BusEvent, type Door, type EventBody, openBus } from '../../../src/core/bus/index.ts';
import { openEventFeed } from '../../../src/ui/cli/event-feed.ts';

const MIB = 1024 * 1024;

/** What the one process prints: the byte at place n is n % 251. */
const PRINTED = Buffer.from(Uint8Array.from({ length: 40 * MIB }, (_, at) => at % 251));

interface Session {
  readonly bus: Bus;
  readonly door: Door;
  /** Bytes that were asked for again. */
  readonly reread: () => number;
  /** Publishes more output of the one process. */
  print(length: number): void;
}

/** A bus of its own, and a door whose answers are what was printed. `kept`: from which byte on it is. */
function openSession(kept = 0): Session {
  const bus = openBus({
    session: 's',
    now: () => 0,
    onListenerError: (error) => {
      throw error;
    },
  });
  let printed = 0;
  let reread = 0;
  const bytesOf = (from: number, to: number) => new Uint8Array(PRINTED.subarray(from, to));
  const door: Door = {
    command: async () => ({ ok: true }),
    // The one query that a feed makes; the type cannot say that.
    query: (async (query: { from: number; to: number }) => {
      const from = Math.max(kept, query.from);
      // As the core does: never more than a piece at once.
      const bytes = from >= query.to ? new Uint8Array() : bytesOf(from, Math.min(query.to, from + 100_000));
      reread += bytes.length;
      return { from, bytes };
    }) as unknown as Door['query'],
    subscribe: (from, listener) => bus.subscribe(from, listener),
  };
  return {
    bus,
    door,
    reread: () => reread,
    print(length) {
      const from = printed;
      printed += length;
      bus.publish({
        type: 'process.output',
        process: 1,
        attempt: 1,
        from,
        stream: 'stdout',
        bytes: bytesOf(from, printed),
      });
    },
  };
}

async function drain(feed: ReturnType<typeof openEventFeed>): Promise<BusEvent[]> {
  feed.end();
  const events: BusEvent[] = [];
  for (let event = await feed.next(); event !== null; event = await feed.next()) events.push(event);
  return events;
}

const turnStarted: EventBody = { type: 'turn.started', turn: 't' };
const opened: EventBody = {
  type: 'session.opened',
  cwd: '/',
  provider: 'shell',
  model: null,
  profile: ':workspace',
  network: 'restricted',
  version: '0',
  earlierItems: 0,
};

function isRight(events: readonly BusEvent[]): void {
  let at = 0;
  for (const [index, event] of events.entries()) {
    expect(event.seq).toBe(index + 1);
    if (event.type !== 'process.output') continue;
    expect(event.from).toBe(at);
    expect(PRINTED.subarray(at, at + event.bytes.length).equals(event.bytes)).toBe(true);
    at += event.bytes.length;
  }
}

describe('the feed of events', () => {
  it('gives all of them, in order and whole, however it is read', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('print' as const), length: fc.integer({ min: 1, max: 3 * MIB }) }),
      fc.record({ kind: fc.constant('other' as const), length: fc.constant(0) }),
      fc.record({ kind: fc.constant('read' as const), length: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const { bus, door, print } = openSession();
        const feed = openEventFeed(door);
        const heard: BusEvent[] = [];
        let waiting = 0;
        for (const { kind, length } of steps) {
          if (kind === 'read' && waiting === 0) continue;
          if (kind === 'print') print(length);
          if (kind === 'other') bus.publish(turnStarted);
          waiting += kind === 'read' ? -1 : 1;
          const event = kind === 'read' ? await feed.next() : null;
          if (event !== null) heard.push(event);
        }
        heard.push(...(await drain(feed)));
        expect(heard).toHaveLength(steps.filter(({ kind }) => kind !== 'read').length);
        isRight(heard);
      }),
      { numRuns: 20 },
    );
  });

  it('holds 8 MiB of what waits, and asks for the rest when its turn comes', async () => {
    const { door, print, reread } = openSession();
    const feed = openEventFeed(door);
    for (let count = 0; count < 20; count += 1) print(MIB);
    expect(reread()).toBe(0);
    const events = await drain(feed);
    isRight(events);
    expect(events).toHaveLength(20);
    expect(reread()).toBe(12 * MIB);
  });

  it('says where it begins when the core does not have it any more', async () => {
    const { door, print } = openSession(20 * MIB);
    const feed = openEventFeed(door);
    for (let count = 0; count < 12; count += 1) print(MIB);
    const lengths = (await drain(feed)).map((event) => (event.type === 'process.output' ? event.bytes.length : -1));
    expect(lengths).toEqual([...Array(8).fill(MIB), 0, 0, 0, 0]);
  });

  it('leaves out what happened before a session was taken up again, earlier times included', async () => {
    const { bus, door } = openSession();
    const resumed: EventBody = { type: 'session.resumed', recordedAt: 0, lost: 0 };
    for (const event of [opened, turnStarted, resumed, turnStarted, resumed]) bus.publish(event);
    const feed = openEventFeed(door);
    bus.publish(turnStarted);
    expect((await drain(feed)).map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'session.opened'],
      [5, 'session.resumed'],
      [6, 'turn.started'],
    ]);
  });

  it('waits for what comes, and ends when it is told to', async () => {
    const { bus, door } = openSession();
    const feed = openEventFeed(door);
    const next = feed.next();
    bus.publish(turnStarted);
    expect((await next)?.type).toBe('turn.started');
    const last = feed.next();
    feed.end();
    expect(await last).toBe(null);
  });
});
