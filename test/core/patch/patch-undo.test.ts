// What is left of a patch that does not come to its end: nothing, or it is said what.

import { chmodSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { patchAnswer } from '../../../src/core/patch/index.ts';
import type { RunningProcess } from '../../../src/exec/index.ts';
import { fail } from '../../../src/problem/index.ts';
import type { TestPlace } from '../../exec/environments/places.ts';
import { processesWith } from '../../exec/machine.ts';
import { openPatchPlace, type PatchPlace } from './patch-place.ts';
import { patchOf } from './patching.ts';

/** How many were killed. */
function killOwn(marker: string): number {
  return ownProcessesWith(marker).filter((pid) => {
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      return false; // It went with the one before.
    }
  }).length;
}

/** Processes of this test, and of nobody else, whose command line contains `marker`. */
function ownProcessesWith(marker: string): number[] {
  return processesWith(marker).filter((pid) => {
    for (let at = pid; at > 1; at = parentOf(at)) if (at === process.pid) return true;
    return false;
  });
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // Ended while we looked.
  }
}

describe.each(['local', 'websocket'] as const)('a patch that is broken off (%s)', (kind) => {
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
  beforeEach(() => patches.nextFolder());
  const meddled: PatchPlace['meddled'] = (meddle) => patches.meddled(meddle);

  const threeFiles = patchOf(
    '*** Update File: a',
    '@@',
    '-a',
    '+A',
    '*** Add File: made/for/b',
    '+B',
    '*** Update File: c',
    '@@',
    '-c',
    '+C',
    '*** Delete File: d',
    '*** Delete File: e',
  );
  const fourFiles = (): void => {
    for (const name of ['a', 'c', 'd', 'e']) write(name, `${name}\n`);
    chmodSync(at('d'), 0o751);
  };
  const expectBefore = (): void => {
    expect(readdirSync(patches.folder).sort()).toEqual(['a', 'c', 'd', 'e']);
    expect(['a', 'c', 'd', 'e'].map(read)).toEqual(['a\n', 'c\n', 'd\n', 'e\n']);
  };

  it('undoes what was written when somebody changes a file meanwhile, and leaves theirs', async () => {
    fourFiles();
    const environment = meddled((files) => ({
      write: (name, bytes, options) => {
        if (name === at('c')) writeFileSync(at('c'), 'theirs\n');
        return files.write(name, bytes, options);
      },
    }));
    const { result } = await carryOut(threeFiles, { environment });
    expect(patchAnswer(result)).toBe(
      'Failed to write c: it was changed after it was read.\nNothing was changed. Read it again and send the patch for what it is now.',
    );
    expect(read('c')).toBe('theirs\n');
    writeFileSync(at('c'), 'c\n');
    expectBefore();
  });

  it('undoes what was written and removed when the last step fails', async () => {
    fourFiles();
    const full = { kind: 'failed', errno: 'ENOSPC', problem: { what: 'e is stuck.', why: '', next: '' } } as const;
    const environment = meddled((files) => ({
      remove: async (name, options) => (name === at('e') ? fail(full) : files.remove(name, options)),
    }));
    const { result } = await carryOut(threeFiles, { environment });
    expectBefore();
    if (kind === 'local') {
      expect(patchAnswer(result)).toBe('Failed to delete e: e is stuck.\nNothing was changed.');
      expect(statSync(at('d')).mode & 0o777).toBe(0o751);
    } else expect(patchAnswer(result)).toContain('d was removed and made again, with the rights of a new file.');
  });

  it('undoes what was written when it is stopped in the middle', async () => {
    fourFiles();
    let running: RunningProcess | null = null;
    const environment = meddled((files) => ({
      write: (name, bytes, options) => {
        if (name === at('c')) running?.signal('interrupt');
        return files.write(name, bytes, options);
      },
    }));
    const { result, told } = await carryOut(threeFiles, {
      environment,
      started: (process) => {
        running = process;
      },
    });
    expect(result).toEqual({ kind: 'stopped', remains: [] });
    expect((await told.closed).exit).toEqual({ kind: 'signal', signal: 'SIGINT', code: 130 });
    expectBefore();
  });

  it('says exactly what it could not undo', async () => {
    fourFiles();
    let isBroken = false;
    const broken = {
      kind: 'failed',
      errno: 'EIO',
      problem: { what: 'The disk is broken.', why: '', next: '' },
    } as const;
    const environment = meddled((files) => ({
      write: async (name, bytes, options) => {
        if (name === at('c')) isBroken = true;
        return isBroken ? fail(broken) : files.write(name, bytes, options);
      },
      remove: async (name, options) =>
        isBroken && name === at('made/for/b') ? fail(broken) : files.remove(name, options),
    }));
    const { result } = await carryOut(threeFiles, { environment });
    const lines = patchAnswer(result).split('\n');
    expect(lines[0]).toBe('Failed to write c: The disk is broken.');
    expect(lines).toContain('made/for/b is there now, and this could not be undone: The disk is broken.');
    expect(lines).toContain('a has other content now, and this could not be undone: The disk is broken.');
    expect(lines).not.toContain('Nothing was changed.');
    expect(read('a')).toBe('A\n');
  });

  const hasHelper = kind === 'local';
  (hasHelper ? it : () => {})(
    'undoes what was written when the helper of the sandbox is killed in the middle',
    async () => {
      fourFiles();
      let killed = 0;
      const environment = meddled((files) => ({
        write: (name, bytes, options) => {
          const written = files.write(name, bytes, options);
          if (name !== at('c') || killed > 0) return written;
          killed += killOwn('files-helper.cjs');
          return written;
        },
      }));
      const { result } = await carryOut(threeFiles, { environment });
      expect(killed).toBeGreaterThan(0);
      expect(patchAnswer(result)).toContain('Nothing was changed.');
      for (const name of readdirSync(patches.folder)) if (name.startsWith('.codex-patch')) rmSync(at(name));
      expectBefore();
    },
  );

  (hasHelper ? it : () => {})('is carried out although the helper has gone since the last one', async () => {
    write('a', '1\n');
    await carryOut(patchOf('*** Update File: a', '@@', '-1', '+2'));
    expect(killOwn('files-helper.cjs')).toBeGreaterThan(0);
    expect((await carryOut(patchOf('*** Update File: a', '@@', '-2', '+3'))).result.kind).toBe('done');
    expect(read('a')).toBe('3\n');
  });

  it('undoes what was written also when a defect of ours comes in between', async () => {
    fourFiles();
    const environment = meddled((files) => ({
      write: async (name, bytes, options) => {
        if (name === at('c')) throw new Error('a defect');
        return files.write(name, bytes, options);
      },
    }));
    const { result, told } = await carryOut(threeFiles, { environment });
    expect(patchAnswer(result)).toContain('a defect');
    expect((await told.closed).exit.code).toBe(1);
    expectBefore();
  });

  it('never writes what one path leads to by another way', async () => {
    write('a', 'x\n');
    symlinkSync('a', at('b'));
    const lines = ['*** Update File: a', '@@', '-x', '+y', '*** Update File: b', '@@', '-x', '+z'];
    const { result } = await carryOut(patchOf(...lines));
    expect(patchAnswer(result)).toContain('Failed to write b: it was changed after it was read.');
    expect(read('a')).toBe('x\n');
  });

  it('finds out by itself what became of a write that nobody answered', async () => {
    fourFiles();
    const gone = { kind: 'unsure', problem: { what: 'No answer came.', why: '', next: '' } } as const;
    for (const isDone of [true, false]) {
      let isLost = false;
      const environment = meddled((files) => ({
        write: async (name, bytes, options) => {
          if (name !== at('c') || isLost) return files.write(name, bytes, options);
          isLost = true;
          if (isDone) await files.write(name, bytes, options);
          return fail(gone);
        },
      }));
      const { result } = await carryOut(threeFiles, { environment });
      expect(patchAnswer(result)).toBe('Failed to write c: No answer came.\nNothing was changed.');
      expectBefore();
    }
  });
});
