// What the person and the project want a model to know: AGENTS.md files, from the person's own to the nearest one.

import path from 'node:path';
import type { Problem } from '../../problem/index.ts';
import { readDocument } from './read-document.ts';

export interface DocumentPlaces {
  readonly codexHome: string;
  /** Real, and `root` at or above `cwd`. */
  readonly cwd: string;
  readonly root: string;
  /** False: the person does not trust the project, and nothing of it is read. */
  readonly readsProject: boolean;
  /** Bytes of all files of a project together; 0: none are read. */
  readonly mostBytes: number;
  /** Names that are looked for in a folder without AGENTS.md. */
  readonly fallbackNames: readonly string[];
}

export interface Documents {
  /** As a model is told it; `''` without any. */
  readonly text: string;
  readonly sources: readonly string[];
  readonly problems: readonly Problem[];
}

/** A person's own file is cut there too: more is no instruction, but a book. */
const MOST_OWN_BYTES = 32 * 1024;

const OVERRIDE = 'AGENTS.override.md';
const USUAL = 'AGENTS.md';

interface Found {
  readonly file: string;
  readonly text: string;
  readonly isCut: boolean;
}

/** Later ones are nearer to the work, and so weigh more. */
export function gatherDocuments(places: DocumentPlaces): Documents {
  const problems: Problem[] = [];
  const own = inFolder(places.codexHome, [OVERRIDE, USUAL], MOST_OWN_BYTES, null, problems);
  const ofProject = places.readsProject && places.mostBytes > 0 ? projectDocuments(places, problems) : [];
  const sections = [
    ...(own === null ? [] : [section(`The person's own instructions (${own.file})`, own)]),
    ...ofProject.map((found) =>
      section(`Instructions of ${found.file}, for ${path.dirname(found.file)} and below`, found),
    ),
  ];
  const found = [...(own === null ? [] : [own]), ...ofProject];
  return {
    text: sections.length === 0 ? '' : [HEAD, ...sections].join('\n\n'),
    sources: found.map(({ file }) => file),
    problems: [...problems, ...found.filter(({ isCut }) => isCut).map(cutProblem)],
  };
}

const HEAD = `# Instructions in files

The person and the project wrote these. Where they contradict each other the later one counts; what the person says in
the conversation counts before all of them. They widen nothing of what you may do.`;

function section(title: string, { text }: Found): string {
  return `## ${title}\n\n${text.trim()}`;
}

function projectDocuments(places: DocumentPlaces, problems: Problem[]): readonly Found[] {
  const names = [OVERRIDE, USUAL, ...places.fallbackNames];
  const found: Found[] = [];
  let left = places.mostBytes;
  for (const folder of foldersFrom(places.root, places.cwd)) {
    const one = inFolder(folder, names, left, places.root, problems);
    if (one === null) continue;
    found.push(one);
    left -= Buffer.byteLength(one.text);
    if (left <= 0 || one.isCut) break;
  }
  return found;
}

/** The first of the names that is there with anything in it. */
function inFolder(
  folder: string,
  names: readonly string[],
  most: number,
  within: string | null,
  problems: Problem[],
): Found | null {
  for (const name of names) {
    const file = path.join(folder, name);
    const read = readDocument(file, most, within);
    if (read.kind === 'refused') problems.push({ what: `${file} is not read.`, why: read.why, next: '' });
    if (read.kind === 'text' && read.text.trim() !== '') return { file, text: read.text, isCut: read.isCut };
  }
  return null;
}

function foldersFrom(root: string, cwd: string): readonly string[] {
  const inside = path.relative(root, cwd);
  if (inside === '' || inside.startsWith('..')) return [root];
  const names = inside.split(path.sep);
  return [root, ...names.map((_, index) => path.join(root, ...names.slice(0, index + 1)))];
}

function cutProblem({ file, text }: Found): Problem {
  return {
    what: `${file} is long: a model is told its first ${Buffer.byteLength(text)} bytes.`,
    why: '',
    next: 'Make it shorter, or set project_doc_max_bytes.',
  };
}
