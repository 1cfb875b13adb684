// What the text of config.toml means: the settings in force, and everything in it that is wrong or has no effect.

import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import type { Problem } from '../../problem/index.ts';
import { knownNames, type ProfileIssue, profileNamed, readProfiles } from '../../sandbox/index.ts';
import { ignoredSandboxSettings } from './ignored-settings.ts';
import { isKnownElsewhere } from './known-elsewhere.ts';
import { nearestName } from './nearest.ts';
import { configReference } from './reference.ts';
import type { Each, Setting, Settings, Table, ValuesOf } from './setting.ts';
import { findKeyLines, type KeyLines } from './toml-lines.ts';

export type Config = ValuesOf<typeof configReference>;
export type ProviderTable = Config['model_providers'][string];
export type ShellEnvironmentPolicy = Config['shell_environment_policy'];

/**
 * Something to say about the file. `error`: the value is not in force, a safe one is. `warning`: it has no effect.
 * `info`: it is read in a way that may surprise.
 */
export interface ConfigProblem {
  readonly level: 'error' | 'warning' | 'info';
  /** The key as a person writes it, `''` for the file as a whole. */
  readonly key: string;
  readonly line: number | null;
  readonly problem: Problem;
}

export interface ReadConfig {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
}

/** Why a setting has the value it has when the file does not say. `wrong`: the file cannot be read at all. */
type Without = 'unsaid' | 'wrong';

/** The settings of a person without a file. */
export function defaultConfig(): Config {
  return settingsWithout('unsaid');
}

/**
 * Reads the text of a file; `path` is how problems call it. Nothing in it stops the program: a wrong value gives way
 * to the default, or to the narrowest value where safety hangs on it, and is reported.
 */
export function readConfig(text: string, path: string): ReadConfig {
  let tables: Record<string, unknown>;
  try {
    tables = parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { config: settingsWithout('wrong'), problems: [syntaxProblem(error, path)] };
  }
  const reading = openReading(path, findKeyLines(text));
  const config = readRoot(tables, reading);
  const ignored = ignoredSandboxSettings(config);
  if (ignored !== null) reading.ignored(['default_permissions'], ignored);
  return { config: withKnownProfile(config, reading), problems: reading.problems() };
}

/** Reports what is wrong in the profiles; a name that leads to none gives way to the narrowest profile. */
function withKnownProfile(config: Config, reading: Reading): Config {
  const { profiles, issues } = readProfiles(config.permissions);
  for (const issue of issues) reading.profile(issue);
  const name = config.default_permissions;
  if (name === null) {
    if (profiles.size > 0) reading.ignored(['permissions'], 'no profile is in force: default_permissions is not set.');
    return config;
  }
  if (profileNamed(name, profiles) !== null) return config;
  const isWrong = issues.some(({ level, path }) => level === 'error' && path[0] === name);
  const what = isWrong ? 'names a profile with an error' : 'names a profile that is not there';
  reading.wrong(['default_permissions'], name, `It ${what}. ${knownNames(profiles)} Until then it is ":read-only".`);
  return { ...config, default_permissions: ':read-only' };
}

// ------------------------------------------------------------------------------------------------ the walk

/**
 * The one place where the shape of the table, which the compiler knows, meets a walk over it, which it cannot follow:
 * `readSettings` makes exactly one value for each key of its table.
 */
function readRoot(tables: Record<string, unknown>, reading: Reading): Config {
  return readSettings(configReference, tables, [], reading) as Config;
}

function settingsWithout(why: Without): Config {
  return valuesWithout(configReference, why) as Config;
}

function valuesWithout(settings: Settings, why: Without): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([key, node]) => [key, valueWithout(node, why)]));
}

function valueWithout(node: Settings[string], why: Without): unknown {
  switch (node.kind) {
    case 'setting':
      return why === 'wrong' ? node.whenWrong : node.unsaid;
    case 'table':
      return valuesWithout(node.settings, why);
    case 'each':
      return {};
  }
}

function readSettings(
  settings: Settings,
  written: Record<string, unknown>,
  path: readonly string[],
  reading: Reading,
): Record<string, unknown> {
  for (const key of Object.keys(written)) {
    if (!Object.hasOwn(settings, key)) reading.unknown(path, key, Object.keys(settings));
  }
  return Object.fromEntries(
    Object.entries(settings).map(([key, node]) => [
      key,
      Object.hasOwn(written, key)
        ? readNode(node, written[key], [...path, key], reading)
        : valueWithout(node, 'unsaid'),
    ]),
  );
}

function readNode(node: Settings[string], value: unknown, path: readonly string[], reading: Reading): unknown {
  switch (node.kind) {
    case 'setting':
      return readSetting(node, value, path, reading);
    case 'table':
    case 'each':
      if (isTable(value)) return readTable(node, value, path, reading);
      reading.wrong(path, value, `It is a table: [${keyText(path)}].`);
      return valueWithout(node, 'wrong');
  }
}

function readTable(
  node: Table<Settings> | Each<Settings>,
  value: Record<string, unknown>,
  path: readonly string[],
  reading: Reading,
): unknown {
  if (node.kind === 'table') return readSettings(node.settings, value, path, reading);
  const named = Object.entries(value).filter(([name, inner]) => {
    if (isTable(inner)) return true;
    reading.wrong([...path, name], inner, `It is a table: [${keyText([...path, name])}].`);
    return false;
  });
  return Object.fromEntries(
    named.map(([name, inner]) => [
      name,
      isTable(inner) ? readSettings(node.settings, inner, [...path, name], reading) : {},
    ]),
  );
}

function readSetting(setting: Setting<unknown>, value: unknown, path: readonly string[], reading: Reading): unknown {
  const parsed = v.safeParse(setting.schema, value);
  if (parsed.success) return parsed.output;
  const foreign = setting.foreign(value);
  if (foreign !== null) {
    reading.foreign(path, value, foreign.notice);
    return foreign.value;
  }
  const isSafer = JSON.stringify(setting.whenWrong) !== JSON.stringify(setting.unsaid);
  const inForce = isSafer ? ` Until then it is ${JSON.stringify(setting.whenWrong)}.` : '';
  reading.wrong(path, value, `Allowed: ${setting.type}.${inForce}`);
  return setting.whenWrong;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

// ----------------------------------------------------------------------------------------- what there is to say

interface Reading {
  wrong(path: readonly string[], value: unknown, next: string): void;
  foreign(path: readonly string[], value: unknown, notice: string): void;
  unknown(path: readonly string[], key: string, known: readonly string[]): void;
  ignored(path: readonly string[], what: string): void;
  profile(issue: ProfileIssue): void;
  problems(): readonly ConfigProblem[];
}

function openReading(file: string, lines: KeyLines): Reading {
  const problems: ConfigProblem[] = [];
  const elsewhere: string[] = [];

  function add(level: ConfigProblem['level'], path: readonly string[], what: string, why: string, next: string): void {
    const line = lines.lineOf(path);
    const place = line === null ? file : `${file}:${line}`;
    problems.push({ level, key: keyText(path), line, problem: { what: `${place}: ${what}`, why, next } });
  }

  return {
    wrong(path, value, next) {
      add('error', path, `${keyText(path)} = ${valueText(value)} is not possible.`, '', next);
    },
    foreign(path, value, notice) {
      add('info', path, `${keyText(path)} = ${valueText(value)} comes from codex-cli.`, notice, '');
    },
    unknown(path, key, known) {
      const whole = [...path, key];
      if (isKnownElsewhere(path, key)) {
        elsewhere.push(keyText(whole));
        return;
      }
      const meant = nearestName(key, known);
      const next = meant === null ? '' : `Did you mean ${keyText([...path, meant])}?`;
      add('warning', whole, `"${keyText(whole)}" is not known and has no effect.`, '', next);
    },
    ignored(path, what) {
      add('warning', path, what, '', '');
    },
    profile({ level, path, what, why, next }) {
      add(level, ['permissions', ...path], `[${keyText(['permissions', ...path.slice(0, 1)])}] ${what}`, why, next);
    },
    problems() {
      if (elsewhere.length === 0) return problems;
      return [...problems, elsewhereNotice(file, elsewhere)];
    },
  };
}

function elsewhereNotice(file: string, keys: readonly string[]): ConfigProblem {
  const count = keys.length === 1 ? '1 setting' : `${keys.length} settings`;
  const what = `${file}: ${count} of codex-cli ${keys.length === 1 ? 'has' : 'have'} no effect here yet.`;
  return { level: 'info', key: '', line: null, problem: { what, why: `${keys.join(', ')}.`, next: '' } };
}

function syntaxProblem(error: TomlError, path: string): ConfigProblem {
  const [first = ''] = error.message.replace(/^Invalid TOML document:\s*/, '').split('\n');
  const what = `${path}:${error.line}:${error.column}: this is not TOML: ${first.trim()}.`;
  const why = 'Nothing in the file is in force; commands may write nothing and a model must ask for each.';
  return { level: 'error', key: '', line: error.line, problem: { what, why, next: 'Correct that line.' } };
}

/** As it is written in TOML: `model_providers."my server".name`. */
export function keyText(path: readonly string[]): string {
  return path.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join('.');
}

/** Longer values are not repeated in a sentence. */
const MAX_VALUE = 60;

function valueText(value: unknown): string {
  const text = typeof value === 'bigint' || value instanceof Date ? String(value) : JSON.stringify(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}
