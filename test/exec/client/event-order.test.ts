import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EventOrder, openEventOrder, type ProcessEvent } from '../../../src/exec/client/event-order.ts';

/** What a process tells: so much output, its exit among it, its close last. */
function history(outputs: number, exitAt: number): ProcessEvent[] {
  const events: ProcessEvent[] = [];
  for (let seq = 1; seq <= outputs + 1; seq++) {
    const exit = { kind: 'exited', seq, code: 3, sandboxDenied: true, denial: null } as const;
    events.push(seq === exitAt ? exit : { kind: 'output', seq, stream: 'stdout', bytes: Buffer.from(`${seq};`) });
  }
  return [...events, { kind: 'closed', seq: outputs + 2 }];
}

function readOf(events: readonly ProcessEvent[], after: number) {
  const output = events.flatMap((it) => (it.kind === 'output' && it.seq > after ? [it] : []));
  const exit = events.find((it) => it.kind === 'exited');
  return {
    chunks: output.map(({ seq, stream, bytes }) => ({ seq, stream, chunk: Buffer.from(bytes).toString('base64') })),
    nextSeq: events.length + 1,
    exited: exit !== undefined,
    exitCode: exit?.kind === 'exited' ? exit.code : null,
    closed: events.at(-1)?.kind === 'closed',
    failure: null,
    sandboxDenied: exit !== undefined,
    denial: null,
  };
}

function allOf(order: EventOrder): ProcessEvent[] {
  const events: ProcessEvent[] = [];
  for (let event = order.next(); event !== null; event = order.next()) events.push(event);
  return events;
}

const scenario = fc.integer({ min: 0, max: 40 }).chain((outputs) =>
  fc.record({
    outputs: fc.constant(outputs),
    exitAt: fc.integer({ min: 1, max: outputs + 1 }),
    /** Which events come, in which order, some twice and some never; and how many happened before the read. */
    arrivals: fc.array(fc.integer({ min: 0, max: outputs + 1 }), { maxLength: 80 }),
    happened: fc.integer({ min: 0, max: outputs + 2 }),
    later: fc.array(fc.integer({ min: 0, max: outputs + 1 }), { maxLength: 20 }),
  }),
);

it('whatever comes in whatever order, and a read at any moment: every event is told once, in order', () => {
  fc.assert(
    fc.property(scenario, ({ outputs, exitAt, arrivals, happened, later }) => {
      const events = history(outputs, exitAt);
      const order = openEventOrder();
      const told: ProcessEvent[] = [];
      const take = (indices: readonly number[], known: number): void => {
        for (const index of indices) {
          const event = events[index];
          if (event === undefined || index >= known) continue;
          order.take(event);
          told.push(...allOf(order));
        }
      };
      take(arrivals, happened);
      expect(order.settle(readOf(events.slice(0, happened), order.last()))).toBe(true);
      told.push(...allOf(order));
      expect(told.length).toBe(happened);
      take(later, events.length);
      order.settle(readOf(events, order.last()));
      told.push(...allOf(order));
      expect(told).toEqual(events);
      expect(order.missing()).toBe('nothing');
    }),
    { numRuns: 500 },
  );
});

it('output that is not retained is a loss, and no exit is told in its place', () => {
  const order = openEventOrder();
  const events = history(6, 4);
  const read = readOf(events, 0);
  expect(order.settle({ ...read, chunks: read.chunks.slice(2) })).toBe(false);
  expect(allOf(order)).toEqual([]);
});

it('holds 256 events and 1 MiB at most, and asks again for what it left out', () => {
  const order = openEventOrder();
  const output = (seq: number, size: number): ProcessEvent => ({
    kind: 'output',
    seq,
    stream: 'pty',
    bytes: Buffer.alloc(size, 'x'),
  });
  for (let seq = 2; seq <= 100; seq++) order.take(output(seq, 1));
  expect(order.missing()).toBe('soon');
  for (let seq = 101; seq <= 1000; seq++) order.take(output(seq, 1));
  expect(order.missing()).toBe('now');
  order.take(output(1, 1));
  // The first one and the 256 that were held.
  expect(allOf(order).length).toBe(257);
  expect(order.missing()).toBe('now');

  const large = openEventOrder();
  for (let seq = 2; seq <= 30; seq++) large.take(output(seq, 64 * 1024));
  large.take(output(1, 1));
  expect(allOf(large).length).toBe(17);
  expect(large.missing()).toBe('now');
});
