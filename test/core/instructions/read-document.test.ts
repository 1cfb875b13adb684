// Files that change while they are read, by a person who saves or by somebody who waits for that moment.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
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

  it('that is exchanged for a link out of the project shows nothing from there', async () => {
    write('secret', 'the key');
    mkdirSync(at('project'));
    const file = write('project/AGENTS.md', 'harmless');
    await meanwhile(
      `fs.symlinkSync('../secret', 'link'); fs.renameSync('link', 'AGENTS.md');
       fs.writeFileSync('plain', 'harmless'); fs.renameSync('plain', 'AGENTS.md');`,
    );
    const seen = new Set<string>();
    for (let time = 0; time < 5_000; time += 1) {
      const read = readDocument(file, 100, at('project'));
      if (read.kind === 'text') seen.add(read.text);
    }
    expect([...seen]).toEqual(['harmless']);
  });
});
