// Files that change while they are read, by a person who saves or by somebody who waits for that moment.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { readDocument } from '../../../src/core/instructions/index.ts';
import { folderOfEachTest } from './place.ts';

const { at, write } = folderOfEachTest();
let changing: ChildProcess | null = null;

afterEach(async () => {
  if (changing === null) return;
  changing.kill('SIGKILL');
  await once(changing, 'close');
  changing = null;
});

/** Does so again and again, in a process of its own, until the end of the test. */
async function meanwhile(script: string): Promise<void> {
  const program = `const fs = require('fs'); process.chdir(${JSON.stringify(at('project'))});
    process.stdout.write('on'); for (;;) { ${script} }`;
  changing = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (changing.stdout !== null) await once(changing.stdout, 'data');
}

describe('a document', () => {
  it('that an editor replaces is the old one or the new one, and never an error', async () => {
    const file = write('project/AGENTS.md', 'old');
    await meanwhile(`fs.writeFileSync('new', 'new'); fs.renameSync('new', 'AGENTS.md');`);
    const seen = new Set<string>();
    for (let time = 0; time < 3_000; time += 1) {
      const read = readDocument(file, 100, at('project'));
      seen.add(read.kind === 'text' ? read.text : read.kind === 'refused' ? read.why : 'missing');
    }
    seen.delete('It is replaced again and again while it is read.');
    expect([...seen].filter((text) => text !== 'old' && text !== 'new')).toEqual([]);
  });

  it.each([
    [
      'for a link out of the project',
      `fs.symlinkSync('../../secret/AGENTS.md', 'link'); fs.renameSync('link', 'docs/AGENTS.md');
       fs.writeFileSync('plain', 'harmless'); fs.renameSync('plain', 'docs/AGENTS.md');`,
    ],
    [
      'with its folder',
      `fs.renameSync('docs', 'aside'); fs.symlinkSync('../secret', 'docs');
       fs.unlinkSync('docs'); fs.renameSync('aside', 'docs');`,
    ],
  ])('that is exchanged %s shows nothing from there', async (_how, script) => {
    write('secret/AGENTS.md', 'the key');
    const file = write('project/docs/AGENTS.md', 'harmless');
    await meanwhile(script);
    const seen = new Map<string, number>();
    for (let time = 0; time < 20_000; time += 1) {
      const read = readDocument(file, 100, at('project'));
      const what = read.kind === 'text' ? read.text : read.kind;
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
    expect(seen.get('harmless')).toBeGreaterThan(0);
    expect(seen.get('refused')).toBeGreaterThan(0);
    expect(seen.has('the key')).toBe(false);
  });
});
