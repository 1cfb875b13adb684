// Who ends the processes of a model, and what is the model told of it?

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { call, calls, say, startModelServer } from '../../support/model-server.ts';
import { openTestCore, removeFoldersOf } from './opened-core.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('A model has 64 living processes: of more in one response the earliest are ended, each once, and it is told so', async () => {
  const command = { cmd: 'until [ -e go ]; do sleep 0.5; done', yield_time_ms: 30_000 };
  const wanted = Array.from({ length: 70 }, () => ['exec_command', command] as const);
  const server = await startModelServer([calls(wanted), say('Done.')]);
  const core = openTestCore({ url: server.url });
  ends.push(
    () => server.close(),
    () => removeFoldersOf(core),
    () => core.close(),
  );
  await core.command({ type: 'submit', text: 'start them' });
  await core.heard('process.finished', () => core.of('process.finished').length === 6);
  writeFileSync(path.join(core.folder, 'go'), '');
  await core.heard('turn.ended');
  const told = (server.requests[1]?.body.input ?? []).flatMap(({ type, output }) =>
    type === 'function_call_output' ? [String(output)] : [],
  );
  expect(told.slice(0, 6).map((text) => /^Ended: more than 64 commands/.test(text))).toEqual(Array(6).fill(true));
  expect(told.filter((text) => text.includes('exited with code 0'))).toHaveLength(64);
}, 60_000);

describe('a command that is stopped', () => {
  const RUN = { cmd: 'echo begun; sleep 1000', yield_time_ms: 250 };

  /** What the model is told of its command's end. */
  async function toldAfter(stop: 'by the model' | 'by the person'): Promise<string> {
    const server = await startModelServer(({ body, number }) => {
      if (number === 0) return call('exec_command', RUN);
      if (number > 1) return say('Done.');
      const session_id = Number(/session ID (\d+)/.exec(String(body.input?.at(-1)?.output))?.[1]);
      const chars = stop === 'by the model' ? '\u0003' : '';
      return call('write_stdin', { session_id, chars, yield_time_ms: 30_000 });
    });
    const core = openTestCore({ url: server.url });
    ends.push(
      () => server.close(),
      () => removeFoldersOf(core),
      () => core.close(),
    );
    await core.command({ type: 'submit', text: 'run it' });
    await server.arrived(2);
    if (stop === 'by the person') await core.command({ type: 'process.signal', process: 1, signal: 'terminate' });
    await server.arrived(3);
    return String(server.requests[2]?.body.input?.at(-1)?.output);
  }

  it('by the model itself is told as its end and no more', async () => {
    expect(await toldAfter('by the model')).toMatch(/^Chunk ID: .*\n.*\nProcess exited with code 130\n/);
  });

  it('by the person while the turn goes on is told as that', async () => {
    expect(await toldAfter('by the person')).toMatch(/^The person stopped this command\.\nChunk ID: /);
  });
});
