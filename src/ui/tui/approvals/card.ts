// How a question is drawn in its pane, and in full where there is room for all of it.

import type { QuestionValue } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import { cutEnd, cutMiddle, visible, wrap } from '../terminal/width.ts';
import { type Look, paint } from '../view/look.ts';
import { withTildes } from '../view/paths.ts';
import { accessWords, grantsWords, grantWords } from '../view/words.ts';
import { type Choice, choicesOf } from './choices.ts';
import type { Guard } from './guard-state.ts';

/** Below so many columns several choices share a row and their texts are short. */
const NARROW_BELOW = 60;

/** With fewer rows only what decides is shown: what, yes, no. */
const FULL_FROM_ROWS = 5;

/** Rows of a model's own reason. */
const REASON_ROWS = 2;

const LABEL_COLUMNS = 9;

export interface CardView {
  readonly cols: number;
  readonly look: Look;
  readonly guard: Guard;
}

/** Rows of the open card below its title, at most `maxRows`; without the pane's indent. */
export function cardRows(question: QuestionValue, { cols, look, guard }: CardView, maxRows: number): string[] {
  const width = Math.max(1, cols - 4);
  const facts = factRows(question, width, cols < NARROW_BELOW, look);
  const answers = answerRows(question, guard, width, cols < NARROW_BELOW, look);
  if (facts.length + answers.length <= maxRows) return [...facts, ...answers];
  if (maxRows < FULL_FROM_ROWS) return smallestRows(question, guard, width, maxRows, look);
  const first = facts.slice(0, 1);
  const compact = answerRows(question, guard, width, true, look);
  const room = maxRows - compact.length;
  return room >= 1
    ? [...first, ...facts.slice(1, room), ...compact]
    : smallestRows(question, guard, width, maxRows, look);
}

/** How many rows the card would like. */
export function cardNeed(question: QuestionValue, view: CardView): number {
  return cardRows(question, view, Number.POSITIVE_INFINITY).length;
}

/** Everything about a question, for the view that `d` opens; wrapped to `cols - 1`. */
export function questionDetails(question: QuestionValue, cols: number, look: Look): string[] {
  const { subject } = question;
  const rows: string[] = [];
  const section = (label: string, lines: readonly string[]) => {
    const shown = lines.filter((line) => line !== '');
    if (shown.length === 0) return;
    rows.push(paint(look, 'bold', label));
    for (const line of shown) for (const row of wrap(line, Math.max(1, cols - 3))) rows.push(`  ${row}`);
  };
  section(
    'Command',
    question.command.split('\n').map((line) => visible(line)),
  );
  section('Folder', [visible(question.cwd)]);
  section('Profile', [visible(question.profile)]);
  if (subject.kind === 'escalation') {
    section('Wants', ['to run outside the sandbox', OUTSIDE]);
    section('The model says', [visible(subject.justification)]);
    return rows;
  }
  const { denial } = subject;
  section(
    'Blocked',
    [denial, ...denial.also].map((access) => accessWords(access, '')),
  );
  section('Because', [visible(denial.because)]);
  section('Seen in the output', [visible(denial.evidence)]);
  section('Sure', [denial.certainty === 'likely' ? `likely, judged from the output: ${MAY_NOT_BE_ENOUGH}` : 'certain']);
  section(
    'A yes would allow',
    denial.grants.flatMap((grant) => [grantWords(grant, ''), reachOf(grant.kind)]),
  );
  return rows;
}

const OUTSIDE = 'it could then read and change everything you can, and use the network';
const MAY_NOT_BE_ENOUGH = 'allowing it may not be enough';

function reachOf(kind: string): string {
  return kind === 'network' ? 'not only the host above: for that attempt nothing of the network is closed' : '';
}

// --------------------------------------------------------------------------------------------------------- facts

function factRows(question: QuestionValue, width: number, isNarrow: boolean, look: Look): string[] {
  const { subject } = question;
  const home = isNarrow ? look.home : '';
  const row = (label: string, text: string) =>
    paint(look, 'dim', label.padEnd(LABEL_COLUMNS)) + cutMiddle(text, width - LABEL_COLUMNS, look.glyphs.ellipsis);
  switch (subject.kind) {
    case 'escalation': {
      const quoted = `"${visible(subject.justification)}"`;
      const lines = wrap(quoted, Math.max(1, width - LABEL_COLUMNS));
      const shown = lines.slice(0, REASON_ROWS);
      if (lines.length > REASON_ROWS)
        shown[REASON_ROWS - 1] = cutEnd(
          `${shown[REASON_ROWS - 1] ?? ''} ${look.glyphs.ellipsis} (d)`,
          width - LABEL_COLUMNS,
        );
      return [
        row('Wants', 'to run outside the sandbox'),
        ...shown.map((line, index) => row(index === 0 ? 'Model' : '', line)),
        row('Allows', OUTSIDE),
      ];
    }
    case 'denial': {
      const { denial } = subject;
      const more = denial.also.length === 0 ? '' : ` and ${denial.also.length} more (d)`;
      const what =
        more === ''
          ? accessWords(denial, home)
          : cutMiddle(accessWords(denial, home), width - LABEL_COLUMNS - more.length, look.glyphs.ellipsis) + more;
      const sure = isNarrow
        ? denial.certainty
        : `${denial.certainty}: ${visible(withTildes(denial.evidence, look.home))}`;
      return [
        row('Blocked', what),
        row('Because', visible(withTildes(denial.because, look.home))),
        ...(denial.grants.length === 0 ? [] : [row('Allows', grantsWords(denial.grants, look.home))]),
        row('Sure', denial.certainty === 'likely' ? `${sure}; ${MAY_NOT_BE_ENOUGH}` : sure),
      ];
    }
    default:
      return assertNever(subject);
  }
}

// ------------------------------------------------------------------------------------------------------- answers

function answerRows(question: QuestionValue, guard: Guard, width: number, isNarrow: boolean, look: Look): string[] {
  const { phase } = guard;
  if (phase.kind === 'confirm') {
    return [
      paint(look, 'warn', cutEnd(OUTSIDE, width, look.glyphs.ellipsis)),
      'Enter runs it without the sandbox   Esc back',
    ];
  }
  if (phase.kind === 'reason') {
    const cursor = look.glyphs.name === 'ascii' ? '_' : '▏';
    return [`Why not: ${lastCells(guard.reason, width - 11)}${cursor}`, 'Enter sends no and these words   Esc back'];
  }
  const choices = choicesOf(question);
  const rows = isNarrow ? sharedRows(choices, guard, width, look) : ownRows(choices, guard, look);
  return rows.map((row) => (isLive(guard) ? row : paint(look, 'dim', row)));
}

/** The choices that allow something on a row each, the others together. */
function ownRows(choices: readonly Choice[], guard: Guard, look: Look): string[] {
  const allowing = choices.filter(({ decision }) => decision !== null && decision !== 'refused');
  const others = choices.filter(({ decision }) => decision === null || decision === 'refused');
  const rows = allowing.map(
    (choice) => `${lead(choice, guard, look)}${choice.key}  ${choice.text}${enterMark(choice, guard)}`,
  );
  const last = others.map(
    (choice, index) =>
      `${mark(choice, guard, look, index === 0)}${choice.key}  ${choice.text}${enterMark(choice, guard)}`,
  );
  return [...rows, last.join('    ')];
}

function sharedRows(choices: readonly Choice[], guard: Guard, width: number, look: Look): string[] {
  const rows: string[] = [];
  const allowing = choices.filter(({ decision }) => decision !== null && decision !== 'refused');
  const others = choices.filter((choice) => !allowing.includes(choice));
  const [first, ...more] = allowing;
  const text = (choice: Choice) => `${choice.key} ${shortOf(choice, look)}${enterMark(choice, guard)}`;
  if (first !== undefined) rows.push(lead(first, guard, look) + text(first));
  for (const group of [more, others]) {
    let row = '';
    for (const choice of group) {
      const next = `${mark(choice, guard, look, row === '')}${text(choice)}`;
      if (row !== '' && row.length + 3 + next.length > width) {
        rows.push(row);
        row = `${mark(choice, guard, look, true)}${text(choice)}`;
      } else row = row === '' ? next : `${row}   ${next}`;
    }
    if (row !== '') rows.push(row);
  }
  return rows;
}

/** What, yes, no: as little as a decision needs. */
function smallestRows(question: QuestionValue, guard: Guard, width: number, maxRows: number, look: Look): string[] {
  const [what = ''] = factRows(question, width, true, look);
  const answers = answerRows(question, guard, width, true, look);
  if (guard.phase.kind === 'confirm' || guard.phase.kind === 'reason')
    return [what, ...answers].slice(0, Math.max(1, maxRows));
  const choices = choicesOf(question);
  const text = (choice: Choice) => `${choice.key} ${shortOf(choice, look)}${enterMark(choice, guard)}`;
  const yes = choices.find(({ decision }) => decision !== null && decision !== 'refused');
  const rest = choices.filter(({ key }) => key === 'n' || key === 'd');
  const last = rest.map((choice, index) => `${mark(choice, guard, look, index === 0)}${text(choice)}`).join('   ');
  const rows = [what, ...(yes === undefined ? [] : [lead(yes, guard, look) + text(yes)]), last];
  return rows
    .slice(0, Math.max(1, maxRows))
    .map((row, index) => (index === 0 || isLive(guard) ? row : paint(look, 'dim', row)));
}

function shortOf(choice: Choice, look: Look): string {
  return choice.short.replace('…', look.glyphs.ellipsis);
}

function isLive({ phase }: Guard): boolean {
  return phase.kind === 'live' || phase.kind === 'settling';
}

/** The pointer of the highlighted choice; a choice that is about to take effect shows it doubled. */
function lead(choice: Choice, guard: Guard, look: Look): string {
  if (choice.key !== guard.highlighted) return '  ';
  return guard.phase.kind === 'settling' ? look.glyphs.pointer.repeat(2) : `${look.glyphs.pointer} `;
}

/** Among choices on one row only the first has room for a pointer of its own. */
function mark(choice: Choice, guard: Guard, look: Look, isFirst: boolean): string {
  if (isFirst) return lead(choice, guard, look);
  return choice.key === guard.highlighted ? lead(choice, guard, look) : '';
}

function enterMark(choice: Choice, guard: Guard): string {
  return choice.key === guard.highlighted ? ' (Enter)' : '';
}

function lastCells(text: string, cells: number): string {
  const shown = visible(text);
  return shown.length > cells ? shown.slice(shown.length - Math.max(1, cells)) : shown;
}
