import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { watchForRedirection } from '../../../src/core/session/git-redirection.ts';

let git: string;
beforeEach(() => {
  git = path.join(mkdtempSync(path.join(tmpdir(), 'git-')), '.git');
  mkdirSync(git);
});
afterEach(() => rmSync(path.dirname(git), { recursive: true }));

it('takes a commondir away that a command made, and says so', () => {
  const over = watchForRedirection([{ kind: 'write', path: git }]);
  writeFileSync(path.join(git, 'commondir'), '/tmp/evil\n');
  expect(over()?.what).toContain(path.join(git, 'commondir'));
  expect(existsSync(path.join(git, 'commondir'))).toBe(false);
  expect(over()).toBeNull();
});

it('leaves one alone that was there before, and folders that were not opened', () => {
  writeFileSync(path.join(git, 'commondir'), '../x\n');
  const over = watchForRedirection([{ kind: 'write', path: git }]);
  expect(over()).toBeNull();
  expect(existsSync(path.join(git, 'commondir'))).toBe(true);
  expect(watchForRedirection([{ kind: 'write', path: path.dirname(git) }])()).toBeNull();
});
