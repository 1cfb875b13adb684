import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openScreen, type Screen, type ScreenOptions } from '../../../support/screen.ts';

let folder = '';
let program = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'terminal-program-'));
  program = join(folder, 'program.cjs');
  buildSync({
    entryPoints: [join(import.meta.dirname, 'terminal-program.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'silent',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

let open: Screen[] = [];
afterEach(async () => {
  for (const screen of open) await screen.close();
  open = [];
});

function start(options: Partial<ScreenOptions> = {}): Screen {
  const screen = openScreen({ command: [process.execPath, program], ...options });
  open.push(screen);
  return screen;
}

/** A shell whose prompt is `$ ` and whose job control works, with the program as `p`. */
async function startInShell(): Promise<Screen> {
  const screen = openScreen({ command: ['bash', '--norc', '--noprofile', '-i'], cols: 60, rows: 30 });
  open.push(screen);
  screen.send(`PS1='[shell] '; p() { '${process.execPath}' '${program}'; }; clear\n`);
  await screen.waitFor((text) => text.trim() === '[shell]');
  screen.send(
    'echo before; stty -a > /tmp/$$.before; p; stty -a | cmp - /tmp/$$.before && echo same modes; rm /tmp/$$.before\n',
  );
  await screen.waitFor('region');
  return screen;
}

const asBefore = {
  alternateScreen: false,
  bracketedPaste: false,
  focusEvents: false,
  cursorShown: true,
  mouse: 'none',
  synchronized: false,
};

describe('the terminal is as it was found', () => {
  it.each([
    ['after leaving', 'quit\r', 'left', 0],
    ['after an exception nobody expected', 'crash\r', 'crashed: as asked', 70],
    ['after an exit nobody announced', 'exit\r', '', 3],
    ['after an exception in a view', 'view\r\x1b', 'crashed', null],
  ] as const)('%s', async (_what, typed, said, code) => {
    const screen = start();
    await screen.waitFor('region');
    await screen.waitFor(() => screen.modes().bracketedPaste && screen.modes().focusEvents);
    if (code === null) {
      screen.send('view\r');
      await screen.waitFor('the view');
      expect(screen.modes().alternateScreen).toBe(true);
      screen.send('crash\r');
    } else screen.send(typed);
    expect((await screen.exit).code).toBe(code ?? 70);
    await screen.waitFor((text) => text.includes(said) && !text.includes('region'));
    await screen.drawn();
    expect(screen.modes()).toEqual(asBefore);
  });

  it('after SIGTERM, with what was printed still there', async () => {
    const screen = start();
    await screen.waitFor('region');
    screen.send('one\r');
    await screen.waitFor('entered one');
    screen.kill('SIGTERM');
    expect((await screen.exit).code).toBe(143);
    await screen.waitFor('ended by SIGTERM');
    expect(screen.history()).toEqual(['entered one', 'ended by SIGTERM']);
    expect(screen.modes()).toEqual(asBefore);
  });
});

describe('the keyboard protocol', () => {
  it('is switched on only after the terminal answered that it knows it, and popped at the end', async () => {
    const screen = start({ answers: false });
    await screen.waitFor('region');
    expect(screen.bytes().toString()).not.toContain('\x1b[>5u');
    screen.send('\x1b[?0u\x1b[?62c');
    await screen.waitFor(() => screen.bytes().includes('\x1b[>5u'));
    screen.send('quit\r');
    await screen.exit;
    await screen.waitFor(() => screen.bytes().includes('\x1b[<u'));
    expect(screen.bytes().toString()).not.toContain('\x1b[>4;1m');
  });

  it('is the older one for a terminal that answers only the question all answer', async () => {
    const screen = start();
    await screen.waitFor(() => screen.bytes().includes('\x1b[>4;1m'));
    screen.send('quit\r');
    await screen.exit;
    await screen.waitFor(() => screen.bytes().includes('\x1b[>4;0m'));
    expect(screen.bytes().toString()).not.toContain('\x1b[>5u');
  });
});

describe('under the job control of a shell', () => {
  it('stops, leaves the screen to the shell, and paints afresh below it on fg', async () => {
    const screen = await startInShell();
    screen.send('half');
    await screen.waitFor('> half');
    screen.send('\x1a');
    await screen.waitFor(/suspended; fg continues[\s\S]*Stopped[\s\S]*same modes/);
    await screen.waitFor((text) => text.trimEnd().endsWith('[shell]'));
    expect(screen.text()).not.toContain('region');
    expect(screen.modes()).toMatchObject({ bracketedPaste: true, focusEvents: false, cursorShown: true });
    screen.send('echo in between\n');
    await screen.waitFor('\nin between\n');
    screen.send('fg\n');
    await screen.waitFor((text) => text.includes('> half') && text.lastIndexOf('region') > text.indexOf('in between'));
    screen.send(' more\r');
    await screen.waitFor('entered half more');
    screen.send('quit\r');
    await screen.waitFor('left');
    expect(screen.history().filter((row) => row === 'region')).toHaveLength(0);
    expect(screen.history().filter((row) => row === 'before')).toHaveLength(1);
  });

  it('continued in the background it writes nothing, and keys work after fg, also after SIGSTOP', async () => {
    const screen = await startInShell();
    screen.send('\x1a');
    await screen.waitFor(/Stopped/);
    screen.send('bg\n');
    await screen.waitFor((text) => /\[1\]\+ [\s\S]*&\s+\[shell\]$/.test(text.trimEnd()));
    const seen = screen.bytes().length;
    screen.send('echo typed; kill -STOP %1; wait -n; kill -CONT %1; echo continued\n');
    await screen.waitFor('\ncontinued\n');
    await screen.drawn();
    expect(screen.bytes().subarray(seen).toString()).not.toContain('region');
    screen.send('fg\n');
    await screen.waitFor('region');
    screen.send('abc\r');
    await screen.waitFor('entered abc');
    // Stopped from outside, without a chance to put anything back.
    // What is typed last is read last: then no answer is left that the shell would read instead.
    screen.send('z');
    await screen.waitFor('> z');
    process.kill(Number(await pidOfProgram(screen)), 'SIGSTOP');
    await screen.waitFor((text) => (text.match(/Stopped/g) ?? []).length >= 2);
    screen.send('fg\n');
    await screen.waitFor((text) => text.lastIndexOf('region') > text.lastIndexOf('Stopped'));
    screen.send('def\r');
    await screen.waitFor('entered zdef');
    screen.send('quit\r');
    await screen.waitFor(/left/);
  });

  it('without a shell says so instead of stopping', async () => {
    const screen = start();
    await screen.waitFor('region');
    screen.send('\x1a');
    await screen.waitFor('no shell to return to');
  });
});

async function pidOfProgram(screen: Screen): Promise<string> {
  const { readdirSync, readFileSync } = await import('node:fs');
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const isOurs = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
      const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[3];
      if (isOurs && session === String(screen.pid)) return pid;
    } catch {
      // It ended between the listing and the look.
    }
  }
  throw new Error('the program does not run');
}
