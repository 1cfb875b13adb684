// Messages that a person has written down for another time: files whose names become commands.

import { type Dirent, readdirSync } from 'node:fs';
import path from 'node:path';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { filledIn, type PromptForm } from './fill-in.ts';
import { readFrontMatter } from './front-matter.ts';
import { readDocument } from './read-document.ts';
import { shortLine } from './told-text.ts';

export interface SavedPrompt {
  readonly name: string;
  readonly origin: 'user' | 'project';
  /** In one line. */
  readonly description: string;
  /** What it wants to be given, for people; `''`: nothing, or nothing said. */
  readonly argumentHint: string;
  readonly file: string;
  readonly form: PromptForm;
}

export interface PromptPlaces {
  readonly codexHome: string;
  /** The root of the project; null: there is none, or it is not trusted. */
  readonly project: string | null;
}

/** More is no menu any more. */
const MOST_PROMPTS = 200;
/** Of one folder; the rest is not looked at. */
const MOST_NAMES = 1_000;
const MOST_BYTES = 256 * 1024;
/** What is read for a list: the lines at the beginning. */
const HEAD_BYTES = 8 * 1024;
const LONGEST_DESCRIPTION = 200;
const LONGEST_HINT = 80;
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** One of the project comes before one of the same name of the person's. */
export function findPrompts({ codexHome, project }: PromptPlaces, home: string): readonly SavedPrompt[] {
  const places = [
    ...(project === null || project === home
      ? []
      : ([
          { folder: path.join(project, '.codex/prompts'), origin: 'project', within: project, form: 'codex' },
          { folder: path.join(project, '.claude/commands'), origin: 'project', within: project, form: 'claude' },
        ] as const)),
    { folder: path.join(codexHome, 'prompts'), origin: 'user', within: null, form: 'codex' } as const,
    { folder: path.join(home, '.claude/commands'), origin: 'user', within: null, form: 'claude' } as const,
  ];
  const found = new Map<string, SavedPrompt>();
  for (const { folder, origin, within, form } of places) {
    for (const { name, file } of filesIn(folder, '')) {
      if (found.size >= MOST_PROMPTS || found.has(name)) continue;
      const read = readDocument(file, HEAD_BYTES, within);
      if (read.kind !== 'text') continue;
      const { values, body } = readFrontMatter(read.text);
      const firstLine =
        body
          .trim()
          .split('\n', 1)[0]
          ?.replace(/^#+\s+/, '') ?? '';
      found.set(name, {
        name,
        origin,
        description: shortLine(values.get('description') ?? firstLine, LONGEST_DESCRIPTION),
        argumentHint: shortLine(values.get('argument-hint') ?? values.get('argument_hint') ?? '', LONGEST_HINT),
        file,
        form,
      });
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

interface NamedFile {
  readonly name: string;
  readonly file: string;
}

/** `fix.md` is `fix`, `git/commit.md` is `git:commit`. */
function filesIn(folder: string, prefix: string): readonly NamedFile[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there, or not ours to see: nobody saved any.
    return [];
  }
  // In an order that is the same each time: where there are too many, it is not chance that says which ones count.
  const sorted = [...entries].sort((one, other) => (one.name < other.name ? -1 : 1));
  return sorted.slice(0, MOST_NAMES).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && prefix === '' && NAME.test(entry.name)) return filesIn(file, `${entry.name}:`);
    const [, name] = /^(.+)\.md$/i.exec(entry.name) ?? [];
    return name !== undefined && NAME.test(name) ? [{ name: prefix + name, file }] : [];
  });
}

/** The message that a prompt becomes with these words behind its name. */
export function expandPrompt({ name, file, form }: SavedPrompt, words: string, within: string | null): Result<string> {
  const read = readDocument(file, MOST_BYTES, within);
  switch (read.kind) {
    case 'missing':
      return fail(unreadable(name, `${file} is not there any more.`));
    case 'refused':
      return fail(unreadable(name, `${file}: ${read.why}`));
    case 'text': {
      if (read.isCut) return fail(unreadable(name, `${file} has more than ${MOST_BYTES} bytes.`));
      const filled = filledIn(readFrontMatter(read.text).body, words, form);
      if (!filled.ok || filled.value.trim() !== '') return filled.ok ? ok(asMessage(filled.value)) : filled;
      return fail(unreadable(name, `${file} says nothing.`));
    }
  }
}

/**
 * A message that begins with `!` runs as the person's own command. What somebody wrote into a file is said to a model,
 * and never run.
 */
function asMessage(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith('!') ? ` ${trimmed}` : trimmed;
}

function unreadable(name: string, why: string): Problem {
  return { what: `The prompt ${name} cannot be used.`, why, next: '' };
}
