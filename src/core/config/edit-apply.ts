// What becomes of a text when lines are put in and values are changed, and which of its lines are new then?

/**
 * `lines` come before the line that begins at `at` (or at the end of the text); a `block` keeps a blank line to its
 * neighbours. `span` replaces a piece inside a line; `notes` are for whoever reads the change, not for the text.
 */
export type Edit =
  | { readonly kind: 'lines'; readonly at: number; readonly lines: readonly string[]; readonly isBlock: boolean }
  | {
      readonly kind: 'span';
      readonly at: number;
      readonly to: number;
      readonly text: string;
      readonly notes: readonly string[];
    };

export interface Edited {
  readonly text: string;
  /** The new and the changed lines in order, each with its end of line. */
  readonly added: string;
}

/**
 * The edits do not overlap. Several at one place keep their order. New lines end like the others, and a text that did
 * not end its last line ends it where something comes after.
 */
export function applyEdits(text: string, edits: readonly Edit[]): Edited {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  let out = '';
  let copied = 0;
  const news: ({ readonly lines: readonly string[] } | { readonly at: number; readonly notes: readonly string[] })[] =
    [];
  for (const edit of [...edits].sort((a, b) => a.at - b.at)) {
    out += text.slice(copied, edit.at);
    if (edit.kind === 'span') {
      news.push({ at: out.length, notes: edit.notes });
      out += edit.text;
      copied = edit.to;
      continue;
    }
    copied = edit.at;
    if (!isAtLineStart(out)) out += end;
    if (edit.isBlock && !isAfterBlank(out)) out += end;
    out += edit.lines.map((line) => `${line}${end}`).join('');
    news.push({ lines: edit.lines });
    if (edit.isBlock && copied < text.length && !/^\r?\n/.test(text.slice(copied, copied + 2))) out += end;
  }
  out += text.slice(copied);
  const changed = new Set<number>();
  const added = news.flatMap((it) => {
    if ('lines' in it) return it.lines;
    const from = lineStart(out, it.at);
    const isTold = changed.has(from);
    changed.add(from);
    return [...(isTold ? [] : [lineAt(out, from)]), ...it.notes];
  });
  return { text: out, added: added.map((line) => `${line}\n`).join('') };
}

/** Where the line after the one that holds `at` begins, or the end of the text. */
export function nextLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed < 0 ? text.length : feed + 1;
}

/** Where the line that holds `at` begins. */
export function lineStart(text: string, at: number): number {
  const feed = at === 0 ? -1 : text.lastIndexOf('\n', at - 1);
  return feed < 0 && text.startsWith('\ufeff') ? 1 : feed + 1;
}

/** A line without its end. */
export function lineAt(text: string, from: number): string {
  const feed = text.indexOf('\n', from);
  return text
    .slice(from, feed < 0 ? text.length : feed)
    .replace(/\r$/, '')
    .replace(/^\ufeff/, '');
}

function isAtLineStart(out: string): boolean {
  return out === '' || out === '\ufeff' || out.endsWith('\n');
}

function isAfterBlank(out: string): boolean {
  return out === '' || out === '\ufeff' || /\n\r?\n$/.test(out) || /^\ufeff?\r?\n$/.test(out);
}
