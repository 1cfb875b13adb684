// What one place says about the settings: a file, a profile in it, or a `-c` of the command line.

import { parse, TomlError } from 'smol-toml';
import { fail, ok, type Result } from '../../problem/index.ts';
import { isTable, type Tables } from './edit-tables.ts';
import { findKeyLines, type KeyLines } from './toml-lines.ts';

/** From the lowest to the highest. A project is what a repository brings along; everything else is the person's own. */
export type LayerKind = 'system' | 'user' | 'project' | 'profile' | 'override';

export interface Layer {
  readonly kind: LayerKind;
  /** The file as a person writes its path, or `-c`. */
  readonly place: string;
  /** The profile's name, where it is one. */
  readonly profile: string | null;
  /** Where relative paths in it start, and what `~` is. Null: paths stay as they are written. */
  readonly start: { readonly folder: string; readonly home: string } | null;
  /** Null: it cannot be read, and whatever it wanted to say counts as wrong. */
  readonly tables: Tables | null;
  /** On which line (from 1) it says what is at `path`; null where there are no lines. */
  lineOf(path: readonly string[]): number | null;
}

export interface LayerText {
  readonly kind: LayerKind;
  readonly place: string;
  readonly start: Layer['start'];
  readonly text: string;
}

/** Why a text is no TOML. */
export interface SyntaxFault {
  readonly line: number;
  readonly column: number;
  readonly what: string;
}

export function layerOf({ kind, place, start, text }: LayerText): {
  readonly layer: Layer;
  readonly fault: SyntaxFault | null;
} {
  const read = parseToml(text);
  const layer = (tables: Tables | null): Layer => ({ kind, place, profile: null, start, tables, ...linesOf(text) });
  return read.ok ? { layer: layer(read.value), fault: null } : { layer: layer(null), fault: read.problem };
}

/** A layer of which nothing can be read. */
export function unreadable({ kind, place, start }: Omit<LayerText, 'text'>): Layer {
  return { kind, place, profile: null, start, tables: null, lineOf: () => null };
}

function parseToml(text: string): Result<Tables, SyntaxFault> {
  try {
    return ok(parse(text.replace(/^\ufeff/, '')));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ''] = error.message.replace(/^Invalid TOML document:\s*/, '').split('\n');
    return fail({ line: error.line, column: error.column, what: first.trim() });
  }
}

/** Looked for when somebody asks: a file that is right needs no lines. */
function linesOf(text: string): KeyLines {
  let lines: KeyLines | null = null;
  return {
    lineOf(path) {
      lines ??= findKeyLines(text);
      return lines.lineOf(path);
    },
  };
}

/** What a profile in a layer says, as a layer of its own; null where there is none of that name. */
export function profileIn(layer: Layer, name: string): Layer | null {
  const profiles = layer.tables?.profiles;
  if (!isTable(profiles) || !Object.hasOwn(profiles, name)) return null;
  const said = profiles[name];
  return {
    ...layer,
    kind: 'profile',
    profile: name,
    tables: isTable(said) ? said : null,
    lineOf: (path) => layer.lineOf(['profiles', name, ...path]),
  };
}
