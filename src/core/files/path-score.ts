// How well does a path answer what was typed, and which of its letters did? Pure, on bytes.

import { FOLDED } from './path-index.ts';

/** What each letter that was found is worth, and what makes it worth more. */
const FOUND = 16;
const NEXT_TO_IT = 12;
const AFTER_SLASH = 14;
const AFTER_BREAK = 10;
const AFTER_LOWER_CASE = 8;
const IN_NAME = 4;
const GAP = 4;
const GAP_GROWS = 1;
/** Of the whole path. */
const WHOLE_NAME = 30;
const BEGINS_SO = 24;
const FOLDER_DEEPER = 2;

const SLASH = 0x2f;
const NEVER = -1_000_000;
/** Longer paths are looked at in their last part only. */
const LOOKED_AT = 512;

/**
 * A first impression of the path in `from` to `to`, whose last part begins at `name`: 0 when it does not hold `wanted`
 * (folded, not empty) in order. Cheap, for all paths; what it likes best is looked at again with `bestAlignment`.
 */
export function quickScore(bytes: Uint8Array, from: number, name: number, to: number, wanted: Uint8Array): number {
  // From behind: what people type is mostly in the name at the end.
  let left = wanted.length - 1;
  let letter = wanted[left]!;
  let at = to - 1;
  for (; at >= from; at -= 1) {
    if (FOLDED[bytes[at]!] !== letter) continue;
    if (left === 0) break;
    left -= 1;
    letter = wanted[left]!;
  }
  if (at < from) return 0;
  let score = 1000 - (to - from) + (at >= name ? 200 : 0);
  let before = -2;
  for (let place = at, found = 0; found < wanted.length; place += 1) {
    if (FOLDED[bytes[place]!] !== wanted[found]) continue;
    if (before === place - 1 || place === from || isBreak(bytes[place - 1]!)) score += 24;
    before = place;
    found += 1;
  }
  // A name that begins so must not be lost among long ones.
  if (standsAt(bytes, name, to, wanted)) score += 300;
  return standsAt(bytes, from, to, wanted) ? score + 300 : Math.max(1, score);
}

function standsAt(bytes: Uint8Array, at: number, to: number, wanted: Uint8Array): boolean {
  if (at + wanted.length > to) return false;
  for (let index = 0; index < wanted.length; index += 1) if (FOLDED[bytes[at + index]!] !== wanted[index]) return false;
  return true;
}

/** `/ . - _` and a blank: a new word begins behind them. */
function isBreak(byte: number): boolean {
  return byte === SLASH || byte === 0x2e || byte === 0x2d || byte === 0x5f || byte === 0x20;
}

function bonusAt(bytes: Uint8Array, from: number, at: number, name: number): number {
  const inName = at >= name ? IN_NAME : 0;
  if (at === from) return AFTER_SLASH + inName;
  const before = bytes[at - 1]!;
  if (before === SLASH) return AFTER_SLASH + inName;
  if (isBreak(before)) return AFTER_BREAK + inName;
  const byte = bytes[at]!;
  const isUpper = byte >= 0x41 && byte <= 0x5a;
  if (isUpper && before >= 0x61 && before <= 0x7a) return AFTER_LOWER_CASE + inName;
  return inName;
}

export interface Alignment {
  readonly score: number;
  /** Places of the letters in the path, in order. */
  readonly places: readonly number[];
}

/** The best way to find `wanted` (folded) in `path`; null when there is none. */
export function bestAlignment(path: Uint8Array, wanted: Uint8Array): Alignment | null {
  const skipped = Math.max(0, path.length - LOOKED_AT);
  const width = path.length - skipped;
  const name = path.lastIndexOf(SLASH, path.length - 2) + 1;
  // `ends`: best score with this letter found exactly here. `came`: where the letter before it was found then.
  const ends = new Int32Array(wanted.length * width).fill(NEVER);
  const came = new Int32Array(wanted.length * width).fill(-1);
  for (let letter = 0; letter < wanted.length; letter += 1) {
    const row = letter * width;
    const above = row - width;
    let open = NEVER;
    let openAt = -1;
    for (let column = letter; column < width; column += 1) {
      // A gap that grows costs a little more with each letter it skips.
      if (letter > 0 && column >= 2) {
        open -= GAP_GROWS;
        const begun = ends[above + column - 2]! - GAP;
        if (begun >= open) {
          open = begun;
          openAt = column - 2;
        }
      }
      if (FOLDED[path[skipped + column]!] !== wanted[letter]) continue;
      const bonus = bonusAt(path, 0, skipped + column, name);
      if (letter === 0) {
        ends[row + column] = FOUND + bonus;
        continue;
      }
      const beside = column === 0 ? NEVER : ends[above + column - 1]! + Math.max(NEXT_TO_IT, bonus);
      const apart = open + bonus;
      ends[row + column] = FOUND + Math.max(beside, apart);
      came[row + column] = beside >= apart ? column - 1 : openAt;
    }
  }
  const last = (wanted.length - 1) * width;
  let end = -1;
  for (let column = width - 1; column >= 0; column -= 1)
    if (ends[last + column]! > NEVER / 2 && (end < 0 || ends[last + column]! > ends[last + end]!)) end = column;
  if (end < 0) return null;
  const places: number[] = [];
  for (let letter = wanted.length - 1, column = end; letter >= 0; letter -= 1) {
    places.unshift(skipped + column);
    column = came[letter * width + column]!;
  }
  return { score: ends[last + end]! + wholeBonus(path, wanted, name), places };
}

function wholeBonus(path: Uint8Array, wanted: Uint8Array, name: number): number {
  let score = -path.length / 8;
  for (let at = path.indexOf(SLASH); at >= 0 && at < path.length - 1; at = path.indexOf(SLASH, at + 1))
    score -= FOLDER_DEEPER;
  if (standsAt(path, 0, path.length, wanted)) score += BEGINS_SO;
  if (!standsAt(path, name, path.length, wanted)) return score;
  const rest = path[name + wanted.length];
  return score + (rest === undefined || rest === 0x2e || rest === SLASH ? WHOLE_NAME : BEGINS_SO);
}
