// What a defect of the program leaves on disk.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFolders, ownFolder } from './core/index.ts';
import { type Place, VERSION } from './place.ts';

/** The report holds no output of commands. Gives its file, or null when it could not be written. */
export function reportCrash(place: Place, error: unknown): string | null {
  const folder = path.join(ownFolder(place.codexHome), 'crash');
  const file = path.join(folder, `${new Date().toISOString().replace(/[:.]/g, '-')}.txt`);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    makeFolders(folder);
    writeFileSync(file, `codex ${VERSION}\nnode ${process.version}\n\n${text}\n`, { mode: 0o600 });
    return file;
  } catch {
    return null;
  }
}
