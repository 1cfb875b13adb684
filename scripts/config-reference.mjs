// Writes docs/config.md from the table of settings. `--check` writes nothing and fails when the page is out of date.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = fileURLToPath(new URL('../docs/config.md', import.meta.url));

const bundle = await build({
  entryPoints: [`${root}/src/core/config/reference-text.ts`],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const source = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const { referencePage } = await import(`data:text/javascript;base64,${source}`);
const text = referencePage();

if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/config.md is out of date: node scripts/config-reference.mjs');
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, text);
}
