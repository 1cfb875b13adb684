// What does a model get that asks to see a file, inside the real sandbox?

import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, describe, expect, it } from 'vitest';
import { type NamedProfile, readProfiles } from '../../../src/sandbox/index.ts';
import { call, type ModelServer, type Reply, say, startModelServer, status } from '../../support/model-server.ts';
import { type OpenedCore, openTestCore, removeFoldersOf } from './opened-core.ts';

const DOT = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A profile in which files of keys are closed. */
function closing(): NamedProfile {
  const { permissions } = parse(
    '[permissions.dev]\nextends = ":workspace"\n[permissions.dev.filesystem.":workspace_roots"]\n"**/*.key" = "deny"\n',
  ) as { permissions: Record<string, unknown> };
  const profile = readProfiles(permissions).profiles.get('dev');
  if (profile === undefined) throw new Error('no profile');
  return profile;
}

interface Seeing {
  readonly core: OpenedCore;
  readonly server: ModelServer;
  /** What the model is answered that asks for this file. */
  see(file: string): Promise<unknown>;
}

async function open(): Promise<Seeing> {
  const wanted: string[] = [];
  const server = await startModelServer(() => {
    const file = wanted.shift();
    return file === undefined ? say('Seen.') : call('view_image', { path: file });
  });
  const core = openTestCore({ url: server.url, more: { profile: closing() } });
  ends.push(
    () => server.close(),
    () => removeFoldersOf(core),
    () => core.close(),
  );
  return {
    core,
    server,
    async see(file) {
      wanted.push(file);
      await core.turn('look');
      const last = server.requests.at(-1)?.body.input?.findLast(({ type }) => type === 'function_call_output');
      return last?.output;
    },
  };
}

describe('view_image', () => {
  it('shows a picture, and says what is none, what is cut off and what is not there', async () => {
    const { core, see } = await open();
    const put = (name: string, bytes: string | Buffer) => writeFileSync(path.join(core.folder, name), bytes);
    put('dot.gif', DOT);
    put('-dot.gif', DOT);
    put('text.png', 'text');
    put('cut.gif', DOT.subarray(0, 20));
    const image = { type: 'input_image', image_url: `data:image/gif;base64,${DOT.toString('base64')}` };
    expect(await see('dot.gif')).toEqual([image]);
    expect(await see(path.join(core.folder, '-dot.gif'))).toEqual([image]);
    expect(await see('text.png')).toContain('is no picture that a model can see');
    expect(await see('cut.gif')).toContain('ends in the middle of its picture');
    expect(await see('gone.png')).toContain('No such file or directory');
    expect(await see('gone/dot.gif')).toContain('No such file or directory');
    expect(await see('.')).toContain('Is a directory');
    expect(await see('')).toContain('path, the image file, is missing');
  });

  it('sees nothing that is closed to commands, by whatever name', async () => {
    const { core, see } = await open();
    writeFileSync(path.join(core.folder, 'closed.key'), DOT);
    symlinkSync('closed.key', path.join(core.folder, 'open.gif'));
    expect(await see('closed.key')).toContain('was not read');
    expect(await see('open.gif')).toContain('was not read');
  });

  it('comes to an end with what has none', async () => {
    const { core, see } = await open();
    symlinkSync('/dev/zero', path.join(core.folder, 'endless.png'));
    expect(await see('/dev/zero')).toContain('is larger than 20 MiB');
    expect(await see('endless.png')).toContain('is larger than 20 MiB');
  });

  it('of a pipe that nobody writes into ends with the turn', async () => {
    const { core, see } = await open();
    execFileSync('mkfifo', [path.join(core.folder, 'pipe.png')]);
    const seen = see('pipe.png');
    await core.heard('call.started');
    await core.command({ type: 'interrupt' });
    await seen;
    expect(core.of('turn.ended')).toMatchObject([{ outcome: 'interrupted' }]);
    expect(core.of('call.answered')).toMatchObject([{ output: expect.stringContaining('stopped this turn') }]);
  });
});

/** A server that refuses every request with a picture in it. */
async function openBlind(refusal: Reply, script: readonly Reply[]): Promise<Seeing> {
  const replies = [...script];
  const server = await startModelServer(({ body }) =>
    JSON.stringify(body.input).includes('input_image') ? refusal : (replies.shift() ?? say('Done.')),
  );
  const core = openTestCore({ url: server.url });
  writeFileSync(path.join(core.folder, 'dot.gif'), DOT);
  ends.push(
    () => server.close(),
    () => removeFoldersOf(core),
    () => core.close(),
  );
  return { core, server, see: () => Promise.reject(new Error('it sees nothing')) };
}

describe('a picture that a server refuses', () => {
  const look = call('view_image', { path: 'dot.gif' });

  it.each<[string, Reply]>([
    [
      'OpenAI',
      status(400, {
        error: { code: 'invalid_image', message: 'The image data you provided does not represent a valid image.' },
      }),
    ],
    [
      'llama.cpp',
      status(500, { error: { message: 'image input is not supported - hint: you may need to provide the mmproj' } }),
    ],
    [
      'vLLM',
      status(400, {
        error: { message: 'At most 0 image(s) may be provided. This model does not support image input' },
      }),
    ],
  ])('is left out, and the session goes on (%s)', async (_server, refusal) => {
    const { core, server } = await openBlind(refusal, [look, say('I cannot see it.'), say('Yes.')]);
    expect(await core.turn('look')).toMatchObject({ outcome: 'completed' });
    expect(core.of('notice').map(({ problem }) => problem.what)).toEqual(['The model goes on without the picture.']);
    expect(JSON.stringify(server.requests.at(-1)?.body.input)).toContain('the server refused it');
    expect(await core.turn('and now')).toMatchObject({ outcome: 'completed' });
    expect(server.requests).toHaveLength(4);
  });

  it('again and again ends the turn, and only the turn', async () => {
    const refusal = status(400, { error: { message: 'Invalid image.' } });
    const { core } = await openBlind(refusal, [look, look, look, look]);
    expect(await core.turn('look')).toMatchObject({ outcome: 'failed' });
    expect(await core.turn('and now')).toMatchObject({ outcome: 'completed' });
  });

  it('does not take along one that was seen before, nor other trouble', async () => {
    let isSeeing = true;
    const replies = [look, say('A dot.'), look];
    const server = await startModelServer(({ body }) => {
      if (!isSeeing && JSON.stringify(body.input).split('input_image').length > 2) {
        return status(400, { error: { code: 'image_parse_error', message: 'no' } });
      }
      return replies.shift() ?? say('Done.');
    });
    const core = openTestCore({ url: server.url });
    writeFileSync(path.join(core.folder, 'dot.gif'), DOT);
    ends.push(
      () => server.close(),
      () => removeFoldersOf(core),
      () => core.close(),
    );
    await core.turn('look');
    isSeeing = false;
    expect(await core.turn('look again')).toMatchObject({ outcome: 'completed' });
    const said = JSON.stringify(server.requests.at(-1)?.body.input);
    expect(said.split('"input_image"')).toHaveLength(2);
    expect(said.split('the server refused it')).toHaveLength(2);
  });

  it('is not blamed for what has nothing to do with it', async () => {
    const server = await startModelServer((request) =>
      request.number === 0 ? look : status(400, { error: { message: 'Unknown parameter: x.' } }),
    );
    const core = openTestCore({ url: server.url });
    writeFileSync(path.join(core.folder, 'dot.gif'), DOT);
    ends.push(
      () => server.close(),
      () => removeFoldersOf(core),
      () => core.close(),
    );
    expect(await core.turn('look')).toMatchObject({ outcome: 'failed' });
    expect(server.requests).toHaveLength(2);
  });
});
