// A session that its person leaves on purpose: it goes on without a terminal, and another one shows it.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codexSays, endOwner, isAlive, openSessions, ownerOf } from '../support/owners.ts';
import { codexProgram, eventually, type Place, programsOfATest, recordsIn, until } from '../support/program.ts';
import type { Screen } from '../support/screen.ts';
import { openShell, startInShell } from '../support/shell.ts';

const tests = programsOfATest();

/** Under a shell with job control, where a command of the session runs until it is let go. */
async function runningUnderAShell(): Promise<{ place: Place; shell: Screen }> {
  const place = tests.place();
  tests.afterwards(() => endOwner(place));
  const shell = await openShell(place);
  tests.afterwards(() => shell.close());
  await startInShell(shell, `echo began; ${until('go')}; echo over`, /^ {3}began$/m);
  return { place, shell };
}

async function isBackAndGoesOn(place: Place, shell: Screen): Promise<void> {
  await shell.waitFor(/^The session goes on\. Back with: codex resume \S{6}$/m);
  await shell.waitFor((text) => text.trimEnd().endsWith('[shell]'));
  // Continued within moments, by a helper.
  shell.send('until jobs > .jobs; grep Running .jobs; do sleep 0.01; done; echo the shell is back-$((40+2))\r');
  await shell.waitFor(/^the shell is back-42$/m);
  await shell.waitFor(/^\[1\].*Running/m);
  expect(openSessions(place)).toMatch(/running .*echo began/);
}

describe('detaching', () => {
  it('gives the shell its terminal back while the command goes on, and the next screen drives it', async () => {
    const { place, shell } = await runningUnderAShell();
    shell.send('\x18d');
    await isBackAndGoesOn(place, shell);
    expect(shell.modes()).toMatchObject({
      alternateScreen: false,
      focusEvents: false,
      cursorShown: true,
      mouse: 'none',
    });
    const next = tests.open({ place, args: ['attach'] });
    await next.waitFor(/^ {3}began$/m);
    next.letGo();
    await next.waitForLine(/^✓ echo began; .* · exit 0/);
    expect(place.records()).toHaveLength(1);
  });

  it('is offered where leaving would stop something, and the shell may go too', async () => {
    const { place, shell } = await runningUnderAShell();
    shell.send('/quit\r');
    await shell.waitFor('1 command is still running');
    shell.send('d');
    await isBackAndGoesOn(place, shell);
    const owner = ownerOf(place);
    shell.send('exit\r');
    expect((await shell.exit).code).toBe(0);
    expect(isAlive(owner)).toBe(true);
    expect(openSessions(place)).toMatch(/running .*echo began/);
    expect(codexSays(place, ['kill', openSessions(place).slice(0, 6)])).toContain('Ended.');
  });

  it('is refused where nothing would be left to come back to', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter('/detach');
    await program.waitFor('nothing to come back to yet');
    program.send('\x04');
    expect((await program.exit).code).toBe(0);
  });

  it('goes on without a shell too, and only says that the window can be closed', async () => {
    const program = tests.open();
    tests.afterwards(() => endOwner(program.place));
    await program.ready();
    await program.enter('echo one');
    await program.waitForLine(/^ {2}one$/);
    await program.enter('/detach');
    await program.waitForLine(/The session goes on\. Back with: codex resume/);
    await program.waitForLine(/This window can be closed/);
    await eventually(() => isLetGo(ownerOf(program.place)), 'the terminal is let go');
    program.send('\x03');
    const next = tests.open({ place: program.place, args: ['resume', '--last'] });
    await next.waitForLine(/^ {2}one$/);
    await next.enter('echo two');
    await next.waitForLine(/^ {2}two$/);
  });
});

function childrenOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

/** Its descriptors lead nowhere any more. */
function isLetGo(pid: number): boolean {
  return [0, 1, 2].every((descriptor) => readlinkSync(`/proc/${pid}/fd/${descriptor}`) === '/dev/null');
}

describe('codex --detach', () => {
  it('goes on although whoever started it is gone before it could say so', async () => {
    const place = tests.place();
    tests.afterwards(() => endOwner(place));
    const launcher = spawn(codexProgram, ['--detach', `echo began; ${until('go')}`], {
      cwd: place.workspace,
      env: { ...place.env },
      stdio: 'ignore',
    });
    // As soon as there is the process with the session, and before that has one.
    await eventually(() => childrenOf(launcher.pid ?? 0).length > 0, 'it has started the other process');
    launcher.kill('SIGKILL');
    await eventually(() => openSessions(place).includes('running'), 'the session runs');
    expect(isAlive(ownerOf(place))).toBe(true);
  });

  it('is named where it does not answer', async () => {
    const place = tests.place();
    tests.afterwards(() => endOwner(place));
    codexSays(place, ['--detach', `echo began; ${until('go')}`]);
    const id = openSessions(place).slice(0, 6);
    const owner = ownerOf(place);
    process.kill(owner, 'SIGSTOP');
    try {
      expect(() => codexSays(place, ['kill', id])).toThrow(`kill -CONT ${owner}`);
      expect(codexSays(place, ['ps'])).toMatch(new RegExp(`${id} +not answering +process ${owner}`));
    } finally {
      process.kill(owner, 'SIGCONT');
    }
    expect(codexSays(place, ['rename', id, 'my name'])).toContain('my name');
    expect(openSessions(place)).toContain('my name');
    expect(codexSays(place, ['kill', 'my name'])).toContain('Ended.');
  });

  it('is said to be silent on an attached screen while its program is stopped', async () => {
    const place = tests.place();
    tests.afterwards(() => endOwner(place));
    codexSays(place, ['--detach', `echo began; ${until('go')}`]);
    const id = openSessions(place).slice(0, 6);
    const owner = ownerOf(place);
    const screen = tests.open({ place, args: ['attach', id] });
    await screen.waitFor(/^ {3}began$/m);
    process.kill(owner, 'SIGSTOP');
    try {
      await screen.enter('echo heard late');
      await screen.waitFor('the session does not answer');
    } finally {
      process.kill(owner, 'SIGCONT');
    }
    await screen.waitFor((text) => text.includes('queued: echo heard late') && !text.includes('does not answer'));
    screen.letGo();
    await screen.waitForLine(/^ {2}heard late$/);
  });

  it('needs no terminal: it runs what was said, and a terminal shows it later', async () => {
    const place = tests.place();
    tests.afterwards(() => endOwner(place));
    const said = codexSays(place, ['--detach', `echo began; ${until('go')}; echo over`]);
    const id = /^Session (\S{6}) runs in the background\.$/m.exec(said)?.[1] ?? '';
    expect(said).toContain(`codex attach ${id} shows it, codex kill ${id} ends it.`);
    expect(openSessions(place)).toMatch(new RegExp(`^${id} {2}running .*echo began`));
    const screen = tests.open({ place, args: ['attach', id] });
    await screen.waitFor(/^ {3}began$/m);
    screen.letGo();
    await screen.waitForLine(/^ {2}over$/);
    // Its window is the attached one's.
    await screen.enter('stty size');
    await screen.waitForLine(/^ {2}\d+ \d+$/);
    screen.send('\x04');
    await screen.waitForLine(/The session goes on/);
    expect(codexSays(place, ['kill', id])).toContain('Ended.');
    expect(openSessions(place)).toBe('No session is open.\n');
    const again = codexSays(place, ['resume', '--detach', '--last']);
    expect(again).toContain(`Session ${id} runs`);
    expect(() => codexSays(place, ['resume', '--detach', id])).toThrow(`Session ${id} is open.`);
    expect(place.records()).toHaveLength(1);
  });

  it('says what is wrong before it goes into the background', () => {
    const place = tests.place();
    expect(() => codexSays(place, ['--detach', '-s', 'nonsense', 'echo x'])).toThrow('is not a sandbox mode');
    expect(() => codexSays(place, ['resume', '--detach'])).toThrow('needs an ID, or --last');
    expect(openSessions(place)).toBe('No session is open.\n');
  });

  it('ends by itself, and its record says why', async () => {
    const place = tests.place();
    place.configure('detached_idle_seconds = 1\n');
    codexSays(place, ['--detach', 'echo done']);
    const owner = ownerOf(place);
    await eventually(() => !isAlive(owner), 'the program ends');
    const [record = ''] = place.records();
    expect(recordsIn(record).at(-1)).toMatchObject({ type: 'codex_ts.end', payload: { reason: 'idle' } });
  });
});

describe('a session without a record', () => {
  it.each([
    ['by the flag', ['--ephemeral'], ''],
    ['by the configuration', [], 'record_sessions = false\n'],
  ])('leaves nothing on disk, and is attached to like any other (%s)', async (_how, args, config) => {
    const place = tests.place();
    tests.afterwards(() => endOwner(place));
    const program = tests.open({ place, args, config });
    await program.ready();
    await program.enter('echo secret-$((40+2)); seq 300000 | tail -n 200000');
    await program.waitForLine(/^ {2}300000$/);
    await program.enter('/status');
    await program.waitFor('not recorded');
    program.send('\x1b');
    await program.waitForDraft('');
    const second = tests.open({ place, args: ['attach'] });
    await second.waitForLine(/^ {2}300000$/);
    second.send('\x04');
    await second.waitForLine(/Back with: codex attach/);
    program.send('\x04');
    await program.waitForLine(/Nothing of this session was recorded/);
    await program.exit;
    expect(place.records()).toEqual([]);
    const found = spawnSync('grep', ['-rl', 'secret-\\|299999', place.home]);
    expect(found.stdout.toString()).toBe('');
  });
});
