// What does a person see of an answer in Markdown, while it comes, when it is there, and when they come back?

import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { say, startModelServer } from '../support/model-server.ts';
import { programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

const ANSWER = [
  '# A *lagging* client',
  '',
  'The bus closed clients that were **slow**, see [the docs](https://x.example/docs).',
  '',
  '1. first it is told\n   - once',
  '2. then it asks',
  '',
  '```sh',
  'echo "done" # now',
  '```',
  '',
  '| client | queue |',
  '|---|--:|',
  '| screen | 12 |',
  '| recorder | 0 |',
  '',
  'The end, \x1b[31mnot red\x1b[0m.',
].join('\n');

const ROWS = [
  '  A lagging client',
  '  ────────────────',
  '',
  '  The bus closed clients that were slow, see the docs',
  '  (https://x.example/docs).',
  '',
  '  1. first it is told',
  '     - once',
  '  2. then it asks',
  '',
  '    sh',
  '    echo "done" # now',
  '',
  '  client    queue',
  '  ────────  ─────',
  '  screen       12',
  '  recorder      0',
  '',
  '  The end, ^[[31mnot red^[[0m.',
];

/** The rows of the answer among others. */
function answerIn(rows: readonly string[]): string[] {
  const first = rows.indexOf(ROWS[0]!);
  return first < 0 ? [] : rows.slice(first, first + ROWS.length);
}

/** A model that says this much and then nothing; its address. */
async function startToSay(text: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (type: string, fields: object) =>
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
    const item = { id: 'item_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    send('response.created', { response: { id: 'resp_1', status: 'in_progress' } });
    send('response.output_item.added', { output_index: 0, item });
    for (const delta of text.match(/[\s\S]{1,5}/g) ?? [])
      send('response.output_text.delta', { output_index: 0, content_index: 0, item_id: 'item_1', delta });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  tests.afterwards(async () => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/v1` : '';
}

describe('an answer in Markdown', () => {
  it('is the same live, in the transcript, and resumed', async () => {
    const server = await startModelServer([say(ANSWER)]);
    tests.afterwards(() => server.close());
    const place = tests.place();
    const program = tests.open({ place, model: server.url, cols: 70, rows: 40 });
    await program.ready();
    await program.enter('tell me');
    await program.waitForLine(/The end, .*not red/);
    await program.waitForLine(/tokens$/);
    expect(answerIn(program.history())).toEqual(ROWS);
    expect(program.isDim('# now')).toBe(true);
    program.send('\x14');
    await program.waitFor('q closes');
    expect(answerIn(program.screen())).toEqual(ROWS);
    program.send('q');
    await program.waitFor((shown) => !shown.includes('q closes'));
    program.send('\x04');
    await program.exit;

    const again = tests.open({ place, model: server.url, args: ['resume', '--last'], cols: 70, rows: 40 });
    await again.waitForLine(/The end, .*not red/);
    expect(answerIn(again.history())).toEqual(ROWS);
  });

  it('is printed block by block while it comes, its table held back as it was written', async () => {
    const url = await startToSay(ANSWER.slice(0, ANSWER.indexOf('| recorder')));
    const program = tests.open({ model: url, cols: 70, rows: 40 });
    await program.ready();
    await program.enter('tell me');
    await program.waitFor('| screen | 12 |');
    expect(program.screen()).toEqual(expect.arrayContaining(ROWS.slice(0, 12)));
    expect(program.screen()).not.toContain('  client    queue');
    // Stopped, it is what had come by then.
    program.send('\x03');
    await program.waitForLine(/^ {2}client {2}queue$/);
    expect(program.history()).toContain('  screen     12');
  });
});
