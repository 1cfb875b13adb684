// What is read of a server that talks: every byte that matters, however it is cut, and not more than there is time for.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openChatter } from '../../../src/core/mcp/chatter.ts';
import { environmentElsewhere } from '../../../src/core/mcp/child-environment.ts';
import { boundedFetch } from '../../../src/core/mcp/http-fetch.ts';
import { openMessageLines } from '../../../src/core/mcp/message-lines.ts';

const news = Buffer.from('{"jsonrpc":"2.0","method":"notifications/progress","params":{}}');
const change = Buffer.from('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
const answer = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{}}');

describe('what answers nothing', () => {
  it('is heard 200 times at once, and then a hundred times a second', () => {
    let now = 0;
    const chatter = openChatter(() => now);
    const heard = () => Array.from({ length: 1_000 }, () => chatter.passes(news)).filter(Boolean).length;
    expect(heard()).toBe(200);
    now = 500;
    expect(heard()).toBe(50);
    now = 1_000_000;
    expect(heard()).toBe(200);
  });

  it('never costs an answer, nor the word that tools are others now', () => {
    const chatter = openChatter(() => 0);
    while (chatter.passes(news));
    expect([answer, change, news].map((it) => chatter.passes(it))).toEqual([true, true, false]);
  });

  it('is counted also where it holds the name of an id', () => {
    const lines = openMessageLines();
    const line = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":{"id":7}}}\n';
    const messages = lines.push(Buffer.from(`${line.repeat(1_000)}${answer}\n`));
    expect(messages.length).toBeLessThan(300);
    expect(messages.at(-1)).toEqual(JSON.parse(answer.toString()));
  });
});

function piecesOf(text: string, cuts: readonly number[]): readonly Uint8Array[] {
  const bytes = Buffer.from(text);
  const at = [...new Set(cuts.map((it) => it % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, i) => bytes.subarray(at[i - 1] ?? 0, end));
}

describe('a stream of events', () => {
  const end = fc.constantFrom('\n', '\r', '\r\n');
  const line = fc.oneof(
    fc.constantFrom('', 'id: 4', 'event: message', ': nothing', 'retry: 1'),
    fc.string({ maxLength: 12 }).map((it) => `data: {"id":${JSON.stringify(it)}}`),
  );

  it('comes through byte for byte, wherever it is cut', async () => {
    const lines = fc.array(fc.tuple(line, end), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(), { maxLength: 12 }), async (written, cuts) => {
        const text = written.map((it) => it.join('')).join('');
        const pieces = piecesOf(text, cuts);
        const fetch = boundedFetch(async () => {
          const body = new ReadableStream({
            start(controller) {
              for (const piece of pieces) controller.enqueue(piece);
              controller.close();
            },
          });
          return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
        });
        const got = await (await fetch('http://x.test/', { method: 'GET' })).text();
        expect(got).toBe(Buffer.from(text).toString());
      }),
      { numRuns: 200 },
    );
  });

  it.each([[1_000], [1_001]])('of events of %i bytes is let through up to its bound', async (bytes) => {
    const event = `data: "id"${'x'.repeat(bytes - 12)}\n\n`;
    const fetch = boundedFetch(
      async () => new Response(event.repeat(3), { headers: { 'content-type': 'text/event-stream' } }),
      1_000,
    );
    const read = (await fetch('http://x.test/', { method: 'GET', headers: {} })).text();
    if (bytes === 1_000) expect(await read).toBe(event.repeat(3));
    else await expect(read).rejects.toThrow('It sent a message above');
  });
});

describe('variables of a program on another machine', () => {
  const place = { env: {}, variables: [], variablesThere: [] };

  it('are never let in by a pattern', () => {
    const { policy } = environmentElsewhere({}, { ...place, variablesThere: ['*', 'A?', 'B'] }, []);
    expect(policy.inherit).toBe('all');
    expect(policy.includeOnly).toContain('B');
    expect(policy.includeOnly.join('')).not.toMatch(/[*?]/);
    expect(environmentElsewhere({}, { ...place, variablesThere: ['*'] }, []).policy.inherit).toBe('core');
  });

  it('are ours where they are named, but for keys, and what is written wins', () => {
    const person = { A: 'a', B: 'b', KEY: 'secret', OTHER: 'o' };
    const { over } = environmentElsewhere(person, { ...place, variables: ['A', 'B', 'KEY'], env: { B: 'written' } }, [
      'KEY',
    ]);
    expect(over).toEqual({ A: 'a', B: 'written' });
  });
});
