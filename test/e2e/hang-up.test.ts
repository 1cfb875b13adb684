// A terminal that goes away: a closed window, a dropped connection. The session must not go with it.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  codexProgram,
  eventually,
  type Place,
  type Program,
  type ProgramOptions,
  programsOfATest,
  recordsIn,
  until,
} from '../support/program.ts';

const tests = programsOfATest();

/** The terminal of the program is one that `script` made; when script is killed its master is closed. */
async function inAWindow(options: ProgramOptions = {}): Promise<Program> {
  const program = tests.open({ wrapper: ['bash', '-c', 'exec script -qefc "$0" /dev/null'], ...options });
  tests.afterwards(() => endOwner(program.place));
  await program.ready();
  return program;
}

/** Ends a program that no terminal holds any more, and waits until it is gone. */
async function endOwner(place: Place): Promise<void> {
  const pid = ownerOf(place);
  if (pid === 0 || !isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  await eventually(() => !isAlive(pid), 'the program ends');
}

/** 0 when nothing was recorded. */
function ownerOf(place: Place): number {
  const records = place.records().flatMap((file) => recordsIn(file));
  const owner = records.map(({ payload }) => payload.owner).findLast(isOwner);
  return owner?.pid ?? 0;
}

function isOwner(value: unknown): value is { readonly pid: number } {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH
  }
}

function openSessions(place: Place): string {
  return execFileSync(codexProgram, ['ps'], { env: { ...place.env }, encoding: 'utf8', cwd: place.workspace });
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
