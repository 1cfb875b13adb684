// A session as a Markdown document: what was said, what ran, how it came out.

import {
  type Attempt,
  apply,
  emptyTranscript,
  type Item,
  type ProcessItem,
  type SessionFacts,
  type TranscriptEvent,
} from '../../core/bus/index.ts';
import { assertNever, problemText } from '../../problem/index.ts';
import { visible } from '../tui/terminal/width.ts';
import { counted, countText, durationText } from '../tui/view/numbers.ts';
import { lookOfState } from '../tui/view/outcome.ts';
import { linesOf, outputLines } from '../tui/view/output-lines.ts';
import { shownStateOf } from '../tui/view/process-state.ts';
import type { TerminalFactory } from '../tui/view/terminal-factory.ts';
import { accessesWords, decisionWords, grantName, networkWords } from '../tui/view/words.ts';
import { RecordedOutput } from './recorded-output.ts';

export interface MarkdownOptions {
  readonly title: string;
  readonly session: string;
  /** Ms since 1970. */
  readonly startedAt: number;
  /** Every line of every output; else the first and the last of long ones. */
  readonly isFull: boolean;
  /** Shows what programs left that moved the cursor; null: their text as it came. */
  readonly factory: TerminalFactory | null;
}

/** Of a longer output so many lines are kept at its beginning, and again at its end. */
const SIDE_LINES = 40;

/** The document in pieces, in order. `events` are those of one record, from its beginning. */
export function* markdownOf(events: Iterable<TranscriptEvent>, options: MarkdownOptions): Generator<string> {
  const transcript = emptyTranscript();
  const output = new RecordedOutput();
  let told = 0;
  let hasHead = false;
  for (const event of events) {
    output.take(event);
    apply(transcript, event);
    if (!hasHead && transcript.session !== null) {
      hasHead = true;
      yield headOf(transcript.session, options);
    }
    // At once: the transcript gives up old output to stay within its memory.
    for (; told < transcript.finished.length; told += 1) {
      const item = transcript.finished[told];
      const text = item === undefined ? '' : itemText(item, output, options);
      if (text !== '') yield `\n${text}`;
    }
  }
  for (const item of transcript.live) yield `\n${processText(item, output, options)}`;
}

function headOf(facts: SessionFacts, { title, session, startedAt }: MarkdownOptions): string {
  const rows = [
    ['date', dateText(startedAt)],
    ['folder', facts.cwd],
    ['model', facts.model ?? `none (${facts.provider})`],
    ['sandbox', `${facts.profile}, ${networkWords(facts.network)}`],
    ['session', session],
  ];
  return [`# ${oneLine(title)}`, '', ...rows.map(([name, value]) => `- ${name}: ${codeSpan(value ?? '')}`), ''].join(
    '\n',
  );
}

function itemText(item: Item, output: RecordedOutput, options: MarkdownOptions): string {
  switch (item.kind) {
    case 'message':
      return item.isCommand ? '' : `## You\n\n${plain(item.text)}\n`;
    case 'answer':
      return `## Codex\n\n${plain(item.text)}\n`;
    case 'reasoning':
      return quoted(item.text);
    case 'plan':
      return `${item.steps.map(({ step, status }) => `- [${status === 'completed' ? 'x' : ' '}] ${oneLine(step)}`).join('\n')}\n`;
    case 'web_search':
      return quoted(`Searched the web: ${oneLine(item.query)}`);
    case 'compacted':
      return `---\n\nThe model goes on with this summary:\n\n${quoted(item.summary)}`;
    case 'process':
      return processText(item, output, options);
    case 'notice':
      return quoted(problemText(item.problem));
    case 'turn_end':
      return item.problem === null ? '' : quoted(problemText(item.problem));
    case 'moved_to_background':
      return '';
    case 'resumed':
      return `---\n\nResumed${item.lost === 0 ? '' : `; ${counted(item.lost, 'command')} lost`}.\n`;
    default:
      return assertNever(item);
  }
}

function processText(item: ProcessItem, output: RecordedOutput, options: MarkdownOptions): string {
  const last = item.attempts.at(-1);
  const lines = last === undefined ? [] : shownLines(item, last, output, options);
  for (const attempt of item.attempts.slice(0, -1)) output.whole(item.number, attempt.number);
  const body = [
    ...plain(item.command)
      .split('\n')
      .map((line, index) => `${index === 0 ? '$' : '>'} ${line}`),
    ...lines,
  ];
  const fence = fenceAround(body);
  const verdict = [
    ...item.decisionsBefore.map((decision) => decisionWords(decision)),
    ...item.attempts.slice(0, -1).map(earlierWords),
    outcomeWords(item),
  ];
  const problem = item.state.kind === 'finished' && item.state.problem !== null ? problemText(item.state.problem) : '';
  return [
    `${fence}console`,
    ...body,
    fence,
    '',
    verdict.join('; '),
    ...(problem === '' ? [] : ['', quoted(problem).trimEnd()]),
    '',
  ].join('\n');
}

/** `blocked by the sandbox: write /etc/x, you allowed it once: write /etc`. */
function earlierWords(attempt: Attempt): string {
  const denial = attempt.end?.denial ?? null;
  const what = denial === null ? 'attempt' : `blocked by the sandbox: ${accessesWords(denial, denial.also, '')}`;
  if (attempt.decision === null) return what;
  const grants = attempt.decision.grants.map((grant) => grantName(grant, ''));
  return [what, [decisionWords(attempt.decision), grants.join(', ')].filter((part) => part !== '').join(': ')].join(
    ', ',
  );
}

function outcomeWords(item: ProcessItem): string {
  const end = item.attempts.at(-1)?.end ?? null;
  const state = shownStateOf(item, item.lastOutputAt);
  const denial = end?.denial ?? null;
  const what = denial === null ? '' : `: ${accessesWords(denial, denial.also, '')}`;
  const word = `${lookOfState(state).word}${state.state === 'blocked' || state.state === 'ok_with_denial' ? what : ''}`;
  return end === null || state.state === 'lost' ? word : `${word} · ${durationText(end.durationMs)}`;
}

function shownLines(
  item: ProcessItem,
  attempt: Attempt,
  output: RecordedOutput,
  { isFull, factory }: MarkdownOptions,
): readonly string[] {
  const reading = { hasColour: false, factory };
  const whole = output.whole(item.number, attempt.number);
  if (whole !== null) return folded(linesOf(whole, item.stdio, reading).map(withoutSgr), isFull);
  const { head, tail } = outputLines(attempt.excerpt.value(), item.stdio, reading);
  const known = [
    ...folded(head.map(withoutSgr), false),
    '… the middle is not kept any more …',
    ...tail.map(withoutSgr),
  ];
  return known;
}

function folded(lines: readonly string[], isFull: boolean): readonly string[] {
  const left = lines.length - 2 * SIDE_LINES;
  if (isFull || left <= 1) return lines;
  return [
    ...lines.slice(0, SIDE_LINES),
    `… ${countText(left)} lines left out …`,
    ...lines.slice(lines.length - SIDE_LINES),
  ];
}

function withoutSgr(line: string): string {
  return line.replace(/\x1b\[[\d;:]*m/g, '');
}

/** Nothing of what somebody else wrote acts on the terminal that shows the document. */
function plain(text: string): string {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line) => visible(line.replaceAll('\t', '    ')))
    .join('\n');
}

function codeSpan(text: string): string {
  const shown = visible(text.replace(/\s+/g, ' '));
  const ticks = '`'.repeat(Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length)) + 1);
  return ticks.length === 1 ? `\`${shown}\`` : `${ticks} ${shown} ${ticks}`;
}

/** Longer than the longest run of backticks inside. */
function fenceAround(lines: readonly string[]): string {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []);
  return '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
}

function quoted(text: string): string {
  return `${plain(text)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n')}\n`;
}

function oneLine(text: string): string {
  return visible(text.replace(/\s+/g, ' ').trim()) || 'Session';
}

/** `2026-11-25 14:03 +01:00`. */
function dateText(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())} ${zone}`;
}
