// Which known name somebody meant who wrote another one.

/** The known name that differs least from `written`, null when none is near. A longer name may differ in more. */
export function nearestName(written: string, known: readonly string[]): string | null {
  const most = Math.max(1, Math.floor(written.length / 4));
  let best: { readonly name: string; readonly distance: number } | null = null;
  for (const name of known) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase());
    if (distance <= most && (best === null || distance < best.distance)) best = { name, distance };
  }
  return best?.name ?? null;
}

/**
 * Dotted names that somebody may have meant, the nearest first: those whose last part is near, and those that hold what
 * was written.
 */
export function nearestNames(written: string, known: readonly string[]): readonly string[] {
  const part = lastPart(written);
  return known
    .map((name) => ({ name, distance: distanceTo(name, written, part) }))
    .filter(({ distance }) => distance !== null)
    .sort((a, b) => (a.distance ?? 0) - (b.distance ?? 0))
    .map(({ name }) => name);
}

function distanceTo(name: string, written: string, part: string): number | null {
  if (nearestName(written, [name]) !== null) return editDistance(written.toLowerCase(), name.toLowerCase());
  if (nearestName(part, [lastPart(name)]) !== null)
    return 1 + editDistance(part.toLowerCase(), lastPart(name).toLowerCase());
  const isHeld = part.length >= SHORTEST_PART && lastPart(name).includes(part.toLowerCase());
  return isHeld ? part.length + name.length : null;
}

/** Shorter pieces are in too many names. */
const SHORTEST_PART = 4;

function lastPart(name: string): string {
  return name.split('.').at(-1) ?? name;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      let least = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) least = Math.min(least, beforeLast[column - 2]! + 1);
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length]!;
}
