// Do both sides come to the keys that everybody else's programs come to, and to none when anything was changed?

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chance, openInitiator, openResponder } from '../../../../src/exec/relay/noise/handshake.ts';
import { keysOf, newKeySeed } from '../../../../src/exec/relay/noise/keys.ts';

const fill = (length: number, byte: number): Uint8Array => Buffer.alloc(length, byte);
const seedOf = (curve: number, lattice: number) => ({ curve: fill(32, curve), lattice: fill(64, lattice) });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function chanceOf(curve: number, lattice: number, ...randomness: number[]): Chance {
  return { keySeed: () => seedOf(curve, lattice), randomness: () => fill(32, randomness.shift() ?? 0) };
}

const scope = { environment: 'env1', registration: 'reg-1', stream: 'd7146180-99bd-4d1c-9604-24c34ff796c5' };
const text = (words: string): Uint8Array => Buffer.from(words, 'utf8');

/** A handshake with fixed keys, up to its two messages. */
function fixed() {
  const harness = keysOf(seedOf(0x11, 0x12));
  const executor = keysOf(seedOf(0x21, 0x22));
  const initiator = openInitiator(harness, executor.public, scope, chanceOf(0x13, 0x14, 0x31));
  const responder = openResponder(executor, scope, chanceOf(0x23, 0x24, 0x32, 0x33));
  return { harness, executor, initiator, responder };
}

describe('the handshake with known keys', () => {
  it('gives the values that other programs get', () => {
    const { harness, executor, initiator, responder } = fixed();
    expect(hex(harness.public.curve)).toBe('7b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13');
    expect(sha(harness.public.lattice)).toBe('f2135130829b3bf199d8df4f578d6666fa53407c9f8affa5396c40d18782f701');
    expect(hex(executor.public.curve)).toBe('7d34a4815fa6b982535e60af3bd9b49556816080f1641ff81d2b7c8ae8268a44');
    expect(sha(executor.public.lattice)).toBe('35818cf22b7ec19f99e196636a482c55a7b33aa58764d0fdf00d5b456876d23f');
    expect(hex(initiator.handshakeHash)).toBe('2ff674777294c1bc13c38b3d9e483e4db1af9b89bd54cff365337b726a2f50c0');

    const first = initiator.begin(text('auth-token-1'));
    expect(first).toHaveLength(3580);
    expect(sha(first)).toBe('61778f3c61cf5dbf51ed60f5ebc6f170e2e9d2e93653b1201d52e3d0abe9e54d');
    expect(hex(initiator.handshakeHash)).toBe('8d53ad060a4b8298e118d90a662e1e35265a46b3e6580d1b9aa47deb1da6d067');

    const greeting = responder.greet(first);
    expect(Buffer.from(greeting.payload).toString()).toBe('auth-token-1');
    expect(hex(greeting.initiator.curve)).toBe(hex(harness.public.curve));
    expect(hex(greeting.initiator.lattice)).toBe(hex(harness.public.lattice));
    const { message: second, channel } = responder.accept();
    expect(second).toHaveLength(3424);
    expect(sha(second)).toBe('b11a830329dacfe2c84816e9c0e5f0832f0c8da8dd3f46453bb42c84a7141919');
    expect(hex(responder.handshakeHash)).toBe('ff818700817ad361f4520122a62ea5225d34dbed31163da06c208dfbf43ce3b1');

    const ours = initiator.finish(second);
    const message = text('{"method":"initialized","params":{}}');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    const record = ours.sending.encrypt(new Uint8Array(0), Buffer.concat([length, message]));
    expect(hex(record)).toBe(
      'd899a6194751f544bb0d84956ec6d2015e4fa9a69af6fcbe2517e6f9674e61a03d88d49a17721e311cdd627c7b13443ff8dc9d67cead9cc4',
    );
    expect(hex(channel.receiving.decrypt(new Uint8Array(0), record)).slice(8)).toBe(hex(message));
    const back = channel.sending.encrypt(new Uint8Array(0), text('hello'));
    expect(Buffer.from(ours.receiving.decrypt(new Uint8Array(0), back)).toString()).toBe('hello');
  });
});

describe('a handshake with keys of its own', () => {
  it('comes to the same keys on both sides, new ones each time', () => {
    const [harness, executor] = [keysOf(newKeySeed()), keysOf(newKeySeed())];
    const records = [1, 2].map(() => {
      const initiator = openInitiator(harness, executor.public, scope);
      const responder = openResponder(executor, scope);
      responder.greet(initiator.begin(text('right')));
      const { message, channel } = responder.accept();
      const ours = initiator.finish(message);
      const sealed = ours.sending.encrypt(new Uint8Array(0), text('x'));
      expect(Buffer.from(channel.receiving.decrypt(new Uint8Array(0), sealed)).toString()).toBe('x');
      return hex(sealed);
    });
    expect(records[0]).not.toBe(records[1]);
  });

  it.each([
    ['another machine', { ...scope, environment: 'env2' }],
    ['another registration', { ...scope, registration: 'reg-2' }],
    ['another stream', { ...scope, stream: '00000000-0000-4000-8000-000000000000' }],
  ])('fails when it was made for %s', (_what, other) => {
    const { initiator, executor } = fixed();
    expect(() => openResponder(executor, other).greet(initiator.begin(text('right')))).toThrow('the handshake failed');
  });

  it('fails for a responder that is not the one that was meant', () => {
    const { initiator } = fixed();
    const other = openResponder(keysOf(newKeySeed()), scope);
    expect(() => other.greet(initiator.begin(text('right')))).toThrow('the handshake failed');
  });

  it('fails when any bit of a message was changed, or any byte is missing', () => {
    const { initiator } = fixed();
    const first = initiator.begin(text('right'));
    const { responder } = fixed();
    responder.greet(first);
    const { message: second } = responder.accept();
    fc.assert(
      fc.property(fc.constantFrom(1, 2), fc.nat(), fc.boolean(), (which, at, isCut) => {
        const sent = Buffer.from(which === 1 ? first : second);
        const changed = isCut ? sent.subarray(0, at % sent.length) : sent;
        if (!isCut) changed[(at >> 3) % sent.length] = (changed[(at >> 3) % sent.length] ?? 0) ^ (1 << (at & 7));
        const again = fixed();
        const opens = (): void => {
          if (which === 1) {
            // A changed lattice key of the first message is found out by its owner, in the second.
            again.responder.greet(changed);
            again.initiator.begin(text('right'));
            again.initiator.finish(again.responder.accept().message);
          } else {
            again.initiator.begin(text('right'));
            again.initiator.finish(changed);
          }
        };
        expect(opens).toThrow('the handshake failed');
      }),
      { numRuns: 60 },
    );
  });
});

describe('a record', () => {
  it('repeated, left out or changed is not opened, and the next one still is', () => {
    const { initiator, responder } = fixed();
    responder.greet(initiator.begin(text('right')));
    const { message, channel } = responder.accept();
    const { sending } = initiator.finish(message);
    const none = new Uint8Array(0);
    const [a, b, c] = ['a', 'b', 'c'].map((words) => sending.encrypt(none, text(words))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(Buffer.from(channel.receiving.decrypt(none, a)).toString()).toBe('a');
    expect(() => channel.receiving.decrypt(none, a)).toThrow('the handshake failed');
    expect(() => channel.receiving.decrypt(none, c)).toThrow('the handshake failed');
    expect(() => channel.receiving.decrypt(none, b.subarray(1))).toThrow('the handshake failed');
    expect(Buffer.from(channel.receiving.decrypt(none, b)).toString()).toBe('b');
    expect(Buffer.from(channel.receiving.decrypt(none, c)).toString()).toBe('c');
  });
});
