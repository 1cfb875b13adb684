// What can a line of Markdown begin? Each question looks at the line alone.

/** Tabs stand for blanks up to the next column that four divides. */
export function withoutTabs(line: string): string {
  if (!line.includes('\t')) return line;
  let out = '';
  let from = 0;
  for (let at = line.indexOf('\t'); at >= 0; at = line.indexOf('\t', from)) {
    out += line.slice(from, at);
    out += ' '.repeat(4 - (out.length % 4));
    from = at + 1;
  }
  return out + line.slice(from);
}

export function indentAt(line: string, at: number): number {
  let end = at;
  while (line.charCodeAt(end) === 0x20) end += 1;
  return end - at;
}

/** `***`, `- - -`, `____`. */
export function isRule(body: string): boolean {
  return /^(?:\*[ *]*|-[ -]*|_[ _]*)$/.test(body) && body.replaceAll(' ', '').length >= 3;
}

/** The line under a title, which is taken for a rule: the title was printed before it came. */
export function isUnderline(body: string): boolean {
  return /^={3,} *$/.test(body);
}

export function headingOf(body: string): { readonly level: number; readonly text: string } | null {
  const found = /^(#{1,6})(?: +|$)/.exec(body);
  if (found === null) return null;
  let text = body.slice(found[0].length).trimEnd();
  const closing = text.length - text.replace(/#+$/, '').length;
  if (closing > 0 && (closing === text.length || text[text.length - closing - 1] === ' '))
    text = text.slice(0, text.length - closing).trimEnd();
  return { level: found[1]!.length, text };
}

export interface Fence {
  /** What ends it: as many or more of the same. */
  readonly mark: string;
  /** The first word behind the mark. */
  readonly language: string;
}

export function fenceOf(body: string): Fence | null {
  const found = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(body);
  if (found === null) return null;
  const language = /^\s*\{?\.?([^\s{},:;]*)/.exec(found[2]!)?.[1] ?? '';
  return { mark: found[1]!, language };
}

export function endsFence(body: string, mark: string): boolean {
  const trimmed = body.trimEnd();
  return trimmed.startsWith(mark) && trimmed === mark.charAt(0).repeat(trimmed.length);
}

export interface ListMark {
  /** `-`, `*`, `+`, or what stands behind the number. */
  readonly kind: string;
  /** Null: not numbered. */
  readonly number: number | null;
  /** Columns up to the text. */
  readonly width: number;
  readonly isEmpty: boolean;
}

export function listMarkOf(body: string): ListMark | null {
  const found = /^(?:([-*+])|(\d{1,9})([.)]))( *)/.exec(body);
  if (found === null) return null;
  const [whole, bullet, digits, delimiter, blanks = ''] = found;
  const isEmpty = whole.length === body.length;
  if (blanks === '' && !isEmpty) return null;
  const mark = whole.length - blanks.length;
  return {
    kind: bullet ?? delimiter ?? '',
    number: digits === undefined ? null : Number.parseInt(digits, 10),
    // More blanks than four are the indent of code in it.
    width: isEmpty || blanks.length > 4 ? mark + 1 : whole.length,
    isEmpty,
  };
}

/** A stretch that is shown as it was written. */
export interface LiteralStart {
  /** What ends it; `''`: only a blank line does. */
  readonly until: string;
  /** A blank line does not end it. */
  readonly holdsBlanks: boolean;
}

/** Lines that are no Markdown: HTML, and formulas on lines of their own. `isInText`: a paragraph is open. */
export function literalOf(body: string, isInText: boolean): LiteralStart | null {
  if (body.startsWith('<')) {
    if (body.startsWith('<!--')) return { until: '-->', holdsBlanks: true };
    const name = /^<\/?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>]|$)/.exec(body)?.[1]?.toLowerCase() ?? '';
    if (/^(?:script|pre|style|textarea)$/.test(name)) return { until: `</${name}>`, holdsBlanks: true };
    const isAlone = !isInText && name !== '' && /^<\/?[A-Za-z][^<>]*>\s*$/.test(body);
    return BLOCK_TAGS.has(name) || isAlone ? { until: '', holdsBlanks: false } : null;
  }
  const formula = /^(?:(\$\$)|\\(\[))/.exec(body);
  if (formula === null) return null;
  return { until: formula[1] ?? '\\]', holdsBlanks: false };
}

const BLOCK_TAGS: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote body br button caption center col colgroup dd details dialog dir div dl dt fieldset ' +
    'figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe img li link main menu nav ol option p ' +
    'section select source summary svg table tbody td template tfoot th thead title tr ul video'
  ).split(' '),
);

export type Alignment = 'left' | 'right' | 'centre';

/** The line under a table's names, or null. */
export function alignmentsOf(body: string): Alignment[] | null {
  if (!body.includes('|') || !/^[|: -]+$/.test(body)) return null;
  const cells = cellsOf(body);
  if (!cells.every((cell) => /^:?-+:?$/.test(cell))) return null;
  return cells.map((cell) => (!cell.endsWith(':') ? 'left' : cell.startsWith(':') ? 'centre' : 'right'));
}

/** Cells of a row: between bars that are not escaped, nor part of code. */
export function cellsOf(row: string): string[] {
  const cells: string[] = [];
  let cell = '';
  const body = row.trim();
  for (let at = body.startsWith('|') ? 1 : 0; at < body.length; at += 1) {
    const character = body[at]!;
    if (character === '\\' && body[at + 1] === '|') {
      cell += '|';
      at += 1;
    } else if (character === '`') {
      const ticks = /^`+/.exec(body.slice(at))![0];
      const close = body.indexOf(ticks, at + ticks.length);
      const end = close < 0 ? at + ticks.length : close + ticks.length;
      cell += body.slice(at, end).replaceAll('\\|', '|');
      at = end - 1;
    } else if (character === '|') {
      cells.push(cell.trim());
      cell = '';
    } else cell += character;
  }
  if (cell.trim() !== '' || cells.length === 0) cells.push(cell.trim());
  return cells;
}
