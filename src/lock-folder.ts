// Where do locks of this program lie? No command sees them.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ownFolder } from './core/config/codex-home.ts';

/** Made when it is not there. Null when it cannot be. */
export function lockFolder(codexHome: string): string | null {
  const folder = path.join(ownFolder(codexHome), 'run');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return null; // A read-only home: what would be there is done without.
  }
}
