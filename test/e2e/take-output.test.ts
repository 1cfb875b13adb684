// What was printed leaves the screen whole: into a file, and onto the clipboard by the terminal.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openPlace, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

it('an output of many megabytes is saved as text, and nothing is written over', async () => {
  const place = openPlace();
  const program = tests.open({ place });
  await program.ready();
  await program.enter("seq 1200000; printf '\\033[31mred\\033[0m\\n10%%\\r20%%\\r30%%\\nend'");
  await program.waitForLine(/^✓ seq 1200000; .* exit 0/);
  await program.enter('/save 1');
  await program.waitFor('1,200,003 lines saved: codex-output-1.txt');
  const saved = readFileSync(path.join(place.workspace, 'codex-output-1.txt'), 'utf8');
  const lines = saved.split('\n');
  expect(lines.slice(0, 3)).toEqual(['1', '2', '3']);
  expect(lines.slice(1_199_998)).toEqual(['1199999', '1200000', 'red', '30%', 'end', '']);
  writeFileSync(path.join(place.workspace, 'mine.txt'), 'mine');
  await program.enter('/save 1 mine.txt');
  await program.waitFor('is there already');
  expect(readFileSync(path.join(place.workspace, 'mine.txt'), 'utf8')).toBe('mine');
});

it('an output is copied by the terminal', async () => {
  const program = tests.open();
  await program.ready();
  await program.enter('echo to be copied');
  await program.waitForLine(/^✓ echo to be copied/);
  await program.enter('/copy 1');
  await program.waitFor('the output of 1: copied');
  const sent = Buffer.from('to be copied\n').toString('base64');
  expect(program.bytes().toString('latin1')).toContain(`\x1b]52;c;${sent}\x07`);
});
