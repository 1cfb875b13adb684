// A patch as an attempt of a process, in a real environment of this machine and over a server of ours.

import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changedFiles, patchAnswer, patchRunner, previewPatch } from '../../../src/core/patch/index.ts';
import { builtInProfile } from '../../../src/sandbox/index.ts';
import type { TestPlace } from '../../exec/environments/places.ts';
import { collect } from '../../exec/running.ts';
import { openPatchPlace, type PatchPlace, PIPE, START } from './patch-place.ts';
import { patchOf } from './patching.ts';

describe.each(['local', 'websocket'] as const)('a patch (%s)', (kind) => {
  let place: TestPlace;
  let patches: PatchPlace;
  const at = (name: string): string => patches.at(name);
  const write = (name: string, text: string): void => patches.write(name, text);
  const read = (name: string): string => patches.read(name);
  const carryOut: PatchPlace['carryOut'] = (text, options) => patches.carryOut(text, options);
  beforeAll(async () => {
    patches = await openPatchPlace(kind);
    place = patches.machine;
  });
  afterAll(() => place.close());
  let folder: string;
  beforeEach(() => {
    patches.nextFolder();
    folder = patches.folder;
  });

  it('shows what it changes, changes it, and ends with 0', async () => {
    write('src/a.ts', 'one\ntwo\nthree\n');
    write('old.txt', 'gone\n');
    write('from.txt', 'same\nmoved\n');
    chmodSync(at('from.txt'), 0o755);
    const tried = await carryOut(
      patchOf(
        '*** Update File: src/a.ts',
        '@@',
        ' one',
        '-two',
        '+2',
        '*** Add File: new/folder/b.txt',
        '+added',
        '*** Delete File: old.txt',
        '*** Update File: from.txt',
        '*** Move to: to.txt',
        '@@',
        '-moved',
        '+arrived',
      ),
    );
    expect(tried.told.text()).toBe(
      [
        'edit src/a.ts · +1 -1',
        '  1     one',
        '  2   - two',
        '  2   + 2',
        '  3     three',
        'add new/folder/b.txt · +1',
        '  1   + added',
        'delete old.txt · -1',
        '  1   - gone',
        'move from.txt → to.txt · +1 -1',
        '  1     same',
        '  2   - moved',
        '  2   + arrived',
        '',
      ].join('\n'),
    );
    expect(await tried.told.closed).toMatchObject({ exit: { kind: 'code', code: 0 }, denial: null, ran: true });
    expect(tried.told.order).toEqual(['output', 'exited', 'closed']);
    expect([read('src/a.ts'), read('new/folder/b.txt'), read('to.txt')]).toEqual([
      'one\n2\nthree\n',
      'added\n',
      'same\narrived\n',
    ]);
    expect([existsSync(at('old.txt')), existsSync(at('from.txt'))]).toEqual([false, false]);
    expect(statSync(at('to.txt')).mode & 0o777).toBe(0o755);
    expect(patchAnswer(tried.result)).toBe(
      'Success. Updated the following files:\nA new/folder/b.txt\nM src/a.ts\nM to.txt\nD old.txt',
    );
    if (tried.result.kind !== 'done') throw new Error('it was carried out');
    expect(changedFiles(tried.result.plan)).toEqual([
      { path: at('src/a.ts'), change: 'changed' },
      { path: at('new/folder/b.txt'), change: 'added' },
      { path: at('old.txt'), change: 'deleted' },
      { path: at('from.txt'), change: 'deleted' },
      { path: at('to.txt'), change: 'added' },
    ]);
    const again = tried.process.readOutput(0, 7);
    expect([again.from, Buffer.from(again.bytes).toString()]).toEqual([0, 'edit sr']);
  });

  it('can be looked at before, and is then as it was', async () => {
    write('a', 'one\ntwo\n');
    const sandbox = { profile: builtInProfile(':workspace'), grants: [], workspaceRoots: [place.workspace] };
    const preview = (text: string) =>
      previewPatch({ environment: place.ready, cwd: folder, text }, sandbox, { colour: false });
    expect(await preview(patchOf('*** Update File: a', '@@', '-two', '+2'))).toEqual([
      'edit a · +1 -1',
      '  1     one',
      '  2   - two',
      '  2   + 2',
    ]);
    expect(await preview(patchOf('*** Update File: a', '@@', '-three', '+3'))).toEqual([
      'a (+1 -1)',
      '  - three',
      '  + 3',
    ]);
    expect(read('a')).toBe('one\ntwo\n');
  });

  it('says what it replaced', async () => {
    write('a', 'x\n');
    write('b', 'y\n');
    const text = patchOf('*** Add File: a', '+new', '*** Add File: c', '+c', '*** Update File: c', '*** Move to: b');
    const { result, told } = await carryOut(text);
    expect(patchAnswer(result)).toBe(
      'Success. Updated the following files:\nA a\nA b\nreplaced a (there was another file before)\nreplaced b (there was another file before)',
    );
    expect(told.text()).toContain('replace a · +1 -1');
    expect([read('a'), read('b')]).toEqual(['new\n', 'c\n']);
  });

  it('changes nothing when one of its parts does not fit, and shows why', async () => {
    write('a', 'x\n');
    const text = patchOf('*** Add File: new', '+n', '*** Update File: a', '@@', '-nothing like it', '+y');
    const { told, result } = await carryOut(text);
    expect((await told.closed).exit.code).toBe(1);
    expect(told.text()).toContain('Failed to find expected lines in a (change on line 5 of the patch):\nnothing like');
    expect(patchAnswer(result)).toContain('Nothing was changed.');
    expect(readdirSync(folder)).toEqual(['a']);
    expect(read('a')).toBe('x\n');
  });

  it('is answered in words that a model can act on', async () => {
    mkdirSync(at('folder'));
    const answer = async (...lines: string[]) => patchAnswer((await carryOut(patchOf(...lines))).result);
    expect(await answer('hello')).toContain('Invalid patch (line 2 of the patch): "hello" begins no file.');
    expect(await answer('*** Update File: none', '@@', '-x')).toContain('there is no such file');
    expect(await answer('*** Delete File: folder')).toContain('it is a folder');
    expect(await answer('*** Add File: folder/x/y', '+1', '*** Add File: folder/x', '+1')).toContain('Failed to write');
    expect(readdirSync(at('folder'))).toEqual([]);
    write('plain', 'x\n');
    expect(await answer('*** Add File: plain/below', '+1')).toContain('a part of its path is a file');
    expect(await answer('*** Update File: plain', '@@', ' x')).toBe('Success. Updated the following files:\nM plain');
  });

  it('is stopped by the sandbox before anything is written, is told once for all, and let through by the grant', async () => {
    const outside = path.join(place.outside, `new-${kind}`);
    const old = path.join(place.outside, `old-${kind}`);
    writeFileSync(old, 'old\n');
    write('inside', 'a\n');
    const text = patchOf(
      '*** Update File: inside',
      '@@',
      '-a',
      '+b',
      `*** Add File: ${outside}`,
      '+x',
      `*** Update File: ${old}`,
      '@@',
      '-old',
      '+new',
    );
    const first = await carryOut(text);
    const { denial, exit } = await first.told.closed;
    expect(exit.code).toBe(1);
    expect(denial).toMatchObject({
      operation: 'create',
      target: outside,
      certainty: 'certain',
      because: expect.stringMatching(/^:workspace opens .* for writing only$/),
      grants: [{ kind: 'write', path: place.outside }],
    });
    expect(first.told.text()).toContain(denial?.evidence);
    expect(patchAnswer(first.result)).toContain('Nothing was changed.');
    expect([read('inside'), readFileSync(old, 'utf8'), existsSync(outside)]).toEqual(['a\n', 'old\n', false]);
    const second = await carryOut(text, { grants: denial?.grants ?? [] });
    expect(second.result.kind).toBe('done');
    expect([read('inside'), readFileSync(old, 'utf8'), readFileSync(outside, 'utf8')]).toEqual(['b\n', 'new\n', 'x\n']);
    rmSync(outside);
  });

  it('cannot touch what is protected, nor leave through links', async () => {
    const target = path.join(place.outside, `target-${kind}`);
    writeFileSync(target, 'kept\n');
    symlinkSync(target, at('link'));
    symlinkSync(place.outside, at('out'));
    const inside = path.relative(folder, path.join(place.workspace, '.git/hooks/pre-commit'));
    for (const lines of [
      [`*** Add File: ${inside}`, '+#!/bin/sh'],
      ['*** Update File: link', '@@', '-kept', '+gone'],
      ['*** Add File: out/new', '+x'],
      [`*** Add File: ${path.relative(folder, place.outside)}/up`, '+x'],
      [`*** Delete File: ${target}`],
    ]) {
      const { result, told } = await carryOut(patchOf(...lines));
      expect([lines[0], result.kind]).toEqual([lines[0], 'blocked']);
      expect((await told.closed).denial?.grants.length).toBe(1);
    }
    expect(readFileSync(target, 'utf8')).toBe('kept\n');
    expect(readlinkSync(at('link'))).toBe(target);
    expect(readdirSync(place.outside).filter((name) => ['new', 'up'].includes(name))).toEqual([]);
  });

  it('leaves links, hard links and rights what they are', async () => {
    write('one', 'a\n');
    chmodSync(at('one'), 0o750);
    linkSync(at('one'), at('two'));
    symlinkSync('one', at('link'));
    const { result } = await carryOut(patchOf('*** Update File: link', '@@', '-a', '+b', '+c'));
    expect(result.kind).toBe('done');
    expect([read('one'), read('two'), readlinkSync(at('link'))]).toEqual(['b\nc\n', 'b\nc\n', 'one']);
    expect([statSync(at('one')).ino, statSync(at('one')).mode & 0o777]).toEqual([statSync(at('two')).ino, 0o750]);
  });

  it('reaches files with any name', async () => {
    for (const name of [' leading', 'with space', 'ünïcode-名前', "quote'd", '%2e%2e', '#?']) {
      await carryOut(patchOf(`*** Add File: ${name}`, '+1'));
      await carryOut(patchOf(`*** Update File: ${name}`, '@@', '-1', '+2'));
      expect([name, read(name)]).toEqual([name, '2\n']);
    }
  });

  it('has colours and the end of a terminal’s lines where it is shown in one', async () => {
    write('a', 'let x = 1;\n');
    const stdio = { kind: 'pty', cols: 80, rows: 24 } as const;
    const { told } = await carryOut(patchOf('*** Update File: a', '@@', '-let x = 1;', '+let x = 2;'), {
      stdio,
      colour: true,
    });
    expect(told.chunks.map(({ stream }) => stream)).toEqual(['pty']);
    expect(told.text()).toBe(
      '\x1b[1medit a · +1 -1\x1b[22m\r\n' +
        '\x1b[2m  1\x1b[22m   \x1b[31m- let x = \x1b[7m1\x1b[27m;\x1b[39m\r\n' +
        '\x1b[2m  1\x1b[22m   \x1b[32m+ let x = \x1b[7m2\x1b[27m;\x1b[39m\r\n',
    );
  });

  it('shows a part of what nobody could read, and still says how it ended', async () => {
    const lines = Array.from({ length: 3000 }, () => `+${'x'.repeat(1000)}`);
    const outside = path.join(place.outside, 'never');
    const { told } = await carryOut(patchOf('*** Add File: large', ...lines, `*** Add File: ${outside}`, '+x'));
    const { bytes, denial } = await told.closed;
    expect(bytes).toBeLessThan(1.1 * 1024 * 1024);
    expect(told.text()).toMatch(/… \d+ more rows\napply_patch: /);
    expect([denial?.target, readdirSync(folder)]).toEqual([outside, []]);
  });

  it('does nothing when it is stopped before it writes, whatever signal it gets', async () => {
    write('a', 'x\n');
    const codes = { interrupt: 130, terminate: 143, kill: 137 } as const;
    for (const signal of ['interrupt', 'terminate', 'kill'] as const) {
      const { told, result } = await carryOut(patchOf('*** Update File: a', '@@', '-x', '+y'), {
        started: (process) => process.signal(signal),
      });
      expect([result.kind, (await told.closed).exit]).toMatchObject([
        'stopped',
        { kind: 'signal', code: codes[signal] },
      ]);
    }
    expect(read('a')).toBe('x\n');
  });

  it('tells its end to whoever has its process by then', async () => {
    const { told, process: running } = await carryOut('nonsense');
    expect(Buffer.from(running.readOutput(0, 1000).bytes).toString()).toBe(told.text());
    const order: string[] = [];
    const runner = patchRunner({ environment: place.ready, cwd: folder, text: 'nonsense' });
    const { listener } = collect();
    const start = { stdio: PIPE, sandbox: { profile: builtInProfile(':workspace'), grants: [], workspaceRoots: [] } };
    await new Promise<void>((resolve) => {
      const heard = { ...listener, output: () => order.push('output'), closed: () => resolve() };
      void runner.start({ ...START, ...start }, heard).then(() => order.push('started'));
    });
    expect(order).toEqual(['started', 'output']);
  });
});
