// Can a command make the next one's writable folder another folder, with a link in the place of it?

import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openAttacked } from './attacked.ts';

it('a folder to work in below /tmp, replaced by a link', async () => {
  using place = openAttacked();
  using temporary = openAttacked('/tmp');
  const { workspace, root } = temporary;
  await place.sandbox([
    '-C',
    workspace,
    '--',
    'sh',
    '-c',
    `cd /; mv ${workspace} ${root}/old; ln -s ${place.home} ${workspace}`,
  ]);
  await place.sandbox(['-C', workspace, '--', 'sh', '-c', `echo free > ${place.home}/.bashrc`]);
  expect(existsSync(path.join(place.home, '.bashrc'))).toBe(false);
});

it('TMPDIR below /tmp, replaced by a link', async () => {
  using place = openAttacked();
  using temporary = openAttacked('/tmp');
  const env = { TMPDIR: temporary.workspace };
  await place.sandbox(['--', 'sh', '-c', `mv $TMPDIR ${temporary.root}/old; ln -s ${place.home} $TMPDIR`], { env });
  await place.sandbox(['--', 'sh', '-c', `echo free > ${place.home}/.bashrc`], { env });
  expect(existsSync(path.join(place.home, '.bashrc'))).toBe(false);
});

it('a folder of a profile below the folder to work in', async () => {
  using place = openAttacked();
  const toml = `[permissions.dev]\nextends = ":workspace"\n[permissions.dev.filesystem]\n"${place.workspace}/build" = "write"\n`;
  place.file('home/.codex/config.toml', toml);
  await place.sandbox(['-P', 'dev', '--', 'ln', '-s', place.home, 'build']);
  await place.sandbox(['-P', 'dev', '--', 'sh', '-c', `echo free > ${place.home}/.bashrc`]);
  expect(existsSync(path.join(place.home, '.bashrc'))).toBe(false);
});
