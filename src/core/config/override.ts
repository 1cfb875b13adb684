// What `-c key=value` says: the key as it stands in the file, the value in TOML or, where it is none, as a text.

import { parse, TomlError } from 'smol-toml';
import { fail, ok, type Result } from '../../problem/index.ts';
import { isTable, type Tables } from './edit-tables.ts';
import type { Layer } from './layer.ts';

/** One layer for each, the last one the highest. */
export function overrideLayers(written: readonly string[], start: Layer['start']): Result<readonly Layer[]> {
  const layers: Layer[] = [];
  for (const text of written) {
    const tables = overrideOf(text);
    if (!tables.ok) return tables;
    layers.push({ kind: 'override', place: '-c', profile: null, start, tables: tables.value, lineOf: () => null });
  }
  return ok(layers);
}

function overrideOf(text: string): Result<Tables> {
  const equals = equalsOf(text);
  const path = equals < 0 ? null : keyPathOf(text.slice(0, equals));
  if (path === null) {
    return fail({
      what: `-c ${shortened(text)} sets nothing.`,
      why: '',
      next: 'Write key=value, as in -c model="o3" or -c \'tui.motion="reduced"\'.',
    });
  }
  return ok(nested(path, tomlValue(text.slice(equals + 1).trim())));
}

function nested([key = '', ...rest]: readonly string[], value: unknown): Tables {
  return Object.fromEntries([[key, rest.length === 0 ? value : nested(rest, value)]]);
}

/** The first one outside of quotes: a quoted part of a key may hold one. */
function equalsOf(text: string): number {
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quote !== '') {
      if (character === '\\' && quote === '"') at += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '=') return at;
  }
  return -1;
}

/** The parts of a dotted key, quoted or not. One that is no TOML, like `filesystem./tmp`, is parted at its dots. */
export function keyPathOf(written: string): readonly string[] | null {
  const text = written.trim();
  if (text === '' || text.includes('\n')) return null;
  const path: string[] = [];
  let inner: unknown = parsed(`${text} = 0`);
  if (inner === undefined) {
    const parts = text.split('.').map((part) => part.trim());
    return parts.includes('') ? null : parts;
  }
  for (;;) {
    const entry: readonly [string, unknown] | undefined = isTable(inner) ? Object.entries(inner)[0] : undefined;
    if (entry === undefined) return path;
    path.push(entry[0]);
    inner = entry[1];
  }
}

/** As codex-cli does it: what is no value of TOML is a text, without quotes around it. */
function tomlValue(text: string): unknown {
  const tables = parsed(`value = ${text}`);
  const isOne = tables !== undefined && Object.keys(tables).length === 1;
  return isOne ? tables.value : text.replace(/^["']+|["']+$/g, '');
}

function parsed(text: string): Tables | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return undefined;
  }
}

/** The value may be a secret: of more than the key nothing is repeated. */
function shortened(text: string): string {
  const key = text.split('=')[0] ?? '';
  return key.length > 40 ? `${key.slice(0, 40)}…` : key;
}
