// Can a command read what its profile closes?

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codexProgram } from '../support/program.ts';
import { openAttacked, printed, uid } from './attacked.ts';

function closing(text: string): string {
  return `[permissions.dev]\nextends = ":workspace"\n[permissions.dev.filesystem.":workspace_roots"]\n${text}\n`;
}

it.each([
  ['a pattern', '"**/*.env" = "deny"', 'a/x.env'],
  ['a path', '"a/key.pem" = "deny"', 'a/key.pem'],
])('%s, after an earlier command took the rights of the folder above away', async (_, entry, name) => {
  using place = openAttacked();
  place.file('home/.codex/config.toml', closing(entry));
  place.folder('workspace/a');
  place.file(`workspace/${name}`, 'TOP SECRET\n');
  await place.sandbox(['-P', 'dev', '--', 'chmod', '000', 'a']);
  const { stdout } = await place.sandbox(['-P', 'dev', '--', 'sh', '-c', `chmod 755 a; cat ${name}`]);
  expect(stdout).not.toContain('TOP SECRET');
});

it('a pattern, below a folder or with a name that is no UTF-8', async () => {
  using place = openAttacked();
  place.file('home/.codex/config.toml', closing('"**/*.env" = "deny"'));
  const folder = Buffer.concat([Buffer.from(`${place.workspace}/d`), Buffer.of(0xfc)]);
  mkdirSync(folder);
  writeFileSync(Buffer.concat([folder, Buffer.from('/y.env')]), 'FIRST SECRET\n');
  writeFileSync(Buffer.concat([folder, Buffer.from('.env')]), 'SECOND SECRET\n');
  const { stdout } = await place.sandbox(['-P', 'dev', '--', 'sh', '-c', 'cat d*/y.env d*.env']);
  expect(stdout).not.toContain('SECRET');
});

it('a read-only place that is not there yet, two folders down', async () => {
  using place = openAttacked();
  place.file('home/.codex/config.toml', closing('"sub/.git" = "read"'));
  place.folder('workspace/sub');
  const { stdout } = await place.sandbox(['-P', 'dev', '--', 'sh', '-c', 'mkdir sub/.git && echo made']);
  expect(stdout).not.toContain('made');
});

it('our key file, which another program replaces (as every login does) while a command runs', async () => {
  using place = openAttacked();
  const key = place.file('home/.codex/auth.json', 'old\n');
  const next = place.file('home/.codex/next', 'NEW KEY\n');
  chmodSync(next, 0o600);
  const become = process.getuid?.() === uid ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const script = `echo started; until [ -e go ]; do sleep 0.05; done; cat ${key}`;
  const [file = '', ...rest] = [...become, process.execPath, codexProgram, 'sandbox', '--', 'sh', '-c', script];
  const env = { PATH: '/usr/bin:/bin', HOME: place.home };
  const child = spawn(file, rest, { cwd: place.workspace, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let stdout = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  await printed(child.stdout, 'started');
  renameSync(next, key);
  place.file('workspace/go', '');
  await new Promise((resolve) => child.once('close', resolve));
  expect(stdout).not.toContain('NEW KEY');
});

it('the keys in the environment, which no command of a session gets', async () => {
  using place = openAttacked();
  const env = { OPENAI_API_KEY: 'a key of a provider', GITHUB_TOKEN: 'a key of a service' };
  const { stdout } = await place.sandbox(['--', 'env'], { env });
  expect(stdout).not.toContain('a key of');
});
