// How does the program end or pause, and what does it leave? Signals, and Ctrl-Z under a shell.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { countOf, programsOfATest, until } from '../support/program.ts';
import { openShell, startInShell } from '../support/shell.ts';

const tests = programsOfATest();

const asBefore = {
  alternateScreen: false,
  bracketedPaste: false,
  focusEvents: false,
  cursorShown: true,
  mouse: 'none',
  synchronized: false,
};

describe('an end from outside', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s gives the terminal back, ends the command and leaves a whole record', async (signal, code) => {
    const program = tests.open();
    await program.ready();
    await program.enter('echo $$ > pid; echo began; while :; do sleep 0.05; done');
    await program.waitFor(/^ {3}began$/m);
    program.kill(signal);
    expect(await program.exit).toEqual({ code, signal: null });
    await program.drawn();
    expect(program.modes()).toEqual(asBefore);
    expect(program.text()).toMatch(/codex resume \S{6}/);
    const types = program.rollout().map(({ type }) => type);
    expect(types.at(-1)).toBe('codex_ts.end');
    expect(types).toContain('codex_ts.closed');
  });
});

describe('Ctrl-Z under a shell', () => {
  it('gives the shell its terminal, and fg brings the screen and the session back', async () => {
    const place = tests.place();
    const shell = await openShell(place);
    tests.afterwards(() => shell.close());
    // The shell's own line editor has modes too.
    const atThePrompt = shell.modes();
    await startInShell(shell, `echo before; ${until('go')}; echo after`, /^ {3}before$/m);
    shell.send('\x1a');
    await shell.waitFor(/codex suspended/);
    await shell.waitFor(/Stopped/);
    await shell.waitFor((text) => text.trimEnd().endsWith('[shell]'));
    expect(shell.modes()).toEqual(atThePrompt);
    shell.send('stty -a | tr ";" "\\n" | grep -c -- "-icanon"; echo from-the-$((40+2))\r');
    await shell.waitFor(/^from-the-42$/m);
    expect(shell.text()).toMatch(/^0$/m);

    shell.send('fg\r');
    await shell.waitFor(/^\S 1 echo before; .* · running/m);
    writeFileSync(path.join(place.workspace, 'go'), '');
    await shell.waitFor(/^✓ echo before; .* · exit 0/m);
    shell.send('echo again\r');
    await shell.waitFor(/^✓ echo again · exit 0/m);
    expect(countOf(shell.history(), /^✓ echo before/)).toBe(1);
    shell.send('\x04');
    await shell.waitFor(/Session kept/);
    shell.send('echo left-$((40+2))\r');
    await shell.waitFor(/^left-42$/m);
    // The line editor sets its modes with the prompt.
    await shell.waitFor((text) => text.trimEnd().endsWith('[shell]'));
    expect(shell.modes()).toEqual(atThePrompt);
  });
});
