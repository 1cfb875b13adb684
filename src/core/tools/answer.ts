// What a model is told of a command: how it stands, and as much of its output as the call asked for.

import { assertNever } from '../../problem/index.ts';

/** Bytes since the last answer. `omitted` bytes between `head` and `tail` are not at hand. */
interface AnswerOutput {
  readonly head: Uint8Array;
  readonly omitted: number;
  readonly tail: Uint8Array;
}

export interface CommandAnswer {
  /** Six hexadecimal digits, new for each answer. */
  readonly chunkId: string;
  readonly wallTimeMs: number;
  /** A death by signal n has code 128 + n. */
  readonly state:
    | { readonly kind: 'exited'; readonly code: number }
    | { readonly kind: 'running'; readonly sessionId: number };
  readonly output: AnswerOutput;
  readonly maxOutputTokens: number;
  /** Holds everything the command printed; null when there is no file. */
  readonly outputFile: string | null;
  /** Sentences above all else: a refusal, what was allowed on the way. */
  readonly preface: readonly string[];
}

/** How many bytes of text are taken for one token. */
const BYTES_PER_TOKEN = 4;

export function commandAnswer(answer: CommandAnswer): string {
  const { head, omitted, tail } = answer.output;
  const tokens = tokensOf(head.length + omitted + tail.length);
  return [
    ...answer.preface,
    `Chunk ID: ${answer.chunkId}`,
    `Wall time: ${(answer.wallTimeMs / 1000).toFixed(4)} seconds`,
    stateLine(answer.state),
    `Original token count: ${tokens}`,
    'Output:',
    withinBudget(answer.output, answer.maxOutputTokens * BYTES_PER_TOKEN, answer.outputFile),
  ].join('\n');
}

function stateLine(state: CommandAnswer['state']): string {
  switch (state.kind) {
    case 'exited':
      return `Process exited with code ${state.code}`;
    case 'running':
      return `Process running with session ID ${state.sessionId}`;
    default:
      return assertNever(state);
  }
}

function tokensOf(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

/** Keeps the first and the last half of `budget` bytes, whole characters only, and says between them what is gone. */
function withinBudget(output: AnswerOutput, budget: number, file: string | null): string {
  const { head, omitted, tail } = output;
  const total = head.length + omitted + tail.length;
  if (omitted === 0 && total <= budget) return textOf(joined(head, tail));
  const whole = omitted === 0 ? joined(head, tail) : null;
  const first = whole ?? head;
  const last = whole ?? tail;
  const start = first.subarray(0, startOfCharacter(first, Math.min(Math.floor(budget / 2), first.length)));
  const end = last.subarray(nextCharacter(last, Math.max(0, last.length - Math.ceil(budget / 2))));
  const cut = total - start.length - end.length;
  const where = file === null ? '' : `; all of it is in ${file}`;
  const marker = `…${tokensOf(cut)} tokens truncated${where}…`;
  const kept = `${onOwnLine(textOf(start))}${marker}${end.length === 0 ? '' : `\n${textOf(end)}`}`;
  const lines = whole === null ? [] : [`Total output lines: ${lineCount(whole)}`];
  return [`Warning: truncated output (original token count: ${tokensOf(total)})`, ...lines, '', kept].join('\n');
}

/** `before`, ended so that what follows begins a line. */
function onOwnLine(before: string): string {
  return before === '' || before.endsWith('\n') ? before : `${before}\n`;
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  return tail.length === 0 ? head : Buffer.concat([head, tail]);
}

/** Bytes that are no UTF-8 become U+FFFD. Escape sequences stay as they are. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function lineCount(bytes: Uint8Array): number {
  let lines = 0;
  for (const byte of bytes) if (byte === 10) lines += 1;
  return bytes.length > 0 && bytes.at(-1) !== 10 ? lines + 1 : lines;
}

/** The longest a UTF-8 character can be, less its first byte. */
const CONTINUATION_BYTES = 3;

/** `at`, or where the character that `at` would cut begins. */
function startOfCharacter(bytes: Uint8Array, at: number): number {
  for (let back = 0; back <= CONTINUATION_BYTES && back <= at; back += 1) {
    if (at - back === bytes.length || !isContinuation(bytes[at - back])) return at - back;
  }
  return at;
}

/** `at`, or where the character after the one that `at` would cut begins. */
function nextCharacter(bytes: Uint8Array, at: number): number {
  for (let on = 0; on <= CONTINUATION_BYTES && at + on <= bytes.length; on += 1) {
    if (!isContinuation(bytes[at + on])) return at + on;
  }
  return at;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
