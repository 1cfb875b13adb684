// Files on another machine, with the sandbox in every call: the machine enforces it. Its protocol writes in place, knows
// no rights, and says of an error what the C library says.

import { dirname } from 'node:path';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type BlockedAccess, type Denial, judgeAccesses } from '../../sandbox/index.ts';
import { type CallProblem, callProblemText, type ExecClient } from '../client/index.ts';
import { isOutcomeUnknown } from '../client/problem.ts';
import type { FileLook } from '../files/edit-calls.ts';
import { CODES } from '../protocol/failure.ts';
import { nativePath, pathUri } from '../protocol/path-uri.ts';
import type { SandboxContext } from '../protocol/sandbox-context.ts';
import type { SandboxIntent } from './environment.ts';
import { type FileAccess, type FileFailure, type SeenContent, type SeenFile, systemProblem } from './file-access.ts';
import { seenFromHere, withoutSandbox } from './remote-denial.ts';

export interface RemoteFilesOptions {
  readonly client: ExecClient;
  readonly environment: string;
  readonly home: string;
  readonly intent: SandboxIntent;
  /** The same as it travels; a problem where it cannot. */
  readonly sandbox: Result<SandboxContext | null>;
}

type Called<T> = Promise<Result<T, FileFailure>>;

/** A frame of the published server takes 16 MiB, and base64 makes four bytes of three. */
const WHOLE_BYTES = 8 * 1024 * 1024;

export function openRemoteFiles({ client, environment, home, intent, sandbox }: RemoteFilesOptions): FileAccess {
  const attempt = async <T>(
    access: BlockedAccess,
    deed: string,
    work: (context: SandboxContext | null) => Promise<Result<T, CallProblem>>,
  ): Called<T> => {
    if (!sandbox.ok) return fail({ kind: 'failed', errno: '', problem: sandbox.problem });
    const done = await work(sandbox.value);
    return done.ok ? done : fail(await failureOf(done.problem, access, deed));
  };

  const failureOf = async (problem: CallProblem, access: BlockedAccess, deed: string): Promise<FileFailure> => {
    if (isOutcomeUnknown(problem)) return { kind: 'unsure', problem: noAnswer(environment, problem) };
    if (problem.kind !== 'refused')
      return { kind: 'failed', errno: '', problem: { ...noAnswer(environment, problem), next: '' } };
    const errno = errnoIn(problem);
    const denial = STOPPED.includes(errno) ? await denialOf(access, problem.message) : null;
    if (denial !== null) return { kind: 'blocked', denial };
    return { kind: 'failed', errno, problem: systemProblem(deed, access.target, errno, problem.message) };
  };

  /** The machine said no in the words of a sandbox; what is known of its profile from here says which line it was. */
  const denialOf = async (access: BlockedAccess, message: string): Promise<Denial | null> => {
    const target = await realPlace(access.target);
    const missing = new Set((await isThere(target)) ? [] : [target]);
    const question = {
      profile: seenFromHere(intent, home),
      home,
      evidence: `${access.target}: ${message}`,
      outside: withoutSandbox(missing),
    };
    return judgeAccesses([{ operation: access.operation, target }], question);
  };

  const isThere = async (path: string): Promise<boolean> =>
    (await client.call('fs/getMetadata', { path: pathUri(path) })).ok;

  /** Without links, as far as it exists. */
  const realPlace = async (path: string): Promise<string> => {
    const answer = await client.call('fs/canonicalize', { path: pathUri(path) });
    const native = answer.ok ? nativePath(answer.value.path) : null;
    if (native?.ok === true) return native.value;
    if (dirname(path) === path) return path;
    const above = await realPlace(dirname(path));
    return `${above === '/' ? '' : above}${path.slice(path.lastIndexOf('/'))}`;
  };

  const look = (path: string): Called<FileLook> =>
    attempt({ operation: 'read', target: path }, 'looked at', async (context) => {
      const found = await client.call('fs/getMetadata', { path: pathUri(path), sandbox: context });
      if (!found.ok) return found;
      const { isFile, isDirectory, isSymlink, size } = found.value;
      const kind = isFile ? 'file' : isDirectory ? 'folder' : 'other';
      // Where a link leads is not said; that it is one must not be forgotten.
      return ok({ kind, size, link: isSymlink ? path : null, rights: null });
    });

  const stat = async (path: string): Called<FileLook | null> => {
    const found = await look(path);
    return !found.ok && isMissing(found.problem) ? ok(null) : found;
  };

  const read = async (path: string, maxBytes: number): Called<SeenFile> => {
    const seen = await look(path);
    if (!seen.ok) return seen;
    const refuse = (errno: string, why: string) =>
      fail<FileFailure>({ kind: 'failed', errno, problem: systemProblem('read', path, errno, why) });
    if (seen.value.kind === 'folder') return refuse('EISDIR', '');
    if (seen.value.kind === 'other') return refuse('', 'it is not a plain file');
    // Older servers say 0 of every size.
    const isLarge = seen.value.size > WHOLE_BYTES;
    if (seen.value.size > maxBytes) return refuse('EFBIG', tooLarge(maxBytes));
    const access = { operation: 'read', target: path } as const;
    const bytes = await attempt(access, 'read', async (context) => {
      if (isLarge) return readBlocks(client, path, context, maxBytes);
      const whole = await client.call('fs/readFile', { path: pathUri(path), sandbox: context });
      return whole.ok ? ok<Uint8Array>(Buffer.from(whole.value.dataBase64, 'base64')) : whole;
    });
    if (!bytes.ok) return bytes;
    return bytes.value.length > maxBytes
      ? refuse('EFBIG', tooLarge(maxBytes))
      : ok({ bytes: bytes.value, look: seen.value });
  };

  /** Null: it is as it was seen. */
  const changeOf = async (path: string, seen: SeenContent | undefined): Promise<FileFailure | null> => {
    if (seen === undefined) return null;
    if (seen === null) {
      const found = await stat(path);
      return found.ok ? (found.value === null ? null : CHANGED) : found.problem;
    }
    const now = await read(path, seen.length + 1);
    if (now.ok) return Buffer.compare(now.value.bytes, seen) === 0 ? null : CHANGED;
    const isOther = now.problem.kind === 'failed' && ['ENOENT', 'EFBIG', 'EISDIR', ''].includes(now.problem.errno);
    return isOther ? CHANGED : now.problem;
  };

  const put = (path: string, bytes: Uint8Array, operation: BlockedAccess['operation']): Called<void> =>
    attempt({ operation, target: path }, 'written', async (context) => {
      if (bytes.length > WHOLE_BYTES) return writeBlocks(client, path, bytes, context);
      const dataBase64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
      const written = await client.call('fs/writeFile', { path: pathUri(path), dataBase64, sandbox: context });
      return written.ok ? ok(undefined) : written;
    });

  return {
    read,
    stat,
    async write(path, bytes, { seen, like } = {}) {
      const change = await changeOf(path, seen);
      if (change !== null) return fail(change);
      const operation = seen === null ? 'create' : 'write';
      if (like !== undefined && like.path !== path && like.look.link === null) {
        // A copy has the rights of its source, and nothing else says what they are.
        const copied = await attempt({ operation, target: path }, 'written', (context) =>
          client.call('fs/copy', {
            sourcePath: pathUri(like.path),
            destinationPath: pathUri(path),
            recursive: false,
            sandbox: context,
          }),
        );
        if (!copied.ok && !isMissing(copied.problem)) return copied;
      }
      return put(path, bytes, operation);
    },
    async remove(path, { seen } = {}) {
      const change = await changeOf(path, seen);
      if (change !== null) return fail(change);
      const removed = await attempt({ operation: 'delete', target: path }, 'removed', (context) =>
        client.call('fs/remove', { path: pathUri(path), recursive: false, force: false, sandbox: context }),
      );
      return removed.ok ? ok(undefined) : removed;
    },
    async makeFolder(path) {
      const missing: string[] = [];
      for (let at = path; ; at = dirname(at)) {
        const found = await stat(at);
        if (!found.ok) return found;
        if (found.value !== null || at === dirname(at)) break;
        missing.unshift(at);
      }
      if (missing.length === 0) return ok([]);
      const made = await attempt({ operation: 'create', target: path }, 'made', (context) =>
        client.call('fs/createDirectory', { path: pathUri(path), recursive: true, sandbox: context }),
      );
      return made.ok ? ok(missing) : made;
    },
    // Only the machine knows what its profile means there.
    foresee: async () => null,
  };
}

const CHANGED: FileFailure = { kind: 'changed' };

/** What a sandbox answers for a place that it closes. */
const STOPPED = ['EROFS', 'EACCES', 'EPERM', 'EBUSY', 'EEXIST'];

/** Numbers that Linux and macOS have in common (errno(3)). */
const NUMBERS: Readonly<Record<string, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  5: 'EIO',
  13: 'EACCES',
  16: 'EBUSY',
  17: 'EEXIST',
  18: 'EXDEV',
  20: 'ENOTDIR',
  21: 'EISDIR',
  26: 'ETXTBSY',
  27: 'EFBIG',
  28: 'ENOSPC',
  30: 'EROFS',
};

function errnoIn({ code, message }: Extract<CallProblem, { kind: 'refused' }>): string {
  const number = /\(os error (\d+)\)\s*$/.exec(message)?.[1];
  if (number !== undefined) return NUMBERS[number] ?? '';
  return code === CODES.notFound ? 'ENOENT' : '';
}

function isMissing(failure: FileFailure): boolean {
  return failure.kind === 'failed' && failure.errno === 'ENOENT';
}

async function readBlocks(
  client: ExecClient,
  path: string,
  sandbox: SandboxContext | null,
  maxBytes: number,
): Promise<Result<Uint8Array, CallProblem>> {
  const opened = await client.readFile(pathUri(path), sandbox);
  if (!opened.ok) return opened;
  const blocks: Uint8Array[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const block = await opened.value.next();
    if (!block.ok) return block;
    if (block.value === null) break;
    blocks.push(block.value);
    length += block.value.length;
  }
  await opened.value.close();
  return ok(Buffer.concat(blocks));
}

async function writeBlocks(
  client: ExecClient,
  path: string,
  bytes: Uint8Array,
  sandbox: SandboxContext | null,
): Promise<Result<void, CallProblem>> {
  const opened = await client.replaceFile(pathUri(path), sandbox);
  if (!opened.ok) return opened;
  const written = await opened.value.write(bytes);
  const closed = await opened.value.close();
  return written.ok ? closed : written;
}

function tooLarge(maxBytes: number): string {
  return `it is larger than ${Math.floor(maxBytes / (1024 * 1024))} MiB`;
}

function noAnswer(environment: string, problem: CallProblem): Problem {
  return {
    what: `${environment} gave no answer.`,
    why: callProblemText(problem),
    next: 'Whether it was done there is not known.',
  };
}
