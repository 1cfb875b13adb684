// The one place to ask how text takes up room on the terminal: width, cutting, wrapping, making visible.

export { cellWidth, cutEnd, cutMiddle, cutToWidth } from './cell-width.ts';
export { clusterEnd, clusterStart } from './cells.ts';
export { visible, withoutEscapes } from './visible.ts';
export { type RowSpan, wrap, wrapSpans } from './wrap.ts';
