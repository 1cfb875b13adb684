// What a finished process looks like in the scrollback: title with outcome, attempts with decisions, output.

import type { Attempt, ProcessItem } from '../../../core/bus/index.ts';
import { visible } from '../terminal/width.ts';
import { type FoldRules, foldedOutput } from './fold.ts';
import { joined, type Look, paint } from './look.ts';
import { counted, durationText } from './numbers.ts';
import { lookOfState, type ShownState } from './outcome.ts';
import { linesOf } from './output-lines.ts';
import { ownRows } from './own-rows.ts';
import { problemRows } from './problem-rows.ts';
import { shownExit, shownStateOf } from './process-state.ts';
import type { TerminalFactory } from './terminal-factory.ts';
import { placedCommand, stateGlyph, titleRows } from './title.ts';
import { accessesWords, decisionWords, grantName } from './words.ts';

/** How items are drawn. */
export interface ItemView {
  readonly cols: number;
  readonly look: Look;
  readonly folds: FoldRules;
  /** Null while no emulator is loaded. */
  readonly factory: TerminalFactory | null;
  /** All bytes of an attempt, where a reader had them fetched; null keeps to what the transcript holds. */
  readonly fetched?: (process: number, attempt: number) => Uint8Array | null;
}

/** `isUnfolded`: everything that is kept, of all attempts, as a reader asked for it. */
export function processRows(item: ProcessItem, view: ItemView, isUnfolded = false): string[] {
  const { look } = view;
  const state = shownStateOf(item, 0);
  const title = titleRows(
    {
      state,
      number: null,
      command: placedCommand(item),
      facts: timeFacts(item, state),
      word: outcomeWord(item, state, look),
    },
    view.cols,
    0,
    look,
  );
  const last = item.attempts.at(-1);
  return [
    ...title,
    ...ownRows(decisionsBeforeRows(item, look), view.cols),
    ...attemptRows(item, view, isUnfolded),
    ...ownRows([...deniedRows(last, state, look), ...problemOf(item, view)], view.cols),
    ...(last === undefined ? [] : outputRows(item, last, view, isUnfolded, '  ')),
    ...(state.state === 'lost' ? [`  ${paint(look, 'dim', 'It was not run again.')}`] : []),
  ];
}

function timeFacts(item: ProcessItem, state: ShownState): string[] {
  const end = item.attempts.at(-1)?.end ?? null;
  if (end === null) return [];
  const exit = shownExit(end.exit);
  const said = state.state === 'blocked' && exit.kind === 'code' ? [`exit ${exit.code}`] : [];
  // A lost process has no end that anybody saw, so its time says nothing.
  return state.state === 'lost' ? [] : [...said, durationText(end.durationMs)];
}

/** The word of the state, with what was blocked or refused; `''` leaves it as the table has it. */
function outcomeWord(item: ProcessItem, state: ShownState, look: Look): string {
  const { word } = lookOfState(state);
  const last = item.attempts.at(-1);
  const denial = last?.end?.denial ?? null;
  const what = denial === null ? '' : `: ${accessesWords(denial, denial.also, look.home)}`;
  if (state.state === 'blocked') return `${word}${what}${last?.wasAsked === true ? '' : ' (not asked)'}`;
  if (state.state !== 'refused') return word;
  const decision = last?.decision ?? item.decisionsBefore.at(-1) ?? null;
  const by = decision === null || decision.by === 'person' ? word : decisionWords(decision);
  const asked = denial !== null ? what : decision?.about === 'escalation' ? ': to run without the sandbox' : '';
  const dash = look.glyphs.name === 'ascii' ? '--' : '—';
  const reason = decision === null || decision.reason === '' ? '' : ` ${dash} "${visible(decision.reason)}"`;
  return `${by}${asked}${reason}`;
}

function decisionsBeforeRows(item: ProcessItem, look: Look): string[] {
  return item.decisionsBefore
    .filter(({ decision }) => decision !== 'refused')
    .map((decision) => `  ${paint(look, 'dim', decisionWords(decision))}`);
}

/** One row per attempt when there was more than one, and beneath it what was decided about it. */
function attemptRows(item: ProcessItem, view: ItemView, isUnfolded: boolean): string[] {
  if (item.attempts.length < 2) return [];
  return item.attempts.flatMap((attempt, index) => {
    const isLast = index === item.attempts.length - 1;
    const own = isLast ? [] : outputRows(item, attempt, view, isUnfolded, '      ');
    return [
      ...ownRows(
        [attemptRow(attempt, view.look, isLast || isUnfolded), ...decisionRows(attempt, view.look)],
        view.cols,
      ),
      ...(isUnfolded ? own : []),
    ];
  });
}

/** `1 ⊘ blocked by the sandbox: write /srv/x`, and how much it printed where that is not shown. */
function attemptRow(attempt: Attempt, look: Look, isOutputShown: boolean): string {
  const state = attemptState(attempt);
  const lookOf = lookOfState(state);
  const denial = attempt.end?.denial ?? null;
  const what = denial === null ? '' : `: ${accessesWords(denial, denial.also, look.home)}`;
  const lines = attempt.end?.lines ?? 0;
  const unread = isOutputShown || lines === 0 ? '' : paint(look, 'dim', `${counted(lines, 'line')}, Ctrl-T to read`);
  const word = `${lookOf.word}${state.state === 'blocked' ? what : ''}`;
  return joined(look, [
    `  ${attempt.number} ${stateGlyph(lookOf, 0, look)} ${lookOf.role === null ? word : paint(look, lookOf.role, word)}`,
    unread,
  ]);
}

function attemptState(attempt: Attempt): ShownState {
  const { end } = attempt;
  if (end === null) return { state: 'lost' };
  if (end.outcome === 'blocked') return { state: 'blocked' };
  if (end.outcome === 'ok') {
    return end.denial === null
      ? { state: 'ok', attempt: 1 }
      : { state: 'ok_with_denial', attempt: 1, accesses: 1 + end.denial.also.length };
  }
  if (end.outcome === 'stopped') return { state: 'stopped', signal: null };
  if (end.outcome === 'killed') return { state: 'killed', signal: null };
  return { state: 'failed', exit: shownExit(end.exit), attempt: 1 };
}

function decisionRows(attempt: Attempt, look: Look): string[] {
  const { decision } = attempt;
  if (decision === null) return [];
  const grants = decision.grants
    .filter(({ kind }) => kind !== 'unsandboxed')
    .map((grant) => grantName(grant, look.home));
  const words = grants.length === 0 ? decisionWords(decision) : `${decisionWords(decision)}: ${grants.join(', ')}`;
  return [`      ${words}`];
}

/** What a successful command was kept from doing. */
function deniedRows(attempt: Attempt | undefined, state: ShownState, look: Look): string[] {
  const denial = attempt?.end?.denial ?? null;
  if (state.state !== 'ok_with_denial' || denial === null) return [];
  const blocked = lookOfState({ state: 'blocked' });
  const what = accessesWords(denial, denial.also, look.home);
  return [`  ${stateGlyph(blocked, 0, look)} ${paint(look, 'blocked', `blocked: ${what}`)}`];
}

function problemOf(item: ProcessItem, view: ItemView): string[] {
  return item.state.kind === 'finished' && item.state.problem !== null
    ? problemRows(item.state.problem, view.look)
    : [];
}

function outputRows(
  item: ProcessItem,
  attempt: Attempt,
  view: ItemView,
  isUnfolded: boolean,
  indent: string,
): string[] {
  const rule = isUnfolded ? null : foldFor(item, view);
  const reading = { hasColour: hasColour(view.look), factory: view.factory };
  const fetched = isUnfolded ? (view.fetched?.(item.number, attempt.number) ?? null) : null;
  const lines =
    fetched === null
      ? foldedOutput(attempt, item.stdio, rule, reading, view.look)
      : linesOf(fetched, item.stdio, reading);
  return lines.map((line) => (line === '' ? '' : indent + line));
}

/** What a patch changes is there to be read. */
const PATCH_FOLD = { over: 80, first: 60, last: 15 };

function foldFor({ origin, deed }: ProcessItem, { folds }: ItemView) {
  if (deed === 'patch') return folds.model === null ? null : PATCH_FOLD;
  return origin === 'person' ? folds.person : folds.model;
}

/** A terminal without colours, or a person who wants none, gets none from programs either. */
export function hasColour(look: Look): boolean {
  return look.style.depth !== 'plain' && look.style.depth !== 'none';
}
