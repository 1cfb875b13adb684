// The same session in two terminals: both see it, both drive it, and it belongs to the one that opened it.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codexProgram, type Program, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

async function two(): Promise<{ first: Program; second: Program }> {
  const first = tests.open();
  await first.ready();
  await first.enter('echo seen in both');
  await first.waitForLine(/^✓ echo seen in both/);
  const second = tests.open({ place: first.place, args: ['resume', '--last'] });
  await second.waitForLine(/^ {2}seen in both$/);
  return { first, second };
}

describe('a second terminal', () => {
  it('shows what happened before and what happens now, as the first one does', async () => {
    const { first, second } = await two();
    await first.enter(`echo live; ${until('go')}; echo over`);
    await second.waitFor(/^ {3}live$/m);
    first.letGo();
    for (const program of [first, second]) await program.waitForLine(/^ {2}over$/);
    await second.enter('echo typed in the second');
    for (const program of [first, second]) await program.waitForLine(/^ {2}typed in the second$/);
  });

  it('answers a question for both', async () => {
    const { first, second } = await two();
    const file = path.join(first.place.outside, 'made');
    await first.enter(`echo x > ${file} && echo allowed`);
    await first.waitFor('needs your answer');
    await second.answer('y');
    for (const program of [first, second]) await program.waitForLine(/^ {2}allowed$/);
    expect(existsSync(file)).toBe(true);
    expect(first.text()).not.toContain('needs your answer');
  });

  it('leaves, and the session goes on', async () => {
    const { first, second } = await two();
    second.send('\x04');
    await second.waitForLine(/The session goes on\. Back with: codex resume/);
    expect((await second.exit).code).toBe(0);
    await first.enter('echo still here');
    await first.waitForLine(/^✓ echo still here/);
    expect(first.place.records()).toHaveLength(1);
  });

  it('is told when the first one leaves, and when it is killed', async () => {
    const { first, second } = await two();
    first.send('\x04');
    await second.waitForLine(/The session ended in the other terminal/);
    const again = await two();
    again.first.kill('SIGKILL');
    await again.second.waitForLine(/The program that had this session open is gone/);
    expect(again.second.modes()).toMatchObject({ bracketedPaste: false, cursorShown: true });
  });

  it('is found by codex ps, with what the session waits for', async () => {
    const first = tests.open();
    await first.ready();
    const list = () =>
      execFileSync(codexProgram, ['ps'], { env: { ...first.place.env }, encoding: 'utf8', cwd: first.place.workspace });
    expect(list()).toContain(`idle`);
    await first.enter(`echo x > ${first.place.outside}/made`);
    await first.waitFor('needs your answer');
    expect(list()).toMatch(/needs an answer \d+ s .*echo x/);
    expect(list()).toContain(first.place.workspace);
  });
});
