// How does an MCP server get into config.toml, and out of it again, with everything else left as it is?

import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { applyEdits, type Edit, lineAt, lineStart, nextLine } from './edit-apply.ts';
import { writeConfig } from './edit-file.ts';
import { isTable, plainTables, type Tables, tablesOf, valueAt, withValue } from './edit-tables.ts';
import { isSamePath, mapToml, type TomlPair } from './edit-toml-map.ts';
import { keyText } from './key-text.ts';

export type McpValue = string | readonly string[] | { readonly [name: string]: string | readonly string[] };

/** Keys of `[mcp_servers.NAME]`, in the order they are written. A table gets a header of its own. */
export type McpEntry = Readonly<Record<string, McpValue>>;

export interface McpEdit {
  /** The person's config.toml, and how a sentence calls it. */
  readonly file: string;
  readonly shown: string;
  readonly name: string;
  /** Null: it goes. Otherwise it takes the place of what the file says of a server of that name. */
  readonly entry: McpEntry | null;
}

/** Somebody else who writes at the same moment is waited for that often. */
const TRIES = 5;

/** Whether the file had a server of that name before. */
export function writeMcpServer({ file, shown, name, entry }: McpEdit): Result<boolean> {
  let last: Problem = notWritten(shown, name, 'Others change it all the time.');
  for (let tries = 0; tries < TRIES; tries += 1) {
    const text = textOf(file);
    if (!text.ok) return fail(notWritten(shown, name, text.problem));
    const edited = withServer(text.value, name, entry);
    if (!edited.ok) return fail(notWritten(shown, name, edited.problem));
    const { text: newText, wasThere } = edited.value;
    const written = writeConfig(file, text.value, newText);
    if (written.ok) return ok(wasThere);
    last = written.problem;
    const now = textOf(file);
    // Nobody wrote in between: trying again would not help.
    if (now.ok && now.value === text.value) return written;
  }
  return fail(last);
}

interface WithServer {
  readonly text: string;
  readonly wasThere: boolean;
}

/** A problem is why the file is better changed by hand. */
export function withServer(text: string, name: string, entry: McpEntry | null): Result<WithServer, string> {
  const path = ['mcp_servers', name];
  const before = tablesOf(text);
  if (before === null) return fail('The file is not TOML.');
  const wasThere = valueAt(before, path) !== undefined;
  const without = wasThere ? applyEdits(text, cuts(text, path)).text : text;
  const edited = entry === null ? without : applyEdits(without, [added(without, path, entry)]).text;
  const after = tablesOf(edited);
  const rest = withoutServer(before, name);
  const expected = entry === null ? rest : withValue(rest, path, entry);
  const isRight = after !== null && isDeepStrictEqual(filled(after), filled(expected));
  return isRight ? ok({ text: edited, wasThere }) : fail('It is written in a way that cannot be taken apart safely.');
}

/** Every header and every key of it, with the lines below a header up to the comments of the next one. */
function cuts(text: string, path: readonly string[]): readonly Edit[] {
  const sections = mapToml(text);
  const cut = (at: number, to: number): Edit => ({ kind: 'span', at, to, text: '', notes: [] });
  return sections.flatMap((section, index): readonly Edit[] => {
    if (isWithin(path, section.path)) {
      const next = sections[index + 1];
      const last = section.pairs.at(-1);
      const end = nextLine(text, last?.value.to ?? section.end);
      return [cut(lineStart(text, section.at), next === undefined ? end : blankUntil(text, end, next.at))];
    }
    return section.pairs.flatMap((pair, at) => pairCuts(text, path, pair, section.pairs[at + 1] ?? null));
  });
}

function pairCuts(text: string, path: readonly string[], pair: TomlPair, next: TomlPair | null): readonly Edit[] {
  const cut = (at: number, to: number): Edit => ({ kind: 'span', at, to, text: '', notes: [] });
  if (isWithin(path, pair.path)) return [cut(lineStart(text, pair.at), nextLine(text, pair.value.to))];
  if (pair.value.kind !== 'inline' || !isWithin(pair.path, path)) return [];
  const { pairs } = pair.value;
  return pairs.flatMap((inner, index) => {
    const following = pairs[index + 1];
    if (!isSamePath(inner.path, path)) return pairCuts(text, path, inner, next);
    if (following !== undefined) return [cut(inner.at, following.at)];
    return [cut(pairs[index - 1]?.value.to ?? inner.at, inner.value.to)];
  });
}

/** Over blank lines, so that as many stay before the next header as there were. */
function blankUntil(text: string, from: number, header: number): number {
  let at = from;
  while (at < header && lineAt(text, at).trim() === '') at = nextLine(text, at);
  return at;
}

function isWithin(start: readonly string[], path: readonly string[]): boolean {
  return start.length <= path.length && start.every((part, index) => part === path[index]);
}

function added(text: string, path: readonly string[], entry: McpEntry): Edit {
  const plain = Object.entries(entry).filter(([, value]) => !isTableValue(value));
  const tables = Object.entries(entry).filter(([, value]) => isTableValue(value));
  const block = (keys: readonly string[], pairs: readonly (readonly [string, McpValue])[]): string[] => [
    `[${keyText(keys)}]`,
    ...pairs.map(([key, value]) => `${keyText([key])} = ${spelled(value)}`),
  ];
  const blocks = [
    block(path, plain),
    ...tables.map(([key, value]) => ['', ...block([...path, key], Object.entries(value))]),
  ];
  return { kind: 'lines', at: text.length, lines: blocks.flat(), isBlock: true };
}

function isTableValue(value: McpValue): boolean {
  return typeof value !== 'string' && !Array.isArray(value);
}

/** What JSON escapes TOML escapes alike; DEL it wants escaped as well. */
function spelled(value: unknown): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}

function withoutServer(tables: Tables, name: string): Tables {
  const { mcp_servers: servers, ...others } = tables;
  if (!isTable(servers)) return tables;
  return { ...others, mcp_servers: Object.fromEntries(Object.entries(servers).filter(([it]) => it !== name)) };
}

/** A header may stay where the last server went, and goes with the last dotted key. */
function filled(tables: Tables): unknown {
  const { mcp_servers: servers, ...others } = tables;
  const isEmpty = isTable(servers) && Object.keys(servers).length === 0;
  return plainTables(isEmpty ? others : tables);
}

function textOf(file: string): Result<string, string> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? ok('') : fail(causeOf(error));
  }
}

function notWritten(shown: string, name: string, why: string): Problem {
  return {
    what: `MCP server ${name} was not changed in ${shown}.`,
    why,
    next: `Change [${keyText(['mcp_servers', name])}] there by hand.`,
  };
}
