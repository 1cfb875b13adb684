import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  needsTerminal,
  openLevelReader,
  openTerminal,
  outputLevel,
  type TerminalOptions,
} from '../../../src/exec/index.ts';
import { openPlace, UNSANDBOXED } from '../running.ts';

const place = openPlace();
afterAll(() => place.close());

const COLOURS = { foreground: 'rgb:1111/2222/3333', background: 'rgb:4444/5555/6666' };

async function terminalWith(text: string, options: Partial<TerminalOptions> = {}) {
  const answers: string[] = [];
  const terminal = await openTerminal({
    cols: 20,
    rows: 4,
    scrollback: 10,
    colours: COLOURS,
    answer: (bytes) => answers.push(Buffer.from(bytes).toString('latin1')),
    ...options,
  });
  terminal.write(Buffer.from(text));
  return { terminal, answers };
}

describe('a terminal', () => {
  it('shows text as rows, with what scrolled off above it', async () => {
    const { terminal } = await terminalWith('one\r\ntwo\r\nthree\r\nfour\r\nfi\bve');
    expect(terminal.screen()).toEqual(['two', 'three', 'four', 'fve']);
    expect(terminal.scrolledOff()).toEqual(['one']);
    expect(terminal.cursor()).toEqual({ row: 3, col: 3, isVisible: true });
    terminal.dispose();
  });

  it('shows styles as SGR, each row for itself, and nothing else of what a program sent', async () => {
    const { terminal } = await terminalWith(
      '\x1b[1;31mred\x1b[0m plain\x1b]0;title\x07\r\n\x1b[38;5;200;48;2;1;2;3mx \x1b[m\r\n\x1b[7m  \x1b[0m\x1b[5n',
    );
    const rows = terminal.screen();
    expect(rows[0]).toBe('\x1b[0;1;31mred\x1b[0m plain');
    expect(rows[1]).toBe('\x1b[0;38;5;200;48;2;1;2;3mx \x1b[0m');
    expect(rows[2]).toBe('\x1b[0;7m  \x1b[0m');
    expect(rows[3]).toBe('');
    expect(terminal.title()).toBe('title');
    terminal.dispose();
  });

  it('draws its rows again to the same screen', async () => {
    const { terminal } = await terminalWith('\x1b[33mwide 漢字\x1b[4m under\x1b[0m e\u0301\r\n\x1b[41m   \x1b[0m');
    const again = await terminalWith(terminal.screen().join('\r\n'));
    expect(again.terminal.screen()).toEqual(terminal.screen());
  });

  it('knows the alternate screen, the cursor and the modes', async () => {
    const { terminal } = await terminalWith('\x1b[?1049h\x1b[?25l\x1b[?1000h\x1b[?2004h\x1b[?1h\x1b[?1004h');
    expect(terminal.isAlternate()).toBe(true);
    expect(terminal.cursor().isVisible).toBe(false);
    expect(terminal.modes()).toEqual({
      mouse: 'vt200',
      bracketedPaste: true,
      focusEvents: true,
      applicationCursorKeys: true,
    });
    terminal.write(Buffer.from('\x1b[?1049l\x1b[?25h'));
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.cursor().isVisible).toBe(true);
  });

  it('answers what programs ask a terminal, and is silent when it only draws', async () => {
    const questions = '\x1b[c\x1b[2;3H\x1b[6n\x1b[5n\x1b]10;?\x07\x1b]11;?\x07\x1b[>q';
    const { answers } = await terminalWith(questions);
    expect(answers.join('')).toContain('\x1b[?');
    expect(answers).toContain('\x1b[2;3R');
    expect(answers).toContain('\x1b[0n');
    expect(answers).toContain('\x1b]10;rgb:1111/2222/3333\x1b\\');
    expect(answers).toContain('\x1b]11;rgb:4444/5555/6666\x1b\\');
    expect(answers).toContain('\x1bP>|codex\x1b\\');
    const { terminal } = await terminalWith(questions, { answer: null });
    terminal.dispose();
  });

  it('counts the rows in use', async () => {
    const { terminal } = await terminalWith('a\r\nb');
    expect(terminal.rowsInUse()).toBe(2);
    terminal.write(Buffer.from('\x1b[4;1Hz\x1b[1;1H'));
    expect(terminal.rowsInUse()).toBe(4);
    terminal.resize(10, 2);
    expect(terminal.screen()).toHaveLength(2);
  });
});

describe('the level of output', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain', 'one\r\ntwo\n\tthree\x07'],
    ['plain', 'umlaut ä and 漢字\r\r\n'],
    ['plain', 'cut off \r'],
    ['styled', '\x1b[1;38:5:3mred\x1b[m\r\n'],
    ['plain', 'cut off \x1b[3'],
    ['terminal', '10%\r20%'],
    ['terminal', 'a\bb'],
    ['terminal', '\x1b[2K'],
    ['terminal', '\x1b]0;title\x07'],
    ['terminal', '\x1b[?25l'],
    ['terminal', '\x1b[6n'],
    ['terminal', `\x1b[${'1;'.repeat(200)}m`],
  ];
  for (const [level, text] of cases) {
    it(`${level}: ${JSON.stringify(text).slice(0, 40)}`, () => {
      expect(outputLevel(Buffer.from(text))).toBe(level);
      expect(needsTerminal(Buffer.from(text))).toBe(level === 'terminal');
    });
  }

  it('does not depend on where the bytes are cut', () => {
    const parts = fc.constantFrom('text ', '\r\n', '\x1b[31m', '\x1b[0m', '\n', '\r\r\n', '\x1b[38;5;1m');
    fc.assert(
      fc.property(
        fc.array(parts, { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        (texts, size, isTerminal) => {
          const bytes = Buffer.from(texts.join('') + (isTerminal ? '\x1b[2J' : ''));
          const reader = openLevelReader();
          let level = reader.read(new Uint8Array(0));
          for (let at = 0; at < bytes.length; at += size) level = reader.read(bytes.subarray(at, at + size));
          expect(level).toBe(outputLevel(bytes));
        },
      ),
    );
  });

  it('of a flood is known from what outlives it, wherever that stands', () => {
    const flood = Buffer.alloc(200_000, 'line\r\n');
    expect(openLevelReader().read(flood)).toBe('plain');
    for (const lasting of ['\x1b[?1049h', '\x1b[6n', '\x1b]11;?\x07']) {
      expect(openLevelReader().read(Buffer.concat([flood, Buffer.from(lasting), flood]))).toBe('terminal');
    }
  });
});

describe('a program that asks its terminal', () => {
  for (const profile of [place.workspace, UNSANDBOXED]) {
    it(`is answered although nobody watches (${profile.name})`, async () => {
      const script = `stty raw -echo min 0 time 30; printf 'text\\r\\n\\033[6n'; read -r -d R answer; printf '%q\\n' "$answer"; stty sane`;
      const { told } = await place.start(['bash', '-c', script], { profile });
      await told.closed;
      expect(told.text()).toContain('\\E[2;1');
    });
  }

  it('is answered in the middle of a flood', async () => {
    const script = `stty raw -echo; yes 'some line' | head -c 3000000; printf '\\033[6n'; read -r -d R answer; printf 'said %q\\n' "$answer"; stty sane`;
    const { told } = await place.start(['bash', '-c', script]);
    await told.closed;
    expect(told.text().slice(-40)).toMatch(/said .*E\[/);
  });
});
