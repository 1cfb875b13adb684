// Skills: folders with a SKILL.md that says when to read it. A model is told which there are, and reads what it needs.

import { type Dirent, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../../problem/index.ts';
import { readFrontMatter } from './front-matter.ts';
import { readDocument } from './read-document.ts';

export interface Skill {
  readonly name: string;
  readonly description: string;
  /** Of its SKILL.md. */
  readonly file: string;
}

export interface SkillPlaces {
  readonly home: string;
  readonly codexHome: string;
  /** Folders of the project, the nearest first; none when it is not trusted. */
  readonly projectFolders: readonly string[];
}

const FILE = 'SKILL.md';
const MOST_SKILLS = 200;
const DEEPEST = 5;
const MOST_BYTES = 64 * 1024;
const LONGEST_NAME = 100;
const LONGEST_DESCRIPTION = 1_024;

/** The nearest one of a name counts. */
export function findSkills(places: SkillPlaces): {
  readonly skills: readonly Skill[];
  readonly problems: readonly Problem[];
} {
  const problems: Problem[] = [];
  const skills = new Map<string, Skill>();
  const roots = [
    ...places.projectFolders.flatMap((folder) =>
      ['.agents/skills', '.codex/skills', '.claude/skills'].map((name) => ({
        root: path.join(folder, name),
        within: folder,
      })),
    ),
    { root: path.join(places.codexHome, 'skills'), within: null },
    { root: path.join(places.home, '.agents/skills'), within: null },
  ];
  for (const { root, within } of roots) {
    for (const file of skillFilesIn(root, DEEPEST)) {
      if (skills.size >= MOST_SKILLS) {
        problems.push({ what: `There are more than ${MOST_SKILLS} skills; the rest is not used.`, why: '', next: '' });
        return { skills: [...skills.values()], problems };
      }
      const skill = readSkill(file, within, problems);
      if (skill !== null && !skills.has(skill.name)) skills.set(skill.name, skill);
    }
  }
  return { skills: [...skills.values()], problems };
}

function skillFilesIn(folder: string, depth: number): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there, or not ours to see.
    return [];
  }
  if (entries.some(({ name }) => name === FILE)) return [path.join(folder, FILE)];
  if (depth === 0) return [];
  // A person links folders of skills into their own.
  const folders = entries.filter(
    (entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'),
  );
  return folders
    .map(({ name }) => name)
    .sort()
    .slice(0, MOST_SKILLS)
    .flatMap((name) => skillFilesIn(path.join(folder, name), depth - 1));
}

function readSkill(file: string, within: string | null, problems: Problem[]): Skill | null {
  const read = readDocument(file, MOST_BYTES, within);
  if (read.kind === 'missing') return null;
  const refuse = (why: string): null => {
    problems.push({ what: `The skill ${file} is not used.`, why, next: '' });
    return null;
  };
  if (read.kind === 'refused') return refuse(read.why);
  const { values } = readFrontMatter(read.text);
  const name = oneLine(values.get('name') ?? path.basename(path.dirname(file)), LONGEST_NAME);
  const description = oneLine(values.get('description') ?? '', LONGEST_DESCRIPTION);
  return description === ''
    ? refuse('It has no description between --- lines at its beginning.')
    : { name, description, file };
}

function oneLine(text: string, most: number): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, most);
}

const HEAD = `# Skills

Ways of working that are written down. When one fits the task, or the person names it ($name), read its file first and
do as it says; paths in it start at its folder. Read none that you do not need.`;

/** As a model is told; `''` without any. */
export function skillsText(skills: readonly Skill[]): string {
  if (skills.length === 0) return '';
  return [HEAD, ...skills.map(({ name, description, file }) => `- ${name}: ${description} (${file})`)].join('\n');
}
