// Does every message arrive once and in order, and nothing else, whatever is done to its records on the way?

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openInitiator, openResponder } from '../../../src/exec/relay/noise/handshake.ts';
import { keysOf, newKeySeed } from '../../../src/exec/relay/noise/keys.ts';
import { openSecureMessages, type SecureMessages } from '../../../src/exec/relay/secure-messages.ts';

const executor = keysOf(newKeySeed());
const harness = keysOf(newKeySeed());
const scope = { environment: 'e', registration: 'r', stream: 's' };

interface Way {
  readonly records: { readonly seq: number; readonly payload: Uint8Array }[];
  readonly messages: string[];
  readonly acks: number[];
  readonly congestion: boolean[];
  isBroken: boolean;
}

/** Two ends; what one sends is collected, and given to the other by the test. */
function pair() {
  const initiator = openInitiator(harness, executor.public, scope);
  const responder = openResponder(executor, scope);
  responder.greet(initiator.begin(new Uint8Array(0)));
  const { message, channel } = responder.accept();
  const end = (channelOf: typeof channel): { way: Way; messages: SecureMessages } => {
    const way: Way = { records: [], messages: [], acks: [], congestion: [], isBroken: false };
    const messages = openSecureMessages(channelOf, {
      message: (text) => way.messages.push(text),
      data: (seq, payload) => way.records.push({ seq, payload }),
      acknowledge: (seq) => way.acks.push(seq),
      congested: (isCongested) => way.congestion.push(isCongested),
      broken: () => {
        way.isBroken = true;
      },
    });
    return { way, messages };
  };
  return { desk: end(initiator.finish(message)), machine: end(channel) };
}

/** What is collected in a turn of the loop is sent at its end. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('messages of a stream', () => {
  it('arrive as they were sent, small ones together and large ones in pieces', async () => {
    const { desk, machine } = pair();
    const sent = ['', 'a', '{"b":"é"}', 'x'.repeat(200_000), 'end'];
    for (const text of sent) desk.messages.send(text);
    await turn();
    expect(desk.way.records.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    for (const { seq, payload } of desk.way.records) machine.messages.received(seq, payload);
    expect(machine.way.messages).toEqual(sent);
    await turn();
    expect(machine.way.acks).toEqual([3]);
  });

  it('arrive once and in order when records are repeated and exchanged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 50 }), { minLength: 1, maxLength: 30 }),
        fc.array(fc.nat({ max: 200 })),
        async (sent, picks) => {
          const { desk, machine } = pair();
          for (const text of sent) {
            desk.messages.send(text);
            await turn();
          }
          const { records } = desk.way;
          const shuffled = [...picks.map((pick) => records[pick % records.length]), ...records];
          for (const record of shuffled)
            if (record !== undefined) machine.messages.received(record.seq, record.payload);
          expect(machine.way.messages).toEqual(sent);
          expect(machine.way.isBroken).toBe(false);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    ['changed', (at: Uint8Array) => Buffer.from(at).fill(1, 3, 4)],
    ['cut', (at: Uint8Array) => at.subarray(0, -1)],
    ['made longer', (at: Uint8Array) => Buffer.concat([at, Buffer.from('x')])],
    ['empty', () => new Uint8Array(0)],
  ])('end when a record was %s, and what came before stays', async (_what, change) => {
    const { desk, machine } = pair();
    for (const text of ['one', 'two', 'three']) {
      desk.messages.send(text);
      await turn();
    }
    const [first, second, third] = desk.way.records;
    machine.messages.received(0, first?.payload ?? new Uint8Array(0));
    machine.messages.received(1, change(second?.payload ?? new Uint8Array(0)));
    expect(machine.way.isBroken).toBe(true);
    machine.messages.received(1, second?.payload ?? new Uint8Array(0));
    machine.messages.received(2, third?.payload ?? new Uint8Array(0));
    expect(machine.way.messages).toEqual(['one']);
  });

  it('do not come out of records of another stream, nor of their own sender', async () => {
    const { desk, machine } = pair();
    const other = pair();
    other.desk.messages.send('from elsewhere');
    machine.messages.send('back');
    await turn();
    machine.messages.received(0, other.desk.way.records[0]?.payload ?? new Uint8Array(0));
    expect(machine.way.isBroken).toBe(true);
    const again = pair();
    again.machine.messages.send('back');
    await turn();
    again.machine.messages.received(0, again.machine.way.records[0]?.payload ?? new Uint8Array(0));
    expect(again.machine.way).toMatchObject({ isBroken: true, messages: [] });
    expect(desk.way.isBroken).toBe(false);
  });

  it('end when too much comes too early, and wait for ever for nothing', async () => {
    const { desk, machine } = pair();
    for (let index = 0; index < 70; index += 1) {
      desk.messages.send('x');
      await turn();
    }
    for (const { seq, payload } of desk.way.records.slice(1)) machine.messages.received(seq, payload);
    expect(machine.way).toMatchObject({ isBroken: true, messages: [] });
  });

  it('of 64 MiB at most, whatever a peer says that comes', async () => {
    const { desk, machine } = pair();
    desk.messages.send('x'.repeat(64 * 1024 * 1024 + 1));
    await turn();
    for (const { seq, payload } of desk.way.records) machine.messages.received(seq, payload);
    expect(machine.way).toMatchObject({ isBroken: true, messages: [] });
  });
});

describe('a peer that is slower than what is sent', () => {
  it('and says what it took is sent 2 MiB ahead, and the rest when it took more', async () => {
    const { desk, machine } = pair();
    desk.messages.send('hello');
    await turn();
    for (const { seq, payload } of desk.way.records.splice(0)) machine.messages.received(seq, payload);
    await turn();
    desk.messages.acknowledged(machine.way.acks.at(-1) ?? -1);
    const megabyte = 'y'.repeat(1024 * 1024);
    for (let count = 0; count < 8; count += 1) desk.messages.send(megabyte);
    await turn();
    const ahead = desk.way.records.reduce((sum, { payload }) => sum + payload.length, 0);
    expect(ahead).toBeGreaterThan(1.9 * 1024 * 1024);
    expect(ahead).toBeLessThan(2.1 * 1024 * 1024);
    expect(desk.way.congestion).toEqual([true]);
    expect(desk.messages.waitingBytes()).toBeGreaterThan(5 * 1024 * 1024);
    while (desk.way.records.length > 0) {
      for (const { seq, payload } of desk.way.records.splice(0)) machine.messages.received(seq, payload);
      await turn();
      for (const ack of machine.way.acks.splice(0)) desk.messages.acknowledged(ack);
      await turn();
    }
    expect(machine.way.messages.slice(1)).toEqual(Array(8).fill(megabyte));
    expect(desk.way.congestion).toEqual([true, false]);
  });

  it('is told of nothing while reading is paused', async () => {
    const { desk, machine } = pair();
    machine.messages.pause(true);
    desk.messages.send('x');
    await turn();
    for (const { seq, payload } of desk.way.records) machine.messages.received(seq, payload);
    await turn();
    expect(machine.way.acks).toEqual([]);
    machine.messages.pause(false);
    expect(machine.way.acks).toEqual([0]);
  });

  it('that says it has what was never sent is not believed', async () => {
    const { desk } = pair();
    desk.messages.send('x');
    await turn();
    desk.messages.acknowledged(5);
    const megabyte = 'y'.repeat(1024 * 1024);
    for (let count = 0; count < 4; count += 1) desk.messages.send(megabyte);
    await turn();
    // As to a peer that never says anything.
    expect(desk.messages.waitingBytes()).toBe(0);
  });
});
