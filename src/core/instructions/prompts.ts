// Messages that a person has written down for another time: files whose names become commands.

import { type Dirent, readdirSync } from 'node:fs';
import path from 'node:path';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { readFrontMatter } from './front-matter.ts';
import { readDocument } from './read-document.ts';

export interface SavedPrompt {
  readonly name: string;
  readonly origin: 'user' | 'project';
  readonly description: string;
  /** What it wants to be given, for people; `''`: nothing, or nothing said. */
  readonly argumentHint: string;
  readonly file: string;
}

export interface PromptPlaces {
  readonly codexHome: string;
  /** The root of the project; null: there is none, or it is not trusted. */
  readonly project: string | null;
}

const MOST_PROMPTS = 200;
const MOST_BYTES = 256 * 1024;
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** One of the project comes before one of the same name of the person's. */
export function findPrompts({ codexHome, project }: PromptPlaces): readonly SavedPrompt[] {
  const places = [
    ...(project === null
      ? []
      : ['.codex/prompts', '.claude/commands'].map((name) => ({
          folder: path.join(project, name),
          origin: 'project' as const,
          within: project,
        }))),
    { folder: path.join(codexHome, 'prompts'), origin: 'user' as const, within: null },
  ];
  const found = new Map<string, SavedPrompt>();
  for (const { folder, origin, within } of places) {
    for (const { name, file } of filesIn(folder, '')) {
      if (found.size >= MOST_PROMPTS || found.has(name)) continue;
      const read = readDocument(file, MOST_BYTES, within);
      if (read.kind !== 'text') continue;
      const { values, body } = readFrontMatter(read.text);
      const description = values.get('description') ?? body.trim().split('\n', 1)[0] ?? '';
      found.set(name, {
        name,
        origin,
        description: description.slice(0, 200),
        argumentHint: values.get('argument-hint') ?? '',
        file,
      });
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** `fix.md` is `fix`, `git/commit.md` is `git:commit`. */
function filesIn(folder: string, prefix: string): readonly { readonly name: string; readonly file: string }[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there: nobody saved any.
    return [];
  }
  return entries.slice(0, MOST_PROMPTS).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && prefix === '' && NAME.test(entry.name)) return filesIn(file, `${entry.name}:`);
    const [, name] = /^(.+)\.md$/.exec(entry.name) ?? [];
    return name !== undefined && NAME.test(name) ? [{ name: prefix + name, file }] : [];
  });
}

/** The message that a prompt becomes with these words behind its name. */
export function expandPrompt(prompt: SavedPrompt, words: string, within: string | null): Result<string> {
  const read = readDocument(prompt.file, MOST_BYTES, within);
  if (read.kind !== 'text')
    return fail({ what: `The prompt ${prompt.name} cannot be read any more.`, why: prompt.file, next: '' });
  return filledIn(readFrontMatter(read.text).body, words);
}

/**
 * `$1` to `$9` and `$ARGUMENTS` stand for what was typed, `$NAME` for the value of `NAME=value` there, `$$` for one
 * dollar. A name that is needed and was not given is a problem; a number that was not given stands for nothing.
 */
export function filledIn(text: string, words: string): Result<string> {
  const args = splitWords(words);
  const named = new Map(
    args.flatMap((arg) => {
      const [, name, value] = /^([A-Z][A-Z0-9_]*)=([\s\S]*)$/.exec(arg) ?? [];
      return name === undefined ? [] : [[name, value ?? ''] as const];
    }),
  );
  const positional = args.filter((arg) => !/^[A-Z][A-Z0-9_]*=/.test(arg));
  const missing = new Set<string>();
  const filled = text.replace(/\$(\$|[1-9](?!\d)|[A-Z][A-Z0-9_]*)/g, (_whole, name: string) => {
    if (name === '$') return '$';
    if (/^\d$/.test(name)) return positional[Number(name) - 1] ?? '';
    if (name === 'ARGUMENTS') return words.trim();
    const value = named.get(name);
    if (value === undefined) missing.add(name);
    return value ?? '';
  });
  return missing.size === 0 ? ok(filled) : fail(missingArguments([...missing]));
}

/** Words as a shell would part them, with quotes and nothing else. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [whole] of text.matchAll(/(?:[^\s"']+|"(?:[^"\\]|\\.)*"?|'[^']*'?)+/g)) {
    words.push(
      whole.replace(/"((?:[^"\\]|\\.)*)"?|'([^']*)'?/g, (_, double?: string, single?: string) =>
        double === undefined ? (single ?? '') : double.replace(/\\(["\\])/g, '$1'),
      ),
    );
  }
  return words;
}

function missingArguments(names: readonly string[]): Problem {
  return {
    what: `This prompt needs ${names.join(', ')}.`,
    why: '',
    next: `Write them behind its name: ${names.map((name) => `${name}="…"`).join(' ')}`,
  };
}
