// What was typed after `codex exec-server`, and what it means.

import { parseArgs } from 'node:util';
import { fail, ok, type Result } from '../../problem/index.ts';
import type { AuthenticationFlags } from './authentication.ts';
import { DEFAULT_LISTEN_URL, type ListenTarget, readListenTarget } from './listen-target.ts';

export interface ServerArguments {
  readonly target: ListenTarget;
  readonly authentication: AuthenticationFlags;
  /** Ordinary requests of one connection that are worked on at the same time; 1 keeps their order. */
  readonly concurrentRequests: number;
  /** The server ends when whoever started it closes its stdin. */
  readonly exitsOnStdinClose: boolean;
}

export type Understood =
  | { readonly kind: 'help'; readonly text: string }
  | ({ readonly kind: 'serve' } & ServerArguments);

/** `usage`: it was typed wrongly (exit code 2). `start`: it cannot be done (1). */
export interface ArgumentProblem {
  readonly kind: 'usage' | 'start';
  readonly message: string;
}

/** Read instead of the switch of the same meaning. */
export const EXIT_ON_STDIN_CLOSE = 'CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE';

interface Flag {
  /** Null: a switch. */
  readonly value: string | null;
  readonly text: string;
}

const FLAGS = {
  listen: {
    value: 'URL',
    text: `ws://IP:PORT (port 0: a free one), stdio, unix: (a socket of this user) or unix:///path [${DEFAULT_LISTEN_URL}]`,
  },
  'concurrent-requests': { value: 'COUNT', text: 'ordinary requests of one connection worked on at once [1]' },
  'exit-on-stdin-close': { value: null, text: `end when stdin is closed (or ${EXIT_ON_STDIN_CLOSE}=1)` },
  'ws-auth': { value: 'MODE', text: 'capability-token or signed-bearer-token; needed for any address but loopback' },
  'ws-token-file': { value: 'PATH', text: 'the token, in a file that is read once, at the start' },
  'ws-token-sha256': { value: 'HEX', text: 'its SHA-256 instead' },
  'ws-shared-secret-file': { value: 'PATH', text: 'the secret that HS256 tokens are signed with, 32 bytes at least' },
  'ws-issuer': { value: 'NAME', text: 'who must have issued a signed token' },
  'ws-audience': { value: 'NAME', text: 'whom it must be meant for' },
  'ws-max-clock-skew-seconds': { value: 'N', text: 'by how much clocks may differ [30]' },
  help: { value: null, text: 'this text' },
} as const satisfies Readonly<Record<string, Flag>>;

/** `argv` without the program and the subcommand. */
export function understandServer(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<Understood, ArgumentProblem> {
  const typed = parseTyped(argv);
  if (!typed.ok) return typed;
  const text = (flag: keyof typeof FLAGS): string | null => {
    const value = typed.value[flag];
    return typeof value === 'string' ? value : null;
  };
  if (typed.value.help === true) return ok({ kind: 'help', text: helpText() });
  const concurrentRequests = wholeNumber(text('concurrent-requests') ?? '1');
  if (concurrentRequests === null || concurrentRequests === 0)
    return usage('--concurrent-requests takes a number from 1.');
  const skew = text('ws-max-clock-skew-seconds');
  const maxClockSkewSeconds = skew === null ? null : wholeNumber(skew);
  if (skew !== null && maxClockSkewSeconds === null) return usage('--ws-max-clock-skew-seconds takes a number from 0.');
  const target = readListenTarget(text('listen') ?? DEFAULT_LISTEN_URL);
  if (!target.ok) return fail({ kind: 'start', message: target.problem });
  return ok({
    kind: 'serve',
    target: target.value,
    concurrentRequests,
    exitsOnStdinClose:
      typed.value['exit-on-stdin-close'] === true || /^(?:1|true)$/i.test(env[EXIT_ON_STDIN_CLOSE] ?? ''),
    authentication: {
      mode: text('ws-auth'),
      tokenFile: text('ws-token-file'),
      tokenSha256: text('ws-token-sha256'),
      sharedSecretFile: text('ws-shared-secret-file'),
      issuer: text('ws-issuer'),
      audience: text('ws-audience'),
      maxClockSkewSeconds,
    },
  });
}

type Typed = Readonly<Record<string, string | boolean | undefined>>;

function parseTyped(argv: readonly string[]): Result<Typed, ArgumentProblem> {
  const options = Object.entries(FLAGS).map(([name, { value }]) => [
    name,
    { type: value === null ? ('boolean' as const) : ('string' as const), ...(name === 'help' ? { short: 'h' } : {}) },
  ]);
  try {
    const { values } = parseArgs({ args: [...argv], options: Object.fromEntries(options), allowPositionals: false });
    return ok(values as Typed);
  } catch (error) {
    // parseArgs says in its first sentence which option is wrong.
    return usage(error instanceof Error ? (error.message.split('. ')[0] ?? '') : '');
  }
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function usage(message: string): Result<never, ArgumentProblem> {
  return fail({ kind: 'usage', message });
}

function helpText(): string {
  const rows = Object.entries(FLAGS).map(([name, { value, text }]) => {
    const left = `    --${name}${value === null ? '' : ` ${value}`}`;
    return `  ${left.padEnd(36)}${text}`;
  });
  return [
    'codex exec-server [OPTION...]',
    '',
    '  run commands and file operations for a codex elsewhere, and print where it can be reached',
    '',
    ...rows,
    '',
    'A session whose connection is lost can be resumed for 80 seconds; a command that has ended can be read as long.',
    '',
  ].join('\n');
}
