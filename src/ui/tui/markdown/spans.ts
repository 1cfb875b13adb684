// How do spans of text become rows of a width? Colours and links are closed in each row and opened again in the next.

import { eachCell } from '../terminal/cells.ts';
import type { Role } from '../terminal/style.ts';
import { cellWidth, visible, wrapSpans } from '../terminal/width.ts';
import { type Look, paint } from '../view/look.ts';
import type { Inline, Link } from './inline.ts';
import { looksLikeAddress, saysTarget, shownTarget, targetKind, terminalLink } from './link.ts';

/** A stretch of one look, without characters that act on a terminal but the line feed. */
export interface Span {
  readonly text: string;
  readonly roles: readonly Role[];
  /** Where a click leads; null: nowhere. */
  readonly target: string | null;
}

/** Of a picture's address so much is shown: it may be the picture itself. */
const LONGEST_SHOWN_TARGET = 120;

const NO_MARKS = { bold: false, italic: false, strike: false };
type Marks = typeof NO_MARKS;

/** What is shown of a parsed text: marks are kept where the terminal cannot show what they mean. */
export function spansFor(inlines: readonly Inline[], look: Look): Span[] {
  const { depth } = look.style;
  const spans: Span[] = [];
  const add = (text: string, roles: readonly Role[] = [], target: string | null = null): void => {
    if (text !== '') spans.push({ text: shown(text), roles, target });
  };
  let marks = NO_MARKS;
  const turnTo = (next: Marks): void => {
    if (depth === 'plain') add(marksBetween(marks, next));
    marks = next;
  };
  for (let at = 0; at < inlines.length; ) {
    const { link } = inlines[at]!;
    let end = at + 1;
    while (end < inlines.length && link !== null && inlines[end]!.link === link) end += 1;
    const inside = inlines.slice(at, end);
    const around = link === null ? null : linkLook(link, inside.map(({ text }) => text).join(''), look);
    if (around !== null) add(around.before);
    for (const inline of inside) {
      turnTo(inline);
      const roles =
        around?.isUnderlined === true ? [...rolesOf(inline, depth), 'underline' as const] : rolesOf(inline, depth);
      add(inline.code ? codeText(inline.text, depth) : inline.text, roles, around?.target ?? null);
    }
    if (around !== null) {
      turnTo(inlines[end] ?? NO_MARKS);
      add(around.after);
      add(around.address, ['dim']);
    }
    at = end;
  }
  turnTo(NO_MARKS);
  return spans;
}

function shown(text: string): string {
  return text.includes('\n') ? text.split('\n').map(visible).join('\n') : visible(text);
}

function rolesOf({ bold, italic, strike, code }: Inline, depth: Look['style']['depth']): Role[] {
  if (depth === 'plain') return [];
  const roles: Role[] = [];
  if (code && depth !== 'none') roles.push('code');
  if (bold) roles.push('bold');
  if (italic) roles.push('italic');
  if (strike) roles.push('strike');
  return roles;
}

function codeText(text: string, depth: Look['style']['depth']): string {
  if (depth !== 'plain' && depth !== 'none') return text;
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
}

function marksBetween(from: Marks, to: Marks): string {
  const ended = `${from.strike && !to.strike ? '~~' : ''}${from.italic && !to.italic ? '*' : ''}${from.bold && !to.bold ? '**' : ''}`;
  return `${ended}${!from.bold && to.bold ? '**' : ''}${!from.italic && to.italic ? '*' : ''}${!from.strike && to.strike ? '~~' : ''}`;
}

interface LinkLook {
  readonly before: string;
  readonly after: string;
  /** Where it leads, in words; `''` when that is not needed. */
  readonly address: string;
  readonly isUnderlined: boolean;
  readonly target: string | null;
}

function linkLook({ kind, target }: Link, text: string, look: Look): LinkLook {
  const meant = targetKind(target);
  const isImage = kind === 'image';
  const before = isImage ? `[image${text === '' ? '' : ': '}` : '';
  const after = isImage ? ']' : '';
  const words =
    shownTarget(target.slice(0, LONGEST_SHOWN_TARGET)) + (target.length > LONGEST_SHOWN_TARGET ? '...' : '');
  if (meant === 'refused' && !isImage)
    return { before: '[', after: `](${shownTarget(target)})`, address: '', isUnderlined: false, target: null };
  const opens = meant === 'opened' && look.linkHost !== undefined;
  const isSaid = text !== '' && saysTarget(text, target);
  const address =
    isSaid || target === '' || (opens && !looksLikeAddress(text)) ? '' : ` (${isImage ? words : shownTarget(target)})`;
  return {
    before,
    after,
    address,
    isUnderlined: meant === 'opened' && !isImage && look.style.depth !== 'plain',
    target: opens ? target : null,
  };
}

/** Rows of at most `cells`, painted. Blanks at a break are left out. At least one row. */
export function rowsOfSpans(spans: readonly Span[], cells: number, look: Look): string[] {
  const rows: string[] = [];
  for (const line of linesOfSpans(spans)) {
    const text = line.map((span) => span.text).join('');
    const ends = endsOfSpans(line, text);
    for (const { start, end } of wrapSpans(text, cells)) rows.push(paintedPart(line, ends, text, start, end, look));
  }
  return rows;
}

/** Spans in one row, however wide. */
export function rowOfSpans(spans: readonly Span[], look: Look): string {
  const text = spans.map((span) => span.text).join('');
  return paintedPart(spans, endsOfSpans(spans, text), text, 0, text.length, look);
}

function linesOfSpans(spans: readonly Span[]): Span[][] {
  const lines: Span[][] = [[]];
  for (const span of spans) {
    const [first = '', ...more] = span.text.split('\n');
    lines.at(-1)!.push({ ...span, text: first });
    for (const text of more) lines.push([{ ...span, text }]);
  }
  return lines;
}

/** Where each span ends; never inside of what the terminal shows in one cell. */
function endsOfSpans(spans: readonly Span[], text: string): number[] {
  const ends: number[] = [];
  let end = 0;
  for (const span of spans) {
    end += span.text.length;
    ends.push(end);
  }
  if (!/[^\x00-\u02ff]/.test(text)) return ends;
  let index = 0;
  eachCell(text, 0, (_start, cellEnd) => {
    while (index < ends.length && ends[index]! <= cellEnd) {
      ends[index] = cellEnd;
      index += 1;
    }
    return undefined;
  });
  return ends;
}

function paintedPart(
  spans: readonly Span[],
  ends: readonly number[],
  text: string,
  from: number,
  to: number,
  look: Look,
): string {
  let row = '';
  for (let index = 0, start = 0; index < spans.length && start < to; index += 1) {
    const end = ends[index]!;
    const part = text.slice(Math.max(start, from), Math.min(end, to));
    start = Math.max(start, end);
    if (part === '' || end <= from) continue;
    const { roles, target } = spans[index]!;
    let painted = part;
    for (const role of roles) painted = paint(look, role, painted);
    row += target === null ? painted : terminalLink(target, painted, look.linkHost ?? '');
  }
  return row;
}

/** Width of a text's widest line. */
export function widthOfSpans(spans: readonly Span[]): number {
  return Math.max(...linesOfSpans(spans).map((line) => cellWidth(line.map(({ text }) => text).join(''))));
}
