// What was typed behind a subcommand, sorted: options with their values, and operands.

import { parseArgs } from 'node:util';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { Option, Subcommand } from './subcommands.ts';

export interface Typed {
  readonly flags: ReadonlyMap<string, string>;
  /** Of options that can be given several times. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** Sorts what was typed into options and operands. */
export function parseTyped(args: readonly string[], options: readonly Option[]): Result<Typed> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: optionTypes(options),
      allowPositionals: true,
    });
    const flags = new Map<string, string>();
    const lists = new Map<string, readonly string[]>();
    for (const [name, value] of Object.entries(values)) {
      if (Array.isArray(value)) lists.set(name, value.map(String));
      else flags.set(name, typeof value === 'string' ? value : '');
    }
    return ok({ flags, lists, operands: positionals });
  } catch (error) {
    // parseArgs says in its first sentence which option is wrong.
    const said = error instanceof Error ? (error.message.split('. ')[0] ?? '') : '';
    return fail(usage(said.endsWith('.') ? said : `${said}.`));
  }
}

/** A value that is none of those an option can have. */
export function wrongChoice({ flags }: Typed, options: readonly Option[]): Problem | null {
  for (const { name, choices } of options) {
    const value = flags.get(name);
    if (value === undefined || choices === undefined || choices.includes(value)) continue;
    return { what: `--${name} ${value} is not possible.`, why: '', next: `Possible: ${choices.join(', ')}.` };
  }
  return null;
}

/** Which subcommand of a subcommand is meant, and what was typed without its name. Options may stand before it. */
export function innerSubcommand(
  outer: Pick<Subcommand, 'options' | 'subcommands'> | null,
  args: readonly string[],
): { readonly inner: Subcommand | null; readonly mine: readonly string[] } {
  const { subcommands = [], options = [] } = outer ?? {};
  if (subcommands.length === 0) return { inner: null, mine: args };
  const { tokens } = parseArgs({
    args: [...args],
    options: optionTypes(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const first = tokens.find(({ kind }) => kind === 'positional');
  const inner = subcommands.find(({ name }) => first?.kind === 'positional' && name === first.value) ?? null;
  return { inner, mine: inner === null ? args : args.toSpliced(first?.index ?? 0, 1) };
}

/** As Node's parser wants to know them. */
function optionTypes(options: readonly Option[]) {
  return Object.fromEntries(
    options.map(({ name, short, value, isRepeated = false }) => [
      name,
      {
        type: value === null ? ('boolean' as const) : ('string' as const),
        multiple: isRepeated,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  );
}

export function usage(what: string): Problem {
  return { what, why: '', next: 'codex --help shows what there is.' };
}
