// Which files a Seatbelt policy opens and closes, and what it keeps from being moved away.

import * as path from 'node:path';
import { byDepth, depthOf, foldersBetween, isBelow, isWithin } from '../profile/paths.ts';
import type { WritableRoot } from '../profile/profile.ts';
import { anyCaseFilter, fixedFolder, globFilter, isWithinMatch } from './macos-patterns.ts';
import { policyMinimalReads } from './macos-policy.ts';
import { type Filter, type Parameters, rules, whole } from './macos-rules.ts';

export interface FileWish {
  readonly readsEverything: boolean;
  readonly writableRoots: readonly WritableRoot[];
  /** Files, folders and sockets alike. */
  readonly closed: readonly string[];
  readonly closedGlobs: readonly string[];
  readonly readable: readonly string[];
  readonly links: readonly string[];
  readonly absentNames: readonly string[];
  /** Sockets that may be reached, and so may be seen. */
  readonly sockets: readonly string[];
  /** A folder of the system that is written whatever the profile opens, unless the profile closes it; null: none. */
  readonly cacheFolder: string | null;
}

/**
 * A rule for a more specific operation beats a later one for its whole family, so whoever rules over `file-write*`
 * rules over `file-write-unlink` in the same breath: then the last rule decides, and the order is all there is to see.
 */
const reading = ['file-read*', 'file-map-executable', 'process-exec'] as const;
const writing = ['file-write*', 'file-write-unlink'] as const;

/** From the outermost place to the innermost, since of several rules the last one that matches decides. */
export function filePolicy(wish: FileWish, parameters: Parameters): readonly string[] {
  const layers = layersOf(wish);
  const isBelowMatch = ({ place }: Layer): boolean => isWithinMatch(path.dirname(place), wish.closedGlobs);
  return [
    ...(wish.readsEverything
      ? ['(allow file-read* file-map-executable)']
      : [policyMinimalReads, ...linkRules(wish, parameters)]),
    ...cacheRules(wish, parameters),
    ...layerRules(
      layers.filter((layer) => !isBelowMatch(layer)),
      parameters,
    ),
    ...rules('deny', [...reading, ...writing], wish.closedGlobs.map(globFilter)),
    // What a longer path opens again inside a match.
    ...layerRules(layers.filter(isBelowMatch), parameters),
    ...wayRules(wish, parameters),
    ...pinRules(wish, parameters),
  ];
}

/** A place and what becomes of it and all below it. `guard` closes it for writing, in any case of its name. */
interface Layer {
  readonly place: string;
  readonly becomes: 'written' | 'read' | 'guarded' | 'closed';
  readonly isThere: boolean;
}

function layersOf(wish: FileWish): readonly Layer[] {
  const layers = (places: readonly string[], becomes: Layer['becomes'], isThere = true): Layer[] =>
    places.map((place) => ({ place, becomes, isThere }));
  const all = [
    ...layers(
      wish.writableRoots.map((root) => root.path),
      'written',
    ),
    ...layers(wish.readable, 'read'),
    ...layers(
      wish.writableRoots.flatMap((root) => root.readOnly),
      'guarded',
    ),
    ...layers(wish.absentNames, 'guarded', false),
    ...layers([...new Set(wish.closed)], 'closed'),
  ];
  // Places of one depth do not overlap: their order is free, and this one gives the fewest rules.
  const order = ['written', 'read', 'guarded', 'closed'];
  return all.sort(
    (a, b) =>
      depthOf(a.place) - depthOf(b.place) ||
      order.indexOf(a.becomes) - order.indexOf(b.becomes) ||
      byDepth(a.place, b.place),
  );
}

function layerRules(layers: readonly Layer[], parameters: Parameters): readonly string[] {
  const written: string[] = [];
  let rest = layers;
  for (let first = rest[0]; first !== undefined; first = rest[0]) {
    const { becomes } = first;
    const end = rest.findIndex((it) => it.becomes !== becomes);
    const alike = end === -1 ? rest : rest.slice(0, end);
    rest = rest.slice(alike.length);
    const filters = alike.flatMap((layer) => layerFilters(layer, parameters));
    switch (becomes) {
      case 'written':
        written.push(...rules('allow', [...reading, ...writing], filters));
        break;
      case 'read':
        written.push(...rules('allow', reading, filters));
        break;
      case 'guarded':
        written.push(...rules('deny', writing, filters));
        break;
      case 'closed':
        written.push(...rules('deny', [...reading, ...writing], filters));
        break;
    }
  }
  return written;
}

function layerFilters({ place, becomes, isThere }: Layer, parameters: Parameters): readonly Filter[] {
  switch (becomes) {
    case 'written':
      return [`(subpath ${parameters.of('WRITABLE_ROOT', place)})`];
    case 'read':
      return [`(subpath ${parameters.of('READABLE_ROOT', place)})`];
    case 'guarded':
      // What is there is mostly asked for by the name it has; a name that something is moved to comes as it is written.
      return [...(isThere ? whole(parameters.of('READ_ONLY', place)) : []), anyCaseFilter(place)];
    case 'closed':
      return whole(parameters.of('DENIED', place));
  }
}

function linkRules({ links }: FileWish, parameters: Parameters): readonly string[] {
  return rules(
    'allow',
    ['file-read-metadata'],
    links.map((link) => `(literal ${parameters.of('LINK', link)})`),
  );
}

function cacheRules({ cacheFolder }: FileWish, parameters: Parameters): readonly string[] {
  const places = cacheFolder === null ? [] : [`(subpath ${parameters.only('DARWIN_USER_CACHE_DIR', cacheFolder)})`];
  return rules('allow', ['file-read*', ...writing], places);
}

/** The folders on the way to something open may be seen, nothing in them: else no program finds its way there. */
function wayRules(wish: FileWish, parameters: Parameters): readonly string[] {
  const opened = [...wish.writableRoots.map((root) => root.path), ...wish.readable, ...wish.sockets];
  const way = [...opened.flatMap((place) => foldersBetween('/', place)), ...wish.sockets];
  const isShut = (place: string): boolean =>
    !wish.readsEverything || wish.closed.some((it) => isWithin(place, it)) || isWithinMatch(place, wish.closedGlobs);
  return rules(
    'allow',
    ['file-read-metadata'],
    way
      .filter(isShut)
      .sort(byDepth)
      .map((folder) => `(literal ${parameters.of('PASSAGE', folder)})`),
  );
}

/**
 * Nothing that is closed moves to where it would be open, by whatever folder above it: neither a folder between it and
 * the root it is in, nor the root, whose own names are guarded only where it is.
 */
function pinRules(wish: FileWish, parameters: Parameters): readonly string[] {
  const closed = [
    ...wish.closed,
    ...wish.absentNames,
    ...wish.writableRoots.flatMap((root) => root.readOnly),
    // Also the folder itself that a glob begins with: below another name nothing in it would match.
    ...wish.closedGlobs.map((glob) => path.join(fixedFolder(glob), 'match')),
  ];
  const roots = wish.writableRoots.map((root) => root.path);
  const pins = roots.flatMap((root) => [
    root,
    ...closed.filter((place) => isBelow(place, root)).flatMap((place) => foldersBetween(root, place)),
  ]);
  return rules(
    'deny',
    ['file-write-unlink'],
    pins.sort(byDepth).map((folder) => `(literal ${parameters.of('ANCESTOR', folder)})`),
  );
}
