import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConversation } from '../../../src/exec/files/conversation.ts';
import { NOTHING_COVERED } from '../../../src/exec/files/covers.ts';
import type { FileWork } from '../../../src/exec/files/file-calls.ts';
import { spellFrame } from '../../../src/exec/files/helper-frames.ts';
import { internal } from '../../../src/exec/protocol/failure.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { fail } from '../../../src/problem/index.ts';
import { type BundledHelper, bundleHelper } from './helper.ts';

/** Root may open everything, so what is closed is looked at as somebody else: `nobody`. */
const isRoot = process.getuid?.() === 0;
const OTHER = 65534;

const DENIED = fail({ code: -32600, message: 'Permission denied (os error 13)' });

let bundled: BundledHelper;
let helper: ChildProcess;
let work: Omit<FileWork, 'closeAll'>;
let root: string;
const uri = (name: string) => pathUri(join(root, name));

beforeAll(async () => {
  bundled = await bundleHelper();
  chmodSync(bundled.helper.folder, 0o755);
  root = realpathSync(mkdtempSync(join(tmpdir(), 'exec-files-')));
  mkdirSync(join(root, 't/closed/x'), { recursive: true });
  mkdirSync(join(root, 't/open'));
  writeFileSync(join(root, 't/open/y'), 'y');
  writeFileSync(join(root, 't/secret'), 'secret');
  symlinkSync('closed/x', join(root, 't/link'));
  if (isRoot) for (const name of ['.', 't', 't/open', 't/closed']) chownSync(join(root, name), OTHER, OTHER);
  for (const name of ['t/closed', 't/secret']) chmodSync(join(root, name), 0);
  const [program, ...args] = bundled.helper.argv;
  const as = isRoot ? { uid: OTHER, gid: OTHER } : {};
  helper = spawn(program, args, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'], ...as });
  const conversation = openConversation({
    send: (frame) => frame.map((piece) => helper.stdin?.write(piece)),
    broken() {},
    idle() {},
  });
  helper.stdout?.on('data', (bytes: Buffer) => conversation.take(bytes));
  helper.once('close', () => conversation.end(internal('the helper ended')));
  for (const piece of spellFrame(null, { ...NOTHING_COVERED })) helper.stdin?.write(piece);
  work = conversation.work;
});
afterAll(async () => {
  const ended = new Promise((resolve) => helper.once('close', resolve));
  helper.stdin?.end();
  await ended;
  chmodSync(join(root, 't/closed'), 0o755);
  rmSync(root, { recursive: true, force: true });
  bundled.remove();
});

describe('what this user may not open', () => {
  const options = { maxDepth: 9, maxDirectories: 99, maxEntries: 99, pruneHiddenDirectories: null };

  it('is told beside the entries of a walk, which goes on', async () => {
    const walked = (path: string, followDirectorySymlinks: boolean) =>
      work['fs/walk']({ path: uri(path), options: { ...options, followDirectorySymlinks } });
    const closed = { path: uri('t/closed'), message: 'Permission denied (os error 13)' };
    for (const isFollowing of [false, true])
      expect(await walked('t', isFollowing)).toMatchObject({
        value: {
          entries: [
            { path: uri('t/closed'), kind: 'directory' },
            { path: uri('t/open'), kind: 'directory' },
            { path: uri('t/secret'), kind: 'file' },
            { path: uri('t/open/y'), kind: 'file' },
          ],
          errors: [closed],
          truncated: false,
        },
      });
    expect(await walked('t/closed', false)).toMatchObject({ value: { entries: [], errors: [closed] } });
  });

  it('is refused as what is not allowed', async () => {
    const followSymlinks = null;
    expect(await work['fs/readFile']({ path: uri('t/secret'), followSymlinks })).toEqual(DENIED);
    expect(await work['fs/getMetadata']({ path: uri('t/closed/x'), followSymlinks })).toEqual(DENIED);
    expect(await work['fs/canonicalize']({ path: uri('t/link') })).toEqual(DENIED);
    expect(await work['fs/readDirectory']({ path: uri('t/closed') })).toEqual(DENIED);
    expect(await work['fs/open']({ handleId: 'h', path: uri('t/secret'), mode: 'replace' })).toEqual(DENIED);
    expect(await work['fs/remove']({ path: uri('t'), recursive: true, force: true, followSymlinks })).toEqual(DENIED);
  });
});
