// The walls of the house: who may import whom, read from the sources themselves.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = path.resolve(import.meta.dirname, '../src');

/** From left to right: a room imports only from rooms further right. */
const ROOMS = ['ui', 'core', 'exec', 'sandbox', 'bytes', 'problem'];

interface Import {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** Absolute path of the imported file, or the bare name of a package. */
  readonly target: string;
}

function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8');
  const found: Import[] = [];
  for (const match of source.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
  )) {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    const target = name.startsWith('.') ? path.resolve(path.dirname(file), name) : name;
    found.push({ file, line: source.slice(0, match.index).split('\n').length, text: name, target });
  }
  return found;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => path.join(SRC, name));
const imports = files.flatMap(importsOf);

function roomOf(file: string): string {
  const [first = ''] = path.relative(SRC, file).split(path.sep);
  return ROOMS.includes(first) ? first : '';
}

function complain(wrong: readonly Import[]): string[] {
  return wrong.map(({ file, line, text }) => `${path.relative(SRC, file)}:${line} imports ${text}`);
}

describe('the direction of imports', () => {
  it('finds the imports it judges', () => {
    expect(imports.length).toBeGreaterThan(50);
  });

  it('goes only to the right', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [roomOf(file), path.isAbsolute(target) ? roomOf(target) : ''];
      return from !== '' && to !== '' && ROOMS.indexOf(to) < ROOMS.indexOf(from);
    });
    expect(complain(wrong)).toEqual([]);
  });

  it('enters a room through its index, and the core from the screen through the bus alone', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [roomOf(file), path.isAbsolute(target) ? roomOf(target) : ''];
      if (from === '' || to === '' || from === to) return false;
      if (to === 'problem') return path.relative(SRC, target) !== 'problem/index.ts';
      if (from === 'ui') return path.relative(SRC, target) !== 'core/bus/index.ts';
      return path.relative(SRC, target) !== `${to}/index.ts`;
    });
    expect(complain(wrong)).toEqual([]);
  });

  it('never leads back to the entry or the composition root', () => {
    const wrong = imports.filter(({ file, target }) => roomOf(file) !== '' && /src\/(entry|main)\.ts$/.test(target));
    expect(complain(wrong)).toEqual([]);
  });

  it('keeps Ink and React inside the screen', () => {
    const wrong = imports.filter(
      ({ file, target }) => /^(ink|react|yoga-layout)(\/|$)/.test(target) && roomOf(file) !== 'ui',
    );
    expect(complain(wrong)).toEqual([]);
  });
});
