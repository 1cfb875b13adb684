// Searching large blocks of bytes: for lines, and for one of many texts.

export { type NeedleScan, type NeedleSearch, prepareNeedleScan } from './needle-scan.ts';
export { countNewlines } from './newline-count.ts';
export { workBlock } from './vector-scan.ts';
