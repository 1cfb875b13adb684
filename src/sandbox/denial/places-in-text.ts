// Which paths a line of text names.

import { cUnescaped } from './c-escapes.ts';

export interface NamedPath {
  readonly text: string;
  /** In quotes, or with a slash: meant as a path. A bare word may be anything. */
  readonly isSure: boolean;
}

/** As the GNU tools quote: plain quotes, and between them what a terminal could not show, `'a'$'\\n''b'`. */
const shellQuoted = /(?:'[^']*'|\$'(?:[^'\\]|\\.)*'|\\'){2,}/g;
/** An apostrophe between two letters of a quoted name belongs to the name. */
const quoted =
  /'((?:[^']|(?<=\w)'(?=\w))+)'|"((?:[^"\\]|\\.)+)"|`([^`']+)[`']|‘([^’]+)’|“([^”]+)”|«\s?([^»]+?)\s?»|„([^“”]+)[“”]|「([^」]+)」/g;
const withSlash = /(?:^|[\s(=,:>@'"`])((?:~|\.{1,2})?\/[^\s'"`:,;()<>|&’]+)/g;
const relativeWithSlash = /(?:^|[\s(=:>])([\w.@+-]+(?:\/[\w.@+-]+)+)/g;
const address = /\b(?!unix:|file:)[a-z][a-z0-9+.-]*:\/\/\S+/gi;

/** Words that stand where a name could stand and never are one. */
const noName = /^(?:line \d+|\d+|E[A-Z]+|\w*[Ee]rror|fatal|warning|failed|open|socket|\[.*)$/;

const errorCode = /^['"]?E[A-Z]{3,}['"]?$/;

/** A line tells of one place, or of two when something moves; one with more of them is no message but data. */
const pathsAtMost = 16;

/** Paths of a line, the most certain first. Addresses with a scheme are not paths. */
export function pathsIn(line: string): NamedPath[] {
  const text = line.replace(address, ' ');
  const inQuotes = [
    ...[...text.matchAll(shellQuoted)].map(([it]) => unquoted(it)),
    ...matchesOf(quoted, text).filter((it) => it.startsWith('/') || !/\s{2}|[{}]/.test(it)),
  ];
  const sure = [...inQuotes, ...matchesOf(withSlash, text), ...matchesOf(relativeWithSlash, text)];
  const segments = text
    .split(/: |:$/)
    .slice(1)
    .map((it) => it.trim());
  const words = segments.filter((it) => it !== '' && !/\s/.test(it) && !noName.test(it));
  const isNew = new Set<string>();
  return [...sure.map((it) => ({ text: it, isSure: true })), ...words.map((it) => ({ text: it, isSure: false }))]
    .map((it) => ({ ...it, text: it.text.replace(/[.,;]+$/, (end) => (it.text === end ? end : '')) }))
    .filter((it) => it.text !== '' && !errorCode.test(it.text) && !isNew.has(it.text) && isNew.add(it.text))
    .slice(0, pathsAtMost);
}

function unquoted(text: string): string {
  return text.replace(/\$'((?:[^'\\]|\\.)*)'|'([^']*)'|\\'/g, (_, escaped?: string, plain?: string) =>
    escaped !== undefined ? cUnescaped(escaped) : (plain ?? "'"),
  );
}

function matchesOf(pattern: RegExp, text: string): string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match.slice(1).find((it) => it !== undefined) ?? []);
}
