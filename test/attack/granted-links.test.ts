// Can a command that was granted one folder for the session trade it for another?

import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { bindProfile, builtInProfile, type Grant } from '../../src/sandbox/index.ts';
import { contextOf, linuxFacts, openPlace, shell } from '../sandbox/sandboxed.ts';

it('a session grant for .git, and a link in its place', async () => {
  using place = openPlace(0);
  const workspace = place.folder('workspace');
  const home = place.folder('home');
  mkdirSync(path.join(workspace, '.git'));
  const grants: Grant[] = [{ kind: 'write', path: path.join(workspace, '.git') }];
  const bind = () => {
    const bound = bindProfile(builtInProfile(':workspace'), grants, contextOf(workspace, { home }));
    if (!bound.ok || bound.value.type !== 'managed') throw new Error('not bound');
    return { ...bound.value, absentNames: [] };
  };
  const facts = await linuxFacts(process.getuid?.() ?? 0);
  await shell(bind(), workspace, `mv .git g && ln -s ${home} .git`, facts);
  const second = bind();
  expect(second.writableRoots.map((root) => root.path)).not.toContain(home);
});

it('a folder that is open for writing only below the workspace does not follow a link out of it', () => {
  using place = openPlace(0);
  const workspace = place.folder('workspace');
  const home = place.folder('home');
  const build = place.folder('workspace/build');
  renameSync(build, path.join(workspace, 'old'));
  symlinkSync(home, build);
  const bound = bindProfile(builtInProfile(':workspace'), [{ kind: 'write', path: build }], contextOf(workspace));
  if (!bound.ok || bound.value.type !== 'managed') return;
  expect(bound.value.writableRoots.map((root) => root.path)).not.toContain(home);
});
