// What a session has of skills: found when the first message is said, and told when one is called by name.

import type { Problem } from '../../problem/index.ts';
import { type FoundSkills, findSkills, namedSkills, type Skill, type SkillPlaces, skillMessage } from './skills.ts';

export interface SkillSource {
  readonly all: readonly Skill[];
  /** Why some are not used. */
  readonly problems: readonly Problem[];
  /** What a model is told of those that a message calls by name; `notice` hears of one that cannot be read. */
  named(message: string, notice: (problem: Problem) => void): readonly string[];
}

/** Folders are looked through at first use: no start has to wait for that. */
export function openSkills(places: SkillPlaces): SkillSource {
  let known: FoundSkills | null = null;
  function found(): FoundSkills {
    known ??= findSkills(places);
    return known;
  }

  return {
    get all() {
      return found().skills;
    },
    get problems() {
      return found().problems;
    },
    named: (message, notice) =>
      namedSkills(message, found().skills).flatMap((skill) => {
        const told = skillMessage(skill);
        if (told.ok) return [told.value];
        notice(told.problem);
        return [];
      }),
  };
}
