// Assembles src/bytes/scan.wat into a module that the bundle can carry: `node scripts/wasm.mjs` after changing it.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const source = new URL('../src/bytes/scan.wat', import.meta.url);
const target = new URL('../src/bytes/scan-module.ts', import.meta.url);

const { parseWat } = await wabt();
const parsed = parseWat(fileURLToPath(source), readFileSync(source, 'utf8'), { simd: true });
const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64');
const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}',`);
writeFileSync(
  target,
  `// Made from scan.wat by scripts/wasm.mjs. Do not change it here.

/** The assembled module as base64. */
export const SCAN_MODULE = [
${lines.join('\n')}
].join('');
`,
);
