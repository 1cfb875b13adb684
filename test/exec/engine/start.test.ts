import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { findTool } from '../../../src/exec/engine/find-program.ts';
import { problemText } from '../../../src/problem/index.ts';
import { type HostProbe, probeHost } from '../../../src/sandbox/index.ts';
import { openPlace, PIPES, type Place, PTY, UNSANDBOXED } from '../running.ts';

const place = openPlace();
afterAll(() => place.close());

describe('a command that cannot run is told apart from one that fails', () => {
  for (const [stdioName, stdio] of [
    ['a terminal', PTY],
    ['pipes', PIPES],
  ] as const) {
    for (const [profileName, profile] of [
      ['sandboxed', place.workspace],
      ['unsandboxed', UNSANDBOXED],
    ] as const) {
      it(`no such program: 127 and a sentence (${profileName}, ${stdioName})`, async () => {
        const started = await place.tryStart(['no-such-program', 'x'], { stdio, profile });
        if (!started.ok) {
          expect(started.problem).toMatchObject({
            kind: 'command',
            problem: { what: 'no-such-program was not found.' },
          });
          return;
        }
        const closed = await started.value.told.closed;
        expect(closed).toMatchObject({ ran: false, exit: { kind: 'code', code: 127 }, denial: null });
        expect(closed.problem?.what).toBe('no-such-program was not found.');
      });
    }
  }

  it('not executable: 126 and how to change that', async () => {
    const script = join(place.folder, 'script');
    writeFileSync(script, '#!/bin/sh\necho hi\n', { mode: 0o644 });
    const { told } = await place.start([script], { stdio: PIPES });
    const closed = await told.closed;
    expect(closed).toMatchObject({ ran: false, exit: { code: 126 }, problem: { next: `chmod +x ${script}` } });
  });

  it('a shell that does not find a program did run', async () => {
    const { told } = await place.start(['bash', '-c', 'no-such-program']);
    expect(await told.closed).toMatchObject({ ran: true, exit: { code: 127 }, problem: null });
  });

  it('a working folder that is gone is named, and nothing is started', async () => {
    const gone = join(place.folder, 'gone');
    for (const profile of [place.workspace, UNSANDBOXED]) {
      const started = await place.tryStart(['true'], { cwd: gone, profile });
      expect(started).toMatchObject({
        ok: false,
        problem: { kind: 'command', problem: { what: `The working folder ${gone} does not exist.` } },
      });
    }
  });

  it('an argument beyond what the system takes', async () => {
    const started = await place.tryStart(['echo', 'x'.repeat(200_000)]);
    expect(started.ok ? '' : problemText(started.problem.problem)).toContain('too long');
  });
});

describe('what vanishes is healed', () => {
  const folders: string[] = [];
  const places: Place[] = [];
  afterEach(async () => {
    for (const other of places.splice(0)) await other.close();
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** A PATH whose first folder has helpers of its own, and how often the machine was asked. */
  function withOwnHelpers() {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-helpers-')));
    folders.push(folder);
    for (const name of ['bwrap', 'setsid']) install(folder, name);
    const path = `${folder}:/usr/bin:/bin`;
    const asked = { times: 0 };
    const probe = (): Promise<HostProbe> => {
      asked.times++;
      return probeHost({ path, writableRoots: [] });
    };
    const other = openPlace({ probe });
    places.push(other);
    return { folder, asked, other };
  }

  function install(folder: string, name: string): void {
    copyFileSync(findTool(name, process.env.PATH ?? '') ?? '', join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }

  async function codeOf(other: Place, stdio = PTY): Promise<number> {
    const { told } = await other.start(['bash', '-c', 'exit 9'], { stdio });
    return (await told.closed).exit.code;
  }

  for (const name of ['bwrap', 'setsid']) {
    it(`${name} was removed: the next one in PATH is used, and the machine was asked twice in all`, async () => {
      const { folder, asked, other } = withOwnHelpers();
      expect(await codeOf(other)).toBe(9);
      expect(await codeOf(other)).toBe(9);
      expect(asked.times).toBe(1);
      rmSync(join(folder, name));
      expect(await codeOf(other)).toBe(9);
      expect(await codeOf(other)).toBe(9);
      expect(asked.times).toBe(2);
    });

    it(`${name} was replaced by another build of it`, async () => {
      const { folder, asked, other } = withOwnHelpers();
      expect(await codeOf(other)).toBe(9);
      rmSync(join(folder, name));
      install(folder, name);
      expect(await codeOf(other)).toBe(9);
      expect(asked.times).toBe(2);
    });
  }

  it('nothing is left of the sandbox: commands are refused with the diagnosis, and run again once it is back', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-helpers-')));
    folders.push(folder);
    for (const name of ['bwrap', 'setsid']) install(folder, name);
    const other = openPlace({ probe: () => probeHost({ path: folder, writableRoots: [] }) });
    places.push(other);
    expect(await codeOf(other)).toBe(9);
    renameSync(join(folder, 'bwrap'), join(folder, 'away'));
    const refused = await other.tryStart(['true']);
    expect(refused).toMatchObject({ ok: false, problem: { kind: 'sandbox' } });
    renameSync(join(folder, 'away'), join(folder, 'bwrap'));
    expect(await codeOf(other)).toBe(9);
  });

  it('a sandbox that breaks while it is built is told as not run, with its own words, and asked about anew', async () => {
    const { folder, asked, other } = withOwnHelpers();
    expect(await codeOf(other, PIPES)).toBe(9);
    // A writable root that is removed between binding and start: its mount fails.
    const doomed = join(other.folder, 'doomed');
    mkdirSync(doomed);
    if (other.workspace.type !== 'managed') throw new Error('a managed profile');
    const profile = {
      ...other.workspace,
      writableRoots: [...other.workspace.writableRoots, { path: doomed, readOnly: [] }],
    };
    rmSync(doomed, { recursive: true });
    const { told } = await other.start(['echo', 'hi'], { profile, stdio: PIPES });
    const closed = await told.closed;
    expect(closed).toMatchObject({
      ran: false,
      denial: null,
      problem: { what: 'The sandbox could not be started, so nothing ran.' },
    });
    expect(closed.problem?.why).toMatch(/^bwrap: .*doomed/);
    expect(await codeOf(other, PIPES)).toBe(9);
    expect(asked.times).toBe(2);
    expect(folder).not.toBe('');
  });
});
