// Where in a configuration does a key go, so that every line around it stays as it is?

import { type Edit, lineAt, lineStart, nextLine } from './edit-apply.ts';
import { isSamePath, mapToml, type TomlPair, type TomlSection, type TomlValue } from './edit-toml-map.ts';

/** One key to write. `note` is a comment beside it. */
export interface Leaf {
  readonly path: readonly string[];
  readonly value: string | true;
  readonly note: string | null;
}

/**
 * The edits that make each leaf say its value. A table that is there is added to the way it is written: below its
 * header, within its braces, or by another dotted key. A table that is not there gets a header, after everything that
 * belongs to `family`, or at the end.
 */
export function placeLeaves(text: string, leaves: readonly Leaf[], family: readonly string[]): readonly Edit[] {
  const sections = mapToml(text);
  const spans: Edit[] = [];
  const inside = new Map<TomlValue, Leaf[]>();
  const below = new Map<TomlSection | TomlPair, string[]>();
  const blocks = new Map<string, string[]>();
  for (const leaf of leaves) {
    const home = homeOf(leaf.path, sections);
    switch (home.kind) {
      case 'there':
        spans.push(replaced(home.value, leaf));
        break;
      case 'inline': {
        const relative = { ...leaf, path: leaf.path.slice(home.depth) };
        inside.set(home.value, [...(inside.get(home.value) ?? []), relative]);
        break;
      }
      case 'line':
        below.set(home.after, [...(below.get(home.after) ?? []), leafLine(leaf, home.depth)]);
        break;
      case 'new': {
        const header = `[${keyPath(leaf.path.slice(0, -1))}]`;
        blocks.set(header, [...(blocks.get(header) ?? []), leafLine(leaf, leaf.path.length - 1)]);
        break;
      }
    }
  }
  const last = sections.findLast(({ path }) => isPrefix(family, path));
  const end = last === undefined ? text.length : endOfSection(text, last);
  return [
    ...spans,
    ...[...inside].map(([value, added]) => withinBraces(text, value, added)),
    ...[...below].map(([after, lines]) => linesAfter(text, after, lines)),
    ...[...blocks].map(
      ([header, lines]) => ({ kind: 'lines', at: end, lines: [header, ...lines], isBlock: true }) as const,
    ),
  ];
}

/** Sets a key of the root: where it is, or as a line (with comments above) that no table's header comes before. */
export function placeRootKey(text: string, leaf: Leaf, comments: readonly string[]): Edit {
  const [root, first] = mapToml(text);
  const there = root.pairs.find(({ path }) => isSamePath(path, leaf.path));
  if (there !== undefined) return replaced(there.value, leaf);
  const lines = [...comments, leafLine(leaf, 0)];
  const last = root.pairs.at(-1);
  if (last !== undefined) return linesAfter(text, last, lines);
  const at = first === undefined ? text.length : startOfComments(text, lineStart(text, first.at));
  return { kind: 'lines', at, lines, isBlock: true };
}

/** The same leaves as a person would write them into an empty file. */
export function leavesByHand(leaves: readonly Leaf[]): string {
  const tables = new Map<string, string[]>();
  for (const leaf of leaves) {
    const header = leaf.path.length === 1 ? '' : `[${keyPath(leaf.path.slice(0, -1))}]`;
    tables.set(header, [...(tables.get(header) ?? []), leafLine(leaf, leaf.path.length - 1)]);
  }
  return [...tables].map(([header, lines]) => [...(header === '' ? [] : [header]), ...lines].join('\n')).join('\n');
}

// ----------------------------------------------------------------------------------------------- finding the place

type Home =
  | { readonly kind: 'there'; readonly value: TomlValue }
  | { readonly kind: 'inline'; readonly value: TomlValue; readonly depth: number }
  /** A line of its own after this header or pair; `depth` parts of its path are said by the header above. */
  | { readonly kind: 'line'; readonly after: TomlSection | TomlPair; readonly depth: number }
  | { readonly kind: 'new' };

/** The deepest table that is there decides: TOML lets each kind be added to in one way only. */
function homeOf(path: readonly string[], sections: readonly TomlSection[]): Home {
  const written = sections.filter(({ isArray }) => !isArray).flatMap(({ pairs }) => pairs.flatMap(withInner));
  const there = written.find((pair) => isSamePath(pair.path, path));
  if (there !== undefined) return { kind: 'there', value: there.value };
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const table = path.slice(0, depth);
    const inline = written.find(({ path: it, value }) => value.kind === 'inline' && isSamePath(it, table));
    if (inline !== undefined) return { kind: 'inline', value: inline.value, depth };
    const section = sections.find((it) => !it.isArray && isSamePath(it.path, table));
    if (section !== undefined) {
      if (depth < path.length - 1) return { kind: 'new' };
      return { kind: 'line', after: section.pairs.at(-1) ?? section, depth };
    }
    for (const { path: header, isArray, pairs } of sections.toReversed()) {
      const dotted = pairs.findLast((pair) => isPrefix(table, pair.path));
      if (!isArray && header.length < depth && dotted !== undefined)
        return { kind: 'line', after: dotted, depth: header.length };
    }
    if (sections.some((it) => isPrefix(table, it.path))) return { kind: 'new' };
  }
  return { kind: 'new' };
}

function withInner(pair: TomlPair): readonly TomlPair[] {
  return pair.value.kind === 'inline' ? [pair, ...pair.value.pairs.flatMap(withInner)] : [pair];
}

function isPrefix(start: readonly string[], path: readonly string[]): boolean {
  return start.length <= path.length && start.every((part, index) => part === path[index]);
}

// ----------------------------------------------------------------------------------------------- writing there

function replaced(value: TomlValue, leaf: Leaf): Edit {
  const notes = leaf.note === null ? [] : [`# ${leaf.note}`];
  return { kind: 'span', at: value.from, to: value.to, text: valueText(leaf.value), notes };
}

/** Behind the last value rather than before the brace: there a comma or a comment may follow. */
function withinBraces(text: string, value: TomlValue, leaves: readonly Leaf[]): Edit {
  const last = value.kind === 'inline' ? value.pairs.at(-1) : undefined;
  const said = leaves.map((leaf) => `${keyPath(leaf.path)} = ${valueText(leaf.value)}`).join(', ');
  // A comment in braces would swallow what follows it on its line.
  const notes = leaves.flatMap((leaf) => (leaf.note === null ? [] : [`# ${leaf.path.at(-1) ?? ''}: ${leaf.note}`]));
  if (last !== undefined) return { kind: 'span', at: last.value.to, to: last.value.to, text: `, ${said}`, notes };
  const inside = text.slice(value.from + 1, value.to - 1);
  const isBlank = /^[ \t]*$/.test(inside);
  const at = value.from + 1;
  return { kind: 'span', at, to: isBlank ? value.to - 1 : at, text: ` ${said} `, notes };
}

function linesAfter(text: string, after: TomlSection | TomlPair, lines: readonly string[]): Edit {
  const indent = /^[ \t]*/.exec(lineAt(text, lineStart(text, after.at)))?.[0] ?? '';
  const at = nextLine(text, 'value' in after ? after.value.to : after.end);
  return { kind: 'lines', at, lines: lines.map((line) => `${indent}${line}`), isBlock: false };
}

/** Behind the comments that still belong to the section: those that no header follows at once. */
function endOfSection(text: string, section: TomlSection): number {
  const last = section.pairs.at(-1);
  const own = nextLine(text, last?.value.to ?? section.end);
  let at = own;
  while (at < text.length && /^[ \t]*#/.test(lineAt(text, at))) at = nextLine(text, at);
  return at === text.length || lineAt(text, at).trim() === '' ? at : own;
}

/** The first of the comment lines right above the line that begins at `at`. */
function startOfComments(text: string, at: number): number {
  let start = at;
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (above >= start || !/^[ \t]*#/.test(lineAt(text, above))) break;
    start = above;
  }
  return start;
}

function leafLine(leaf: Leaf, depth: number): string {
  const note = leaf.note === null ? '' : ` # ${leaf.note}`;
  return `${keyPath(leaf.path.slice(depth))} = ${valueText(leaf.value)}${note}`;
}

function keyPath(path: readonly string[]): string {
  return path.map((part) => (/^[\w-]+$/.test(part) ? part : quoted(part))).join('.');
}

function valueText(value: string | true): string {
  return value === true ? 'true' : quoted(value);
}

/** What JSON escapes TOML escapes alike; DEL it wants escaped as well. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
