// How a rule of the Seatbelt language is written down.

/** What a rule covers, as it stands in the policy: `(subpath (param "DENIED_0"))`. */
export type Filter = string;

/**
 * A rule longer than this is written as several. The compiler bounds what it takes at once and does not say where;
 * this is far below the policies of the system itself, and more than a screen of text helps nobody.
 */
const RULE_CHARACTERS = 4096;

/**
 * `verdict` on each of the operations for whatever one of the filters covers: no rule for no filters, several where
 * one would be too long. All hold together, so where the cut is changes nothing.
 */
export function rules(
  verdict: 'allow' | 'deny',
  operations: readonly string[],
  filters: readonly Filter[],
): readonly string[] {
  const written: string[] = [];
  const head = `(${verdict} ${operations.join(' ')}`;
  let together: Filter[] = [];
  let length = 0;
  const finish = (): void => {
    const separator = together.length === 1 ? ' ' : '\n  ';
    if (together.length > 0) written.push(`${[head, ...together].join(separator)})`);
    together = [];
    length = 0;
  };
  for (const filter of new Set(filters)) {
    if (length > 0 && length + filter.length > RULE_CHARACTERS) finish();
    together.push(filter);
    length += filter.length;
  }
  finish();
  return written;
}

/** Paths reach the policy as parameters, so that no character of a path can become policy. */
export interface Parameters {
  /** `(param "DENIED_0")` for a path; the same path under the same name is one parameter. */
  of(name: string, path: string): string;
  /** The same for a name that has one path only, and is the name. */
  only(name: string, path: string): string;
  /** What sandbox-exec is told of them: `-DDENIED_0=/etc/key`. */
  readonly options: readonly string[];
}

export function openParameters(): Parameters {
  const options: string[] = [];
  const known = new Map<string, Map<string, string>>();
  const told = (parameter: string, path: string): string => {
    options.push(`-D${parameter}=${path}`);
    return `(param "${parameter}")`;
  };
  return {
    options,
    only: told,
    of(name, path) {
      const paths = known.get(name) ?? new Map<string, string>();
      known.set(name, paths);
      const written = paths.get(path) ?? told(`${name}_${paths.size}`, path);
      paths.set(path, written);
      return written;
    },
  };
}

/**
 * The place and everything below it. The place is named by itself too: whether `subpath` covers a folder that is only
 * just being made is not something to rely on.
 */
export function whole(parameter: string): readonly Filter[] {
  return [`(literal ${parameter})`, `(subpath ${parameter})`];
}
