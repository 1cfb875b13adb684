// A session, or one of its commands, as a recording that terminal players play (asciicast v2).

import { StringDecoder } from 'node:string_decoder';
import {
  type Attempt,
  apply,
  emptyTranscript,
  type Item,
  type ProcessItem,
  type TranscriptEvent,
} from '../../core/bus/index.ts';
import { visible } from '../tui/terminal/width.ts';
import { lookOfState } from '../tui/view/outcome.ts';
import { shownStateOf } from '../tui/view/process-state.ts';
import { accessesWords, decisionWords } from '../tui/view/words.ts';
import { RecordedOutput } from './recorded-output.ts';

export interface AsciicastOptions {
  readonly title: string;
  /** Ms since 1970. */
  readonly startedAt: number;
  /** Only this process; null: everything, one after the other. */
  readonly process: number | null;
}

/** A player cuts longer pauses to this. */
const IDLE_SECONDS = 2;

const DEFAULT_SIZE = { cols: 80, rows: 24 };

/** What a program may have left switched on: colours, a hidden cursor. */
const TIDY = '\x1b[0m\x1b[?25h';

/** From the screen that full-screen programs draw on. */
const BACK = '\x1b[?1049l';

/** So much output at one time: larger texts are slow to play. */
const CHUNK_BYTES = 32 * 1024;

/** Output and its time; `from` is its place in all of the attempt's output. */
interface Piece {
  readonly at: number;
  readonly from: number;
  readonly bytes: Uint8Array;
}

/**
 * The lines of the file. Commands that ran side by side are played one after the other, since their output would be
 * mixed on one screen. What was typed is not in it: it may have been a password.
 */
export function* asciicastOf(events: readonly TranscriptEvent[], options: AsciicastOptions): Generator<string> {
  const transcript = emptyTranscript();
  const recorded = new RecordedOutput();
  const pieces = new Map<string, Piece[]>();
  const film = new Film(options.startedAt, sizeAtFirst(events, options.process));
  let told = 0;
  yield film.header(options.title);
  const tell = function* (item: Item): Generator<string> {
    if (options.process === null || (item.kind === 'process' && item.number === options.process))
      yield* itemLines(item, film, pieces, recorded);
  };
  for (const event of events) {
    recorded.take(event);
    apply(transcript, event);
    if (event.type === 'process.output') {
      const name = `${event.process}.${event.attempt}`;
      const piece = { at: transcript.at, from: event.from, bytes: event.bytes };
      pieces.set(name, [...(pieces.get(name) ?? []), piece]);
    }
    for (; told < transcript.finished.length; told += 1) {
      const item = transcript.finished[told];
      if (item !== undefined) yield* tell(item);
    }
  }
  for (const item of transcript.live) yield* tell(item);
}

function sizeAtFirst(events: readonly TranscriptEvent[], process: number | null) {
  for (const event of events) {
    const isMeant = event.type === 'process.started' && (process === null || event.process === process);
    if (isMeant && event.stdio.kind === 'pty') return event.stdio;
  }
  return DEFAULT_SIZE;
}

/** Keeps the time, which only goes on. */
class Film {
  private now: number;

  constructor(
    private readonly startedAt: number,
    private readonly size: { readonly cols: number; readonly rows: number },
  ) {
    this.now = startedAt;
  }

  header(title: string): string {
    const { cols: width, rows: height } = this.size;
    const timestamp = Math.floor(this.startedAt / 1000);
    const env = { TERM: 'xterm-256color' };
    return `${JSON.stringify({ version: 2, width, height, timestamp, idle_time_limit: IDLE_SECONDS, title, env })}\n`;
  }

  /** `o` output, `m` a marker; `at` in ms since 1970. */
  line(at: number, code: 'o' | 'm', data: string): string {
    this.now = Math.max(this.now, at);
    return `${JSON.stringify([Number(((this.now - this.startedAt) / 1000).toFixed(3)), code, data])}\n`;
  }

  /** At the time of what was last told. */
  more(code: 'o' | 'm', data: string): string {
    return this.line(this.now, code, data);
  }
}

function* itemLines(item: Item, film: Film, pieces: Map<string, Piece[]>, recorded: RecordedOutput): Generator<string> {
  switch (item.kind) {
    case 'message':
      if (item.isCommand) return;
      yield film.line(item.at, 'm', firstLine(item.text));
      yield film.more('o', `\x1b[1m> ${shownText(item.text)}\x1b[0m\r\n\r\n`);
      return;
    case 'answer':
      yield film.more('o', `${shownText(item.text)}\r\n\r\n`);
      return;
    case 'process':
      yield* processLines(item, film, pieces, recorded);
      return;
    default:
      // Notices and ends of turns belong to the program's own screen.
      return;
  }
}

function* processLines(
  item: ProcessItem,
  film: Film,
  pieces: Map<string, Piece[]>,
  recorded: RecordedOutput,
): Generator<string> {
  const [first] = item.attempts;
  yield film.line(first?.startedAt ?? 0, 'm', firstLine(item.command));
  yield film.more('o', `\x1b[1m$ ${shownText(item.command)}\x1b[0m\r\n`);
  for (const attempt of item.attempts) {
    const name = `${item.number}.${attempt.number}`;
    const known = pieces.get(name) ?? [];
    pieces.delete(name);
    const text = new StringDecoder('utf8');
    let last: 'own' | 'other' = 'own';
    const shown = (bytes: Uint8Array): string => {
      const decoded = text.write(Buffer.from(bytes));
      return item.stdio.kind === 'pty' ? decoded : lines(decoded);
    };
    for (const { at, bytes } of withMiddle(known, recorded.whole(item.number, attempt.number))) {
      const data = shown(bytes);
      last = otherScreenAfter(data, last);
      if (data !== '') yield film.line(at, 'o', data);
    }
    // Back from a screen nobody went to, the cursor would jump to where it never was.
    yield film.more('o', `${lines(text.end())}${TIDY}${last === 'other' ? BACK : ''}`);
    if (attempt !== item.attempts.at(-1)) yield* decisionLines(attempt, film);
  }
  const end = item.attempts.at(-1)?.end;
  const { word } = lookOfState(shownStateOf(item, item.lastOutputAt));
  yield film.line(
    (item.attempts.at(-1)?.startedAt ?? 0) + (end?.durationMs ?? 0),
    'o',
    `\r\n\x1b[2m${word}\x1b[0m\r\n\r\n`,
  );
}

function* decisionLines({ end, decision }: Attempt, film: Film): Generator<string> {
  const denial = end?.denial ?? null;
  const what = denial === null ? '' : `blocked by the sandbox: ${accessesWords(denial, denial.also, '')}`;
  const words = [what, decision === null ? '' : decisionWords(decision)].filter((part) => part !== '').join(', ');
  yield film.more('m', words);
  yield film.more('o', `\r\n\x1b[2m${words}\x1b[0m\r\n`);
}

/** On which of a terminal's two screens a program is after this output. */
function otherScreenAfter(data: string, before: 'own' | 'other'): 'own' | 'other' {
  const switched = [...data.matchAll(/\x1b\[\?(?:1049|1047|47)([hl])/g)].at(-1)?.[1];
  return switched === undefined ? before : switched === 'h' ? 'other' : 'own';
}

/** What the record left out is taken from the file, at the time of what came after it. */
function withMiddle(pieces: readonly Piece[], whole: Uint8Array | null): readonly Piece[] {
  const full: Piece[] = [];
  let to = 0;
  const fill = (until: number, at: number): void => {
    for (; whole !== null && to < until; to += CHUNK_BYTES)
      full.push({ at, from: to, bytes: whole.subarray(to, Math.min(until, to + CHUNK_BYTES)) });
    to = Math.max(to, until);
  };
  for (const piece of pieces) {
    fill(piece.from, piece.at);
    full.push(piece);
    to = piece.from + piece.bytes.length;
  }
  fill(whole?.length ?? 0, pieces.at(-1)?.at ?? 0);
  return full;
}

function lines(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

/** What was written, not printed: nothing in it acts on a terminal. */
function shownText(text: string): string {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line) => visible(line.replaceAll('\t', '    ')))
    .join('\r\n');
}

function firstLine(text: string): string {
  return visible(text.trim().split('\n', 1)[0] ?? '');
}
