// What does the program leave of a terminal, and of how many kinds? Windows, modes, signals, closed streams.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { call, calls, say, startModelServer } from '../support/model-server.ts';
import { codexProgram, countOf, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

const asBefore = {
  alternateScreen: false,
  bracketedPaste: false,
  focusEvents: false,
  cursorShown: true,
  mouse: 'none',
  synchronized: false,
};

/** Sixty lines above the program, as a shell leaves them. */
const belowSixtyLines = ['bash', '-c', 'seq -f "shell line %g" 60; exec "$0" "$@"'] as const;

describe('the scrollback', () => {
  it('of the shell stays: the program begins below it and clears nothing', async () => {
    const program = tests.open({ wrapper: belowSixtyLines, isFirstUse: true });
    await program.ready();
    const history = program.history();
    expect(history.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, index) => `shell line ${index + 1}`));
    expect(history[60]).toMatch(/^codex \d+\.\d+\.\d+ · .*workspace$/);
    expect(history[61]).toBe('No model is set up, so what you type runs as a command. /model connects one.');
    expect(history[62]).toBe('─'.repeat(24));
    expect(history[63]).toMatch(/^\$ ?$/);
    expect(history[64]).toMatch(/^shell · .* · :workspace, no network/);
    expect(program.bytes().toString()).not.toMatch(/\x1b\[[23]J|\x1bc|\x1b\[\?1049h/);
  });

  it('and the item of every command is there once after three panes in a window of 12 rows', async () => {
    const server = await startModelServer([
      calls(['one', 'two', 'six'].map((name) => ['exec_command', { cmd: `seq 30; ${until('go')}; echo ${name}` }])),
      say('Ready.'),
    ]);
    tests.afterwards(() => server.close());
    const program = tests.open({ rows: 12, model: server.url });
    await program.ready();
    await program.enter('three');
    await program.waitFor((text) => [1, 2, 3].every((number) => new RegExp(`^\\S ${number} seq 30`, 'm').test(text)));
    const rows = program.text().split('\n');
    expect(rows.findIndex((row) => /^\S 1 seq 30/.test(row))).toBeGreaterThan(0);
    expect(program.text()).toMatch(/^❯ ?$/m);
    program.letGo();
    await program.waitForLine(/^ {2}Ready\.$/);
    const history = program.history();
    for (const name of ['one', 'two', 'six']) {
      expect(countOf(history, new RegExp(`^✓ seq 30; .*; echo ${name} · exit 0`))).toBe(1);
      expect(countOf(history, new RegExp(`^ {2}${name}$`))).toBe(1);
    }
    expect(countOf(history, /^ {2}… .*lines, Ctrl-T to read$/)).toBe(3);
  });

  it('survives a window that changes twenty times between 200, 40 and 80 columns under three panes', async () => {
    const names = ['red', 'green', 'blue'];
    const server = await startModelServer([
      calls(
        names.map((name) => [
          'exec_command',
          {
            cmd: `n=0; ${until('go').replace('do ', `do n=$((n+1)); echo ${name} $n;`)}; echo ${name} ended`,
            tty: true,
          },
        ]),
      ),
      say('Settled.'),
    ]);
    tests.afterwards(() => server.close());
    const program = tests.open({ wrapper: belowSixtyLines, model: server.url });
    await program.ready();
    await program.enter('run');
    await program.waitFor((text) => names.every((name) => text.includes(`   ${name} `)));
    for (let round = 0; round < 7; round += 1) {
      for (const cols of [200, 40, 80]) {
        const before = program.bytes().length;
        program.resize(cols, 24);
        await program.waitFor(() => program.bytes().length > before);
      }
    }
    await program.waitFor((text) => /3 run/.test(text) && countOf(text.split('\n'), /^\S [123] n=0/) === 3);
    program.letGo();
    await program.waitForLine(/^ {2}Settled\.$/);
    const history = program.history();
    for (const name of names) expect(countOf(history, new RegExp(`^✓ .*echo ${name} ended`))).toBe(1);
    expect(countOf(history, /^shell line \d+$/)).toBe(60);
    expect(countOf(history, /^─{24}$/)).toBe(1);
    expect(countOf(history, /^\S [123] n=0/)).toBe(0);
  });
});

describe('small and plain terminals', () => {
  it('without Unicode every state has a sign of ASCII, and nothing else of ours is outside it', async () => {
    const program = tests.open({ env: { LANG: 'C' } });
    await program.ready();
    await program.enter('exit 3');
    await program.waitForLine(/^x exit 3 . exit 3/);
    await program.enter('echo fine');
    await program.waitForLine(/^\+ echo fine . exit 0/);
    await program.enter(`: > ${program.place.outside}/f`);
    await program.waitFor(/> y {2}allow this/);
    expect(program.text()).toMatch(/^\? 3 : > /m);
    program.send('\x18a');
    await program.waitFor((text) => !/question: /.test(text));
    program.send('\x1b');
    await program.waitFor(/1 question: /);
    expect(program.history().join('\n')).toMatch(/^[\n -~]*$/);
  });

  it('a card in a window of 40 columns and 10 rows shows what is blocked, yes, no, details, and the composer', async () => {
    const program = tests.open({ cols: 40, rows: 10 });
    await program.ready();
    await program.enter(`: > ${program.place.outside}/f`);
    await program.waitFor(/▸ y once/);
    const text = program.text();
    expect(text).toMatch(/Blocked {2}create \S+/);
    expect(text).toMatch(/n no/);
    expect(text).toMatch(/d details/);
    expect(text).toMatch(/^\$ ?$/m);
    await program.answer('n');
    await program.waitFor(/refused by you/);
  });

  it.each([40, 60])(
    'a window of %i columns shows a command from composer to item without a row that is too wide',
    async (cols) => {
      const program = tests.open({ cols, rows: 20 });
      await program.ready();
      await program.enter('echo narrow; exit 7');
      await program.waitFor(/exit 7 · 0\.\d s$/m);
      await program.waitFor(/^ {2}narrow$/m);
      // A row as wide as the window wraps in some terminals: ours all end one column before.
      for (const row of program.screen()) expect(row.length).toBeLessThan(cols);
      expect(program.text()).toMatch(/^shell · .*workspace/m);
      program.send('\x04');
      expect((await program.exit).code).toBe(0);
    },
  );

  it('NO_COLOR takes every colour away, also from commands, and glyphs and words still tell states apart', async () => {
    const program = tests.open({ env: { NO_COLOR: '1' } });
    await program.ready();
    await program.enter(`printf '\\e[31mred\\e[0m\\n'; exit 3`);
    await program.waitForLine(/^✗ printf .* · exit 3/);
    await program.enter('echo fine');
    await program.waitForLine(/^✓ echo fine · exit 0/);
    await program.enter(`: > ${program.place.outside}/f`);
    await program.answer('n');
    await program.waitForLine(/⊖ .* · refused by you|refused by you/);
    expect(program.history()).toContain('  red');
    expect(program.bytes().toString()).not.toMatch(/\x1b\[(?:\d+;)*(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|38|48)[;m]/);
  });

  it('CI in the environment of a terminal changes nothing', async () => {
    const program = tests.open({ env: { CI: '1' } });
    await program.ready();
    program.send('echo painted');
    await program.waitFor(/^\$ echo painted$/m);
    program.send('\r');
    await program.waitForLine(/^✓ echo painted · exit 0/);
  });

  it('TERM=dumb is told that the cursor must move, with a way to run one command', () => {
    const program = tests.open({ env: { TERM: 'dumb' } });
    return expect(
      program.exit.then(async ({ code }) => {
        await program.drawn();
        return { code, text: program.text() };
      }),
    ).resolves.toEqual({ code: 2, text: expect.stringMatching(/TERM is dumb[\s\S]*codex sandbox -- COMMAND/) });
  });

  it('an output that is no terminal is told so, with exit code 2 and nothing on stdout', () => {
    const { env, workspace } = tests.place();
    const run = spawnSync(codexProgram, [], {
      env,
      cwd: workspace,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(run.status).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(/not a terminal[\s\S]*codex sandbox -- COMMAND/);
  });
});

describe('input that is no terminal', () => {
  it('is the first message when it is a pipe, and keys come from the terminal', async () => {
    const program = tests.open({ wrapper: ['bash', '-c', 'echo "echo from the pipe" | "$0" "$@"'] });
    await program.waitForLine(/^✓ echo from the pipe · exit 0/);
    await program.enter('echo from the keys');
    await program.waitForLine(/^✓ echo from the keys · exit 0/);
    program.send('\x04');
    expect((await program.exit).code).toBe(0);
    expect(program.modes()).toEqual(asBefore);
  });

  it('may be closed: keys come from the terminal', async () => {
    const program = tests.open({ wrapper: ['bash', '-c', 'exec "$0" "$@" <&-'] });
    await program.ready();
    await program.enter('echo still typing');
    await program.waitForLine(/^✓ echo still typing · exit 0/);
    program.send('\x04');
    expect((await program.exit).code).toBe(0);
  });
});

describe('what a command prints', () => {
  const hostile = String.raw`printf '\e[3J\e]52;c;ZXZpbA==\a\e]0;evil title\a\e[?1049h\e[2J\e[?1000h\e[?25lhidden\n\e[6n\ePq\e\\'`;

  it.each(['person', 'model'] as const)('acts on nothing of the terminal when a %s runs it', async (origin) => {
    const place = tests.place();
    place.script('hostile', `#!/bin/bash\n${hostile}\n${until('go')}\necho over\n`);
    let url: string | undefined;
    if (origin === 'model') {
      const server = await startModelServer([call('exec_command', { cmd: './hostile', tty: true }), say('Done.')]);
      tests.afterwards(() => server.close());
      url = server.url;
    }
    const program = tests.open({
      place,
      wrapper: belowSixtyLines,
      rows: 40,
      ...(url === undefined ? {} : { model: url }),
    });
    await program.ready();
    const from = program.bytes().length;
    await program.enter(origin === 'person' ? './hostile' : 'run it');
    await program.waitFor(origin === 'person' ? 'hidden' : 'wants the whole screen');
    if (origin === 'model') expect(program.modes().alternateScreen).toBe(false);
    program.letGo();
    await program.waitForLine(/^✓ \.\/hostile · exit 0/);
    await program.waitFor(/^(shell|test-model) · /m);
    const sent = program.bytes().subarray(from).toString('latin1');
    expect(sent).not.toContain('\x1b[3J');
    expect(sent).not.toContain('\x1b]52');
    expect(sent).not.toContain('evil title');
    expect(sent).not.toContain('\x1b[?1000h');
    expect(sent).not.toContain('\x1b[6n');
    expect(program.modes().alternateScreen).toBe(false);
    expect(countOf(program.history(), /^shell line \d+$/)).toBe(60);
    program.send('fine');
    await program.waitFor(/^[$❯] fine$/m);
    expect(program.modes().cursorShown).toBe(true);
  });

  it('redraws a line with \\r as one moving line, which is one line of the item', async () => {
    const program = tests.open();
    program.place.script(
      'progress',
      `#!/bin/bash\nfor n in 10 20 30 40 50; do printf '\\r%d%% done' $n; sleep 0.02; done\n${until('go')}\nprintf '\\r100%% done\\n'\n`,
    );
    await program.ready();
    await program.enter('./progress');
    await program.waitFor(/^ {3}50% done$/m);
    expect(program.text()).not.toContain('40% done');
    program.letGo();
    await program.waitForLine(/^✓ \.\/progress · exit 0/);
    await program.waitForLine(/^ {2}100% done$/);
    expect(countOf(program.history(), /% done/)).toBe(1);
  });

  it('a flood leaves the keys alive and ends with Ctrl-C', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter('yes');
    await program.waitFor(/^ {3}y$/m);
    program.send('hello');
    await program.waitFor(/^\$ hello$/m);
    program.send('\x03');
    await program.waitFor('draft kept: Ctrl-Y');
    expect(program.text()).toContain('running');
    program.send('\x03');
    await program.waitForLine(/^⊗ yes · stopped by you \(SIGINT\)/);
  });
});

describe('at rest', () => {
  it('nothing is written to the terminal', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter('echo once');
    await program.waitForLine(/^✓ echo once/);
    await program.waitFor((text) => !text.includes('running'));
    await program.drawn();
    const before = program.bytes().length;
    // The span of time is the subject here: two seconds of another process.
    await once(spawn('sleep', ['2']), 'exit');
    expect(program.bytes().length - before).toBe(0);
  });
});
