// What does each key do? Typed at a real terminal, before, during and after commands.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

describe('keys before the screen is there', () => {
  it('typed at the very start stand in the composer once', async () => {
    const program = tests.open();
    program.send('early');
    await program.ready();
    await program.waitForDraft('early');
    expect(program.cursor().col).toBe('$ early'.length);
    program.send(' bird');
    await program.waitForDraft('early bird');
  });

  it('typed when the first frame stands are echoed at once and taken over once', async () => {
    const program = tests.open();
    await program.waitFor('❯');
    program.send('x');
    await program.ready();
    await program.waitForDraft('x');
    expect(program.cursor().col).toBe('$ x'.length);
  });

  it('typed letter by letter all through the start arrive whole and in order', async () => {
    const program = tests.open();
    let sent = '';
    const letters = 'abcdefghijklmnopqrstuvwxyz';
    // A letter with every burst of output, so that they fall between all steps of the start.
    for (const letter of letters) {
      const before = program.bytes().length;
      program.send(letter);
      sent += letter;
      if (!/^shell/m.test(program.text())) await program.waitFor(() => program.bytes().length > before);
    }
    await program.ready();
    await program.waitForDraft(sent);
  });

  it('a command with Enter, typed at the very start, runs once', async () => {
    const program = tests.open();
    program.send('echo early >> ran.txt\r');
    await program.waitForLine(/^✓ echo early >> ran\.txt · exit 0/);
    expect(readFileSync(path.join(program.place.workspace, 'ran.txt'), 'utf8')).toBe('early\n');
  });

  it('a command with Enter, typed at the first frame, runs once', async () => {
    const program = tests.open();
    await program.waitFor('❯');
    program.send('echo ran >> ran.txt\r');
    await program.waitForLine(/^✓ echo ran >> ran\.txt · exit 0/);
    program.send('echo more >> ran.txt\r');
    await program.waitForLine(/^✓ echo more >> ran\.txt · exit 0/);
    expect(readFileSync(path.join(program.place.workspace, 'ran.txt'), 'utf8')).toBe('ran\nmore\n');
  });
});

describe('wide letters', () => {
  it('take their cells, and Backspace takes one of them at a time', async () => {
    const program = tests.open();
    await program.ready();
    const letters = ['日', '本', 'e\u0301', '👍', 'x'];
    program.send(letters.join(''));
    await program.waitForDraft(letters.join(''));
    for (let left = letters.length - 1; left >= 0; left -= 1) {
      program.send('\x7f');
      await program.waitForDraft(letters.slice(0, left).join(''));
    }
    program.send('日本\x1b[Dx');
    await program.waitForDraft('日x本');
    expect(program.cursor().col).toBe('$ '.length + 2 + 1);
  });
});

describe('Ctrl-C', () => {
  it('clears a draft and keeps it for Ctrl-Y', async () => {
    const program = tests.open();
    await program.ready();
    program.send('a long thought');
    await program.waitForDraft('a long thought');
    program.send('\x03');
    await program.waitForDraft('');
    await program.waitFor('draft kept: Ctrl-Y');
    program.send('\x19');
    await program.waitForDraft('a long thought');
  });

  it('asks a stubborn command to stop, then to end, then ends it', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter("trap 'echo got INT' INT; trap 'echo got TERM' TERM; echo ready; while :; do sleep 0.05; done");
    await program.waitFor(/^ {3}ready$/m);
    program.send('\x03');
    await program.waitFor(/got INT$/m);
    program.send('\x03');
    await program.waitFor(/got TERM$/m);
    program.send('\x03');
    await program.waitForLine(/stopped by you \(SIGKILL\)/);
    expect(program.text()).not.toContain('again leaves');
  });

  it('leaves when pressed twice with nothing to stop, and never when pressed once', async () => {
    const program = tests.open();
    await program.ready();
    program.send('\x03');
    await program.waitFor('Ctrl-C again leaves');
    program.send('\x03');
    expect(await program.exit).toEqual({ code: 0, signal: null });
  });
});

describe('leaving', () => {
  it('Ctrl-D leaves when nothing is typed and nothing runs', async () => {
    const program = tests.open();
    await program.ready();
    program.send('abc\x01\x04');
    await program.waitForDraft('bc');
    program.send('\x15\x05\x15');
    await program.waitForDraft('');
    await program.enter('echo kept');
    await program.waitForLine(/^✓ echo kept/);
    program.send('\x04');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    await program.drawn();
    expect(program.text()).toMatch(/Session kept\. Back with: codex resume \S{6}$/m);
    expect(program.text()).not.toContain('─');
  });

  it('Ctrl-D while a turn runs only says how to stop it', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter(`${until('go')}; echo went`);
    await program.waitFor('running');
    program.send('\x04');
    await program.waitFor('Ctrl-C stops it');
    program.letGo();
    await program.waitForLine(/^ {2}went$/);
  });

  it('asks first when a command runs in the background: Esc stays, s stops it and leaves', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter(`echo $$ > pid; ${until('never')}`);
    await program.waitFor('running');
    program.send('\x18&');
    await program.waitFor('1 bg');
    program.send('\x04');
    await program.waitFor('1 command is still running');
    program.send('\x1b');
    await program.waitFor((text) => !text.includes('is still running'));
    program.send('still here');
    await program.waitForDraft('still here');
    program.send('\x15');
    await program.waitForDraft('');
    program.send('\x04');
    await program.waitFor('1 command is still running');
    program.send('s');
    expect(await program.exit).toEqual({ code: 0, signal: null });
    expect(program.rollout().at(-1)?.type).toBe('codex_ts.end');
  });
});

describe('background', () => {
  it('a command goes there and comes back, and its list says what it does', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter(`echo serving; ${until('go')}; echo served`);
    await program.waitFor(/^ {3}serving$/m);
    program.send('\x18&');
    await program.waitFor('1 bg');
    await program.waitForLine(/moved to the background/);
    await program.enter('echo meanwhile');
    await program.waitForLine(/^✓ echo meanwhile/);
    program.send('\x18b');
    await program.waitFor(/^ {2}▸ 1 ⇣ .*serving/m);
    program.send('\r');
    await program.waitFor(/^\S 1 echo serving; .* · running/m);
    await program.waitFor((text) => !text.includes('1 bg'));
    program.send('\x1b');
    program.letGo();
    await program.waitForLine(/^✓ echo serving; .* · exit 0/);
    await program.waitForLine(/^ {2}served$/);
  });

  it('a command that ends there becomes an item with its outcome', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter(`${until('go')}; echo bad news; exit 4`);
    await program.waitFor('running');
    await program.enter('/bg');
    await program.waitFor('1 bg');
    program.letGo();
    await program.waitForLine(/^✗ until .* · exit 4/);
    expect(program.history()).toContain('  bad news');
  });
});

describe('commands that begin with a slash', () => {
  it('open help with the keys and commands, filtered by what is typed', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter('/help');
    await program.waitFor('type to filter');
    expect(program.modes().alternateScreen).toBe(true);
    program.send('background');
    await program.waitFor('filter: background');
    expect(program.text()).toContain('/bg [N]');
    expect(program.text()).not.toContain('/quit');
    program.send('\x1b');
    await program.waitForDraft('');
    expect(program.modes().alternateScreen).toBe(false);
  });

  it('say where they are, what is near, and send a path as it is', async () => {
    const program = tests.open({ cols: 200 });
    await program.ready();
    await program.enter('/status');
    await program.waitFor(/profile +:workspace, no network/);
    expect(program.text()).toMatch(/record +\S+\.jsonl/);
    program.send('\x1b');
    await program.waitForDraft('');
    await program.enter('/stauts');
    await program.waitFor(/No command \/stauts\. Near: \/status/);
    program.send('\x15');
    await program.waitForDraft('');
    await program.enter('/model');
    await program.waitFor('Set OPENAI_API_KEY');
    await program.enter('/bin/echo a path');
    await program.waitForLine(/^✓ \/bin\/echo a path · exit 0/);
    await program.enter('/quit');
    expect((await program.exit).code).toBe(0);
  });

  it('read what was printed, all of it, and find a line in it', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter('seq 60000');
    await program.waitForLine(/^✓ seq 60000 · exit 0/);
    await program.waitForLine(/59,\d\d\d lines, Ctrl-T to read/);
    await program.enter('/output');
    await program.waitFor(() => program.modes().alternateScreen);
    await program.waitFor(/^ {2}60000$/m);
    program.send('/30123');
    await program.waitFor(/^ {2}30123$/m);
    program.send('\r');
    program.send('q');
    await program.waitForDraft('');
    expect(program.modes().alternateScreen).toBe(false);
  });
});
