// What does a turn say of itself, and what is a model told that calls what is not there?

import { afterEach, describe, expect, it } from 'vitest';
import { call, type Script, say, startModelServer } from '../../support/model-server.ts';
import { openTestCore, removeFoldersOf } from './opened-core.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(script: Script) {
  const server = await startModelServer(script);
  const core = openTestCore({ url: server.url });
  ends.push(
    () => server.close(),
    () => removeFoldersOf(core),
    () => core.close(),
  );
  return { server, core };
}

describe('a turn', () => {
  it('counts the tokens of all its responses', async () => {
    const { core } = await open([call('update_plan', { plan: [] }), say('Done.'), say('Again.')]);
    expect(await core.turn('plan it')).toMatchObject({ tokens: 240 });
    expect(await core.turn('and again')).toMatchObject({ tokens: 120 });
  });
});

describe('a call of a tool that is not there', () => {
  it('names those that are', async () => {
    const { core, server } = await open([call('frobnicate', {}), say('Done.')]);
    await core.turn('do it');
    expect(server.requests[1]?.body.input?.at(-1)?.output).toBe(
      `frobnicate was not run: there is no such tool.
There are exec_command, write_stdin, apply_patch, update_plan, view_image.
Call one of those.`,
    );
  });
});
