// Bundles the helper as it is shipped, one file that Node runs, and says how it is started.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { FileHelper } from '../../../src/exec/files/helper-profile.ts';
import { ownProgramPlaces } from '../../../src/exec/files/program-places.ts';

export interface BundledHelper {
  readonly helper: FileHelper;
  remove(): void;
}

export async function bundleHelper(): Promise<BundledHelper> {
  // Not in a folder that a profile opens for commands.
  const folder = realpathSync(mkdtempSync(join('/var/tmp', 'exec-files-helper-')));
  const outfile = join(folder, 'files-helper.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../../../src/exec/files/helper-main.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  return {
    helper: { argv: [realpathSync(process.execPath), outfile], folder, ...ownProgramPlaces() },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
