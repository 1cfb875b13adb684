// What is poured: a file of long lines, and what its bytes must be when they come out.

import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const COLUMNS = 99;
/** Of no letter that is typed meanwhile: capitals do not occur. */
const FILLER = 'abcdefghijklmnopqrstuvwxyz0123456789 ';

/** Writes `bytes` of lines. `digest` by kind: a terminal makes CR LF of each LF. */
export function pourFile(folder, bytes) {
  const file = path.join(folder, 'flood.txt');
  const count = Math.ceil(bytes / (COLUMNS + 1));
  const lines = Array.from({ length: count }, (_, index) =>
    `${index} `.concat(FILLER.repeat(3)).slice(0, COLUMNS).concat('\n'),
  );
  const text = lines.join('');
  writeFileSync(file, text);
  const asTerminal = text.replaceAll('\n', '\r\n');
  return {
    file,
    bytes: { pipe: text.length, pty: asTerminal.length },
    digest: { pipe: digestOf(text), pty: digestOf(asTerminal) },
  };
}

function digestOf(text) {
  return createHash('sha256').update(text).digest('hex');
}

export async function digestOfFile(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

/** The file below `folder` that changed last, with its size; null when there is none. */
export function newestBelow(folder) {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = path.join(entry.parentPath ?? entry.path, entry.name);
      const { mtimeMs, size } = statSync(file);
      return { file, mtimeMs, size };
    });
  return found.sort((a, b) => b.mtimeMs - a.mtimeMs)[0] ?? null;
}
