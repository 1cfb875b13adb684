// Why has a setting the value it has? For a person who asks `codex config explain`.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { Config } from './config.ts';
import { valueAt } from './edit-tables.ts';
import { keyText } from './key-text.ts';
import type { Layer, LayerKind } from './layer.ts';
import { nearestNames } from './nearest.ts';
import { keyPathOf } from './override.ts';
import { nearestLine, type Provenance, type Saying } from './reading.ts';
import { configReference } from './reference.ts';
import { isSecretAt, nodeAt } from './reference-at.ts';
import { referenceSections } from './reference-text.ts';
import type { Setting, Settings } from './setting.ts';
import { shownValue } from './shown-value.ts';

/** Plain data: what `--json` prints. Values are as a person writes them; a secret is `…`. */
export interface Explanation {
  readonly key: string;
  /** Null: it is not set. */
  readonly value: string | null;
  /** Who says so, the lowest first; nothing for the built-in value. More than one where a list is gathered. */
  readonly from: readonly Origin[];
  /** Layers below that say something else or the same, the highest first. */
  readonly beats: readonly Origin[];
  readonly refused: readonly (Origin & { readonly why: Provenance['refused'][number]['why'] })[];
  /** The values that are possible. */
  readonly type: string;
  readonly about: string;
}

export interface Origin {
  readonly layer: LayerKind;
  readonly profile: string | null;
  readonly file: string;
  readonly line: number | null;
  readonly value: string;
}

export interface Explainable {
  readonly config: Config;
  readonly provenances: readonly Provenance[];
}

/** Everything that some layer says something about. */
export function explainAll({ provenances }: Explainable): readonly Explanation[] {
  return provenances.map(explanationOf);
}

/** One setting; of a table all that is in it. */
export function explainKey(loaded: Explainable, key: string): Result<readonly Explanation[]> {
  const path = keyPathOf(key);
  if (path === null) return fail(unknownKey(key));
  const found = nodeAt(configReference, path);
  switch (found.kind) {
    case 'unknown':
      return fail(unknownKey(keyText(path)));
    case 'setting':
      return ok(ofSetting(found.setting, path, loaded));
    case 'table':
      return ok(ofNode(found.node, path, loaded));
    case 'named':
      return ok(ofSettings(found.settings, path, loaded));
  }
}

function ofSettings(settings: Settings, at: readonly string[], loaded: Explainable): readonly Explanation[] {
  return Object.entries(settings).flatMap(([key, node]) => ofNode(node, [...at, key], loaded));
}

function ofNode(node: Settings[string], path: readonly string[], loaded: Explainable): readonly Explanation[] {
  switch (node.kind) {
    case 'setting':
      return ofSetting(node, path, loaded);
    case 'table':
      return ofSettings(node.settings, path, loaded);
    case 'each':
      return said(path, loaded);
  }
}

function ofSetting(setting: Setting<unknown>, path: readonly string[], loaded: Explainable): readonly Explanation[] {
  const own = said(path, loaded);
  if (own.length > 0) return own;
  const inForce = valueAt(loaded.config, path);
  const isTableOfTheirs = setting.merge === 'keys' || setting.merge === 'deep';
  const value = inForce === undefined && !isTableOfTheirs ? setting.unsaid : (inForce ?? null);
  return [explanationOf({ path, setting, value, taken: [], beaten: [], refused: [] })];
}

/** What is said at `path` or below it. */
function said(path: readonly string[], { provenances }: Explainable): readonly Explanation[] {
  return provenances.filter((it) => path.every((part, index) => it.path[index] === part)).map(explanationOf);
}

function explanationOf({ path, setting, value, taken, beaten, refused }: Provenance): Explanation {
  const origin = (saying: Saying): Origin => originOf(saying, path);
  return {
    key: keyText(path),
    value: value === null || value === undefined ? null : shown(path, value),
    from: taken.toReversed().map(origin),
    beats: beaten.map(origin),
    refused: refused.map((saying) => ({ ...origin(saying), why: saying.why })),
    type: setting.type,
    about: setting.text,
  };
}

function originOf({ layer, value }: Saying, path: readonly string[]): Origin {
  return { ...namedLayer(layer), line: nearestLine(layer, path), value: shown(path, value) };
}

export function namedLayer({ kind, profile, place }: Layer): Pick<Origin, 'layer' | 'profile' | 'file'> {
  return { layer: kind, profile, file: place };
}

/** In a table of profiles the same names are secrets as outside of it. */
function shown(path: readonly string[], value: unknown): string {
  const isSecret = (at: readonly string[]): boolean =>
    isSecretAt(configReference, at[0] === 'profiles' ? at.slice(2) : at);
  return shownValue(value, path, isSecret);
}

// ------------------------------------------------------------------------------------------------- an unknown key

/** More would not be read. */
const NAMES_AT_MOST = 5;

function unknownKey(key: string): Problem {
  const known = referenceSections().flatMap(({ rows }) => rows.map((row) => row.key));
  const names = nearestNames(key, known).slice(0, NAMES_AT_MOST);
  return {
    what: `There is no setting ${key}.`,
    why: names.length === 0 ? '' : `Did you mean ${names.join(', ')}?`,
    next: 'codex config explain lists what is set; docs/config.md has them all.',
  };
}
