// What is there to say about a key of a profile, and the small questions that every reader of one asks.

/** Something to say about a key. `error`: the profile cannot be used. `warning`: the key has no effect, or half of it. */
export interface ProfileIssue {
  readonly level: 'error' | 'warning';
  /** From the name of the profile on: `["dev", "network", "mode"]`. */
  readonly path: readonly string[];
  readonly what: string;
  readonly why: string;
  readonly next: string;
}

export type Tables = Readonly<Record<string, unknown>>;

export type Say = (
  level: ProfileIssue['level'],
  path: readonly string[],
  what: string,
  why: string,
  next: string,
) => void;

export function sayingAbout(name: string, issues: ProfileIssue[]): Say {
  return (level, path, what, why, next) => {
    issues.push({ level, path: [name, ...path], what, why, next });
  };
}

export function reportUnknown(table: Tables, known: readonly string[], path: readonly string[], say: Say): void {
  for (const key of Object.keys(table))
    if (!known.includes(key))
      say('warning', [...path, key], `"${key}" is not known and has no effect.`, '', `Known: ${known.join(', ')}.`);
}

export function tableAt(table: Tables, key: string, say: Say, path: readonly string[] = []): Tables | null {
  const value = table[key];
  if (value === undefined) return null;
  if (isTable(value)) return value;
  say('error', [...path, key], `${key} is a table.`, '', '');
  return null;
}

export function isTable(value: unknown): value is Tables {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function isWholePath(place: string): boolean {
  return place.startsWith('/') || place === '~' || place.startsWith('~/');
}

export function relativeText(place: string): string {
  return `the path "${place}" is neither absolute nor below ~/.`;
}
