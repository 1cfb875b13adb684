// What does a helper need to run under a profile that was made for commands?

import type { BoundProfile } from '../../sandbox/index.ts';
import { type CoveredPlaces, nearestFolder } from './covers.ts';

export type ManagedProfile = Extract<BoundProfile, { type: 'managed' }>;

/** How a helper is started, and what has to be in sight for it. All paths absolute and real. */
export interface FileHelper {
  /** The program and its bundle. */
  readonly argv: readonly [string, ...string[]];
  /** The folder of the bundle, where the helper starts. */
  readonly folder: string;
  /** Files and folders that the program is loaded from. */
  readonly readable: readonly string[];
  /** Links on the way to them, of the platform: `/lib64` to `usr/lib64`. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/** The same profile without any network, and with what the helper is made of in sight, read-only. */
export function helperProfile(profile: ManagedProfile, { folder, readable, links }: FileHelper): ManagedProfile {
  const needed = [folder, ...readable].filter((place, index, all) => all.indexOf(place) === index);
  const missing = needed.filter((place) => !isInSight(profile, place));
  const known = new Set(profile.links.map(({ path }) => path));
  const missingLinks = profile.readsEverything ? [] : links.filter(({ path }) => !known.has(path));
  return {
    ...profile,
    readable: [...profile.readable, ...missing],
    links: [...profile.links, ...missingLinks],
    network: 'restricted',
    proxy: null,
    localPorts: [],
  };
}

/** What a helper finds covered under its profile. */
export function coveredPlaces(profile: ManagedProfile): CoveredPlaces {
  return {
    absent: profile.absentNames,
    closed: [...profile.denied, ...profile.hidden],
    opened: openedPlaces(profile),
  };
}

/** PATH, so that bubblewrap is found, and where temporary files go. Nothing else of ours is a helper's to know. */
export function helperVariables(all: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const kept = ['PATH', 'TMPDIR', 'TMP', 'TEMP'].flatMap((name) => {
    const value = all[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(kept);
}

/** Of all places around a path the nearest decides. Below /run nothing is in sight unless it is named. */
function isInSight(profile: ManagedProfile, place: string): boolean {
  const opened = nearestFolder(place, openedPlaces(profile));
  const closed = nearestFolder(place, [...profile.hidden, ...profile.denied, '/run']);
  if (opened === null) return profile.readsEverything && closed === null;
  return closed === null || closed.length < opened.length;
}

function openedPlaces({ writableRoots, readable }: ManagedProfile): readonly string[] {
  return [...writableRoots.flatMap((root) => [root.path, ...root.readOnly]), ...readable];
}
