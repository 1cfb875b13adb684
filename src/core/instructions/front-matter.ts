// The lines between two `---` at the beginning of a file: names and texts, in the little of YAML that people write there.

export interface FrontMatter {
  /** By name, in lower case. Lists and tables are left out. */
  readonly values: ReadonlyMap<string, string>;
  /** The rest of the file. */
  readonly body: string;
}

/** More lines are no description of a file. */
const MOST_LINES = 500;

export function readFrontMatter(text: string): FrontMatter {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  if (lines[0]?.trim() !== '---') return { values: new Map(), body: text };
  const end = lines.slice(0, MOST_LINES).findIndex((line, index) => index > 0 && line.trim() === '---');
  if (end < 0) return { values: new Map(), body: text };
  return {
    values: valuesIn(lines.slice(1, end)),
    body: lines
      .slice(end + 1)
      .join('\n')
      .replace(/^\n+/, ''),
  };
}

function valuesIn(lines: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < lines.length; at += 1) {
    const [, name, rest = ''] = /^([A-Za-z][\w-]*)\s*:(?:\s+(.*))?$/.exec(lines[at] ?? '') ?? [];
    if (name === undefined) continue;
    const block = blockBelow(lines, at + 1);
    const written = rest.trim();
    const isBlock = /^[|>][+-]?$/.test(written);
    const value = isBlock
      ? joined(block, written.startsWith('>'))
      : plain([written, ...block.map((line) => line.trim())].join(' ').trim());
    if (value !== null && value !== '') values.set(name.toLowerCase(), value);
    at += block.length;
  }
  return values;
}

/** Lines that are set in deeper belong to the one above. */
function blockBelow(lines: readonly string[], from: number): readonly string[] {
  const end = lines.findIndex((line, index) => index >= from && line.trim() !== '' && !/^\s/.test(line));
  return lines.slice(from, end < 0 ? lines.length : end);
}

function joined(block: readonly string[], isFolded: boolean): string {
  const indent = Math.min(
    ...block.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length),
    80,
  );
  const lines = block.map((line) => line.slice(indent));
  return isFolded
    ? lines
        .map((line) => line.trim())
        .join(' ')
        .trim()
    : lines.join('\n').trim();
}

/** Null for what is no text: a list, a table. */
function plain(text: string): string | null {
  if (/^["']/.test(text)) return quoted(text);
  if (/^[[{&*!|>%@`-](?:\s|$)|^[[{]/.test(text)) return null;
  return text.replace(/\s+#.*$/, '').trim();
}

function quoted(text: string): string | null {
  const [, single] = /^'((?:[^']|'')*)'\s*(?:#.*)?$/.exec(text) ?? [];
  if (single !== undefined) return single.replaceAll("''", "'");
  const [, double] = /^("(?:[^"\\]|\\.)*")\s*(?:#.*)?$/.exec(text) ?? [];
  if (double === undefined) return null;
  try {
    const value: unknown = JSON.parse(double);
    return typeof value === 'string' ? value : null;
  } catch {
    // Escapes of YAML that JSON has not: as they are written.
    return double.slice(1, -1);
  }
}
