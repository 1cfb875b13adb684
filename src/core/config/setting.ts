// How one setting is described: what it may be, what it is unsaid, and what a person reads about it. The table of all
// settings is made of these, and the reader, the documentation and the help are made of the table.

import * as v from 'valibot';

export interface Setting<T> {
  readonly kind: 'setting';
  readonly schema: v.GenericSchema<unknown, T>;
  /** As a person writes the possible values. */
  readonly type: string;
  readonly unsaid: T;
  /** As a person would write `unsaid`; `''` for none. */
  readonly unsaidText: string;
  readonly text: string;
  /**
   * In force when what a layer writes is wrong, over what the layers `below` it say: that, or, where safety hangs on it,
   * the narrowest value there is. Never anything wider than `below`.
   */
  afterWrong(below: T): T;
  /** Spellings that others write into the same file, and what they mean here. Null: not such a spelling. */
  readonly foreign: (value: unknown) => { readonly value: T; readonly notice: string } | null;
  /** What becomes of the values of several layers. */
  readonly merge: Merge;
  /** Whether the layer of a project may say it. */
  readonly project: ProjectSay<T>;
  /** Its text, or the texts in it, are shown to nobody. */
  readonly isSecret: boolean;
  /** A file: a relative path starts at the folder of the file that says it. */
  readonly isPath: boolean;
}

/**
 * `replace`: the highest layer that says it wins. `keys`: so does the highest for each key of a table. `deep`: and for
 * each key of the tables in it. `gather`: all lists one after the other, the lowest first.
 */
export type Merge = 'replace' | 'keys' | 'deep' | 'gather';

/**
 * A repository is not its person: even one that is trusted sets nothing that would run programs, send secrets somewhere
 * or open what the person closed. `narrows` decides whether a value of the project opens nothing that `below` does not.
 */
export type ProjectSay<T> =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'ignored' }
  // A method, so that the table of all settings can hold every kind.
  | { readonly kind: 'narrower'; narrows(value: T, below: T): boolean };

/** A table whose keys are names of the person's own. */
export interface Each<T extends Settings> {
  readonly kind: 'each';
  /** How the name is written in the reference, e.g. `<id>`. */
  readonly named: string;
  readonly text: string;
  readonly settings: T;
  /** Nothing in it is taken from a project, but for what says that it may. */
  readonly isOwn: boolean;
}

export interface Table<T extends Settings> {
  readonly kind: 'table';
  readonly text: string;
  readonly settings: T;
  readonly isOwn: boolean;
}

export interface Settings {
  readonly [key: string]: Setting<unknown> | Each<Settings> | Table<Settings>;
}

/** What a program gets of a setting, a table or a table of tables. */
type ValueOf<T> =
  T extends Setting<infer Value>
    ? Value
    : T extends Table<infer Inner>
      ? ValuesOf<Inner>
      : T extends Each<infer Inner>
        ? { readonly [name: string]: ValuesOf<Inner> }
        : never;

export type ValuesOf<T extends Settings> = { readonly [K in keyof T]: ValueOf<T[K]> };

/** What holds for a setting whatever its type is. */
export interface Marks<T> {
  /** Only the person's own layers may say it. */
  readonly isOwn?: true;
  /** A project may say it where this holds. */
  readonly narrows?: (value: T, below: T) => boolean;
  readonly isSecret?: true;
  readonly isPath?: true;
  /** The narrowest value there is; only where safety hangs on it. */
  readonly whenWrong?: T;
}

interface Description<T> extends Marks<T> {
  readonly unsaid: T;
  readonly text: string;
  readonly afterWrong?: (below: T) => T;
  readonly unsaidText?: string;
  readonly foreign?: Setting<T>['foreign'];
  readonly merge?: Merge;
}

function setting<T>(type: string, schema: v.GenericSchema<unknown, T>, about: Description<T>): Setting<T> {
  return {
    kind: 'setting',
    schema,
    type,
    unsaid: about.unsaid,
    unsaidText: about.unsaidText ?? (about.unsaid === null ? '' : JSON.stringify(about.unsaid)),
    text: about.text,
    afterWrong: about.afterWrong ?? ((below) => (about.whenWrong === undefined ? below : about.whenWrong)),
    foreign: about.foreign ?? (() => null),
    merge: about.merge ?? 'replace',
    project: projectSay(about),
    isSecret: about.isSecret ?? false,
    isPath: about.isPath ?? false,
  };
}

function projectSay<T>({ isOwn, narrows }: Marks<T>): ProjectSay<T> {
  if (narrows !== undefined) return { kind: 'narrower', narrows };
  return { kind: isOwn === true ? 'ignored' : 'allowed' };
}

interface TableMarks {
  readonly isOwn?: true;
}

export function table<const T extends Settings>(text: string, settings: T, marks: TableMarks = {}): Table<T> {
  return { kind: 'table', text, settings, isOwn: marks.isOwn ?? false };
}

export function each<const T extends Settings>(
  named: string,
  text: string,
  settings: T,
  marks: TableMarks = {},
): Each<T> {
  return { kind: 'each', named, text, settings, isOwn: marks.isOwn ?? false };
}

export function choice<const T extends string>(words: readonly T[], about: Description<NoInfer<T>>): Setting<T> {
  return setting<T>(words.map((word) => `"${word}"`).join(' | '), v.picklist(words), about);
}

/** The same for a choice that may be left open. */
export function openChoice<const T extends string>(
  words: readonly T[],
  about: Description<NoInfer<T> | null>,
): Setting<T | null> {
  return setting<T | null>(words.map((word) => `"${word}"`).join(' | '), v.picklist(words), about);
}

export function flag(unsaid: boolean, text: string, marks: Marks<boolean> = {}): Setting<boolean> {
  return setting('true | false', v.boolean(), { unsaid, text, ...marks });
}

export function words(text: string, marks: Marks<string | null> = {}): Setting<string | null> {
  return setting<string | null>('text', v.pipe(v.string(), v.minLength(1)), { unsaid: null, text, ...marks });
}

/** A whole number of at least `least`. */
export function whole(least: number, unsaid: number, text: string): Setting<number> {
  return setting(`whole number, at least ${least}`, wholeFrom(least), { unsaid, text });
}

export function openWhole(least: number, text: string): Setting<number | null> {
  return setting<number | null>(`whole number, at least ${least}`, wholeFrom(least), { unsaid: null, text });
}

export function list(text: string, marks: Marks<readonly string[]> = {}): Setting<readonly string[]> {
  return setting<readonly string[]>('list of texts', v.array(v.string()), { unsaid: [], text, ...marks });
}

export function map(
  text: string,
  marks: Marks<Readonly<Record<string, string>>> = {},
): Setting<Readonly<Record<string, string>>> {
  const schema = v.record(v.string(), v.string());
  const about = { unsaid: {}, text, merge: 'keys', ...marks } as const;
  return setting<Readonly<Record<string, string>>>('table of texts', schema, about);
}

/** A list that each layer adds to. */
export function gathered<T>(type: string, part: v.GenericSchema<unknown, T>, text: string): Setting<readonly T[]> {
  return setting<readonly T[]>(type, v.array(part), { unsaid: [], unsaidText: '', text, merge: 'gather' });
}

/** Anything else: `type` says it in a person's words, `schema` in ours. */
export function shape<T>(type: string, schema: v.GenericSchema<unknown, T>, about: Description<T>): Setting<T> {
  return setting(type, schema, about);
}

export function wholeFrom(least: number) {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(least));
}
