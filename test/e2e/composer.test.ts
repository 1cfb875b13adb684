// What helps while a message is written? Files, commands, an editor, images; and what is told when nobody looks.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { say, startModelServer } from '../support/model-server.ts';
import { codexProgram, eventually, type Program, programsOfATest, until } from '../support/program.ts';
import { openShell } from '../support/shell.ts';

const tests = programsOfATest();

/** A repository in the workspace with these files. */
function repository(program: { readonly workspace: string }, files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(path.dirname(path.join(program.workspace, file)), { recursive: true });
    writeFileSync(path.join(program.workspace, file), '');
  }
  execFileSync('git', ['init', '-q'], { cwd: program.workspace });
}

const markedRow = (program: Program): string => program.screen().find((row) => row.startsWith('  ▸')) ?? '';

describe('files named in a message', () => {
  it('are found by a few letters, for a shell written as it reads them, and found anew when they are new', async () => {
    const place = tests.place();
    repository(place, ['src/core/bus.ts', 'src/core/my notes.md', 'README.md']);
    const program = tests.open({ place });
    await program.ready();
    program.send('cat @notes');
    await program.waitFor(/▸ src\/core\/my notes\.md/);
    program.send('\t');
    await program.waitForDraft('cat src/core/my\\ notes.md');
    program.send('\x15echo @sr');
    await program.waitFor(/▸ src\//);
    program.send('\t');
    await program.waitForDraft('echo @src/');
    program.send('bus');
    await program.waitFor(/▸ src\/core\/bus\.ts/);
    program.send('\x1b[B\x1b[A\r');
    await program.waitForDraft('echo src/core/bus.ts');
    program.send('\r');
    await program.waitForLine(/^ {2}src\/core\/bus\.ts$/);
    writeFileSync(path.join(place.workspace, 'brand-new.ts'), '');
    program.send('@brand');
    await program.waitFor(/▸ brand-new\.ts/);
  });

  it('are the same in a second terminal, whose program has none of them', async () => {
    const place = tests.place();
    repository(place, ['deep/down/needle.ts']);
    const program = tests.open({ place });
    await program.ready();
    await program.enter('echo one');
    await program.waitForLine(/^✓ echo one/);
    const second = tests.open({ place, args: ['resume', '--last', '--all'], cwd: place.outside });
    await second.ready();
    second.send('@needl');
    await second.waitFor(/▸ deep\/down\/needle\.ts/);
  });

  it('and programs of the PATH complete a command line with Tab', async () => {
    const place = tests.place();
    repository(place, ['only-one.txt']);
    writeFileSync(path.join(place.programs, 'say-something'), '#!/bin/sh\necho said "$@"\n', { mode: 0o755 });
    const program = tests.open({ place });
    await program.ready();
    program.send('say-some\t');
    await program.waitForDraft('say-something');
    program.send('only\t');
    await program.waitForDraft('say-something only-one.txt');
  });

  it('never hold back a message that is complete', async () => {
    const place = tests.place();
    repository(place, ['src/main.ts']);
    const program = tests.open({ place });
    await program.ready();
    program.send('echo @main\r');
    await program.waitForLine(/^ {2}@main$/);
  });
});

describe('commands behind a slash', () => {
  it('are offered, chosen and run, at 40 columns too', async () => {
    const program = tests.open({ cols: 40 });
    await program.ready();
    program.send('/');
    await program.waitFor('/help');
    expect(program.screen().every((row) => row.length < 40)).toBe(true);
    program.send('per');
    await program.waitFor(() => markedRow(program).includes('/permissions'));
    program.send('\x1b[B\r');
    await program.waitFor(/^ {2}Permissions/m);
  });
});

/** An editor: says in a file that it has the terminal, waits for a word, does what the word says. */
const EDITOR = `#!/bin/bash
stty -a < /dev/tty > "$PLACE/modes"
printf '\\e[?1049hediting %s' "$(cat "$1")"
echo "$1 $$" > "$PLACE/file"
until [ -s "$PLACE/word" ]; do sleep 0.02; done
case "$(cat "$PLACE/word")" in
  write) printf 'first line\\nsecond line\\n' > "$1.new"; mv "$1.new" "$1" ;;
  stop) kill -TSTP 0; printf 'after the stop\\n' > "$1" ;;
  fail) printf 'never seen' > "$1"; printf '\\e[?1049l'; exit 3 ;;
esac
printf '\\e[?1049l'
`;

describe('the editor', () => {
  function withEditor() {
    const place = tests.place();
    place.script('editor', EDITOR);
    const editor = path.join(place.workspace, 'editor');
    const env = { EDITOR: `${editor}`, PLACE: place.workspace };
    const told = (name: string) => path.join(place.workspace, name);
    return {
      place,
      env,
      begun: () => eventually(() => existsSync(told('file')), 'the editor has the message'),
      tell: (word: string) => writeFileSync(told('word'), word),
      file: () => readFileSync(told('file'), 'utf8').trim().split(' '),
      modes: () => readFileSync(told('modes'), 'utf8'),
    };
  }

  it('has the message and the terminal as it was, what runs goes on, and what it wrote is the message', async () => {
    const { place, env, begun, tell, file, modes } = withEditor();
    const program = tests.open({ place, env });
    await program.ready();
    await program.enter(`${until('go')}; echo it went on`);
    await program.waitFor('running');
    program.send('half a thought');
    await program.waitForDraft('half a thought');
    program.send('\x07');
    await begun();
    await program.waitFor('editing half a thought');
    expect(modes()).toMatch(/(?:^|\s)icanon/);
    expect(program.modes().bracketedPaste).toBe(false);
    const [edited = ''] = file();
    expect(path.dirname(path.dirname(edited))).toBe(path.join(place.env.XDG_RUNTIME_DIR ?? '', 'codex'));
    program.letGo();
    await program.recorded(({ payload }) => JSON.stringify(payload).includes('it went on'));
    tell('write');
    await program.waitFor(/first line\n {2}second line/);
    expect(program.modes().alternateScreen).toBe(false);
    expect(program.modes().bracketedPaste).toBe(true);
    await program.waitForLine(/^ {2}it went on$/);
    expect(existsSync(path.dirname(edited))).toBe(false);
    program.send('\x1f');
    await program.waitForDraft('half a thought');
  });

  it('that fails, or that is killed, changes nothing and leaves a working terminal', async () => {
    const { place, env, begun, tell, file } = withEditor();
    const program = tests.open({ place, env });
    await program.ready();
    program.send('draft\x07');
    await begun();
    tell('fail');
    await program.waitFor('ended with exit 3; the message is as before');
    await program.waitForDraft('draft');
    writeFileSync(path.join(place.workspace, 'word'), '');
    writeFileSync(path.join(place.workspace, 'file'), '');
    program.send('\x07');
    await eventually(() => file().length === 2, 'the editor has the message again');
    process.kill(Number(file()[1]), 'SIGKILL');
    await program.waitFor('was ended by SIGKILL');
    await program.waitForDraft('draft');
    expect(program.modes().alternateScreen).toBe(false);
    program.send(' more');
    await program.waitForDraft('draft more');
  });

  it('that nobody set, or that is not there, is a sentence', async () => {
    const program = tests.open();
    await program.ready();
    program.send('draft\x07');
    await program.waitFor('No editor is set. Set one: export EDITOR=vim');
    const other = tests.open({ env: { VISUAL: 'no-such-editor --wait', EDITOR: 'true' } });
    await other.ready();
    other.send('draft\x07');
    await other.waitFor('no-such-editor was not found');
    await other.waitForDraft('draft');
  });

  it('is stopped with the program by Ctrl-Z, and both come back with fg', async () => {
    const { place, env, begun, tell } = withEditor();
    const shell = await openShell(place);
    try {
      shell.send(`EDITOR=${env.EDITOR} PLACE=${env.PLACE} ${codexProgram}\r`);
      await shell.waitFor(/^shell · /m);
      shell.send('draft\x07');
      await begun();
      tell('stop');
      await shell.waitFor('Stopped');
      shell.send('stty -a | grep -o "[-]*icanon"\r');
      await shell.waitFor(/^icanon/m);
      shell.send('fg\r');
      await shell.waitFor(/^\$ after the stop/m);
      shell.send(' and more');
      await shell.waitFor(/^\$ after the stop and more/m);
      expect(shell.modes().bracketedPaste).toBe(true);
      shell.send('\x15\x04');
      await shell.waitFor((text) => text.trimEnd().endsWith('[shell]'));
    } finally {
      await shell.close();
    }
  });
});

describe('an image', () => {
  it('that is dropped goes with the message by its name', async () => {
    const server = await startModelServer([say('I see it.')]);
    tests.afterwards(() => server.close());
    const program = tests.open({ model: server.url });
    await program.ready();
    const head = Buffer.alloc(24);
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(head);
    const file = path.join(program.place.workspace, 'my shot.png');
    writeFileSync(file, head);
    program.send(`\x1b[200~${file.replaceAll(' ', '\\ ')}\x1b[201~`);
    await program.waitForDraft('[image 1: my shot.png]');
    program.send('what is it?\r');
    await program.waitForLine(/^❯ \[image 1: my shot\.png\] what is it\?$/);
  });
});

describe('when nobody looks', () => {
  it('the title says what goes on and is given back, and a waiting program is told of', async () => {
    const program = tests.open({ env: { TERM_PROGRAM: 'WezTerm' } });
    await program.ready();
    program.send('\x1b[O');
    await program.enter('read -r line; echo "it was $line"');
    await program.waitFor(/keys go to 1|waiting for input/);
    await eventually(() => program.bytes().includes('\x1b]9;codex: read -r line'), 'the notification');
    program.send('yes\r');
    await program.waitForLine(/^ {2}it was yes$/);
    const written = program.bytes().toString();
    expect(written).toContain('\x1b[22;0t\x1b]2;workspace - codex\x1b\\');
    expect(written).toContain('\x1b]2;⠿ workspace - codex\x1b\\');
    program.send('\x1b[I\x04');
    await program.exit;
    expect(program.bytes().toString()).toMatch(/\x1b\[23;0t(?!.*\x1b\]2;)/s);
    expect(readdirSync(path.join(program.place.env.XDG_RUNTIME_DIR ?? '', 'codex'))).toEqual([]);
  });
});

describe('keys of the person’s own', () => {
  it('do what they say, and the help marks them', async () => {
    const place = tests.place();
    const program = tests.open({
      place,
      config:
        '[tui.keymap.global]\nopen_transcript = "f5"\n[tui.keymap.editor]\nkill_line_end = "f6"\nyank = "hyper-y"\n',
    });
    await program.ready();
    await program.waitForLine(/Some keys of config\.toml are not in force/);
    await program.waitForLine(/tui\.keymap\.editor\.yank: "hyper-y" is no key/);
    program.send('one two\x01\x1b[17~');
    await program.waitForDraft('');
    program.send('/keys\r');
    await program.waitFor(/F5 +everything of this session \(yours\)/);
    program.send('\x1b');
    await program.waitFor((text) => !text.includes('(yours)'));
    program.send('\x1b[15~');
    await program.waitFor(() => program.modes().alternateScreen);
  });
});
