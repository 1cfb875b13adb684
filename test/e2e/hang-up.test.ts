// A terminal that goes away: a closed window, a dropped connection. The session must not go with it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { endOwner, isAlive, openSessions, ownerOf } from '../support/owners.ts';
import { eventually, type Program, type ProgramOptions, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

/** The terminal of the program is one that `script` made; when script is killed its master is closed. */
async function inAWindow(options: ProgramOptions = {}): Promise<Program> {
  const program = tests.open({ wrapper: ['bash', '-c', 'exec script -qefc "$0" /dev/null'], ...options });
  tests.afterwards(() => endOwner(program.place));
  await program.ready();
  return program;
}

describe('a terminal that goes away', () => {
  it('takes nothing with it: the command goes on, and the next terminal shows and drives the session', async () => {
    const lost = await inAWindow();
    const { place } = lost;
    await lost.enter(`echo began; ${until('go')}; echo over`);
    await lost.waitFor(/^ {3}began$/m);
    const owner = ownerOf(place);
    lost.kill('SIGKILL');
    await lost.exit;
    expect(openSessions(place)).toMatch(/running .*echo began/);
    const next = tests.open({ place, args: ['resume', '--last'] });
    await next.waitFor(/^ {3}began$/m);
    next.letGo();
    await next.waitForLine(/^✓ echo began; .* · exit 0/);
    await next.waitForLine(/^ {2}over$/);
    await next.enter('echo typed afterwards');
    await next.waitForLine(/^ {2}typed afterwards$/);
    next.send('\x04');
    await next.waitForLine(/The session goes on\. Back with: codex resume/);
    expect(ownerOf(place)).toBe(owner);
    expect(isAlive(owner)).toBe(true);
    expect(place.records()).toHaveLength(1);
  });

  it('leaves a question open, and the answer is given in the next one', async () => {
    const lost = await inAWindow();
    const { place } = lost;
    const file = path.join(place.outside, 'made');
    await lost.enter(`echo x > ${file} && echo allowed`);
    await lost.waitFor('needs your answer');
    lost.kill('SIGKILL');
    await lost.exit;
    expect(openSessions(place)).toMatch(/needs an answer/);
    const next = tests.open({ place, args: ['resume', '--last'] });
    await next.answer('y');
    await next.waitForLine(/^ {2}allowed$/);
    expect(existsSync(file)).toBe(true);
  });

  it('ends the session when nothing went on for the configured time, and the record says why', async () => {
    const lost = await inAWindow({ config: 'detached_idle_seconds = 1' });
    const { place } = lost;
    await lost.enter(`echo began; ${until('go')}`);
    await lost.waitFor(/^ {3}began$/m);
    const owner = ownerOf(place);
    lost.kill('SIGKILL');
    await lost.exit;
    lost.letGo();
    await eventually(() => !isAlive(owner), 'the program ends');
    expect(lost.rollout().at(-1)).toMatchObject({ type: 'codex_ts.end', payload: { reason: 'idle' } });
    expect(openSessions(place)).toBe('No session is open.\n');
    const resumed = tests.open({ place, args: ['resume', '--last'] });
    await resumed.waitForLine(/^ {2}began$/);
  });

  it('ends a program in which nothing happened', async () => {
    const lost = await inAWindow();
    const started = openSessions(lost.place);
    expect(started).toContain('idle');
    lost.kill('SIGKILL');
    await eventually(() => openSessions(lost.place) === 'No session is open.\n', 'the program ends', 100);
  });

  it('gets its modes back when the signal came but the terminal stayed', async () => {
    const program = tests.open();
    tests.afterwards(() => endOwner(program.place));
    await program.ready();
    await program.enter('echo before');
    await program.waitForLine(/^ {2}before$/);
    program.kill('SIGHUP');
    await program.waitForLine(/The session goes on\. Back with: codex resume/);
    expect(program.modes()).toMatchObject({ alternateScreen: false, bracketedPaste: false, cursorShown: true });
    expect(openSessions(program.place)).toMatch(/idle .*echo before/);
  });
});
