// What does a person read of a turn without a screen? Everything but the answer: what ran, how it came out, notices.

import {
  type Attempt,
  apply,
  type BusEvent,
  emptyTranscript,
  type Item,
  type ProcessItem,
  shownId,
} from '../../core/bus/index.ts';
import { assertNever } from '../../problem/index.ts';
import { visible } from '../tui/terminal/width.ts';
import { foldedOutput } from '../tui/view/fold.ts';
import { compactedRow, paintedReasoning, planRows, webSearchRow } from '../tui/view/item-rows.ts';
import { joined, type Look, paint } from '../tui/view/look.ts';
import { counted, durationText, tokenText, turnDurationText } from '../tui/view/numbers.ts';
import { lookOfState } from '../tui/view/outcome.ts';
import { withTilde } from '../tui/view/paths.ts';
import { noticeRows, problemRows } from '../tui/view/problem-rows.ts';
import { shownStateOf } from '../tui/view/process-state.ts';
import { accessesWords, decisionWords, networkWords } from '../tui/view/words.ts';

/** A model's outputs are many and read by the way; what is left out is in the record. */
const FOLD = { over: 20, first: 5, last: 10 };

export interface ExecReport {
  /** What is to be told because of this event, in whole lines; `''` for nothing. */
  take(event: BusEvent): string;
  /** The last words of the model; null when it said none. Final at the end of the turn. */
  readonly answer: string | null;
}

/** `hasRecord`: the session can be resumed. */
export function openExecReport(look: Look, hasRecord: boolean): ExecReport {
  const transcript = emptyTranscript();
  let told = 0;
  let answer: string | null = null;
  /** Whether the answer so far turned out not to be the last word. */
  let isTold = true;
  /** The process whose command stands last. */
  let titled: number | null = null;

  function comment(): string[] {
    if (isTold || answer === null) return [];
    isTold = true;
    titled = null;
    return plainLines(answer);
  }

  function title(item: ProcessItem): string[] {
    if (titled === item.number) return [];
    titled = item.number;
    return commandRows(item, look);
  }

  function itemRows(item: Item): string[] {
    switch (item.kind) {
      case 'message':
      case 'moved_to_background':
      case 'resumed':
        return [];
      case 'reasoning':
        return [...comment(), ...plainLines(item.text).map((row) => paintedReasoning(row, look))];
      case 'plan':
        return [...comment(), ...planRows(item, look)];
      case 'web_search':
        return [...comment(), webSearchRow(item.query, look)];
      case 'compacted':
        return [...comment(), compactedRow(item, look)];
      case 'answer': {
        const before = comment();
        answer = item.text;
        isTold = false;
        return before;
      }
      case 'process': {
        const rows = item.origin === 'model' ? [...comment(), ...title(item), ...outputRows(item, look)] : [];
        titled = null;
        return [...rows, ...outcomeRows(item, look)];
      }
      case 'notice':
        titled = null;
        return noticeRows(item.level, item.problem, look);
      case 'turn_end':
        return [
          ...(item.outcome === 'completed' ? [] : comment()),
          ...(item.problem === null ? [] : noticeRows('error', item.problem, look)),
          ...(item.isCommand ? [] : [endRow(item, look)]),
        ];
      default:
        return assertNever(item);
    }
  }

  function rowsAfter(event: BusEvent): string[] {
    const rows: string[] = [];
    if (event.type === 'turn.started' && transcript.session?.model != null) rows.push(headRow(event.session));
    for (; told < transcript.finished.length; told += 1) {
      const item = transcript.finished[told];
      if (item !== undefined) rows.push(...itemRows(item));
    }
    if (event.type === 'process.started' && event.origin === 'model' && event.attempt === 1) {
      const item = transcript.processes.get(event.process);
      rows.push(...comment(), ...(item === undefined ? [] : title(item)));
    }
    return rows;
  }

  function headRow(session: string): string {
    const facts = transcript.session;
    if (facts === null) return '';
    return paint(
      look,
      'dim',
      joined(look, [
        `codex ${facts.version}`,
        visible(facts.model ?? facts.provider),
        `${visible(facts.profile)}, ${networkWords(facts.network)}`,
        visible(withTilde(facts.cwd, look.home)),
        hasRecord ? `session ${shownId(session)}` : 'not recorded',
      ]),
    );
  }

  return {
    get answer() {
      return answer;
    },
    take(event) {
      apply(transcript, event);
      const rows = rowsAfter(event);
      return rows.length === 0 ? '' : `${rows.join('\n')}\n`;
    },
  };
}

function commandRows({ command, environment }: ProcessItem, look: Look): string[] {
  const [first = '', ...rest] = plainLines(command);
  const where = environment === null ? '' : `@${visible(environment)} `;
  return [
    `${paint(look, 'accent', look.glyphs.shellPrompt)} ${where}${paint(look, 'bold', first)}`,
    ...rest.map((line) => `  ${line}`),
  ];
}

function outputRows(item: ProcessItem, look: Look): string[] {
  const last = item.attempts.at(-1);
  if (last === undefined) return [];
  const reading = { hasColour: look.style.depth !== 'plain' && look.style.depth !== 'none', factory: null };
  const rows = foldedOutput(last, item.stdio, FOLD, reading, look);
  return rows.map((row) => `  ${row.replace(', Ctrl-T to read', ' left out')}`);
}

function outcomeRows(item: ProcessItem, look: Look): string[] {
  const last = item.attempts.at(-1);
  const state = shownStateOf(item, item.lastOutputAt);
  const { glyph, ascii, word, role } = lookOfState(state);
  if (item.origin === 'person' && (state.state === 'ok' || state.state === 'failed')) return [];
  const sign = glyph === 'spinner' || look.glyphs.name === 'ascii' ? ascii : glyph;
  const text = joined(look, [
    `${word}${blockedWords(last, look)}`,
    ...item.decisionsBefore.concat(last?.decision ?? []).map((decision) => decisionWords(decision)),
    last?.end ? durationText(last.end.durationMs) : '',
  ]);
  const problem = item.state.kind === 'finished' ? item.state.problem : null;
  return [
    `${role === null ? sign : paint(look, role, sign)} ${text}`,
    ...(problem === null ? [] : problemRows(problem, look)),
  ];
}

/** `: write /etc/x (likely)`. */
function blockedWords(attempt: Attempt | undefined, look: Look): string {
  const denial = attempt?.end?.denial ?? null;
  if (denial === null) return '';
  const certainty = denial.certainty === 'likely' ? ' (likely)' : '';
  return `: ${accessesWords(denial, denial.also, look.home)}${certainty}`;
}

function endRow({ outcome, commands, durationMs, tokens }: Extract<Item, { kind: 'turn_end' }>, look: Look): string {
  return paint(
    look,
    'dim',
    joined(look, [
      outcome === 'completed' ? 'done' : outcome,
      commands === 0 ? '' : counted(commands, 'command'),
      turnDurationText(durationMs),
      tokens === null ? '' : `${tokenText(tokens)} tokens`,
    ]),
  );
}

/** What somebody else wrote, line by line, with nothing in it that acts on a terminal. */
export function plainLines(text: string): string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => visible(line.replaceAll('\t', '    ')));
}
