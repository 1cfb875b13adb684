// Files on a machine: what the sandbox lets be touched, and what a write leaves as it was.

import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
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
import type { FileAccess } from '../../../src/exec/index.ts';
import type { Result } from '../../../src/problem/index.ts';
import { builtInProfile, type FileSystemEntry, type Grant, type NamedProfile } from '../../../src/sandbox/index.ts';
import { openTestPlace, type TestPlace } from './places.ts';

const MIB = 1024 * 1024;

describe.each(['local', 'websocket'] as const)('files on a machine (%s)', (kind) => {
  let place: TestPlace;
  let files: FileAccess;
  let at: (name: string) => string;
  let count = 0;
  beforeAll(async () => {
    place = await openTestPlace(kind);
  });
  afterAll(() => place.close());
  beforeEach(() => {
    // A folder for each test; one workspace, so that one helper serves all.
    const folder = path.join(place.workspace, String(++count));
    mkdirSync(folder);
    at = (name) => path.join(folder, name);
    files = under();
  });

  const under = (grants: readonly Grant[] = [], profile: NamedProfile = builtInProfile(':workspace')): FileAccess =>
    place.ready.files({ profile, grants, workspaceRoots: [place.workspace] });
  const text = (value: string): Uint8Array => Buffer.from(value);
  const done = async <T>(result: Promise<Result<T, unknown>>): Promise<T> => {
    const it = await result;
    if (!it.ok) throw new Error(JSON.stringify(it.problem));
    return it.value;
  };
  const problem = async (result: Promise<Result<unknown, unknown>>): Promise<unknown> => {
    const it = await result;
    if (it.ok) throw new Error('it was done');
    return it.problem;
  };

  it('are made, read, changed and removed, with whatever a name may hold', async () => {
    for (const name of ['plain', 'with space', 'line\nfeed', 'ünïcode-名前', '-dash', 'per%20cent', '#x?y']) {
      await done(files.write(at(name), text('one\n'), { seen: null }));
      await done(files.write(at(name), text('two\n'), { seen: text('one\n') }));
      const { bytes, look } = await done(files.read(at(name), 100));
      expect([Buffer.from(bytes).toString(), look.kind, look.size]).toEqual(['two\n', 'file', 4]);
      expect(readFileSync(at(name), 'utf8')).toBe('two\n');
      await done(files.remove(at(name), { seen: text('two\n') }));
    }
    expect(readdirSync(at('.'))).toEqual([]);
  });

  it('are as large as they are: 9 MiB come and go whole, and a bound is kept', async () => {
    const bytes = Buffer.alloc(9 * MIB, 'abcdefghi\n');
    await done(files.write(at('large'), bytes));
    expect(Buffer.compare((await done(files.read(at('large'), 20 * MIB))).bytes, bytes)).toBe(0);
    expect(await problem(files.read(at('large'), MIB))).toMatchObject({ kind: 'failed', errno: 'EFBIG' });
  });

  it('keep bytes that are no text', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await done(files.write(at('bytes'), bytes));
    expect([...(await done(files.read(at('bytes'), 256))).bytes]).toEqual([...bytes]);
  });

  it('are not written where they are not what was seen', async () => {
    writeFileSync(at('f'), 'theirs');
    expect(await problem(files.write(at('f'), text('mine'), { seen: text('seen') }))).toEqual({ kind: 'changed' });
    expect(await problem(files.write(at('f'), text('mine'), { seen: null }))).toEqual({ kind: 'changed' });
    expect(await problem(files.remove(at('f'), { seen: text('seen') }))).toEqual({ kind: 'changed' });
    expect(await problem(files.write(at('none'), text('mine'), { seen: text('seen') }))).toEqual({ kind: 'changed' });
    expect(readFileSync(at('f'), 'utf8')).toBe('theirs');
  });

  it('stay hard links, links and executable', async () => {
    writeFileSync(at('one'), 'old');
    linkSync(at('one'), at('two'));
    symlinkSync('one', at('link'));
    writeFileSync(at('tool'), 'old', { mode: 0o755 });
    const { ino } = statSync(at('one'));
    await done(files.write(at('two'), text('new'), { seen: text('old') }));
    await done(files.write(at('link'), text('newer and longer'), { seen: text('new') }));
    await done(files.write(at('tool'), text('new'), { seen: text('old') }));
    expect([readFileSync(at('one'), 'utf8'), statSync(at('one')).ino]).toEqual(['newer and longer', ino]);
    expect(readlinkSync(at('link'))).toBe('one');
    expect(statSync(at('tool')).mode & 0o7777).toBe(0o755);
  });

  it('become shorter in place', async () => {
    writeFileSync(at('one'), 'a longer content');
    linkSync(at('one'), at('two'));
    await done(files.write(at('one'), text('short')));
    expect(readFileSync(at('two'), 'utf8')).toBe('short');
  });

  it('have folders made for them, and it is told which', async () => {
    expect(await done(files.makeFolder(at('a/b/c')))).toEqual([at('a'), at('a/b'), at('a/b/c')]);
    expect(await done(files.makeFolder(at('a/b/d')))).toEqual([at('a/b/d')]);
    expect(await done(files.makeFolder(at('a')))).toEqual([]);
    await done(files.remove(at('a/b/c')));
    expect(await problem(files.remove(at('a')))).toMatchObject({ kind: 'failed' });
    expect(existsSync(at('a/b'))).toBe(true);
  });

  it('are looked at', async () => {
    symlinkSync('nowhere', at('dangling'));
    mkdirSync(at('folder'));
    expect(await done(files.stat(at('none')))).toBeNull();
    expect(await done(files.stat(at('dangling')))).toBeNull();
    expect(await done(files.stat(at('folder')))).toMatchObject({ kind: 'folder', link: null });
    expect(await problem(files.read(at('folder'), 10))).toMatchObject({ kind: 'failed', errno: 'EISDIR' });
    expect(await problem(files.read(at('none'), 10))).toMatchObject({ kind: 'failed', errno: 'ENOENT' });
    expect(await problem(files.write(at('none/x'), text('x')))).toMatchObject({ kind: 'failed', errno: 'ENOENT' });
  });

  it('give up nothing but the name when a link is removed', async () => {
    writeFileSync(at('f'), 'kept');
    symlinkSync('f', at('link'));
    await done(files.remove(at('link'), { seen: text('kept') }));
    expect(readdirSync(at('.'))).toEqual(['f']);
  });

  it('outside are blocked, with the smallest grant, and free with it', async () => {
    const old = path.join(place.outside, `old-${kind}`);
    const made = path.join(place.outside, `made-${kind}`);
    writeFileSync(old, 'old', { mode: 0o640 });
    expect((await done(files.read(old, 10))).look.size).toBe(3);
    expect(await problem(files.write(old, text('new'), { seen: text('old') }))).toMatchObject({
      kind: 'blocked',
      denial: {
        operation: 'write',
        target: old,
        certainty: 'certain',
        because: expect.stringMatching(/^:workspace opens .* for writing only$/),
        grants: [{ kind: 'write', path: old }],
      },
    });
    expect(await problem(files.write(made, text('new'), { seen: null }))).toMatchObject({
      kind: 'blocked',
      denial: { operation: 'create', target: made, grants: [{ kind: 'write', path: place.outside }] },
    });
    expect(await problem(files.remove(old))).toMatchObject({
      kind: 'blocked',
      denial: { operation: 'delete', target: old, grants: [{ kind: 'write', path: place.outside }] },
    });
    expect([readFileSync(old, 'utf8'), existsSync(made)]).toEqual(['old', false]);
    // The file alone is open then: nothing can be put beside it.
    await done(under([{ kind: 'write', path: old }]).write(old, text('new'), { seen: text('old') }));
    expect([readFileSync(old, 'utf8'), statSync(old).mode & 0o777]).toEqual(['new', 0o640]);
    const wide = under([{ kind: 'write', path: place.outside }]);
    await done(wide.write(made, text('new'), { seen: null }));
    await done(wide.remove(made));
    expect(readdirSync(place.outside).filter((name) => name.startsWith('.codex-patch'))).toEqual([]);
  });

  it('behind a link that leads out of the workspace are blocked, and stay what they are', async () => {
    const target = path.join(place.outside, `linked-${kind}`);
    writeFileSync(target, 'kept');
    symlinkSync(target, at('link'));
    symlinkSync(place.outside, at('folder'));
    expect(await problem(files.write(at('link'), text('gone'), { seen: text('kept') }))).toMatchObject({
      kind: 'blocked',
      denial: { target, grants: [{ kind: 'write', path: target }] },
    });
    const below = at(`folder/linked-${kind}`);
    expect(await problem(files.write(below, text('gone')))).toMatchObject({ kind: 'blocked', denial: { target } });
    expect(await problem(files.write(at('folder/new'), text('x'), { seen: null }))).toMatchObject({ kind: 'blocked' });
    expect(readFileSync(target, 'utf8')).toBe('kept');
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
  });

  it('that are protected are blocked, there or not', async () => {
    const git = path.join(place.workspace, '.git');
    expect(await problem(files.write(path.join(git, 'hooks'), text('x')))).toMatchObject({ kind: 'blocked' });
    const made = await files.makeFolder(path.join(git, 'hooks'));
    expect(made).toMatchObject({ ok: false, problem: { kind: 'blocked', denial: { grants: [{ kind: 'write' }] } } });
    expect(existsSync(path.join(git, 'hooks'))).toBe(false);
  });

  it('that are denied cannot be read, and it is told what would open them', async () => {
    const secret = path.join(place.workspace, 'secret');
    writeFileSync(secret, 'secret');
    const { name, profile } = builtInProfile(':workspace');
    if (profile.type !== 'managed') throw new Error('it is a managed profile');
    const denied: FileSystemEntry = { path: { type: 'path', path: secret }, access: 'deny' };
    const denying = under([], { name, profile: { ...profile, entries: [...profile.entries, denied] } });
    expect(await problem(denying.read(secret, 10))).toMatchObject({
      kind: 'blocked',
      denial: { operation: 'read', target: secret, grants: [{ kind: 'read', path: secret }] },
    });
  });

  it('are free without a sandbox', async () => {
    const free = under([], builtInProfile(':danger-full-access'));
    const name = path.join(place.outside, `free-${kind}`);
    await done(free.write(name, text('x'), { seen: null }));
    expect(readFileSync(name, 'utf8')).toBe('x');
    await done(free.remove(name));
  });
});

describe('files on this machine', () => {
  let place: TestPlace;
  beforeAll(async () => {
    place = await openTestPlace('local');
  });
  afterAll(() => place.close());
  const under = (profile: NamedProfile): FileAccess =>
    place.ready.files({ profile, grants: [], workspaceRoots: [place.workspace] });
  const workspace = builtInProfile(':workspace');
  if (workspace.profile.type !== 'managed') throw new Error('it is a managed profile');
  const { profile: managed } = workspace;

  const denying = (name: string): NamedProfile => ({
    name: 'dev',
    profile: {
      ...managed,
      entries: [...managed.entries, { path: { type: 'path', path: name }, access: 'deny' }],
    },
  });

  it('that are denied cannot be read, and it is told what would open them', async () => {
    const secret = path.join(place.workspace, 'secret');
    writeFileSync(secret, 'secret');
    const files = under(denying(secret));
    expect(await files.read(secret, 10)).toMatchObject({
      ok: false,
      problem: {
        kind: 'blocked',
        denial: {
          operation: 'read',
          because: expect.stringContaining('dev closes'),
          grants: [{ kind: 'read', path: secret }],
        },
      },
    });
    expect(
      await files.foresee([
        { operation: 'write', target: secret },
        { operation: 'read', target: secret },
        { operation: 'write', target: path.join(place.workspace, 'open') },
      ]),
    ).toMatchObject({ operation: 'write', grants: [{ kind: 'write', path: secret }], also: [{ operation: 'read' }] });
  });

  it('are foreseen to be stopped through links too, and not where they are open', async () => {
    const files = under(workspace);
    symlinkSync(place.outside, path.join(place.workspace, 'out'));
    const target = path.join(place.workspace, 'out/new');
    expect(await files.foresee([{ operation: 'create', target }])).toMatchObject({
      target: path.join(place.outside, 'new'),
      grants: [{ kind: 'write', path: place.outside }],
    });
    expect(await files.foresee([{ operation: 'create', target: path.join(place.workspace, 'new') }])).toBeNull();
    // Removing the link is no access to what it leads to.
    expect(await files.foresee([{ operation: 'delete', target: path.join(place.workspace, 'out') }])).toBeNull();
    rmSync(path.join(place.workspace, 'out'));
  });

  it('take a link that is put in their way for what the sandbox makes of it', async () => {
    const files = under(workspace);
    const folder = path.join(place.workspace, 'swapped');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'f'), 'seen');
    const seen = await files.read(path.join(folder, 'f'), 10);
    if (!seen.ok) throw new Error('it is there');
    rmSync(folder, { recursive: true });
    writeFileSync(path.join(place.outside, 'f'), 'seen');
    symlinkSync(place.outside, folder);
    const written = await files.write(path.join(folder, 'f'), Buffer.from('planted'), { seen: seen.value.bytes });
    expect(written).toMatchObject({ ok: false, problem: { kind: 'blocked' } });
    expect(readFileSync(path.join(place.outside, 'f'), 'utf8')).toBe('seen');
  });

  it('outside stay what they are while a command swaps folders for links as fast as it can', async () => {
    const [secret, folder] = [path.join(place.outside, 'f'), path.join(place.workspace, 'swapping')];
    writeFileSync(secret, 'seen');
    const script = `cd ${place.workspace}; mkdir -p real; echo -n seen > real/f; ln -sfn ${place.outside} out
      while [ ! -e stop ]; do ln -sfn real swap1 && mv -T swap1 swapping; ln -sfn out swap2 && mv -T swap2 swapping; done`;
    const { told } = await place.start(script);
    const files = under(workspace);
    const counts = { done: 0, blocked: 0, other: 0 };
    const until = performance.now() + 1500;
    while (performance.now() < until || counts.done === 0 || counts.blocked === 0) {
      const written = await files.write(path.join(folder, 'f'), Buffer.from('planted'));
      if (written.ok) counts.done += 1;
      else counts[written.problem.kind === 'blocked' ? 'blocked' : 'other'] += 1;
      await files.remove(path.join(folder, 'f'));
      expect(readFileSync(secret, 'utf8')).toBe('seen');
    }
    writeFileSync(path.join(place.workspace, 'stop'), '');
    await told.closed;
    expect(readdirSync(place.outside).filter((name) => name.startsWith('.codex-patch'))).toEqual([]);
  });

  it('that nobody may write stay so for an ordinary user, and keep their rights', async () => {
    const name = path.join(place.workspace, 'read-only');
    writeFileSync(name, 'old');
    chmodSync(name, 0o444);
    const written = await under(workspace).write(name, Buffer.from('new'));
    // Root may, in the sandbox too.
    const isRoot = process.getuid?.() === 0;
    expect(written.ok).toBe(isRoot);
    if (!written.ok) expect(written.problem).toMatchObject({ kind: 'failed', errno: 'EACCES' });
    expect([readFileSync(name, 'utf8'), statSync(name).mode & 0o777]).toEqual([isRoot ? 'new' : 'old', 0o444]);
  });

  it('lose the bits that lend their owner’s rights, and keep the others', async () => {
    const name = path.join(place.workspace, 'lending');
    writeFileSync(name, 'old');
    chmodSync(name, 0o4755);
    expect((await under(workspace).write(name, Buffer.from('new'))).ok).toBe(true);
    expect(statSync(name).mode & 0o7777).toBe(0o755);
  });

  it('are whole at any time: a reader finds the old or the new content', async () => {
    const files = under(workspace);
    const name = path.join(place.workspace, 'whole');
    const [old, now] = [Buffer.alloc(MIB, 'a'), Buffer.alloc(MIB, 'b')];
    writeFileSync(name, old);
    const writing = (async () => {
      for (let round = 0; round < 10; round++) await files.write(name, round % 2 === 0 ? now : old);
      return 'over';
    })();
    let found = 0;
    for (let end = ''; end === ''; ) {
      end = await Promise.race([writing, new Promise<''>((resolve) => setImmediate(() => resolve('')))]);
      const bytes = readFileSync(name);
      expect([old, now].some((whole) => whole.equals(bytes))).toBe(true);
      found += 1;
    }
    expect(found).toBeGreaterThan(1);
  });
});
