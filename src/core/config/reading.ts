// What is there to say about the layers that were read: what is wrong or has no effect, and who said what is in force?

import type { Problem } from '../../problem/index.ts';
import type { ProfileIssue } from '../../sandbox/index.ts';
import { keyText, valueText } from './key-text.ts';
import { isKnownElsewhere } from './known-elsewhere.ts';
import type { Layer } from './layer.ts';
import { nearestName } from './nearest.ts';
import type { Setting } from './setting.ts';

/**
 * Something to say about a file. `error`: the value is not in force, a safe one is. `warning`: it has no effect.
 * `info`: it is read in a way that may surprise.
 */
export interface ConfigProblem {
  readonly level: 'error' | 'warning' | 'info';
  /** The key as a person writes it, `''` for the file as a whole. */
  readonly key: string;
  /** The file as a person writes its path, or `-c`. */
  readonly file: string;
  readonly line: number | null;
  readonly problem: Problem;
}

/** A value that a layer says. */
export interface Saying {
  readonly layer: Layer;
  readonly value: unknown;
}

/** Where the value of a setting comes from. Only of settings that some layer says something about. */
export interface Provenance {
  /** The key of a map's table included. */
  readonly path: readonly string[];
  readonly setting: Setting<unknown>;
  readonly value: unknown;
  /** Who said what is in force: one, or all that a list was gathered from. None: it is the built-in one. */
  readonly taken: readonly Saying[];
  /** Right as well, and below. The highest first. */
  readonly beaten: readonly Saying[];
  /** Not taken, whatever is below. */
  readonly refused: readonly (Saying & { readonly why: 'wrong' | 'of a project' | 'other setting' })[];
}

export interface Reading {
  wrong(layer: Layer, path: readonly string[], value: unknown, next: string): void;
  foreign(layer: Layer, path: readonly string[], value: unknown, notice: string): void;
  unknown(layer: Layer, path: readonly string[], key: string, known: readonly string[]): void;
  /** A setting that a project may not say, or not so. */
  ofProject(layer: Layer, path: readonly string[]): void;
  ignored(layer: Layer, path: readonly string[], what: string): void;
  profile(layer: Layer, issue: ProfileIssue): void;
  record(provenance: Provenance): void;
  /** What was recorded at that path. */
  recorded(path: readonly string[]): Provenance | null;
  problems(): readonly ConfigProblem[];
  provenances(): readonly Provenance[];
}

/** Secrets are not repeated: `isSecret` says which values are. */
export function openReading(isSecret: (path: readonly string[]) => boolean): Reading {
  const problems: ConfigProblem[] = [];
  const elsewhere = new Map<string, string[]>();
  const ofProjects = new Map<Layer, (readonly string[])[]>();
  const recorded = new Map<string, Provenance>();

  function add(
    level: ConfigProblem['level'],
    layer: Layer,
    path: readonly string[],
    what: string,
    why: string,
    next: string,
  ): void {
    const line = nearestLine(layer, path);
    const problem = { what: `${placeText(layer.place, line)}: ${what}`, why, next };
    problems.push({ level, key: keyText(path), file: layer.place, line, problem });
  }

  const said = (path: readonly string[], value: unknown): string =>
    `${keyText(path)} = ${isSecret(path) ? '…' : valueText(value)}`;

  return {
    wrong(layer, path, value, next) {
      add('error', layer, path, `${said(path, value)} is not possible.`, '', next);
    },
    foreign(layer, path, value, notice) {
      add('info', layer, path, `${said(path, value)} comes from codex-cli.`, notice, '');
    },
    unknown(layer, path, key, known) {
      const whole = [...path, key];
      if (isKnownElsewhere(path, key)) {
        elsewhere.set(layer.place, [...(elsewhere.get(layer.place) ?? []), keyText(whole)]);
        return;
      }
      const meant = nearestName(key, known);
      const next = meant === null ? '' : `Did you mean ${keyText([...path, meant])}?`;
      add('warning', layer, whole, `"${keyText(whole)}" is not known and has no effect.`, '', next);
    },
    ofProject(layer, path) {
      ofProjects.set(layer, [...(ofProjects.get(layer) ?? []), path]);
    },
    ignored(layer, path, what) {
      add('warning', layer, path, what, '', '');
    },
    profile(layer, { level, path, what, why, next }) {
      const whole = ['permissions', ...path];
      add(level, layer, whole, `[${keyText(['permissions', ...path.slice(0, 1)])}] ${what}`, why, next);
    },
    record(provenance) {
      recorded.set(JSON.stringify(provenance.path), provenance);
    },
    recorded: (path) => recorded.get(JSON.stringify(path)) ?? null,
    problems: () => [
      ...problems,
      ...[...ofProjects].map(([layer, paths]) => projectNotice(layer, paths)),
      ...[...elsewhere].map(([file, keys]) => elsewhereNotice(file, keys)),
    ],
    provenances: () => [...recorded.values()],
  };
}

/** Of the key, or of what it is written in. */
export function nearestLine(layer: Layer, path: readonly string[]): number | null {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const line = layer.lineOf(path.slice(0, depth));
    if (line !== null) return line;
  }
  return null;
}

export function placeText(place: string, line: number | null): string {
  return line === null ? place : `${place}:${line}`;
}

/** One for each file: it is told at each start. */
function projectNotice(layer: Layer, paths: readonly (readonly string[])[]): ConfigProblem {
  const found = paths
    .map((path) => ({ key: keyText(path), line: nearestLine(layer, path) }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const [{ key = '', line = null } = {}] = found;
  const named = found.map((it) => (it.line === null ? it.key : `${it.key} (line ${it.line})`)).join(', ');
  return {
    level: 'warning',
    key: found.length === 1 ? key : '',
    file: layer.place,
    line,
    problem: {
      what: `${placeText(layer.place, line)}: not taken from a project: ${found.length === 1 ? key : named}.`,
      why: 'What a repository brings along sets nothing that runs programs, sends secrets or opens more.',
      next: 'If it is meant, write it into your own config.toml.',
    },
  };
}

function elsewhereNotice(file: string, keys: readonly string[]): ConfigProblem {
  const count = keys.length === 1 ? '1 setting' : `${keys.length} settings`;
  const what = `${file}: ${count} of codex-cli ${keys.length === 1 ? 'has' : 'have'} no effect here yet.`;
  return { level: 'info', key: '', file, line: null, problem: { what, why: `${keys.join(', ')}.`, next: '' } };
}
