// What `/skills` prints: the skills of this session, one a row, and how one is called.

import type { SkillLine } from '../../../core/bus/index.ts';
import { cellWidth, cutEnd, visible } from '../terminal/width.ts';
import { type Look, paint } from '../view/look.ts';
import { ownRows } from '../view/own-rows.ts';
import type { ScreenApp } from './screen-app.ts';

export function showSkills(app: ScreenApp): void {
  app.options.door.query({ type: 'skills' }).then(
    ({ skills }) => app.painter.print(skillRows(skills, app.options.size().cols, app.options.look)),
    (error: unknown) => app.toasts.show(String(error)),
  );
}

const WIDEST_NAME = 24;
/** A description that would be shorter stands below its name. */
const LEAST_DESCRIPTION = 24;

/** Rows at most `cols - 1` wide. */
export function skillRows(skills: readonly SkillLine[], cols: number, look: Look): readonly string[] {
  if (skills.length === 0) return ownRows([...NONE], cols);
  const names = Math.min(WIDEST_NAME, Math.max(...skills.map(({ name }) => cellWidth(visible(name)))));
  return [
    paint(look, 'bold', `Skills (${skills.length})`),
    ...skills.flatMap((skill) => rowsOf(skill, names, cols, look)),
    ...ownRows(['$name in a message gives the model that one.'], cols),
  ];
}

const NONE = [
  'No skills.',
  'A folder with a SKILL.md is one: in ~/.codex/skills, ~/.agents/skills or ~/.claude/skills, and in .agents/skills, .codex/skills or ' +
    '.claude/skills of a project that you trust.',
];

function rowsOf(skill: SkillLine, names: number, cols: number, look: Look): readonly string[] {
  const name = visible(skill.name);
  const about = visible(`${skill.description} (${skill.origin}${skill.isOffered ? '' : ', only when named'})`);
  const room = cols - 1 - 2 - names - 2;
  const { ellipsis } = look.glyphs;
  if (room < LEAST_DESCRIPTION) {
    const below = cutEnd(about, Math.max(1, cols - 5), ellipsis);
    return [`  ${cutEnd(name, Math.max(1, cols - 3), ellipsis)}`, `    ${paint(look, 'dim', below)}`];
  }
  const shown = cutEnd(name, names, ellipsis);
  return [`  ${shown}${' '.repeat(names - cellWidth(shown))}  ${paint(look, 'dim', cutEnd(about, room, ellipsis))}`];
}
