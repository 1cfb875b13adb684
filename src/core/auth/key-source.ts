// Where the key of a provider comes from, and how it is had for a request. Nothing keeps it for longer than that, but
// what a program was asked for.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { storedKey } from './auth-file.ts';
import { keyProblem } from './key-text.ts';
import { askTokenProgram, type TokenProgram } from './token-program.ts';

export type KeySource =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  /** In the configuration, at `at`. A function, so that no key is in what is printed or recorded of a choice. */
  | { readonly kind: 'written'; readonly at: string; readonly read: () => string }
  | { readonly kind: 'program'; readonly at: string; readonly program: TokenProgram };

export interface KeyReader {
  /** The key for the next request, `''` when it wants none. */
  read(signal: AbortSignal): Promise<Result<string>>;
  /** The server did not take it. True: another one can be had at once. */
  refused(key: string): boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** What a person is told a key is in. */
export function nameOfSource(source: KeySource): string {
  switch (source.kind) {
    case 'variable':
      return source.name;
    case 'file':
      return source.path;
    case 'written':
    case 'program':
      return source.at;
  }
}

export function openKeyReader(source: KeySource | null, env: Variables): KeyReader {
  if (source?.kind === 'program') return programReader(source.program, env);
  return { read: async () => (source === null ? ok('') : readKey(source, env)), refused: () => false };
}

function readKey(source: Exclude<KeySource, { kind: 'program' }>, env: Variables): Result<string> {
  switch (source.kind) {
    case 'variable':
      return checked((env[source.name] ?? '').trim(), source.name);
    case 'file': {
      const stored = storedKey(source.path);
      return stored.ok ? checked(stored.value, source.path) : stored;
    }
    case 'written':
      return checked(source.read().trim(), source.at);
  }
}

/** One run at a time, used for as long as it is good. */
function programReader(program: TokenProgram, env: Variables): KeyReader {
  let held: { readonly key: string; readonly until: number } | null = null;
  let asked: Promise<Result<string>> | null = null;

  async function ask(signal: AbortSignal): Promise<Result<string>> {
    const answer = await askTokenProgram(program, env, signal);
    if (!answer.ok) return answer;
    const key = checked(answer.value, `what ${program.argv[0]} prints`);
    const { refreshMs } = program;
    if (key.ok) held = { key: key.value, until: refreshMs === 0 ? Number.POSITIVE_INFINITY : Date.now() + refreshMs };
    return key;
  }

  return {
    async read(signal) {
      if (held !== null && Date.now() < held.until) return ok(held.key);
      asked ??= ask(signal).finally(() => {
        asked = null;
      });
      return asked;
    },
    refused(key) {
      if (held?.key === key) held = null;
      return true;
    },
  };
}

function checked(key: string, at: string): Result<string> {
  const wrong = keyProblem(key);
  return wrong === null ? ok(key) : fail(unusable(at, wrong.why));
}

function unusable(at: string, why: string): Problem {
  return {
    what: `The key in ${at} cannot be used.`,
    why,
    next: 'Set another one and send the message again; it is kept.',
  };
}
