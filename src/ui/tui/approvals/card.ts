// How a question is drawn in its pane, and in full where there is room for all of it.

import type { DecisionKind, QuestionValue } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import { cutEnd, cutMiddle, visible, wrap } from '../terminal/width.ts';
import { type Look, paint } from '../view/look.ts';
import { counted } from '../view/numbers.ts';
import { withTildes } from '../view/paths.ts';
import { accessWords, grantsWords, grantWords } from '../view/words.ts';
import { type Choice, choicesOf } from './choices.ts';
import type { Guard } from './guard-state.ts';
import { addedRows, OUTSIDE, presetLines, type SecondStep, secondStep } from './second-step.ts';

/** Below so many columns several choices share a row and their texts are short. */
const NARROW_BELOW = 60;

/** With fewer rows only what decides is shown: what, yes, no. */
const FULL_FROM_ROWS = 5;

/** What a yes allows is never cut in its middle; past these rows the details have it. */
const GRANT_ROWS = 2;

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
  const isNarrow = cols < NARROW_BELOW;
  const facts = factsOf(question, width, isNarrow, look);
  const step = secondStep(question, guard, width, look);
  if (step !== null) return stepRows(facts, step, maxRows, look);
  const answers = answerRows(question, guard, width, isNarrow, look);
  const all = facts.flatMap(({ rows }) => rows);
  if (all.length + answers.length <= maxRows) return [...all, ...answers];
  if (maxRows < FULL_FROM_ROWS) return smallestRows(question, guard, width, maxRows, look);
  const compact = answerRows(question, guard, width, true, look);
  const room = maxRows - compact.length;
  if (room < 1) return smallestRows(question, guard, width, maxRows, look);
  return [...mostNeeded(facts, room), ...compact];
}

/** What is about to be allowed comes before what led to it; where it does not fit, the card says how all of it is read. */
function stepRows(facts: readonly Fact[], { rows, keys }: SecondStep, maxRows: number, look: Look): string[] {
  const room = maxRows - keys.length;
  if (rows.length <= room) return [...mostNeeded(facts, room - rows.length), ...rows, ...keys];
  const shown = rows.slice(0, Math.max(1, room - 1));
  const more = paint(look, 'warn', `${counted(rows.length - shown.length, 'more row')}: Esc, then d`);
  return [...shown, ...(room > 1 ? [more] : []), ...keys].slice(-Math.max(1, maxRows));
}

/** As many facts as fit, the most needed first, in their order on the card. */
function mostNeeded(facts: readonly Fact[], room: number): string[] {
  let left = room;
  const kept = new Set<Fact>();
  for (const fact of [...facts].sort((one, other) => one.rank - other.rank)) {
    if (fact.rows.length > left) continue;
    left -= fact.rows.length;
    kept.add(fact);
  }
  return facts.filter((fact) => kept.has(fact)).flatMap(({ rows }) => rows);
}

/** How many rows the card would like. */
export function cardNeed(question: QuestionValue, view: CardView): number {
  return cardRows(question, view, Number.POSITIVE_INFINITY).length;
}

/** Everything about a question, for the view that `d` opens; wrapped to `cols - 1`. */
export function questionDetails(question: QuestionValue, cols: number, look: Look): string[] {
  const { preset, always } = question;
  const offersOf = (decision: DecisionKind) => question.offers.includes(decision);
  const sections: readonly Section[] = [
    ...(question.environment === undefined ? [] : [['Machine', [visible(question.environment)]] as const]),
    ['Command', question.command.split('\n').map((line) => visible(line))],
    ['Folder', [visible(question.cwd)]],
    ['Profile', [visible(question.profile)]],
    ...subjectSections(question),
    ...(preset !== null && offersOf('preset') ? [['p would allow', presetLines(preset, '')] as const] : []),
    ...(always !== null && offersOf('always')
      ? [['a would add', [`to ${visible(always.file)}:`, ...addedRows(always, Math.max(1, cols - 3))]] as const]
      : []),
  ];
  return sections.flatMap(([label, lines]) => {
    const shown = lines.filter((line) => line !== '');
    if (shown.length === 0) return [];
    const rows = shown.flatMap((line) => wrap(line, Math.max(1, cols - 3)).map((row) => `  ${row}`));
    return [paint(look, 'bold', label), ...rows];
  });
}

type Section = readonly [label: string, lines: readonly string[]];

function subjectSections(question: QuestionValue): Section[] {
  const { subject } = question;
  switch (subject.kind) {
    case 'escalation':
      return [
        ['Wants', ['to run outside the sandbox', OUTSIDE]],
        ['The model says', [visible(subject.justification)]],
      ];
    case 'permission':
      return [
        ['Wants', subject.grants.flatMap((grant) => [grantWords(grant, ''), reachOf(grant.kind)])],
        ['The model says', [visible(subject.justification)]],
      ];
    case 'start':
      return [
        ['Wants', [wantedDeed(question)]],
        ['Because', [reasonToAsk(question)]],
      ];
    case 'denial': {
      const { denial } = subject;
      const sure = denial.certainty === 'likely' ? `likely, judged from the output: ${MAY_NOT_BE_ENOUGH}` : 'certain';
      return [
        ['Blocked', [denial, ...denial.also].map((access) => accessWords(access, ''))],
        ['Because', [visible(denial.because)]],
        ['Seen in the output', [visible(denial.evidence)]],
        ['Sure', [sure]],
        ['A yes would allow', denial.grants.flatMap((grant) => [grantWords(grant, ''), reachOf(grant.kind)])],
      ];
    }
    default:
      return assertNever(subject);
  }
}

function wantedDeed({ deed }: QuestionValue): string {
  switch (deed) {
    case 'patch':
      return 'to change these files';
    case 'tool':
      return 'to call this tool of an MCP server';
    case undefined:
      return 'to run this command';
    default:
      return assertNever(deed);
  }
}

function reasonToAsk({ deed }: QuestionValue): string {
  return deed === 'tool'
    ? 'it acts outside the sandbox and may change something'
    : 'what the model does needs your yes (approval policy, or a rule)';
}

const MAY_NOT_BE_ENOUGH = 'allowing it may not be enough';

function reachOf(kind: string): string {
  return kind === 'network' ? 'not only the host above: for that attempt nothing of the network is closed' : '';
}

// --------------------------------------------------------------------------------------------------------- facts

/** Rows of one kind; the lower the rank, the longer it stays when room is short. */
interface Fact {
  readonly rank: number;
  readonly rows: readonly string[];
}

function factsOf(question: QuestionValue, width: number, isNarrow: boolean, look: Look): Fact[] {
  const { subject } = question;
  const home = isNarrow ? look.home : '';
  const fact = (rank: number, label: string, text: string): Fact => ({
    rank,
    rows: [
      paint(look, 'dim', label.padEnd(LABEL_COLUMNS)) + cutMiddle(text, width - LABEL_COLUMNS, look.glyphs.ellipsis),
    ],
  });
  switch (subject.kind) {
    case 'escalation':
      return [
        fact(0, 'Wants', 'to run outside the sandbox'),
        { rank: 2, rows: labelled('Model', `"${visible(subject.justification)}"`, width, REASON_ROWS, look) },
        { rank: 1, rows: labelled('Allows', OUTSIDE, width, GRANT_ROWS, look) },
      ];
    case 'permission':
      return [
        {
          rank: 0,
          rows: labelled('Wants', visible(grantsWords(subject.grants, look.home)), width, GRANT_ROWS, look),
        },
        { rank: 1, rows: labelled('Model', `"${visible(subject.justification)}"`, width, REASON_ROWS, look) },
      ];
    case 'start':
      return [fact(0, 'Wants', wantedDeed(question)), fact(1, 'Because', reasonToAsk(question))];
    case 'denial': {
      const { denial } = subject;
      const more = denial.also.length === 0 ? '' : ` and ${denial.also.length} more (d)`;
      const room = width - LABEL_COLUMNS - more.length;
      const sure = isNarrow
        ? denial.certainty
        : `${denial.certainty}: ${visible(withTildes(denial.evidence, look.home))}`;
      const reach = labelled('Allows', grantsWords(denial.grants, look.home), width, GRANT_ROWS, look);
      return [
        fact(0, 'Blocked', cutMiddle(accessWords(denial, home), room, look.glyphs.ellipsis) + more),
        fact(2, 'Because', visible(withTildes(denial.because, look.home))),
        ...(denial.grants.length === 0 ? [] : [{ rank: 1, rows: reach }]),
        fact(3, 'Sure', denial.certainty === 'likely' ? `${sure}; ${MAY_NOT_BE_ENOUGH}` : sure),
      ];
    }
    default:
      return assertNever(subject);
  }
}

/** A fact that is wrapped rather than cut, as far as `most` rows go. */
function labelled(label: string, text: string, width: number, most: number, look: Look): string[] {
  const room = Math.max(1, width - LABEL_COLUMNS);
  const rows = wrap(text, room);
  const shown = rows.slice(0, most);
  if (rows.length > most)
    shown[most - 1] = `${cutEnd(rows.slice(most - 1).join(' '), Math.max(1, room - 4), look.glyphs.ellipsis)} (d)`;
  return shown.map((row, index) => paint(look, 'dim', (index === 0 ? label : '').padEnd(LABEL_COLUMNS)) + row);
}

// ------------------------------------------------------------------------------------------------------- answers

function answerRows(question: QuestionValue, guard: Guard, width: number, isNarrow: boolean, look: Look): string[] {
  const choices = choicesOf(question);
  const rows = isNarrow ? sharedRows(choices, guard, width, look) : ownRows(choices, guard, width, look);
  return rows.map((row) => (isLive(guard) ? row : paint(look, 'dim', row)));
}

/** The choices that allow something on a row each, the others together. */
function ownRows(choices: readonly Choice[], guard: Guard, width: number, look: Look): string[] {
  const allowing = choices.filter(({ decision }) => decision !== null && decision !== 'refused');
  const others = choices.filter(({ decision }) => decision === null || decision === 'refused');
  const rows = allowing.map(
    (choice) => `${lead(choice, guard, look)}${choice.key}  ${choice.text}${enterMark(choice, guard)}`,
  );
  const last = others.map(
    (choice, index) =>
      `${mark(choice, guard, look, index === 0)}${choice.key}  ${choice.text}${enterMark(choice, guard)}`,
  );
  return [...rows, last.join('    ')].map((row) => cutEnd(row, width, look.glyphs.ellipsis));
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
  const what = factsOf(question, width, true, look)[0]?.rows[0] ?? '';
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
  return choice.short.replace(/…$/, look.glyphs.ellipsis);
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
