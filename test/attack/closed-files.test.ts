import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openAttacked } from './attacked.ts';

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

it('the keys in the environment, which no command of a session gets', async () => {
  using place = openAttacked();
  const env = { OPENAI_API_KEY: 'a key of a provider', GITHUB_TOKEN: 'a key of a service' };
  const { stdout } = await place.sandbox(['--', 'env'], { env });
  expect(stdout).not.toContain('a key of');
});
