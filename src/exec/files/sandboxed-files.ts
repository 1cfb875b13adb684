// How are the file calls of a connection kept to their sandbox? By the kernel: they are carried out inside of it.

import { ok, type Result } from '../../problem/index.ts';
import type { BoundProfile } from '../../sandbox/index.ts';
import type { RpcFailure } from '../protocol/failure.ts';
import type { SandboxContext } from '../protocol/sandbox-context.ts';
import type { FileCalls } from './file-calls.ts';
import { openFileWork } from './file-work.ts';
import { openHelperPool } from './helper-pool.ts';
import type { HelperOptions } from './helper-process.ts';
import { wireCalls } from './wire-calls.ts';

export interface SandboxedFilesOptions extends HelperOptions {
  /** What the `sandbox` of a call means on this machine. */
  readonly bind: (sandbox: SandboxContext) => Promise<Result<BoundProfile, RpcFailure>>;
  /** How long a helper is kept that nobody uses. */
  readonly idleMs?: number;
}

const IDLE_MS = 30_000;

/**
 * The file calls of one connection. Without a sandbox, and where somebody else guards the files, they are carried out
 * in this process; under a managed profile by a helper that runs in a sandbox with that profile. Fails closed: where no
 * sandbox can be had the call is refused.
 */
export function openSandboxedFiles(options: SandboxedFilesOptions): FileCalls {
  const here = openFileWork();
  const pool = openHelperPool({ ...options, idleMs: options.idleMs ?? IDLE_MS });
  return wireCalls({
    async workFor(sandbox) {
      if (sandbox === null) return ok(here);
      const profile = await options.bind(sandbox);
      if (!profile.ok) return profile;
      return profile.value.type === 'managed' ? pool.workFor(profile.value) : ok(here);
    },
    async closeAll() {
      await Promise.all([here.closeAll(), pool.closeAll()]);
    },
  });
}
