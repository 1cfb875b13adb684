import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSandboxedFiles } from '../../../src/exec/files/sandboxed-files.ts';
import { type LocalEnvironment, openLocalEnvironment } from '../../../src/exec/index.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { fail, ok, problemText } from '../../../src/problem/index.ts';
import { type BoundProfile, bindProfile, closedNetwork, type FileSystemEntry } from '../../../src/sandbox/index.ts';
import { eventually, processesWith } from '../machine.ts';
import { base64, DENIED, NOT_FOUND, openPlace, type Place, READ_ONLY } from './calls.ts';
import { type BundledHelper, bundleHelper } from './helper.ts';

let bundled: BundledHelper;
let environment: LocalEnvironment;
beforeAll(async () => {
  bundled = await bundleHelper();
  environment = openLocalEnvironment();
});
afterAll(async () => {
  await environment.dispose(0);
  bundled.remove();
});

/** What a call is limited to in these tests: the profile that is bound does not come from it. */
const SANDBOX = {
  permissions: { type: 'managed', file_system: { type: 'unrestricted' }, network: 'restricted' },
  windowsSandboxLevel: 'disabled',
};

/** The helpers themselves, without the sandboxes around them. */
function helpers(): number[] {
  const [program = '', bundle = ''] = bundled.helper.argv;
  return processesWith(bundle).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith(program);
    } catch {
      return false; // Ended while we looked.
    }
  });
}

let outside: string;
let place: Place;
let profile: BoundProfile;
const openSandboxed = (idleMs: number) =>
  openPlace(
    openSandboxedFiles({
      environment,
      helper: bundled.helper,
      variables: { ...process.env, TMPDIR: '/tmp', SECRET: 'secret', NODE_OPTIONS: '--no-warnings' },
      bind: async () => ok(profile),
      idleMs,
    }),
  );
beforeEach(() => {
  outside = realpathSync(mkdtempSync('/var/tmp/exec-files-outside-'));
  writeFileSync(join(outside, 'secret'), 'secret');
  place = openSandboxed(30_000);
  profile = bound([read('/'), write(place.folder)]);
});
afterEach(async () => {
  await place.close();
  rmSync(outside, { recursive: true, force: true });
});

const read = (path: string): FileSystemEntry => ({ path: { type: 'path', path }, access: 'read' });
const write = (path: string): FileSystemEntry => ({ path: { type: 'path', path }, access: 'write' });
const deny = (path: string): FileSystemEntry => ({ path: { type: 'path', path }, access: 'deny' });

function bound(entries: readonly FileSystemEntry[]): BoundProfile {
  const named = {
    name: 'test',
    profile: {
      type: 'managed' as const,
      entries,
      workspaceRoots: [],
      globScanMaxDepth: null,
      network: closedNetwork,
    },
  };
  const result = bindProfile(named, [], {
    workspaceRoots: [place.folder],
    home: '/nonexistent',
    tmpdir: null,
    codexHome: '/nonexistent/codex',
    runtimeFolders: [],
  });
  if (!result.ok) throw new Error(problemText(result.problem));
  return result.value;
}

const inside = (name: string) => ({ path: place.uri(name), sandbox: SANDBOX });
const beyond = (name: string) => ({ path: pathUri(join(outside, name)), sandbox: SANDBOX });

describe('file calls under a profile', () => {
  it('work in what it opens, with whole files, blocks and folders', async () => {
    const text = 'x'.repeat(3 * 1024 * 1024);
    await place.done('fs/writeFile', { ...inside('a'), dataBase64: base64(text) });
    expect(readFileSync(place.path('a'), 'utf8')).toBe(text);
    expect((await place.done('fs/readFile', inside('a'))).dataBase64).toBe(base64(text));
    await place.done('fs/createDirectory', inside('n/m'));
    await place.done('fs/copy', {
      sourcePath: place.uri('a'),
      destinationPath: place.uri('n/m/copy'),
      recursive: false,
      sandbox: SANDBOX,
    });
    const options = { maxDepth: 5, maxDirectories: 9, maxEntries: 99, followDirectorySymlinks: false };
    const { entries } = await place.done('fs/walk', { ...inside('n'), options });
    expect(entries.map((entry) => entry.path)).toEqual([place.uri('n/m'), place.uri('n/m/copy')]);
    expect(await place.done('fs/readDirectory', inside('n'))).toEqual({
      entries: [{ fileName: 'm', isDirectory: true, isFile: false }],
    });
    await place.done('fs/remove', inside('n'));
    expect(existsSync(place.path('n'))).toBe(false);
    await place.done('fs/open', { ...inside('w'), handleId: 'w', mode: 'replace' });
    await place.done('fs/writeBlock', { handleId: 'w', offset: 2, chunk: base64('abc') });
    await place.done('fs/close', { handleId: 'w' });
    await place.done('fs/open', { ...inside('w'), handleId: 'r' });
    expect(await place.done('fs/readBlock', { handleId: 'r', offset: 0, len: 9 })).toEqual({
      chunk: base64('\0\0abc'),
      eof: true,
    });
    expect(readFileSync(place.path('w'), 'latin1')).toBe('\0\0abc');
  });

  it('read outside, and write nothing there, also through a link that leaves the root', async () => {
    symlinkSync(join(outside, 'secret'), place.path('link'));
    symlinkSync(outside, place.path('folder-link'));
    expect(await place.done('fs/readFile', beyond('secret'))).toEqual({ dataBase64: base64('secret') });
    const data = { dataBase64: base64('changed') };
    for (const target of [beyond('secret'), beyond('new'), inside('link'), inside('folder-link/secret')])
      expect(await place.refused('fs/writeFile', { ...target, ...data })).toEqual(READ_ONLY);
    expect(await place.refused('fs/open', { ...inside('link'), handleId: 'h', mode: 'replace' })).toEqual(READ_ONLY);
    expect(await place.refused('fs/createDirectory', beyond('n'))).toEqual(READ_ONLY);
    expect(await place.refused('fs/remove', beyond('secret'))).toEqual(READ_ONLY);
    expect(await place.refused('fs/remove', inside('folder-link/secret'))).toEqual(READ_ONLY);
    const copy = { sourcePath: place.uri('link'), destinationPath: pathUri(join(outside, 'l')), recursive: true };
    expect(await place.refused('fs/copy', { ...copy, sandbox: SANDBOX })).toEqual(READ_ONLY);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
    // Removing the link itself leaves what it leads to.
    await place.done('fs/remove', inside('link'));
    expect(existsSync(join(outside, 'secret'))).toBe(true);
  });

  it('write an existing hard link through', async () => {
    // In a folder that is below the root, so that both names are on one file system.
    mkdirSync(place.path('closed'));
    writeFileSync(place.path('closed/other'), 'old');
    linkSync(place.path('closed/other'), place.path('hard'));
    profile = bound([read('/'), write(place.folder), read(place.path('closed'))]);
    const { ino } = statSync(place.path('hard'));
    await place.done('fs/writeFile', { ...inside('hard'), dataBase64: base64('new') });
    expect(readFileSync(place.path('closed/other'), 'utf8')).toBe('new');
    expect(statSync(place.path('hard'))).toMatchObject({ ino, nlink: 2 });
    expect(await place.refused('fs/writeFile', { ...inside('closed/other'), dataBase64: '' })).toEqual(READ_ONLY);
  });

  it('do not open what is denied', async () => {
    writeFileSync(place.path('key'), 'key');
    mkdirSync(place.path('hidden'));
    writeFileSync(place.path('hidden/x'), 'x');
    profile = bound([read('/'), write(place.folder), deny(place.path('key')), deny(place.path('hidden'))]);
    symlinkSync('key', place.path('link'));
    for (const name of ['key', 'hidden', 'hidden/x']) {
      expect(await place.refused('fs/readFile', inside(name))).toEqual(DENIED);
      expect(await place.refused('fs/getMetadata', inside(name))).toEqual(DENIED);
      expect(await place.refused('fs/writeFile', { ...inside(name), dataBase64: '' })).toEqual(DENIED);
      expect(await place.refused('fs/remove', inside(name))).toEqual(DENIED);
    }
    // Reached by another name the kernel has something else in its place.
    expect((await place.refused('fs/readFile', inside('link')))[0]).toBe(-32600);
    expect((await place.refused('fs/remove', inside('.')))[0]).toBeLessThan(0);
    expect(readFileSync(place.path('key'), 'utf8')).toBe('key');
  });

  it('see nothing at all beyond a profile that does not read everything', async () => {
    profile = bound([write(place.folder)]);
    expect(await place.refused('fs/readFile', beyond('secret'))).toEqual(NOT_FOUND);
    expect(await place.refused('fs/getMetadata', { path: 'file:///etc/passwd', sandbox: SANDBOX })).toEqual(NOT_FOUND);
    await place.done('fs/writeFile', { ...inside('a'), dataBase64: base64('a') });
    expect(readFileSync(place.path('a'), 'utf8')).toBe('a');
  });
});

describe('the helper of a profile', () => {
  it('runs also where its own folder is closed to commands, and does not show it', async () => {
    profile = bound([read('/'), write(place.folder), deny('/var/tmp')]);
    await place.done('fs/writeFile', { ...inside('b'), dataBase64: base64('b') });
    expect(await place.refused('fs/readFile', beyond('secret'))).toEqual(DENIED);
    const bundle = { path: pathUri(bundled.helper.argv[1] ?? ''), sandbox: SANDBOX };
    expect(await place.refused('fs/readFile', bundle)).toEqual(DENIED);
  });

  const metadata = (name = 'a') => place.done('fs/getMetadata', inside(name));
  beforeEach(() => writeFileSync(place.path('a'), 'hello'));

  it('is started at first need, is one for equal profiles, and ends with the connection', async () => {
    await place.done('fs/readFile', { path: place.uri('a') });
    expect(helpers()).toEqual([]);
    await Promise.all([metadata(), metadata(), metadata()]);
    profile = bound([read('/'), write(place.folder)]);
    await metadata();
    expect(helpers()).toHaveLength(1);
    profile = bound([read('/')]);
    await metadata();
    expect(helpers()).toHaveLength(2);
    await place.calls.closeAll();
    expect(helpers()).toEqual([]);
  });

  it('knows PATH and the temp folder, and nothing else of ours', async () => {
    await metadata();
    const [pid] = helpers();
    const names = readFileSync(`/proc/${pid}/environ`, 'latin1')
      .split('\0')
      .map((line) => line.replace(/=.*$/s, ''));
    expect(names.filter((name) => name !== '' && name !== 'PWD').sort()).toEqual(['PATH', 'TMPDIR']);
  });

  it('ends when nobody uses it, but not while it holds a file open', async () => {
    await place.close();
    place = openSandboxed(30);
    profile = bound([read('/'), write(place.folder)]);
    writeFileSync(place.path('a'), 'hello');
    await place.done('fs/open', { ...inside('a'), handleId: 'h' });
    const [holder] = helpers();
    profile = bound([read('/')]);
    await metadata();
    const other = helpers().find((pid) => pid !== holder);
    await eventually(() => !helpers().includes(other ?? 0), 'the idle helper ends');
    expect(helpers()).toEqual([holder]);
    expect((await place.done('fs/readBlock', { handleId: 'h', offset: 0, len: 9 })).chunk).toBe(base64('hello'));
    await place.done('fs/close', { handleId: 'h' });
    await eventually(() => helpers().length === 0, 'the helper ends when its last file is closed');
    // The next call has a new one.
    await metadata();
    expect(helpers()).toHaveLength(1);
  });

  it('fails what it has not answered when it dies, and the next call has a new one', async () => {
    await place.done('fs/open', { ...inside('a'), handleId: 'h' });
    const [pid = 0] = helpers();
    process.kill(pid, 'SIGSTOP');
    const waiting = Promise.all([
      place.refused('fs/getMetadata', inside('a')),
      place.refused('fs/readBlock', { handleId: 'h', offset: 0, len: 1 }),
      place.refused('fs/writeFile', { ...inside('b'), dataBase64: base64('x'.repeat(3 * 1024 * 1024)) }),
    ]);
    process.kill(pid, 'SIGKILL');
    for (const [code, message] of await waiting) {
      expect(code).toBe(-32603);
      expect(message).toMatch(/^the file helper of the sandbox ended before it answered: /);
    }
    expect(await place.refused('fs/readBlock', { handleId: 'h', offset: 0, len: 1 })).toEqual([
      -32004,
      'unknown file handle `h`',
    ]);
    expect(await metadata()).toMatchObject({ size: 5 });
    expect(await place.done('fs/open', { ...inside('a'), handleId: 'h' })).toEqual({ handleId: 'h' });
  });

  it('is one of eight at most; the one that was idle longest makes room', async () => {
    const folders = Array.from({ length: 9 }, (_, index) => place.path(`f${index}`));
    for (const folder of folders) mkdirSync(folder);
    for (const [index, folder] of folders.slice(0, 8).entries()) {
      profile = bound([read('/'), write(folder)]);
      // All but one hold a file open.
      if (index === 3) await metadata();
      else await place.done('fs/open', { ...inside('a'), handleId: `h${index}` });
    }
    expect(helpers()).toHaveLength(8);
    profile = bound([read('/'), write(folders[8] ?? '')]);
    await place.done('fs/open', { ...inside('a'), handleId: 'h8' });
    await eventually(() => helpers().length === 8, 'the idle helper makes room');
    profile = bound([read('/')]);
    expect((await place.refused('fs/getMetadata', inside('a')))[0]).toBe(-32603);
    expect((await place.done('fs/readBlock', { handleId: 'h0', offset: 0, len: 9 })).chunk).toBe(base64('hello'));
  });

  it('is never done without: where no sandbox can be had the call is refused', async () => {
    const problem = { what: 'No sandbox.', why: '', next: '' };
    const none = openPlace(
      openSandboxedFiles({
        environment: { start: async () => fail({ kind: 'sandbox', problem }) },
        helper: bundled.helper,
        variables: {},
        bind: async () => ok(profile),
      }),
    );
    expect(await none.refused('fs/writeFile', { ...inside('x'), dataBase64: '' })).toEqual([
      -32602,
      'sandbox intent cannot be enforced on this executor: No sandbox.',
    ]);
    expect(existsSync(place.path('x'))).toBe(false);
    await none.close();
  });
});
