// Skills: folders with a SKILL.md that says when to read it. Which are there, and which of them does a message name?

import path from 'node:path';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { readFrontMatter } from './front-matter.ts';
import { readDocument } from './read-document.ts';
import { skillFilesBelow } from './skill-files.ts';
import { marked, shortLine } from './told-text.ts';

export interface Skill {
  readonly name: string;
  readonly description: string;
  /** Of its SKILL.md. */
  readonly file: string;
  /** The project it may not lead out of; null for one of the person's own. */
  readonly within: string | null;
  /** False: it is used only when the person names it. */
  readonly isOffered: boolean;
}

export interface SkillPlaces {
  readonly home: string;
  readonly codexHome: string;
  /** Folders of the project that can have some, the nearest first; none when it is not trusted. */
  readonly projectFolders: readonly string[];
  /** What the files of the project may not lead out of. */
  readonly projectRoot: string;
  /** What the person switched off, by the path of a SKILL.md or by name; the last word about one counts. */
  readonly switches: readonly {
    readonly path: string | null;
    readonly name: string | null;
    readonly enabled: boolean;
  }[];
}

export interface FoundSkills {
  readonly skills: readonly Skill[];
  readonly problems: readonly Problem[];
}

const MOST_SKILLS = 200;
/** For the lines at its beginning. */
const HEAD_BYTES = 32 * 1024;
/** Of one that is told whole. */
const MOST_BYTES = 64 * 1024;
const LONGEST_NAME = 64;
const LONGEST_DESCRIPTION = 1_024;

/** The nearest one of a name counts. */
export function findSkills(places: SkillPlaces): FoundSkills {
  const problems: Problem[] = [];
  const skills = new Map<string, Skill>();
  for (const { root, within } of rootsOf(places)) {
    const { files, isPartial } = skillFilesBelow(root, within);
    if (isPartial) problems.push(tooManyFolders(root));
    for (const file of files) {
      if (skills.size >= MOST_SKILLS) return { skills: [...skills.values()], problems: [...problems, tooMany()] };
      const skill = readSkill(file, within);
      if (!skill.ok) problems.push(skill.problem);
      else if (!skills.has(skill.value.name) && isOn(skill.value, places)) skills.set(skill.value.name, skill.value);
    }
  }
  return { skills: [...skills.values()], problems };
}

function rootsOf(places: SkillPlaces): readonly { readonly root: string; readonly within: string | null }[] {
  const ofProject = places.projectFolders.flatMap((folder) =>
    ['.agents/skills', '.codex/skills', '.claude/skills'].map((name) => path.join(folder, name)),
  );
  const own = [
    path.join(places.codexHome, 'skills'),
    ...['.agents/skills', '.claude/skills'].map((name) => path.join(places.home, name)),
  ];
  return [
    // In a project that is the person's home these are theirs all the same.
    ...ofProject.filter((root) => !own.includes(root)).map((root) => ({ root, within: places.projectRoot })),
    ...own.map((root) => ({ root, within: null })),
  ];
}

function isOn({ name, file }: Skill, { switches }: SkillPlaces): boolean {
  const last = switches.findLast((one) => (one.path === null ? one.name === name : isAt(one.path, file)));
  return last?.enabled ?? true;
}

/** People name the file, or the folder it is in. */
function isAt(named: string, file: string): boolean {
  return path.normalize(named) === file || path.join(named, path.basename(file)) === file;
}

function readSkill(file: string, within: string | null): Result<Skill> {
  const refuse = (why: string) => fail({ what: `The skill ${file} is not used.`, why, next: '' });
  const read = readDocument(file, HEAD_BYTES, within);
  if (read.kind !== 'text') return refuse(read.kind === 'refused' ? read.why : 'It is not there any more.');
  const { values } = readFrontMatter(read.text);
  const name = shortLine(values.get('name') ?? path.basename(path.dirname(file)), LONGEST_NAME);
  const description = shortLine(values.get('description') ?? '', LONGEST_DESCRIPTION);
  if (description === '') return refuse('It has no description between --- lines at its beginning.');
  return ok({ name, description, file, within, isOffered: values.get('disable-model-invocation') !== 'true' });
}

function tooMany(): Problem {
  return { what: `There are more than ${MOST_SKILLS} skills; the rest is not used.`, why: '', next: '' };
}

function tooManyFolders(root: string): Problem {
  return { what: `There are too many folders in ${root}; some of its skills are not used.`, why: '', next: '' };
}

/** Skills that a message calls by `$name`, in the order of the message, each once. */
export function namedSkills(message: string, skills: readonly Skill[]): readonly Skill[] {
  const known = new Map(skills.map((skill) => [skill.name, skill]));
  const named = [...message.matchAll(/\$([A-Za-z0-9][\w:.-]*)/g)].flatMap(([, word = '']) => {
    // A full stop or a colon behind the name belongs to the sentence.
    const skill = known.get(word) ?? known.get(word.replace(/[:.-]+$/, ''));
    return skill === undefined ? [] : [skill];
  });
  return [...new Set(named)];
}

/** All of a skill, as a model is told one that the person named. */
export function skillMessage({ name, file, within }: Skill): Result<string> {
  const read = readDocument(file, MOST_BYTES, within);
  if (read.kind !== 'text') {
    const why = read.kind === 'refused' ? read.why : 'It is not there any more.';
    return fail({ what: `The skill ${file} is not used.`, why, next: '' });
  }
  const end = read.isCut ? `\n[cut here, after ${read.bytes} bytes: the file goes on]` : '';
  return ok(marked('skill', { name, file }, read.text.trimEnd() + end));
}
