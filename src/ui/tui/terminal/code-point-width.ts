// How many cells does one code point take, and can it join the one before it?
// The tables follow Unicode's East Asian Width (W and F) and its general categories Mn, Me and Cf. They are
// `gap[,length]` in base 36, each gap counted from the end of the range before, because that is a fifth of the
// size of a list of numbers and this file is on the start-up path.

const wideRanges =
  '3cw,2n 3i3,1 e,1 5b,3 4 3 ei,1 m,1 r,7 h,b 18 b,5 4 e 9,1 i,1 6,1 9 6 m 8,1 2 5 3 8 5,1 t 10 2 5,2 2 ' +
  '1q,2 p f nw,1 1g 5 mj,bt 5,g 3,2d 5,bw 9,mly wq,s hw,8mb 6l9,e7 lt,9 n,1n 46,2n 3k,6 m4a,3 d,5qw 6w8,ln ' +
  '6bp,3a 5n2 5n 5b 3,9 2u,2t 4b,w d,8 2,1x 2,l d,16 5,4 d,g 4 4,1y 2 2,56 3,1q e,3 2,n j r,1 e 2f,2c 1d,1x ' +
  '7 4,2 3,a c,1 8,8 6c,g 7w,1a 2,9 2,54 35,3z zl,2t4t';

const zeroWidthRanges =
  'lc,33 7o,6 7c,18 2 2,1 2,1 2 1l,5 b,a 2 1b,k h 2u,7 2,5 3,1 2,3 y 2 v,q 2k,a 1n,8 a p,3 2,8 2,2 2,4 18,2 ' +
  '1h,f 17,1k 1k 2 5,7 5 4,6 b,1 u 1n 5,3 9 l,1 r,4 1m 5,g v,1 4 c,1 1m 5,7 5 l,1 n,7 1n 3 2,3 9,9 c,1 v 1q ' +
  'd 1f 4 1k 2,2 6,g c,1 u 1n 3 7 6,1 l,1 t,1 1m,1 5,3 9 l,1 u 21 8,4 2j 3,6 d,7 2r 3,8 c,5 23,1 s 2 2 1k,d ' +
  '2,4 2,1 6,1b a 2v,3 2,5 2,1 3,1 q,1 5,2 h,3 e 3,1 7 g 5f,4f 9q,2 qb,2 u,1 v,1 v,1 1t,1 2,6 9 3,a a 1a,4 ' +
  '3a,1 z 3b,2 5,1 a 7,2 64,1 3 1n 2,8 2 3,7 7,c 1d,2b 1d 2,4 2 6 15,8 d,1 x,3 3,1 2,2 1l 2,1 4 2,2 1n,7 ' +
  '3,1 49,2 2,c 2,6 5 7 4,1 5j,1r ek,4 p,6 1e,f 2p,w 2db,2 3y 2p,v ff,3 30,1 n9x,3 2,9 x,1 29,1 7l 4 5 q,1 ' +
  '6 48,1 r,h e 13,7 q,a 1b,2 1d 3,3 3,1 14 1w,5 3,1 3,1 d 9 1c 1g 2,2 3,1 6,1 2 17,1 9 6n 3 5 8n7,27 6xr ' +
  'ki,f h,f 5s 6y,2 ea 6b 46,4 1af,e 15,7 4m,1 fy,3 as,1 29,2 1z,a 1e,3 3g 1j,e 16 3,1 b,2 1e,3 3,1 3 5,b ' +
  '1f,2 11,4 2,7 1r d,1 1h,8 b,3 3 2o,2 3 2,1 7 4h 4,7 m,1 1m,1 4 12,e 5g,7 3,2 2 o 2d,5 2 5,1 2,1 6n,3 7,1 ' +
  '2,1 s,1 2e,7 3 2,1 2z 2 3,5 2 2u,2 3,3 2,4 78,8 2,1 75,1 2 5 41,7 5 x,9 15,5 3,3 9 a,5 3,2 1b,c 2,1 bb,d ' +
  '2 2b,l 3,6 2,1 2,1 3f,k 2 21,1 4 2 9o,1 470,8 at4,4 1o,6 t5 1s,3 2a f5l,1 2,3 3ml,1y f5,2 a,f 3,6 v,3 ' +
  '45,2 1j0,1i 5,1d 9 f n,k 11t,16 7a,6 ag 1q,3 15t,6 32,6 gzau,35r';

/** Sorted `[first, last, first, last, …]`. */
function decode(text: string): Uint32Array {
  const pairs = text.split(' ');
  const ranges = new Uint32Array(pairs.length * 2);
  let last = 0;
  pairs.forEach((pair, index) => {
    const [gap = '0', length = '0'] = pair.split(',');
    const first = last + Number.parseInt(gap, 36);
    last = first + Number.parseInt(length, 36);
    ranges[index * 2] = first;
    ranges[index * 2 + 1] = last;
  });
  return ranges;
}

/** A membership test whose table is decoded when it is first asked: text in ASCII never asks. */
function membership(encoded: string): (codePoint: number) => boolean {
  let ranges: Uint32Array | undefined;
  return (codePoint) => {
    ranges ??= decode(encoded);
    let low = 0;
    let high = ranges.length / 2 - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (codePoint < ranges[middle * 2]!) high = middle - 1;
      else if (codePoint > ranges[middle * 2 + 1]!) low = middle + 1;
      else return true;
    }
    return false;
  };
}

const isWide = membership(wideRanges);
const isZeroWidth = membership(zeroWidthRanges);

/** True for ranges where no character joins its neighbour and all have the width of the range. */
function inUniformWideRange(codePoint: number): boolean {
  return (
    (codePoint >= 0x3400 && codePoint <= 0x4dbf) ||
    (codePoint >= 0x4e00 && codePoint <= 0x9fff) ||
    isHangulSyllable(codePoint)
  );
}

function isHangulSyllable(codePoint: number): boolean {
  return codePoint >= 0xac00 && codePoint <= 0xd7a3;
}

/** Cells of a code point that stands alone: 0, 1 or 2. Controls take none; East Asian "Ambiguous" takes one. */
export function codePointWidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x300) return codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0) ? 0 : 1;
  if (inUniformWideRange(codePoint)) return 2;
  if (codePoint >= 0x2500 && codePoint <= 0x259f) return 1;
  if (isZeroWidth(codePoint)) return 0;
  return isWide(codePoint) ? 2 : 1;
}

const spacingMark = /^\p{Mc}$/u;

/** True for a combining mark that takes room of its own when it stands alone (as in Devanagari). */
export function isSpacingMark(codePoint: number): boolean {
  return codePoint >= 0x900 && spacingMark.test(String.fromCodePoint(codePoint));
}

function isSkinTone(codePoint: number): boolean {
  return codePoint >= 0x1f3fb && codePoint <= 0x1f3ff;
}

/** True when this code point may belong to the cluster before it. */
export function mayJoinBackward(codePoint: number): boolean {
  if (codePoint < 0x300 || inUniformWideRange(codePoint)) return false;
  if (codePoint >= 0x2100 && codePoint <= 0x2bff && (codePoint < 0x20d0 || codePoint > 0x20f0)) return false;
  if (codePoint === 0xff9e || codePoint === 0xff9f || isSkinTone(codePoint)) return true;
  return isZeroWidth(codePoint) || isSpacingMark(codePoint);
}

/** True when a cluster that begins with this code point may take in an ordinary one after it. */
export function mayJoinForward(codePoint: number): boolean {
  if (codePoint < 0x600) return false;
  if (codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff) return true; // flags are pairs
  if ((codePoint >= 0x1100 && codePoint <= 0x115f) || (codePoint >= 0xa960 && codePoint <= 0xa97c)) return true; // jamo
  return isPrepended(codePoint);
}

// Grapheme_Cluster_Break=Prepend, Unicode 16: signs that are drawn over what follows.
function isPrepended(codePoint: number): boolean {
  if (codePoint < 0x1000)
    return (
      codePoint <= 0x605 ||
      codePoint === 0x6dd ||
      codePoint === 0x70f ||
      codePoint === 0x890 ||
      codePoint === 0x891 ||
      codePoint === 0x8e2 ||
      codePoint === 0xd4e
    );
  if (codePoint < 0x110bd || codePoint > 0x11fff) return false;
  return /^[\u{110bd}\u{110cd}\u{111c2}\u{111c3}\u{1193f}\u{11941}\u{11a3a}\u{11a84}-\u{11a89}\u{11d46}\u{11f02}]$/u.test(
    String.fromCodePoint(codePoint),
  );
}

/**
 * True when all terminals agree on the width of this code point alone. After any other the frame writer says
 * where the next cell is, because terminals count emoji, joined and combining characters differently.
 */
export function isAgreedUpon(codePoint: number): boolean {
  if (codePoint < 0x300) return true;
  if (inUniformWideRange(codePoint)) return true;
  if (codePoint >= 0x370 && codePoint <= 0x52f) return !isZeroWidth(codePoint);
  if (codePoint >= 0x2010 && codePoint <= 0x2027) return true;
  if (codePoint >= 0x2190 && codePoint <= 0x28ff) return !isWide(codePoint);
  return (
    (codePoint >= 0x3000 && codePoint <= 0x30ff && !isZeroWidth(codePoint)) ||
    (codePoint >= 0xff01 && codePoint <= 0xff60)
  );
}
