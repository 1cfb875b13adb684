// Files on this machine, inside a sandbox: the work is done by a helper that runs in it, so that the kernel decides what a
// path means, whatever commands do to it meanwhile.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import {
  type BindContext,
  type BlockedAccess,
  type BoundProfile,
  bindProfile,
  judgeAccesses,
} from '../../sandbox/index.ts';
import type { LocalEnvironment } from '../engine/local.ts';
import { type Edited, type Expected, type FileEdits, HelperGone } from '../files/edit-calls.ts';
import { openFileEdits, sha256Of } from '../files/edits.ts';
import { type HelperPool, openHelperPool } from '../files/helper-pool.ts';
import type { FileHelper } from '../files/helper-profile.ts';
import type { SandboxIntent } from './environment.ts';
import { type FileAccess, type FileFailure, type SeenContent, systemProblem } from './file-access.ts';

export interface LocalFilesOptions {
  readonly engine: Pick<LocalEnvironment, 'start'>;
  /** Asked when it is first needed: finding out what a program is loaded from takes a look at the disk. */
  readonly helper: () => FileHelper;
  /** The variables this program was started with. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly context: Omit<BindContext, 'workspaceRoots'>;
}

export interface LocalFiles {
  under(sandbox: SandboxIntent): FileAccess;
  close(): Promise<void>;
}

/** How long a helper is kept: a model that edits goes on within this time, or runs something first. */
const IDLE_MS = 20_000;

export function openLocalFiles({ engine, helper, variables, context }: LocalFilesOptions): LocalFiles {
  let pool: HelperPool | null = null;
  const helpers = (): HelperPool => {
    pool ??= openHelperPool({ environment: engine, helper: helper(), variables, idleMs: IDLE_MS });
    return pool;
  };
  const here = openFileEdits();
  return {
    under({ profile, grants, workspaceRoots }) {
      let bound: Result<BoundProfile> | null = null;
      const bind = (): Result<BoundProfile> => {
        bound ??= bindProfile(profile, grants, { ...context, workspaceRoots });
        return bound;
      };
      return accessOver(bind, here, helpers, context.home);
    },
    close: async () => pool?.closeAll(),
  };
}

/** Something that is tried: for the sentence when it fails, and for the verdict when the sandbox stops it. */
interface Deed {
  readonly access: BlockedAccess;
  readonly deed: string;
}

function accessOver(
  bind: () => Result<BoundProfile>,
  here: FileEdits,
  helpers: () => HelperPool,
  home: string,
): FileAccess {
  const once = async <T>(
    { access, deed }: Deed,
    work: (edits: FileEdits) => Edited<T>,
  ): Promise<Result<T, FileFailure>> => {
    const profile = bind();
    if (!profile.ok) return fail({ kind: 'failed', errno: '', problem: profile.problem });
    const worker =
      profile.value.type === 'managed'
        ? helpers().editsFor(profile.value)
        : ok({ edits: here, startProblem: () => null });
    if (!worker.ok) return fail({ kind: 'failed', errno: '', problem: noHelper(worker.problem.message) });
    try {
      const done = await work(worker.value.edits);
      if (done.ok) return done;
      if (done.problem.kind === 'changed') return fail({ kind: 'changed' });
      const { errno, message } = done.problem;
      const question = { profile: profile.value, home, evidence: `${access.target}: ${message}` };
      const denial = NEVER_OURS.has(errno) ? null : judgeAccesses([access], question);
      if (denial !== null) return fail({ kind: 'blocked', denial });
      return fail({ kind: 'failed', errno, problem: systemProblem(deed, access.target, errno, message) });
    } catch (error) {
      if (!(error instanceof HelperGone)) throw error;
      const never = worker.value.startProblem();
      if (never !== null) return fail({ kind: 'failed', errno: '', problem: never.problem });
      return fail({ kind: 'unsure', problem: noHelper(error.message) });
    }
  };

  /** What only looks may be asked again, of a new helper, when one has gone while nobody needed it. */
  const attempt = async <T>(deed: Deed, work: (edits: FileEdits) => Edited<T>): Promise<Result<T, FileFailure>> => {
    const first = await once(deed, work);
    const isGone = !first.ok && first.problem.kind === 'unsure' && deed.access.operation === 'read';
    return isGone ? once(deed, work) : first;
  };

  return {
    read: (path, maxBytes) => attempt(onFile('read', path, 'read'), (edits) => edits.read({ path, maxBytes })),
    async stat(path) {
      const looked = await attempt(onFile('read', path, 'looked at'), (edits) => edits.look({ path }));
      return looked.ok ? ok(looked.value.look) : looked;
    },
    async write(path, bytes, { seen, like } = {}) {
      const deed = onFile(seen === null ? 'create' : 'write', path, 'written');
      const written = await attempt(deed, (edits) =>
        edits.put({ path, bytes, expected: expectedOf(seen), like: like?.look ?? null }),
      );
      return written.ok ? ok(undefined) : written;
    },
    async remove(path, { seen } = {}) {
      const deed = onFile('delete', path, 'removed');
      const removed = await attempt(deed, (edits) => edits.remove({ path, expected: expectedOf(seen) }));
      return removed.ok ? ok(undefined) : removed;
    },
    async makeFolder(path) {
      const made = await attempt(onFile('create', path, 'made'), (edits) => edits.makeFolder({ path }));
      return made.ok ? ok(made.value.made) : made;
    },
    async foresee(accesses) {
      const profile = bind();
      return profile.ok ? judgeAccesses(accesses, { profile: profile.value, home }) : null;
    },
  };
}

function onFile(operation: BlockedAccess['operation'], target: string, deed: string): Deed {
  return { access: { operation, target }, deed };
}

/** No sandbox of ours answers so, also where it closes the place. */
const NEVER_OURS = new Set([
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'EIO',
  'ENOTEMPTY',
]);

function expectedOf(seen: SeenContent | undefined): Expected {
  if (seen === undefined) return { kind: 'anything' };
  return seen === null ? { kind: 'nothing' } : { kind: 'content', sha256: sha256Of(seen) };
}

function noHelper(why: string): Problem {
  return { what: 'The program that works on files in the sandbox is gone.', why, next: 'Try again.' };
}
