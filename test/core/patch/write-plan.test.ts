// Is a change that fails in the middle as if it had never begun?

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writePlan } from '../../../src/core/patch/write-plan.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'codex-plan-'));
  folders.push(folder);
  return folder;
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

describe('a plan', () => {
  it('that fails at its last file leaves all others as they were', () => {
    const folder = newFolder();
    const at = (name: string): string => path.join(folder, name);
    writeFileSync(at('changed'), 'old', { mode: 0o640 });
    writeFileSync(at('deleted'), 'gone', { mode: 0o755 });
    mkdirSync(at('folder'));
    const written = writePlan([
      { path: at('changed'), before: bytes('old'), after: bytes('new') },
      { path: at('deleted'), before: bytes('gone'), after: null },
      { path: at('a/b/made'), before: null, after: bytes('x') },
      { path: at('folder'), before: null, after: bytes('x') },
    ]);
    expect(written).toMatchObject({ ok: false, problem: { path: at('folder'), errno: 'EISDIR', notUndone: [] } });
    expect(readdirSync(folder).sort()).toEqual(['changed', 'deleted', 'folder']);
    expect(readFileSync(at('changed'), 'utf8')).toBe('old');
    expect(statSync(at('changed')).mode & 0o777).toBe(0o640);
    expect(readFileSync(at('deleted'), 'utf8')).toBe('gone');
    expect(statSync(at('deleted')).mode & 0o777).toBe(0o755);
  });

  it('does not write over what somebody else has written since', () => {
    const file = path.join(newFolder(), 'a');
    writeFileSync(file, 'theirs');
    expect(writePlan([{ path: file, before: bytes('mine'), after: bytes('new') }])).toMatchObject({
      ok: false,
      problem: { errno: 'ESTALE' },
    });
    expect(writePlan([{ path: file, before: null, after: bytes('new') }]).ok).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('theirs');
  });

  it('on a full disk keeps what was there', () => {
    const folder = newFolder();
    const program = path.join(folder, 'program.mts');
    // A file system of 64 KiB, which only the program in this namespace sees.
    writeFileSync(
      program,
      `import { writePlan } from ${JSON.stringify(path.join(import.meta.dirname, '../../../src/core/patch/write-plan.ts'))};
       import { readFileSync, writeFileSync, readdirSync } from 'node:fs';
       writeFileSync('/mnt/first', 'one'); writeFileSync('/mnt/second', 'two');
       const written = writePlan([
         { path: '/mnt/first', before: Buffer.from('one'), after: Buffer.from('uno') },
         { path: '/mnt/second', before: Buffer.from('two'), after: Buffer.alloc(1024 * 1024, 'x') },
       ]);
       console.log(JSON.stringify([written, readFileSync('/mnt/first', 'utf8'), readFileSync('/mnt/second', 'utf8'), readdirSync('/mnt').length]));`,
    );
    const bundle = path.join(folder, 'program.cjs');
    execFileSync(path.join(import.meta.dirname, '../../../node_modules/.bin/esbuild'), [
      program,
      '--bundle',
      '--platform=node',
      '--format=cjs',
      '--log-level=error',
      `--outfile=${bundle}`,
    ]);
    const script = `mount -t tmpfs -o size=64k none /mnt && exec "$0" "$1"`;
    const said = execFileSync('unshare', ['-m', 'sh', '-c', script, process.execPath, bundle], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual([
      { ok: false, problem: { deed: 'write', path: '/mnt/second', errno: 'ENOSPC', notUndone: [] } },
      'one',
      'two',
      2,
    ]);
  });

  it('makes and removes nothing beside its files', () => {
    const folder = newFolder();
    const file = path.join(folder, 'a');
    writeFileSync(file, 'x');
    expect(writePlan([{ path: file, before: bytes('x'), after: bytes('y') }]).ok).toBe(true);
    expect(readdirSync(folder)).toEqual(['a']);
    expect(writePlan([{ path: file, before: bytes('y'), after: null }]).ok).toBe(true);
    expect(existsSync(file)).toBe(false);
  });
});
