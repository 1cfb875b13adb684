// By which four of its bytes is a text searched? By those that ordinary output has least often.

import { MARK_BYTES, slotOf } from './vector-scan.ts';

/** Four bytes as a little-endian word, and the needles in which they stand at `offset`. */
export interface Mark {
  readonly word: number;
  readonly needles: { readonly needle: Uint8Array; readonly offset: number }[];
}

/** Letters of English, the most frequent first: most output is English, paths and numbers. */
const LETTERS = ' etaoinsrhdlucmfgypwbvkxjqz';

/** One mark for each needle, shared where that is possible. Null when two of them need the same slot. */
export function chooseMarks(needles: readonly Uint8Array[]): readonly Mark[] | null {
  const marks = new Map<number, Mark>();
  const slots = new Set<number>();
  for (const needle of needles) {
    const places = placesIn(needle).filter(({ word }) => marks.has(word) || !slots.has(slotOf(word)));
    const best = places.find(({ word }) => marks.has(word)) ?? places[0];
    if (best === undefined) return null;
    const { word, offset } = best;
    const mark = marks.get(word) ?? { word, needles: [] };
    mark.needles.push({ needle, offset });
    marks.set(word, mark);
    slots.add(slotOf(word));
  }
  return [...marks.values()];
}

/** All words of a needle, the rarest first. */
function placesIn(needle: Uint8Array): { readonly word: number; readonly offset: number }[] {
  const view = new DataView(needle.buffer, needle.byteOffset, needle.length);
  return Array.from({ length: needle.length - MARK_BYTES + 1 }, (_, offset) => ({
    word: view.getUint32(offset, true),
    offset,
    frequency: needle.subarray(offset, offset + MARK_BYTES).reduce((product, byte) => product * frequencyOf(byte), 1),
  })).sort((a, b) => a.frequency - b.frequency);
}

/** A rough share among the bytes of ordinary output. */
function frequencyOf(byte: number): number {
  const rank = LETTERS.indexOf(String.fromCharCode(byte));
  if (rank !== -1) return 0.15 / (rank + 1);
  return byte < 0x80 ? 0.01 : 0.002;
}
