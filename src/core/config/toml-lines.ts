// On which line of a TOML text a key is written. The text is known to be valid: this only walks it, and judges nothing.

export interface KeyLines {
  /** Line (from 1) where the key or table at `path` is first written, null when it is not. */
  lineOf(path: readonly string[]): number | null;
}

export function findKeyLines(text: string): KeyLines {
  const lines = new Map<string, number>();
  walk(text, (path, line) => {
    // A dotted key also writes the tables above it.
    for (let depth = 1; depth <= path.length; depth += 1) {
      const name = JSON.stringify(path.slice(0, depth));
      if (!lines.has(name)) lines.set(name, line);
    }
  });
  return { lineOf: (path) => lines.get(JSON.stringify(path)) ?? null };
}

type Found = (path: readonly string[], line: number) => void;

function walk(text: string, found: Found): void {
  let at = 0;
  let line = 1;
  let table: readonly string[] = [];

  while (at < text.length) {
    skipBlank(true);
    if (at >= text.length) return;
    const started = at;
    if (text[at] === '[') {
      const brackets = text[at + 1] === '[' ? 2 : 1;
      at += brackets;
      table = key();
      found(table, line);
      at += brackets;
    } else {
      keyAndValue(table);
    }
    // A text that is not TOML after all must not hold the walk up.
    if (at === started) at += 1;
  }

  function keyAndValue(above: readonly string[]): void {
    const path = [...above, ...key()];
    found(path, line);
    skipBlank(false);
    if (text[at] === '=') at += 1;
    skipBlank(false);
    value(path);
  }

  function value(path: readonly string[]): void {
    const first = text[at];
    if (first === '{') between('}', () => keyAndValue(path));
    else if (first === '[') between(']', () => value(path));
    else if (first === '"' || first === "'") quoted();
    else while (at < text.length && !/[,\]}\n#]/.test(text[at]!)) at += 1;
  }

  /** The parts of an array or inline table, up to and over its end. */
  function between(end: string, part: () => void): void {
    at += 1;
    for (;;) {
      skipBlank(true);
      if (text[at] === ',') {
        at += 1;
        continue;
      }
      if (at >= text.length) return;
      if (text[at] === end) {
        at += 1;
        return;
      }
      const started = at;
      part();
      if (at === started) at += 1;
    }
  }

  function key(): readonly string[] {
    const parts: string[] = [];
    for (;;) {
      skipBlank(false);
      const character = text[at];
      if (character === '"' || character === "'") {
        parts.push(quoted());
      } else {
        const bare = /^[\w-]+/.exec(text.slice(at, at + 500))?.[0] ?? '';
        parts.push(bare);
        at += bare.length;
      }
      skipBlank(false);
      if (text[at] !== '.') return parts;
      at += 1;
    }
  }

  /** A string of any of the four kinds; the value matters for keys only, which are of the short kinds. */
  function quoted(): string {
    const mark = text[at]!;
    const isLong = text.startsWith(mark.repeat(3), at);
    const end = isLong ? mark.repeat(3) : mark;
    const from = at + end.length;
    at = from;
    while (at < text.length && !text.startsWith(end, at)) {
      if (text[at] === '\\' && mark === '"') at += 1;
      if (text[at] === '\n') line += 1;
      at += 1;
    }
    const inside = text.slice(from, at);
    at += end.length;
    // Up to two more marks belong to the end of a long string.
    while (isLong && text[at] === mark) at += 1;
    return mark === '"' && !isLong ? unescaped(inside) : inside;
  }

  function skipBlank(overLines: boolean): void {
    while (at < text.length) {
      const character = text[at];
      if (character === '#' && overLines) {
        const end = text.indexOf('\n', at);
        at = end < 0 ? text.length : end;
      } else if (character === '\n') {
        if (!overLines) return;
        line += 1;
        at += 1;
      } else if (character === ' ' || character === '\t' || character === '\r' || character === '\ufeff') {
        at += 1;
      } else {
        return;
      }
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b' };

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|(.))/gs, (_all, u, U, x, single) => {
    const code: string | undefined = u ?? U ?? x;
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
    return ESCAPES[single] ?? single;
  });
}
