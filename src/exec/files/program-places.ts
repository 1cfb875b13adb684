// Which files is a program loaded from? They must be in sight where it is started.

import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import type { FileHelper } from './helper-profile.ts';

/**
 * Of this very process, on Linux: its program, its libraries, and what loads them. Elsewhere the program alone, as its
 * libraries are the platform's.
 */
export function ownProgramPlaces(): Pick<FileHelper, 'readable' | 'links'> {
  const program = realpathSync.native(process.execPath);
  if (process.platform !== 'linux') return { readable: [program], links: [] };
  const mapped = mappedLibraries(readFileSync('/proc/self/maps', 'latin1')).flatMap(namesOfLibrary);
  const loader = loaderOf(firstBytes(program));
  if (loader === null) return { readable: [program, ...mapped], links: [] };
  // A link of the platform on the way to the loader is made anew, and the loader mounted where the link leads.
  const folder = dirname(loader);
  const isLink = lstatSync(folder).isSymbolicLink();
  const readable = [program, ...mapped, `${realpathSync.native(folder)}${loader.slice(folder.length)}`];
  return { readable, links: isLink ? [{ path: folder, target: readlinkSync(folder) }] : [] };
}

/** `/proc/PID/maps`: the libraries in it, without our own add-ons. */
export function mappedLibraries(maps: string): readonly string[] {
  const libraries = maps
    .split('\n')
    .flatMap((line) => /^\S+ r-xp \S+ \S+ \S+\s+(\/.*\.so(?:\.[\d.]+)?)$/.exec(line)?.[1] ?? []);
  return [...new Set(libraries)];
}

/** The headers of an ELF file and the name of its loader are at its beginning. */
const BEGINNING_BYTES = 64 * 1024;

function firstBytes(file: string): Buffer {
  const bytes = Buffer.alloc(BEGINNING_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

/** A library is mapped by the name of its file and looked for by a shorter one, which is a link beside it. */
function namesOfLibrary(file: string): readonly string[] {
  const folder = dirname(file);
  const stem = basename(file).replace(/\.so.*$/, '.so');
  const names = readdirSync(folder).filter((name) => name.startsWith(stem));
  return names.map((name) => `${folder}/${name}`).filter((place) => leadsTo(place, file));
}

function leadsTo(place: string, file: string): boolean {
  try {
    return realpathSync.native(place) === file;
  } catch {
    return false; // A broken link is no name of it.
  }
}

const PROGRAM_HEADER_OF_LOADER = 3;

/** The path that an ELF file of 64 bits names as its loader (elf(5), PT_INTERP); null where it has none. */
export function loaderOf(program: Buffer): string | null {
  const start = Number(program.readBigUInt64LE(0x20));
  const size = program.readUInt16LE(0x36);
  for (let index = 0; index < program.readUInt16LE(0x38); index++) {
    const header = start + index * size;
    if (program.readUInt32LE(header) !== PROGRAM_HEADER_OF_LOADER) continue;
    const offset = Number(program.readBigUInt64LE(header + 8));
    const length = Number(program.readBigUInt64LE(header + 32));
    return program.toString('latin1', offset, offset + length - 1);
  }
  return null;
}
