// Which places of the disk a line or a command means.

import * as path from 'node:path';
import type { Circumstances } from './circumstances.ts';
import { untilded } from './command-words.ts';
import type { LineReading } from './line-reading.ts';
import { type NamedPath, pathsIn } from './places-in-text.ts';
import { isShell } from './shell-text.ts';

export interface MeantPlace {
  /** Absolute and resolved. */
  readonly place: string;
  /** A relative name, taken from a folder that the command goes to. */
  readonly isGuess: boolean;
}

/** The paths a text may mean. Relative names are taken from the working folder, then from where the command went. */
export function placesIn(said: string | LineReading, at: Circumstances): MeantPlace[] {
  const text = typeof said === 'string' ? said : said.rest;
  const names = [...(typeof said === 'string' ? [] : wholeNames(said, at)), ...pathsIn(text)];
  return names.flatMap(({ text: name, isSure }) => {
    const bases = isRelative(name) ? [at.cwd, ...at.words.folders] : [at.cwd];
    const places = bases
      .map((base, index) => ({ place: placeOf(name, base, text, at), isGuess: index > 0 }))
      .filter(({ place }) => isSure || at.outside.exists(place) || at.command.includes(name));
    // Where the folder of a name is missing, the name means another place, if there is one.
    const near = places.filter(({ place }) => at.outside.exists(path.dirname(place)));
    return near.length > 0 ? near : places;
  });
}

/** The relative names of a line, below the folders among `places`. */
export function placesBelow(places: readonly MeantPlace[], { rest }: LineReading, at: Circumstances): MeantPlace[] {
  const names = pathsIn(rest).filter(({ text }) => isRelative(text));
  const folders = places.filter(({ place }) => at.outside.isFolder(place));
  return names.flatMap(({ text: name }) =>
    folders.map(({ place }) => ({ place: placeOf(name, place, rest, at), isGuess: true })),
  );
}

/** A name that may hold anything stands bare before the refusal: shells write so, and few others. */
function wholeNames({ ahead, program }: LineReading, at: Circumstances): NamedPath[] {
  const before = ahead.replace(/\s*[:([]\s*$/, '');
  if (program !== null && isShell(program)) {
    const name = before.replace(/^\S+: (?:line )?(?:\d+: )?(?:(?:cd|source|\.): |cannot (?:create|open) )?/, '');
    return name === before || name === '' ? [] : [{ text: name, isSure: name.includes('/') }];
  }
  const name = /(?:^|[\s:])(\/.*)$/.exec(before)?.[1];
  if (name === undefined) return [];
  const inCommand = at.command.indexOf(name);
  const isWord = inCommand !== -1 && /^(?:$|["'\s])/.test(at.command.slice(inCommand + name.length));
  return isWord || at.outside.exists(name) ? [{ text: name, isSure: true }] : [];
}

function placeOf(name: string, base: string, text: string, { home, outside }: Circumstances): string {
  const place = path.resolve(base, untilded(name, home));
  // Who removes or moves a link means the link.
  return removes(text) && place !== '/'
    ? path.join(outside.resolve(path.dirname(place)), path.basename(place))
    : outside.resolve(place);
}

/** The text speaks of something that was to go away from its place. */
export function removes(text: string): boolean {
  return /\b(?:remove|unlink|rmdir|delet|renam|move\b|moved\b)/i.test(text);
}

function isRelative(name: string): boolean {
  return !/^[~/]/.test(name);
}
