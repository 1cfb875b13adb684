// A program of the person's own that prints a key: started without a shell, bounded in time and output.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { runHook } from '../hooks/run-program.ts';

export interface TokenProgram {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly limitMs: number;
  /** How long its answer is used; 0: until a server refuses it. */
  readonly refreshMs: number;
}

const LONGEST_COMPLAINT = 200;

/** What it printed, without the white space around. Stopped by `signal`, it fails and nobody is told. */
export async function askTokenProgram(
  program: TokenProgram,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Result<string>> {
  const { argv, cwd, limitMs } = program;
  const [name] = argv;
  const running = runHook({ argv, cwd, env: variablesFor(env), input: '', limitMs });
  const cancel = (): void => running.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const end = await running.ended;
  signal.removeEventListener('abort', cancel);
  switch (end.kind) {
    case 'exited':
      if (end.code !== 0) return fail(noToken(name, `It ended with code ${end.code}. ${complaint(end.errors)}`.trim()));
      return end.output.trim() === '' ? fail(noToken(name, 'It printed nothing.')) : ok(end.output.trim());
    case 'killed':
      return fail(noToken(name, `It was killed (${end.signal}).`));
    case 'not_started':
      return fail(noToken(name, end.why));
    case 'too_slow':
      return fail(noToken(name, `It printed nothing within ${end.limitMs} ms.`));
    case 'cancelled':
      return fail(noToken(name, 'It was stopped.'));
  }
}

/** The authorities were moved aside for the sake of our own start; see ARCHITECTURE.md. */
function variablesFor(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const { CODEX_EXTRA_CA: authorities, ...rest } = env;
  const own = authorities ? { ...rest, NODE_EXTRA_CA_CERTS: authorities } : rest;
  return Object.fromEntries(
    Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The last line of what it complained of. */
function complaint(errors: string): string {
  const line = errors.trim().split('\n').at(-1) ?? '';
  // What is as long as a key may be one.
  const said = line.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').replace(/[\w.*-]{24,}/g, '[key]');
  return said.slice(0, LONGEST_COMPLAINT);
}

function noToken(name: string, why: string): Problem {
  return { what: `${name} gave no key for the model provider.`, why, next: 'Run it yourself to see what it needs.' };
}
