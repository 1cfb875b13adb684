// How a table of paths becomes writable roots with carve-outs, without lines that change nothing.

import { byDepth, isBelow, nearestFolder } from './paths.ts';
import type { Access, WritableRoot } from './profile.ts';

export interface ComposedAccess {
  readonly readsEverything: boolean;
  readonly writableRoots: readonly WritableRoot[];
  readonly denied: readonly string[];
  readonly hidden: readonly string[];
  readonly readable: readonly string[];
}

/**
 * Sorts a table of resolved paths into what a plan needs. The longest path wins; an entry that says what the entry
 * above it says already is dropped, except entries below /run, which every sandbox hides. Where the table says nothing
 * about `/`, nothing is there that it does not list.
 */
export function composeAccess(
  access: ReadonlyMap<string, Access>,
  isFolder: (path: string) => boolean,
): ComposedAccess {
  const base = access.get('/');
  const kept = new Map<string, Access | 'nothing'>([['/', base === undefined || base === 'deny' ? 'nothing' : base]]);
  for (const place of [...access.keys()].sort(byDepth)) {
    if (place === '/') continue;
    const wanted = access.get(place) ?? 'read';
    const above = nearestFolder(place, kept.keys()) ?? '/';
    const isHiddenAnyway = wanted !== 'deny' && above === '/' && isBelow(place, '/run');
    const isThereAnyway = wanted === 'deny' && kept.get(above) === 'nothing';
    if ((kept.get(above) !== wanted && !isThereAnyway) || isHiddenAnyway) kept.set(place, wanted);
  }

  const places = [...kept.keys()];
  const writable = places.filter((place) => kept.get(place) === 'write');
  const closed = places.filter((place) => kept.get(place) === 'deny');
  const readable: string[] = [];
  const carveOuts = new Map<string, string[]>(writable.map((root) => [root, []]));
  for (const place of places) {
    if (kept.get(place) !== 'read' || place === '/') continue;
    const above =
      nearestFolder(
        place,
        places.filter((it) => it !== place),
      ) ?? '/';
    (carveOuts.get(above) ?? readable).push(place);
  }
  return {
    readsEverything: kept.get('/') !== 'nothing',
    writableRoots: writable.map((root) => ({ path: root, readOnly: carveOuts.get(root) ?? [] })),
    denied: closed.filter((place) => !isFolder(place)),
    hidden: closed.filter(isFolder),
    readable,
  };
}
