// What did the person press, paste or point at, and what did the terminal answer? Bytes in, events out.
//
// Pure but for its own state: no timers, no clock. The caller feeds what it reads, and when `pending` says so, calls
// `flush` after that many milliseconds without new bytes.

import { assertNever } from '../../../problem/index.ts';
import type { InputEvent } from './event.ts';
import { controlKey, type Key, legacyBytes, typedKey } from './key.ts';
import { type ControlSequence, keyOfConsole, keyOfSequence, keyOfSs3 } from './key-sequence.ts';
import { createPasteCollector, type PasteCollector } from './paste.ts';
import { replyOfString, reportOfSequence } from './reply-sequence.ts';
import { readToken, type Token } from './token.ts';

export type { InputEvent, MouseEvent } from './event.ts';
export { type Key, nameOfKey } from './key.ts';

/** A lone ESC is the key when nothing follows for so long: ssh may split what belongs together. */
const ESCAPE_MS = 50;
/** A paste whose end does not come is taken as complete after this long without bytes. */
const PASTE_END_MS = 2_000;
/** Ctrl-] pressed twice within this time is meant for the program. */
const TWICE_MS = 500;

/** What the program in the pane has asked of its terminal. */
export interface RawWishes {
  readonly bracketedPaste: boolean;
  readonly applicationCursorKeys: boolean;
}

export interface InputParser {
  /** `now` in milliseconds, of any clock that does not go back. */
  feed(bytes: Uint8Array, now: number): InputEvent[];
  /** Milliseconds without new bytes after which `flush` is to be called; null when nothing waits. */
  pending(): number | null;
  /** Takes what waits as it stands. */
  flush(now: number): InputEvent[];
  /** From now on bytes are handed on for the program in a pane, except Ctrl-], answers and focus reports. */
  takeRaw(wishes: RawWishes): void;
  /** Bytes are keys again. */
  takeKeys(): void;
  /** The terminal reports ESC unmistakably (kitty keyboard): a lone one need not wait. */
  setEscapeMs(ms: number): void;
}

type Mode =
  | { readonly kind: 'keys'; readonly leftRaw: { at: number; wishes: RawWishes } | null }
  | { readonly kind: 'raw'; readonly wishes: RawWishes };

export function createInputParser(): InputParser {
  let rest: Buffer = Buffer.alloc(0);
  let paste: PasteCollector | null = null;
  /** In raw mode a paste goes through, but nothing in it is a key. */
  let isRawPaste = false;
  let mode: Mode = { kind: 'keys', leftRaw: null };
  let escapeMs = ESCAPE_MS;

  const parse = (now: number, isFinal: boolean): InputEvent[] => {
    const events: InputEvent[] = [];
    let at = 0;
    while (at < rest.length) {
      if (paste !== null) {
        const taken = paste.take(rest.subarray(at));
        if (taken === null) {
          at = rest.length;
          break;
        }
        events.push(paste.finish(true));
        paste = null;
        at += taken;
        continue;
      }
      if (mode.kind === 'raw') {
        const plain = plainLength(rest, at, isRawPaste);
        if (plain > 0) {
          addRaw(events, rest.subarray(at, at + plain));
          at += plain;
          continue;
        }
      }
      const token = readToken(rest, at, isFinal);
      if (token.kind === 'incomplete') break;
      const bytes = rest.subarray(at, at + token.length);
      at += token.length;
      if (mode.kind === 'raw') takeRawToken(token, bytes, mode.wishes, now, events);
      else takeKeyToken(token, mode.leftRaw, now, events);
    }
    // A copy: a slice would keep the whole read alive.
    rest = Buffer.from(rest.subarray(at));
    return events;
  };

  const takeKeyToken = (
    token: Token,
    leftRaw: { at: number; wishes: RawWishes } | null,
    now: number,
    events: InputEvent[],
  ): void => {
    if (isPasteMarker(token, '200~')) {
      paste = createPasteCollector();
      return;
    }
    const event = eventOf(token);
    if (event === null) return;
    if (leftRaw !== null && event.kind === 'key') {
      mode = { kind: 'keys', leftRaw: null };
      if (isLeaveKey(event) && now - leftRaw.at <= TWICE_MS) {
        mode = { kind: 'raw', wishes: leftRaw.wishes };
        events.push({ kind: 'back to raw' });
        addRaw(events, Uint8Array.of(0x1d));
        return;
      }
    }
    events.push(event);
  };

  const takeRawToken = (token: Token, bytes: Buffer, wishes: RawWishes, now: number, events: InputEvent[]): void => {
    if (isPasteMarker(token, '200~') || isPasteMarker(token, '201~')) {
      isRawPaste = isPasteMarker(token, '200~');
      if (wishes.bracketedPaste) addRaw(events, bytes);
      return;
    }
    if (isRawPaste) {
      addRaw(events, bytes);
      return;
    }
    const event = eventOf(token);
    if (event?.kind === 'reply' || event?.kind === 'focus') {
      events.push(event);
      return;
    }
    if (event?.kind === 'key' && isLeaveKey(event)) {
      mode = { kind: 'keys', leftRaw: { at: now, wishes } };
      events.push({ kind: 'left raw' });
      return;
    }
    addRaw(events, rawBytes(token, event, bytes, wishes));
  };

  return {
    feed(bytes, now) {
      rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
      return parse(now, false);
    },
    pending() {
      if (paste !== null) return PASTE_END_MS;
      return rest.length > 0 ? escapeMs : null;
    },
    flush(now) {
      if (paste === null) return parse(now, true);
      const event = paste.finish(false);
      paste = null;
      return [event];
    },
    takeRaw(wishes) {
      mode = { kind: 'raw', wishes };
      isRawPaste = false;
    },
    takeKeys() {
      mode = { kind: 'keys', leftRaw: null };
    },
    setEscapeMs(ms) {
      escapeMs = ms;
    },
  };
}

function isPasteMarker(token: Token, body: '200~' | '201~'): boolean {
  return token.kind === 'csi' && token.body === body;
}

/** How many bytes from `at` go to the program unseen: up to the next ESC, and outside a paste to the next Ctrl-]. */
function plainLength(bytes: Buffer, at: number, isInPaste: boolean): number {
  let end = at;
  while (end < bytes.length && bytes[end] !== 0x1b && (isInPaste || bytes[end] !== 0x1d)) end += 1;
  return end - at;
}

function isLeaveKey(key: Key): boolean {
  return key.ctrl && !key.alt && !key.super && key.key === ']';
}

function addRaw(events: InputEvent[], bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  const last = events.at(-1);
  // Neighbours become one write to the program.
  if (last?.kind === 'raw') events[events.length - 1] = { kind: 'raw', bytes: Buffer.concat([last.bytes, bytes]) };
  else events.push({ kind: 'raw', bytes: Uint8Array.from(bytes) });
}

/** What the program expects for a key that came in a form only our own terminal protocol asked for. */
function rawBytes(token: Token, event: InputEvent | null, bytes: Buffer, wishes: RawWishes): Uint8Array {
  if (token.kind !== 'csi' || event?.kind !== 'key') return bytes;
  if (token.body.endsWith('u') || token.body.startsWith('27;')) return Buffer.from(legacyBytes(event));
  if (wishes.applicationCursorKeys && /^[ABCDHF]$/.test(token.body)) return Buffer.from(`\x1bO${token.body}`);
  return bytes;
}

function eventOf(token: Token): InputEvent | null {
  const key = (value: Key | null): InputEvent | null => (value === null ? null : { kind: 'key', ...value });
  switch (token.kind) {
    case 'character':
      return key(typedKey(token.text));
    case 'control':
      return key(controlKey(token.byte, false));
    case 'csi': {
      const sequence = sequenceOf(token.body);
      return reportOfSequence(sequence, `\x1b[${token.body}`) ?? key(keyOfSequence(sequence));
    }
    case 'console':
      return key(keyOfConsole(token.final));
    case 'ss3':
      return key(keyOfSs3(token.modifier, token.final));
    case 'string':
      return { kind: 'reply', reply: replyOfString(token.introducer, token.body) };
    case 'alt':
      return key(withAlt(token.inner));
    case 'broken':
    case 'incomplete':
      return null;
    default:
      return assertNever(token);
  }
}

function withAlt(inner: Token): Key | null {
  if (inner.kind === 'control') return controlKey(inner.byte, true);
  if (inner.kind !== 'character') return null;
  // As a shortcut the letter counts; an upper case one was typed with shift.
  const lower = inner.text.toLowerCase();
  const key = inner.text === ' ' ? 'space' : lower;
  return { key, ctrl: false, alt: true, shift: lower !== inner.text, super: false, text: '' };
}

function sequenceOf(body: string): ControlSequence {
  const match = /^([<=>?]?)([0-9;:<=>?]*)([ -/]*)(.)$/.exec(body);
  const [, prefix = '', parameters = '', intermediates = '', final = ''] = match ?? [];
  return { prefix, parameters, intermediates, final };
}
