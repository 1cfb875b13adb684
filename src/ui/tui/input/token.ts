// Where does the first complete unit of terminal input end? Pure.

/** One unit at the beginning of a buffer. `length` is in bytes. */
export type Token =
  | { readonly kind: 'character'; readonly length: number; readonly text: string }
  | { readonly kind: 'control'; readonly length: number; readonly byte: number }
  | { readonly kind: 'csi'; readonly length: number; readonly body: string }
  | { readonly kind: 'console'; readonly length: number; readonly final: string }
  | { readonly kind: 'ss3'; readonly length: number; readonly modifier: string; readonly final: string }
  | { readonly kind: 'string'; readonly length: number; readonly introducer: ']' | 'P' | '_'; readonly body: string }
  /** ESC and then another unit: that one with Alt held. */
  | { readonly kind: 'alt'; readonly length: number; readonly inner: Token }
  /** A control sequence that was broken off: dropped. */
  | { readonly kind: 'broken'; readonly length: number }
  /** Not decidable yet. */
  | { readonly kind: 'incomplete' };

/** No answer of a terminal is longer; a string without an end must not take all later keys. */
const STRING_LIMIT_BYTES = 8 * 1024;
const SEQUENCE_LIMIT_BYTES = 128;

const incomplete: Token = { kind: 'incomplete' };

/** The unit that begins at `at`. With `isFinal` nothing more will come: what is incomplete is taken as it stands. */
export function readToken(bytes: Buffer, at: number, isFinal: boolean): Token {
  const byte = bytes[at]!;
  if (byte === 0x1b) return readEscape(bytes, at, isFinal);
  if (byte < 0x20 || byte === 0x7f) return { kind: 'control', length: 1, byte };
  if (byte < 0x7f) return { kind: 'character', length: 1, text: String.fromCharCode(byte) };
  return readUtf8(bytes, at, isFinal);
}

function readUtf8(bytes: Buffer, at: number, isFinal: boolean): Token {
  const lead = bytes[at]!;
  const wanted =
    lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 1;
  let length = 1;
  while (length < wanted && at + length < bytes.length && (bytes[at + length]! & 0xc0) === 0x80) length += 1;
  if (length < wanted && at + length >= bytes.length && !isFinal) return incomplete;
  const text = length === wanted && wanted > 1 ? bytes.toString('utf8', at, at + length) : '\ufffd';
  return { kind: 'character', length, text: text.length <= 2 ? text : '\ufffd' };
}

function readEscape(bytes: Buffer, at: number, isFinal: boolean): Token {
  const next = bytes[at + 1];
  const lone: Token = { kind: 'control', length: 1, byte: 0x1b };
  if (next === undefined) return isFinal ? lone : incomplete;
  if (next === 0x1b) return lone;
  const token =
    next === 0x5b
      ? readCsi(bytes, at, isFinal)
      : next === 0x4f
        ? readSs3(bytes, at, isFinal)
        : next === 0x5d || next === 0x50 || next === 0x5f
          ? readString(bytes, at, isFinal)
          : null;
  if (token !== null) return token;
  const inner = readToken(bytes, at + 1, isFinal);
  return inner.kind === 'incomplete' ? incomplete : { kind: 'alt', length: 1 + lengthOf(inner), inner };
}

function lengthOf(token: Token): number {
  return token.kind === 'incomplete' ? 0 : token.length;
}

/** CSI, or null when it is Alt-[ . */
function readCsi(bytes: Buffer, at: number, isFinal: boolean): Token | null {
  let end = at + 2;
  if (bytes[end] === 0x5b) {
    const final = bytes[end + 1];
    if (final === undefined) return isFinal ? { kind: 'broken', length: 3 } : incomplete;
    return { kind: 'console', length: 4, final: String.fromCharCode(final) };
  }
  while (end < bytes.length && bytes[end]! >= 0x20 && bytes[end]! <= 0x3f && end - at < SEQUENCE_LIMIT_BYTES) end += 1;
  const final = bytes[end];
  if (final === undefined) {
    if (!isFinal) return incomplete;
    return end === at + 2 ? null : { kind: 'broken', length: end - at };
  }
  // Whatever is no final byte broke the sequence off and is read as itself.
  if (final < 0x40 || final > 0x7e) return end === at + 2 ? null : { kind: 'broken', length: end - at };
  return { kind: 'csi', length: end + 1 - at, body: bytes.toString('latin1', at + 2, end + 1) };
}

/** SS3, or null when it is Alt-O. */
function readSs3(bytes: Buffer, at: number, isFinal: boolean): Token | null {
  const match = /^([0-9]?)([A-Za-z])/.exec(bytes.toString('latin1', at + 2, at + 4));
  if (match !== null)
    return { kind: 'ss3', length: 2 + match[0].length, modifier: match[1] ?? '', final: match[2] ?? '' };
  const isShort =
    bytes.length === at + 2 || (bytes.length === at + 3 && bytes[at + 2]! >= 0x30 && bytes[at + 2]! <= 0x39);
  return isShort && !isFinal ? incomplete : null;
}

/** OSC, DCS or APC up to its terminator, or null when it is Alt with that key. */
function readString(bytes: Buffer, at: number, isFinal: boolean): Token | null {
  const introducer = bytes[at + 1] === 0x5d ? ']' : bytes[at + 1] === 0x50 ? 'P' : '_';
  for (let end = at + 2; end < bytes.length && end - at <= STRING_LIMIT_BYTES; end += 1) {
    const byte = bytes[end]!;
    const isBell = byte === 0x07;
    const isTerminator = byte === 0x1b && bytes[end + 1] === 0x5c;
    if (isBell || isTerminator)
      return {
        kind: 'string',
        length: end + (isBell ? 1 : 2) - at,
        introducer,
        body: bytes.toString('utf8', at + 2, end),
      };
    if (byte === 0x1b && end + 1 < bytes.length) return { kind: 'broken', length: end - at };
  }
  if (bytes.length - at > STRING_LIMIT_BYTES) return { kind: 'broken', length: bytes.length - at };
  if (!isFinal) return incomplete;
  // Alone it was the key with Alt; with text behind it, an answer that was cut off.
  return bytes.length === at + 2 ? null : { kind: 'broken', length: bytes.length - at };
}
