// What becomes of a file when there is no room for its new content, or nobody is left to write it.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openConversation } from '../../../src/exec/files/conversation.ts';
import { NOTHING_COVERED } from '../../../src/exec/files/covers.ts';
import { type FileEdits, HelperGone } from '../../../src/exec/files/edit-calls.ts';
import { spellFrame } from '../../../src/exec/files/helper-frames.ts';
import { internal } from '../../../src/exec/protocol/failure.ts';
import { type BundledHelper, bundleHelper } from './helper.ts';

const KIB = 1024;
const DISK_KIB = 256;

let bundled: BundledHelper;
beforeAll(async () => {
  bundled = await bundleHelper();
});
afterAll(() => bundled.remove());

/** A helper in a mount namespace of its own, where `folder` is a disk of 256 KiB. */
function startOnSmallDisk(folder: string): { helper: ChildProcess; edits: FileEdits; over: Promise<void> } {
  const asWhom = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const script = `mount -t tmpfs -o size=${DISK_KIB}k,nr_inodes=32 disk "$1" && shift && exec "$@"`;
  const args = [...asWhom, '--mount', 'sh', '-c', script, 'sh', folder, ...bundled.helper.argv];
  const helper = spawn('unshare', args, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
  const conversation = openConversation({
    send: (frame) => frame.map((piece) => helper.stdin?.write(piece)),
    broken() {},
    idle() {},
  });
  helper.stdout?.on('data', (bytes: Buffer) => conversation.take(bytes));
  helper.stdin?.on('error', () => {});
  const over = new Promise<void>((resolve) =>
    helper.once('close', () => {
      conversation.end(internal('the helper ended'));
      resolve();
    }),
  );
  for (const piece of spellFrame(null, { ...NOTHING_COVERED })) helper.stdin?.write(piece);
  return { helper, edits: conversation.edits, over };
}

describe('on a disk that is nearly full', () => {
  let folder: string;
  let place: ReturnType<typeof startOnSmallDisk>;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-edits-')));
    place = startOnSmallDisk(folder);
  });
  afterEach(async () => {
    place.helper.stdin?.end();
    await place.over;
    rmSync(folder, { recursive: true });
  });

  const put = (name: string, bytes: Uint8Array, like: Parameters<FileEdits['put']>[0]['like'] = null) =>
    place.edits.put({ path: join(folder, name), bytes, expected: { kind: 'anything' }, like });
  const read = async (name: string): Promise<Uint8Array> => {
    const result = await place.edits.read({ path: join(folder, name), maxBytes: 1024 * KIB });
    if (!result.ok) throw new Error(JSON.stringify(result.problem));
    return result.value.bytes;
  };
  const isFull = { ok: false, problem: { kind: 'refused', errno: 'ENOSPC' } };

  it('nothing is left of a new file that does not fit', async () => {
    expect(await put('f', Buffer.alloc(300 * KIB))).toMatchObject(isFull);
    expect(await place.edits.look({ path: join(folder, 'f') })).toEqual({ ok: true, value: { look: null } });
    // All of the room is there again.
    expect(await put('f', Buffer.alloc(200 * KIB))).toMatchObject({ ok: true });
  });

  it('a file that is to become larger than the disk keeps what it has', async () => {
    const old = Buffer.alloc(100 * KIB, 'old ');
    await put('f', old);
    expect(await put('f', Buffer.alloc(300 * KIB, 'new '))).toMatchObject(isFull);
    expect(Buffer.compare(await read('f'), old)).toBe(0);
  });

  it('a file is written in place where there is no room for a second one beside it', async () => {
    await put('f', Buffer.alloc(200 * KIB, 'old '));
    const now = Buffer.alloc(200 * KIB, 'new ');
    expect(await put('f', now)).toMatchObject({ ok: true });
    expect(Buffer.compare(await read('f'), now)).toBe(0);
  });

  it('a file with two names that is to become too large keeps what it has', async () => {
    const old = Buffer.alloc(100 * KIB, 'old ');
    await put('f', old);
    // A link to it is written in place, as a second name is.
    await put('link', new Uint8Array(0), { link: 'f', rights: null });
    expect(await put('link', Buffer.alloc(300 * KIB, 'new '))).toMatchObject(isFull);
    expect(Buffer.compare(await read('f'), old)).toBe(0);
  });

  it('of folders that are made one in the other none is left when the last cannot be', async () => {
    const deep = join(folder, ...Array.from({ length: 40 }, (_, level) => `level${level}`));
    expect(await place.edits.makeFolder({ path: deep })).toMatchObject(isFull);
    expect(await place.edits.look({ path: join(folder, 'level0') })).toEqual({ ok: true, value: { look: null } });
  });

  it('a call whose helper is killed is told apart from one that was refused', async () => {
    await put('f', Buffer.alloc(10));
    const never = put('f', Buffer.alloc(200 * KIB));
    place.helper.kill('SIGKILL');
    await expect(never).rejects.toBeInstanceOf(HelperGone);
    await expect(put('f', Buffer.alloc(10))).rejects.toBeInstanceOf(HelperGone);
  });
});

describe('a helper that is killed while it replaces a file', () => {
  it('leaves the old content or the new, and never a part', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-edits-')));
    const [old, now] = [Buffer.alloc(4096 * KIB, 'old '), Buffer.alloc(4096 * KIB, 'new ')];
    const path = join(folder, 'f');
    const [program, ...args] = bundled.helper.argv;
    let found = old;
    for (let round = 0; round < 6; round++) {
      const helper = spawn(program, args, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] });
      const conversation = openConversation({
        send: (frame) => frame.map((piece) => helper.stdin.write(piece)),
        broken() {},
        idle() {},
      });
      helper.stdin.on('error', () => {});
      helper.stdout.on('data', (bytes: Buffer) => conversation.take(bytes));
      const over = new Promise((resolve) => helper.once('close', resolve));
      for (const piece of spellFrame(null, { ...NOTHING_COVERED })) helper.stdin.write(piece);
      const { edits } = conversation;
      const put = (bytes: Uint8Array) => edits.put({ path, bytes, expected: { kind: 'anything' }, like: null });
      await put(found);
      put(found === old ? now : old).catch(() => {});
      // Killed when something of it can be seen in the folder, or it is over already.
      while (readdirSync(folder).length === 1 && readFileSync(path)[0] === found[0]) await new Promise(setImmediate);
      helper.kill('SIGKILL');
      await over;
      conversation.end(internal('it was killed'));
      const left = readFileSync(path);
      found = left[0] === old[0] ? old : now;
      expect(Buffer.compare(left, found)).toBe(0);
      for (const name of readdirSync(folder)) if (name !== 'f') rmSync(join(folder, name));
    }
    rmSync(folder, { recursive: true });
  });
});
