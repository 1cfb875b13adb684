// How is a model told which skills there are, in the room that a list may take? Pure.

import type { Problem } from '../../problem/index.ts';
import type { Skill } from './skills.ts';
import { shortLine } from './told-text.ts';

export interface SkillList {
  /** `''` without any. */
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** About 4,000 tokens: who has more skills than that has them switched off for most of their work. */
const MOST_CHARACTERS = 16_000;
/** A description that is shorter says nothing. */
const LEAST_DESCRIPTION = 24;

const HEAD = `# Skills

Ways of working that are written down, one a line: name, what it is for, file. When one fits the task, read its file
first and do as it says; paths in it start at its folder. The text of one that the person names ($name) is given with
their message. Read none that you do not need.`;

/** Where there are too many, all descriptions get shorter, the longest first; and only then skills are left out. */
export function skillList(skills: readonly Skill[], most = MOST_CHARACTERS): SkillList {
  const offered = skills.filter(({ isOffered }) => isOffered);
  if (offered.length === 0) return { text: '', problems: [] };
  const told = offered.slice(0, howManyFit(offered, most));
  const longest = longestDescription(told, most);
  const lines = told.map((skill) => lineOf(skill, shortLine(skill.description, longest)));
  const leftOut = offered.slice(told.length);
  return {
    text: [HEAD, ...lines].join('\n'),
    problems: leftOut.length === 0 ? [] : [leftOutProblem(leftOut, most)],
  };
}

function lineOf({ name, file }: Skill, description: string): string {
  return `- ${name}: ${description} (${shortLine(file, Number.MAX_SAFE_INTEGER)})`;
}

function howManyFit(skills: readonly Skill[], most: number): number {
  let left = most;
  const end = skills.findIndex((skill) => {
    left -= lineOf(skill, '').length + 1 + Math.min(LEAST_DESCRIPTION, skill.description.length);
    return left < 0;
  });
  return end < 0 ? skills.length : end;
}

/** The greatest length that all can be cut to and still fit. */
function longestDescription(skills: readonly Skill[], most: number): number {
  const fixed = skills.reduce((sum, skill) => sum + lineOf(skill, '').length + 1, 0);
  const lengths = skills.map(({ description }) => description.length).sort((one, other) => one - other);
  let room = most - fixed;
  for (const [index, length] of lengths.entries()) {
    const share = Math.floor(room / (lengths.length - index));
    if (length > share) return Math.max(LEAST_DESCRIPTION, share);
    room -= length;
  }
  return lengths.at(-1) ?? 0;
}

function leftOutProblem(skills: readonly Skill[], most: number): Problem {
  const [first] = skills;
  return {
    what: `A model is not told of ${skills.length} ${skills.length === 1 ? 'skill' : 'skills'}, from ${first?.name ?? ''} on.`,
    why: `The list of skills may have ${most} characters.`,
    next: 'Switch off what you do not need: [[skills.config]] with name and enabled = false.',
  };
}
