// A session that its person leaves on purpose: it goes on without a terminal, and another one shows it.

import { describe, expect, it } from 'vitest';
import { codexSays, endOwner, isAlive, openSessions, ownerOf } from '../support/owners.ts';
import { codexProgram, type Place, programsOfATest, until } from '../support/program.ts';
import { openScreen, type Screen } from '../support/screen.ts';

const tests = programsOfATest();

/** Under a shell with job control, where a command of the session runs until it is let go. */
async function runningUnderAShell(): Promise<{ place: Place; shell: Screen }> {
  const place = tests.place();
  tests.afterwards(() => endOwner(place));
  const shell = openScreen({
    command: ['bash', '--norc', '--noprofile', '-i'],
    cwd: place.workspace,
    env: { ...place.env, PS1: '[shell] ' },
  });
  tests.afterwards(() => shell.close());
  await shell.waitFor('[shell]');
  shell.send(`${codexProgram}\r`);
  await shell.waitFor(/^shell · /m);
  shell.send(`echo began; ${until('go')}; echo over`);
  await shell.waitFor(/^\$ echo began; .*over$/m);
  shell.send('\r');
  await shell.waitFor(/^ {3}began$/m);
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
    const next = tests.open({ place: program.place, args: ['resume', '--last'] });
    await next.waitForLine(/^ {2}one$/);
    await next.enter('echo two');
    await next.waitForLine(/^ {2}two$/);
  });
});
