// Which files may commands touch under a profile, as a model is told before it tries?

import { assertNever } from '../../problem/index.ts';
import { type Access, type FileSystemEntry, type Profile, protectedNames } from '../../sandbox/index.ts';

/** A profile may list more; a command that meets one of those is told so. */
const MOST_PLACES = 20;

export function filesInWords(profile: Profile): readonly string[] {
  switch (profile.type) {
    case 'disabled':
      return ['files: no sandbox, whatever the person can'];
    case 'external':
      return ['files: what the machine around gives'];
    case 'managed':
      return managedFiles(profile.entries, profile.workspaceRoots);
    default:
      return assertNever(profile);
  }
}

function managedFiles(entries: readonly FileSystemEntry[], roots: readonly string[]): readonly string[] {
  const written = placesOf(entries, 'write', roots);
  const read = entries.some(isWholeDisk) ? ['everything'] : [...placesOf(entries, 'read', roots), ...written];
  const closed = placesOf(entries, 'deny', roots);
  return [
    `may read: ${listed(read)}`,
    `may write: ${listed(written)}`,
    ...(written.length === 0 ? [] : [`may not write, directly in those folders: ${listed(protectedNames)}`]),
    ...(closed.length === 0 ? [] : [`closed: ${listed(closed)}`]),
  ];
}

function isWholeDisk({ path, access }: FileSystemEntry): boolean {
  return path.type === 'special' && path.place === 'root' && path.subpath === undefined && access !== 'deny';
}

function placesOf(entries: readonly FileSystemEntry[], access: Access, roots: readonly string[]): readonly string[] {
  return entries.filter((entry) => entry.access === access).flatMap(({ path }) => placeWords(path, roots));
}

function placeWords(place: FileSystemEntry['path'], roots: readonly string[]): readonly string[] {
  switch (place.type) {
    case 'path':
      return [place.path];
    case 'glob':
      return [place.place === undefined ? place.pattern : `${place.pattern} in ${OWN_FOLDER}`];
    case 'special': {
      const inside = place.subpath === undefined ? '' : `/${place.subpath}`;
      if (place.place !== 'workspace_roots') return [`${SPECIAL[place.place]}${inside}`];
      return [inside === '' ? OWN_FOLDER : `${place.subpath} in ${OWN_FOLDER}`, ...roots.map((root) => root + inside)];
    }
    default:
      return assertNever(place);
  }
}

const OWN_FOLDER = 'the folder this session was opened in';

const SPECIAL = { root: '', minimal: 'what programs need to run', tmpdir: '$TMPDIR', slash_tmp: '/tmp' } as const;

function listed(places: readonly string[]): string {
  if (places.length === 0) return 'nothing';
  const shown = places.slice(0, MOST_PLACES).map((place) => place || '/');
  return [...shown, ...(places.length > MOST_PLACES ? [`and ${places.length - MOST_PLACES} more`] : [])].join(', ');
}
