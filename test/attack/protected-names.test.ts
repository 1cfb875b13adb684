// Can a command make or replace a name that stays read-only?

import { spawn } from 'node:child_process';
import { chownSync, existsSync, lchownSync, symlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openPlace, PIPES } from '../exec/running.ts';
import { openAttacked, printed, uid } from './attacked.ts';

it('.git that is a link', async () => {
  using place = openAttacked();
  symlinkSync(place.folder('real.git'), path.join(place.workspace, '.git'));
  lchownSync(path.join(place.workspace, '.git'), uid, uid);
  await place.sandbox(['--', 'sh', '-c', 'rm .git; mkdir -p .git/hooks; echo x > .git/config']);
  expect(existsSync(path.join(place.workspace, '.git/config'))).toBe(false);
});

it('.git that is a link to nowhere', async () => {
  using place = openAttacked();
  symlinkSync('./later', path.join(place.workspace, '.git'));
  await place.sandbox(['--', 'sh', '-c', 'mkdir later; echo x > later/config']);
  expect(existsSync(path.join(place.workspace, '.git/config'))).toBe(false);
});

it('absent .git, in a folder that is renamed away (a folder to work in below /tmp)', async () => {
  using place = openAttacked();
  using temporary = openAttacked('/tmp');
  const { workspace, root } = temporary;
  const move = `cd /; mv ${workspace} ${root}/old && mkdir -p ${workspace}/.git/hooks`;
  await place.sandbox(['-C', workspace, '--', 'sh', '-c', move]);
  expect(existsSync(path.join(workspace, '.git/hooks'))).toBe(false);
});

it('a person whose folder somebody has locked is told so, and nothing ends well that never ran', async () => {
  using place = openAttacked();
  chownSync(place.workspace, uid, uid);
  const holder = spawn('flock', ['-x', place.workspace, 'sh', '-c', 'echo locked; read -r _'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await printed(holder.stdout, 'locked');
  try {
    const ran = await place.sandbox(['--', 'echo', 'this ran']);
    // Today: exit 0, and not a word.
    expect(ran.code === 0 && !ran.stdout.includes('this ran')).toBe(false);
  } finally {
    holder.stdin.end();
  }
});

it('an empty folder of the person with the oldest time that archives know is not removed', async () => {
  using place = openAttacked();
  const own = place.folder('workspace/.agents');
  utimesSync(own, 315_532_800, 315_532_800);
  await place.sandbox(['--', 'true']);
  // The keeper ends after us: its lock is free when it is done.
  await new Promise((resolve) => spawn('flock', ['-x', place.workspace, 'true']).once('close', resolve));
  expect(existsSync(own)).toBe(true);
});

it('CODEX_HOME that is not there yet, in the workspace', async () => {
  using place = openAttacked();
  const env = { CODEX_HOME: path.join(place.workspace, 'own') };
  const make = 'mkdir own; echo \'default_permissions = ":danger-full-access"\' > own/config.toml';
  await place.sandbox(['--', 'sh', '-c', make], { env });
  await place.sandbox(['--', 'touch', path.join(place.home, 'free')], { env });
  expect(existsSync(path.join(place.home, 'free'))).toBe(false);
});

it('absent .git in a folder that somebody has locked: another user, or a command that may only read it', async () => {
  const place = openPlace();
  const holder = spawn('flock', ['-x', place.folder, 'sh', '-c', 'echo locked; read -r _'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await printed(holder.stdout, 'locked');
  try {
    const started = await place.tryStart(['mkdir', '-p', '.git/hooks'], { stdio: PIPES });
    if (started.ok) await started.value.told.closed;
    expect(existsSync(path.join(place.folder, '.git/hooks'))).toBe(false);
  } finally {
    holder.stdin.end();
    await place.close();
  }
});

it('CODEX_HOME that is a link in the folder to work in, as managers of dotfiles make it', async () => {
  using place = openAttacked();
  place.folder('workspace/dotfiles');
  const link = path.join(place.workspace, '.codex');
  symlinkSync('dotfiles', link);
  lchownSync(link, uid, uid);
  const env = { HOME: place.workspace };
  const make = 'rm .codex; mkdir .codex; echo \'default_permissions = ":danger-full-access"\' > .codex/config.toml';
  await place.sandbox(['--', 'sh', '-c', make], { env });
  await place.sandbox(['--', 'touch', path.join(place.home, 'free')], { env });
  expect(existsSync(path.join(place.home, 'free'))).toBe(false);
});
