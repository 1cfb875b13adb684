// Which helper does a profile have? One for equal profiles, started at first need and let go when nobody needs it.

import { fail, ok, type Result } from '../../problem/index.ts';
import { internal, type RpcFailure } from '../protocol/failure.ts';
import type { FileWork } from './file-calls.ts';
import { type Helper, type HelperOptions, startHelper } from './helper-process.ts';
import type { ManagedProfile } from './helper-profile.ts';

export interface HelperPool {
  workFor(profile: ManagedProfile): Result<FileWork, RpcFailure>;
  editsFor(profile: ManagedProfile): Result<Pick<Helper, 'edits' | 'startProblem'>, RpcFailure>;
  closeAll(): Promise<void>;
}

export interface HelperPoolOptions extends HelperOptions {
  /** How long a helper without an open file waits for another call. */
  readonly idleMs: number;
}

/** Each is a program of some 50 MB. A client has one profile for a session, and a few more after grants. */
const MOST_HELPERS = 8;

interface Pooled {
  readonly helper: Helper;
  timer: NodeJS.Timeout | null;
}

export function openHelperPool(options: HelperPoolOptions): HelperPool {
  /** By profile, the least recently used one first. */
  const helpers = new Map<string, Pooled>();
  const ending = new Set<Promise<void>>();

  const letGo = (key: string, { helper, timer }: Pooled): void => {
    helpers.delete(key);
    if (timer !== null) clearTimeout(timer);
    const end = helper.end().finally(() => ending.delete(end));
    ending.add(end);
  };

  /** From now on: also for a call that is refused before it reaches the helper. */
  const waitForUse = (key: string, pooled: Pooled): void => {
    if (pooled.timer !== null) clearTimeout(pooled.timer);
    // While something is under way it is told later that it is idle, and waits anew.
    pooled.timer = setTimeout(() => pooled.helper.isIdle() && letGo(key, pooled), options.idleMs).unref();
  };

  const start = (key: string, profile: ManagedProfile): Pooled => {
    const pooled: Pooled = {
      timer: null,
      helper: startHelper(profile, options, {
        idle() {
          if (helpers.get(key) === pooled) waitForUse(key, pooled);
        },
        over() {
          if (pooled.timer !== null) clearTimeout(pooled.timer);
          if (helpers.get(key) === pooled) helpers.delete(key);
        },
      }),
    };
    return pooled;
  };

  const makeRoom = (): boolean => {
    if (helpers.size < MOST_HELPERS) return true;
    const idle = [...helpers].find(([, { helper }]) => helper.isIdle());
    if (idle === undefined) return false;
    letGo(...idle);
    return true;
  };

  const helperFor = (profile: ManagedProfile): Result<Helper, RpcFailure> => {
    const key = JSON.stringify(profile);
    const known = helpers.get(key);
    if (known === undefined && !makeRoom()) return fail(tooManyProfiles());
    const pooled = known ?? start(key, profile);
    helpers.delete(key);
    helpers.set(key, pooled);
    waitForUse(key, pooled);
    return ok(pooled.helper);
  };

  return {
    workFor(profile) {
      const helper = helperFor(profile);
      return helper.ok ? ok(helper.value.work) : helper;
    },
    editsFor: helperFor,
    async closeAll() {
      for (const [key, pooled] of [...helpers]) letGo(key, pooled);
      await Promise.all([...ending]);
    },
  };
}

function tooManyProfiles(): RpcFailure {
  return internal(`files are being worked on under ${MOST_HELPERS} sandbox profiles already`);
}
