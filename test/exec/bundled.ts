// Makes the engine a program of its own, in the CommonJS form in which it is shipped.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Bundles a program of `test/exec/programs` and returns its path. It lies in the repository to find the add-on. */
export function bundleProgram(name: string): Promise<string> {
  return bundleFile(`test/exec/programs/${name}.ts`, name);
}

/** The same for any source file of the repository. */
export async function bundleFile(source: string, name: string): Promise<string> {
  const folder = `${root}build/exec-programs`;
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}/${name}-${process.pid}.cjs`;
  await build({
    entryPoints: [`${root}${source}`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
  });
  return outfile;
}
