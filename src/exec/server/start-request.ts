// What does the engine have to start for a `process/start`? Everything that can be refused is, before it is asked.

import { fail, ok, type Result } from '../../problem/index.ts';
import type { BoundProfile } from '../../sandbox/index.ts';
import { findProgram } from '../engine/find-program.ts';
import type { ProcessStart, StartProblem } from '../environment.ts';
import { internal, invalidParams, osErrorText, type RpcFailure } from '../protocol/failure.ts';
import type { Params, SandboxType } from '../protocol/messages.ts';
import { nativePath } from '../protocol/path-uri.ts';
import { applyPolicy, type Variables } from '../shell-environment.ts';
import { boundProfileOf, type SandboxDefaults } from './sandbox-intent.ts';

export interface StartDefaults {
  /** What `envPolicy` starts from: this program's own variables without those that are for it alone. */
  readonly env: Variables;
  readonly sandbox: SandboxDefaults;
}

/** What a terminal is when nobody says: the published protocol has no size. */
const DEFAULT_TERMINAL = { rows: 24, cols: 80 };

/** winsize of tty_ioctl(4) has 16 bits for each. */
const LONGEST_SIDE = 65_535;

const UNSANDBOXED: BoundProfile = { type: 'disabled', name: 'none' };

/** No sandbox of this machine can do what was asked: it is never run without. */
const CANNOT_ENFORCE = invalidParams('sandbox intent cannot be enforced on this executor');

export function startRequestOf(
  params: Params<'process/start'>,
  defaults: StartDefaults,
): Result<ProcessStart, RpcFailure> {
  const { argv, arg0, envPolicy, tty, pipeStdin, terminal } = params;
  const cwd = nativePath(params.cwd);
  if (!cwd.ok) return fail(invalidParams(cwd.problem.message));
  const profile = profileFor(params, cwd.value, defaults.sandbox);
  if (!profile.ok) return profile;
  const env = { ...(envPolicy === null ? {} : applyPolicy(defaults.env, envPolicy)), ...params.env };
  const texts = [...argv, arg0 ?? '', cwd.value, ...Object.entries(env).flat()];
  if (texts.some((text) => text.includes('\0'))) return fail(internal('nul byte found in provided data'));
  const size = terminal ?? DEFAULT_TERMINAL;
  if (!isSide(size.rows) || !isSide(size.cols)) return fail(badSize());
  return ok({
    argv,
    arg0,
    cwd: cwd.value,
    env,
    stdio: tty
      ? { kind: 'pty', cols: size.cols, rows: size.rows }
      : { kind: 'pipe', stdin: pipeStdin ? 'open' : 'closed' },
    profile: profile.value,
    outputFile: null,
    proxy: null,
  });
}

function profileFor(
  params: Params<'process/start'>,
  cwd: string,
  defaults: SandboxDefaults,
): Result<BoundProfile, RpcFailure> {
  const { sandbox, enforceManagedNetwork, managedNetwork, networkProxy } = params;
  if (networkProxy !== null) return fail(invalidParams('network proxies cannot be started on this executor'));
  const localPorts = managedNetwork?.loopbackPorts ?? [];
  if (!localPorts.every((port) => port > 0 && port <= 65_535))
    return fail(invalidParams('managedNetwork.loopbackPorts must be ports'));
  const profile = sandbox === null ? ok(UNSANDBOXED) : boundProfileOf(sandbox, defaults, cwd, { localPorts });
  if (!profile.ok || !enforceManagedNetwork) return profile;
  // Without a sandbox, or without a proxy to reach, the command would have another network than was asked for.
  const isEnforced = profile.value.type === 'managed' && profile.value.localPorts.length > 0;
  return isEnforced ? profile : fail(internal('managed network enforcement requires a sandbox and its proxy ports'));
}

/** Why the program cannot be started, where that can be seen beforehand: a launcher between would start, and fail. */
export function programFailure({ argv: [program], env, cwd }: ProcessStart): RpcFailure | null {
  switch (findProgram(program, env.PATH, cwd).kind) {
    case 'found':
      return null;
    case 'missing':
      return internal(osErrorText('ENOENT'));
    case 'unusable':
      return internal(osErrorText('EACCES'));
  }
}

/** What the engine refused, in the words of the wire. */
export function startFailure({ kind, problem, errno = '' }: StartProblem): RpcFailure {
  if (kind === 'sandbox') return CANNOT_ENFORCE;
  return internal(errno === '' ? problem.what : osErrorText(errno));
}

export function sandboxTypeOf(profile: BoundProfile): SandboxType {
  if (profile.type !== 'managed') return 'none';
  return process.platform === 'darwin' ? 'macosSeatbelt' : 'linuxSeccomp';
}

export function isSide(cells: number): boolean {
  return cells > 0 && cells <= LONGEST_SIDE;
}

export function badSize(): RpcFailure {
  return invalidParams(`a terminal has 1 to ${LONGEST_SIDE} rows and columns`);
}
