// Is a hook meant for this tool?

/** Longer names are no tool's. */
const NAME_LENGTH = 512;

/** As published: nothing, `` and `*` match all; names with bars between them match whole; the rest is a pattern. */
export function isMatched(matcher: string | null, names: readonly string[]): boolean {
  if (matcher === null || matcher === '' || matcher === '*') return true;
  if (/^[A-Za-z0-9_|]+$/.test(matcher)) return matcher.split('|').some((name) => names.includes(name));
  const pattern = new RegExp(matcher);
  return names.some((name) => pattern.test(name.slice(0, NAME_LENGTH)));
}
