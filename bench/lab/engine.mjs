// How do the sources of a room become a program of their own, as small as it gets?

import path from 'node:path';
import { build } from 'esbuild';
import { root } from './place.mjs';

/** Bundles what these rooms show of themselves into one CommonJS file of the scratch folder; returns its path. */
export async function bundleRooms(place, name, rooms) {
  const outfile = path.join(place.folder, `${name}.cjs`);
  await build({
    stdin: {
      contents: rooms.map((room) => `export * from './src/${room}';`).join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['node-pty', 'node-pty-prebuilt'],
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
  });
  return outfile;
}
