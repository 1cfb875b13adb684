import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OVERSIZED, STREAM_DONE, wholeEvents } from '../../../src/core/agent/event-frames.ts';

type Chunks = AsyncGenerator<Uint8Array>;

async function* chunksOf(...pieces: readonly (string | Uint8Array)[]): Chunks {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function joined(body: Chunks, limits?: { bytes: number; event: number }): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const batch of wholeEvents(body, limits)) all.push(batch);
  return Buffer.concat(all).toString();
}

async function failureOf(body: Chunks, limits?: { bytes: number; event: number }): Promise<Error> {
  try {
    await joined(body, limits);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected an error');
}

describe('the events of an answer', () => {
  it('are the same however their bytes are cut', async () => {
    const text = ': ping\n\nevent: a\ndata: {"ü": 1}\n\nid: 3\r\ndata: {"b":\r\ndata: 2}\r\n\r\n\n\ndata: [DONE]\n\n';
    const bytes = Buffer.from(text);
    const whole = await joined(chunksOf(bytes));
    expect(whole).toBe(`data: {"ü": 1}\n\ndata: {"b":\ndata: 2}\n\ndata: {"object":"${STREAM_DONE}"}\n\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), async (cuts) => {
        const places = [0, ...cuts.sort((one, other) => one - other), bytes.length];
        const pieces = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
        expect(await joined(chunksOf(...pieces))).toBe(whole);
      }),
    );
  });

  it('are the same whichever way lines end, however they are cut', async () => {
    const value = fc.record({ text: fc.string({ unit: 'grapheme' }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 5 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (values, end, cuts) => {
          const lines = values.flatMap((one) => [': ping', 'event: x', `data: ${JSON.stringify(one)}`, '']);
          const bytes = Buffer.from(lines.map((line) => line + end).join(''));
          const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
          const pieces = places.map((until, at) => bytes.subarray(places[at - 1] ?? 0, until));
          expect(await joined(chunksOf(...pieces))).toBe(
            values.map((one) => `data: ${JSON.stringify(one)}\n\n`).join(''),
          );
        },
      ),
    );
  });

  it('of 4 MB in small pieces cost no more than their length', async () => {
    const event = `data: {"x": "${'x'.repeat(4_000_000)}"}\n\n`;
    async function* small(): Chunks {
      const bytes = Buffer.from(event);
      for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
    }
    // Of this process alone, and the best of three: others run beside it. Quadratic, it would take minutes.
    const times: number[] = [];
    while (times.length < 3 && Math.min(...times) > 1000) {
      const before = process.cpuUsage();
      expect(await joined(small(), undefined)).toBe(event);
      times.push(process.cpuUsage(before).user / 1000);
    }
    expect(Math.min(...times)).toBeLessThan(1000);
  }, 30_000);

  it('never reach a reader in halves', async () => {
    const batches: string[] = [];
    const events = Array.from({ length: 3000 }, (_, at) => `data: {"n": ${at}, "text": "${'x'.repeat(at % 90)}"}\n\n`);
    const bytes = Buffer.from(events.join(''));
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7001) }, (_, at) =>
      bytes.subarray(at * 7001, (at + 1) * 7001),
    );
    for await (const batch of wholeEvents(chunksOf(...pieces))) {
      batches.push(Buffer.from(batch).toString());
      expect(batches.at(-1)).toMatch(/^data: [\s\S]*\n\n$/);
      expect(batch.length).toBeLessThan(10_000);
    }
    expect(batches.join('')).toBe(bytes.toString());
  });

  it('have no names: the client library prints what it cannot read of some of them', async () => {
    expect(await joined(chunksOf('event: thread.x\ndata: \u001b[2J not json\n\n'))).toBe(
      'data: \u001b[2J not json\n\n',
    );
  });

  it('that lack their last line feed count when they are whole', async () => {
    expect(await joined(chunksOf('data: {"a": 1}\n\ndata: [DONE]'))).toContain(STREAM_DONE);
    expect(await joined(chunksOf('data: {"a": 1}\n\ndata: {"b": 2}\n'))).toContain('"b"');
    expect(await joined(chunksOf('data: {"a": 1}\n\ndata: {"b": 2'))).not.toContain('"b"');
  });

  it('may be an error that is no event, in the middle or all there is', async () => {
    expect(await joined(chunksOf('data: {"a": 1}\n\n{"error": "out of memory"}\n\n'))).toContain(
      'data: {"error": "out of memory"}\n\n',
    );
    expect(await joined(chunksOf('{\n  "error": {\n    "message"', ': "no"\n  }\n}\n'))).toBe(
      'data: { "error": { "message": "no" } } \n\n',
    );
  });

  it('are not looked for in a web page', async () => {
    const error = await failureOf(chunksOf('\n<!doctype html><html><title>Log in\n here</title>'));
    expect(error).toBeInstanceOf(SyntaxError);
    expect(error.message).toBe('It is a web page: Log in here');
  });

  it('end at their bounds, in all and each', async () => {
    const endless = async function* (piece: string): Chunks {
      for (;;) yield Buffer.from(piece);
    };
    const limits = { bytes: 100_000, event: 10_000 };
    expect((await failureOf(endless('data: {}\n\n'), limits)).name).toBe(OVERSIZED);
    expect((await failureOf(endless('data: xxxxxxx\n'), limits)).message).toContain('an event of more than');
    expect((await failureOf(endless('x'), limits)).message).toContain('an event of more than');
    // Pings are no event, and forgotten at once.
    expect((await failureOf(endless(': ping\n'), limits)).message).toContain('more than');
  });
});
