// What exactly is spawned for a plan: program, arguments, and which descriptor goes where? Pure.

import { assertNever } from '../../problem/index.ts';
import type { LaunchPlan } from '../../sandbox/index.ts';
import type { Stdio } from '../environment.ts';

/** Programs outside the sandbox that some launches need; null where the machine has none. */
export interface LaunchTools {
  readonly setsid: string | null;
  readonly bash: string | null;
  readonly perl: string | null;
  readonly env: string | null;
}

/** Variables that a program's loader obeys. What they name may be a command's own work, so nothing outside gets them. */
export function splitLoader(env: Readonly<Record<string, string>>): {
  readonly loader: Readonly<Record<string, string>>;
  readonly others: Readonly<Record<string, string>>;
} {
  const isLoaders = ([name]: [string, string]): boolean => /^(?:LD_|GLIBC_TUNABLES$|GCONV_PATH$|LOCPATH$)/.test(name);
  const all = Object.entries(env);
  return {
    loader: Object.fromEntries(all.filter(isLoaders)),
    others: Object.fromEntries(all.filter((entry) => !isLoaders(entry))),
  };
}

/** Numbers are indexes of the child's descriptor table. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** What the direct child sees as its own name; null: `file`. */
  readonly argv0: string | null;
  /** Where the direct child starts; the sandbox changes to the command's folder by itself. */
  readonly cwd: string;
  /** The direct child leads a session of its own from its first instant. */
  readonly isDetached: boolean;
  /**
   * Where bubblewrap finds the file for its status documents, the one with its filter, and (null: there is none) what
   * keeps placeholders standing while it runs; null without it.
   */
  readonly sandbox: { readonly status: number; readonly filter: number; readonly keeper: number | null } | null;
  /** Inherited numbers that must be covered with /dev/null. */
  readonly covers: readonly number[];
  /** False where nothing on this machine can give the command a controlling terminal: no /dev/tty, no Ctrl-C. */
  readonly hasTerminal: boolean;
}

/** What else a sandbox is started with. */
export interface LaunchAround {
  /** Runs the sandbox's program in another network; empty: in this one. */
  readonly enter: readonly string[];
  /** Variables that only the command inside may have. */
  readonly loader: Readonly<Record<string, string>>;
  readonly hasKeeper: boolean;
  /** Variables of bubblewrap itself that the command inside does not get. */
  readonly kept: readonly string[];
}

const PLAIN: LaunchAround = { enter: [], loader: {}, hasKeeper: false, kept: [] };

export interface LaunchRequest {
  readonly argv: readonly [string, ...string[]];
  readonly arg0?: string | null;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: Stdio;
}

/**
 * Arranges one launch. `leaking` are the descriptors that the child would inherit.
 *
 * Behind bubblewrap the command must see 0, 1 and 2 only, and take the terminal itself: bubblewrap stays out of the
 * terminal's foreground group, or Ctrl-C would end the sandbox instead of reaching the command.
 */
export function arrangeLaunch(
  plan: LaunchPlan,
  request: LaunchRequest,
  tools: LaunchTools,
  leaking: readonly number[],
  around: LaunchAround = PLAIN,
): Launch {
  const { enter, loader, hasKeeper, kept } = around;
  switch (plan.backend) {
    case 'bubblewrap': {
      const [status, filter, keeper] = freeNumbers(leaking);
      const isPty = request.stdio.kind === 'pty';
      const [file = plan.program, ...before] = [...enter, plan.program];
      const given = Object.entries(loader).flatMap(([name, value]) => ['--setenv', name, value]);
      return {
        file,
        args: [
          ...before,
          // An argument list read from /dev/null is empty, and bubblewrap closes what it read: the cover disappears.
          ...leaking.flatMap((descriptor) => ['--args', String(descriptor)]),
          ...plan.options,
          ...given,
          ...kept.flatMap((name) => ['--unsetenv', name]),
          '--json-status-fd',
          String(status),
          '--seccomp',
          String(filter),
          ...(hasKeeper ? ['--sync-fd', String(keeper)] : []),
          '--',
          ...(isPty ? [plan.setsid, '-c'] : []),
          ...named(request, tools),
        ],
        argv0: null,
        cwd: '/',
        isDetached: true,
        sandbox: { status, filter, keeper: hasKeeper ? keeper : null },
        covers: leaking,
        hasTerminal: isPty,
      };
    }
    case 'seatbelt':
      return unsandboxed([plan.program, ...plan.options, '--', ...named(request, tools)], request, tools, leaking);
    case 'none':
      return unsandboxed(null, request, tools, leaking);
    default:
      return assertNever(plan);
  }
}

/**
 * TIOCSCTTY for where there is no `setsid` program: a session, then the terminal on descriptor 0. The request number
 * is the BSD one (sys/ttycom.h).
 */
const PERL_SETSID = 'use POSIX (); POSIX::setsid(); ioctl(STDIN, 0x20007461, 0); exec { $ARGV[0] } @ARGV; exit 127';

function unsandboxed(
  wrapped: readonly string[] | null,
  request: LaunchRequest,
  tools: LaunchTools,
  leaking: readonly number[],
): Launch {
  const isPty = request.stdio.kind === 'pty';
  const leader = isPty ? terminalLeader(tools) : [];
  const before = [...leader, ...closing(leaking, request, tools)];
  const isDirect = wrapped === null && before.length === 0;
  const [file = '', ...args] = isDirect ? request.argv : [...before, ...(wrapped ?? named(request, tools))];
  return {
    file,
    args,
    argv0: isDirect ? (request.arg0 ?? null) : null,
    cwd: request.cwd,
    // `setsid` makes the session itself, and would have to fork if it led a group already.
    isDetached: leader.length === 0,
    sandbox: null,
    covers: tools.bash === null ? leaking : [],
    hasTerminal: leader.length > 0,
  };
}

/** The command under the name that it is to see: only a shell can give one to a program that something else starts. */
function named({ argv, arg0 = null }: LaunchRequest, tools: LaunchTools): readonly string[] {
  if (arg0 === null || tools.bash === null) return argv;
  return [tools.bash, '--norc', '-p', '-c', 'exec -a "$0" -- "$@"', arg0, ...argv];
}

function terminalLeader(tools: LaunchTools): readonly string[] {
  if (tools.setsid !== null) return [tools.setsid, '-c'];
  return tools.perl === null ? [] : [tools.perl, '-e', PERL_SETSID, '--'];
}

/** What bash adds to the environment of whatever it starts. */
const ADDED_BY_BASH = ['PWD', 'OLDPWD', 'SHLVL'] as const;

/**
 * bash closes any number; dash would take only one digit. `-p` keeps BASH_ENV from running here already, `--norc` what
 * bash runs besides for whom it takes for a remote shell: stdin is a socket, SHLVL not set.
 */
function closing(leaking: readonly number[], { argv, env }: LaunchRequest, tools: LaunchTools): readonly string[] {
  if (leaking.length === 0 || tools.bash === null) return [];
  const redirections = leaking.map((descriptor) => `${descriptor}>&-`).join(' ');
  const added = ADDED_BY_BASH.filter((name) => !Object.hasOwn(env, name));
  // `env` would take a program with an equals sign in its name for a variable.
  const without =
    tools.env === null || added.length === 0 || argv[0].includes('=')
      ? []
      : [tools.env, ...added.flatMap((name) => ['-u', name])];
  return [tools.bash, '--norc', '-p', '-c', `exec ${redirections}; exec -- "$@"`, 'codex', ...without];
}

/** The three lowest numbers above 2 that nothing is inherited at. */
function freeNumbers(leaking: readonly number[]): [number, number, number] {
  const free: number[] = [];
  for (let number = 3; free.length < 3; number++) if (!leaking.includes(number)) free.push(number);
  return [free[0] ?? 3, free[1] ?? 4, free[2] ?? 5];
}
