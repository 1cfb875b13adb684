import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FilesFound } from '../../../../src/core/bus/index.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { type Files, TestScreen } from './screen.ts';

const ENTER = '\r';
const TAB = '\t';
const DOWN = '\x1b[B';
const UP = '\x1b[A';
const ESC = '\x1b';
const ESC_MS = 200;
const size = { cols: 80, rows: 24 };

const known = ['src/', 'src/main.ts', 'src/my notes.md', 'README.md'];

function answer(query: string, isPartial = false): FilesFound {
  const files = known
    .filter((path) => path.toLowerCase().includes(query.toLowerCase()))
    .map((path) => ({ path, isFolder: path.endsWith('/'), marks: [] as [number, number][] }));
  return { files, isPartial, known: known.length };
}

const files: Files = async (query) => answer(query);

async function draft(screen: TestScreen): Promise<string> {
  const all = await screen.rows();
  return (all.find((row) => row.startsWith('❯')) ?? '').replace(/^❯ ?/, '');
}

describe('files named in a message', () => {
  it('are listed below it, taken with Tab, and the message is sent with Enter', async () => {
    const screen = await TestScreen.open(size, undefined, [], files);
    await screen.press('look at @mai');
    const rows = await screen.rows();
    expect(rows.at(-2)).toBe('  ▸ src/main.ts');
    await screen.press(TAB);
    expect(await draft(screen)).toBe('look at @src/main.ts');
    expect((await screen.rows()).join('\n')).not.toContain('▸');
    await screen.press(`now${ENTER}`);
    expect(screen.commands('submit')).toEqual([{ type: 'submit', text: 'look at @src/main.ts now' }]);
  });

  it('go on in a folder, and are quoted where there is a blank', async () => {
    const screen = await TestScreen.open(size, undefined, [], files);
    await screen.press('@sr');
    await screen.press(TAB);
    expect(await draft(screen)).toBe('@src/');
    await screen.press(DOWN);
    await screen.press(TAB);
    expect(await draft(screen)).toBe('@"src/my notes.md"');
  });

  it('that are complete are sent by Enter, whatever the list marks', async () => {
    const screen = await TestScreen.open(size, undefined, [], files);
    await screen.press('@main');
    expect((await screen.rows()).join('\n')).toContain('▸ src/main.ts');
    await screen.press(ENTER);
    expect(screen.commands('submit')).toEqual([{ type: 'submit', text: '@main' }]);
  });

  it('typed and sent in one burst are sent', async () => {
    const screen = await TestScreen.open(size, undefined, [], files);
    await screen.press(`@src/mai${ENTER}`);
    expect(screen.commands('submit')).toEqual([{ type: 'submit', text: '@src/mai' }]);
  });

  it('asked for with Tab before they are there are taken when they come', async () => {
    let reply = (_found: FilesFound): void => {};
    const slow: Files = () =>
      new Promise((resolve) => {
        reply = resolve;
      });
    const screen = await TestScreen.open(size, undefined, [], slow);
    await screen.press('@README');
    await screen.press(TAB);
    expect(await draft(screen)).toBe('@README');
    // The first question was asked for the sign alone; the next one for all that was typed since.
    reply(answer(''));
    await screen.wait(0);
    reply(answer('README'));
    await screen.wait(0);
    expect(await draft(screen)).toBe('@README.md');
  });

  it('are asked for one by one, and again while the folder is being listed', async () => {
    const asked: string[] = [];
    let isPartial = true;
    const partial: Files = async (query) => {
      asked.push(query);
      return answer(query, isPartial);
    };
    const screen = await TestScreen.open(size, undefined, [], partial);
    await screen.press('@m');
    await screen.wait(300);
    expect((await screen.rows()).join('\n')).toMatch(/indexing 4…/);
    isPartial = false;
    await screen.wait(200);
    const before = asked.length;
    expect((await screen.rows()).join('\n')).not.toContain('indexing');
    await screen.wait(2000);
    expect(asked.length).toBe(before);
    expect(asked.slice(0, 2)).toEqual(['', 'm']);
  });

  it('are closed with Esc, which takes nothing else, and stay closed for that word', async () => {
    const screen = await TestScreen.open(size, undefined, [], files);
    await screen.press('@ma');
    await screen.press(ESC);
    await screen.wait(ESC_MS);
    await screen.press('i');
    const rows = await screen.rows();
    expect(rows.join('\n')).not.toContain('▸');
    expect(rows.at(-1)).not.toContain('Esc again');
    await screen.press(TAB);
    expect((await screen.rows()).join('\n')).toContain('▸ src/main.ts');
  });

  it('do not hold the keys while an earlier message is shown', async () => {
    const screen = await TestScreen.open(size, undefined, ['older', 'see @mai'], files);
    await screen.press(UP);
    expect(await draft(screen)).toBe('see @mai');
    await screen.press(UP);
    expect(await draft(screen)).toBe('older');
  });

  it('are one step of undo', async () => {
    const screen = await TestScreen.open(size, undefined, [], files);
    await screen.press('@mai');
    await screen.press(TAB);
    await screen.press('\x1f');
    expect(await draft(screen)).toBe('@mai');
  });
});

describe('commands behind a slash', () => {
  it('are completed by Enter when begun, and run by the next one', async () => {
    const screen = await TestScreen.open(size);
    await screen.press('/perm');
    expect((await screen.rows()).join('\n')).toContain('▸ /permissions');
    await screen.press(ENTER);
    expect(await draft(screen)).toBe('/permissions');
    await screen.press(ENTER);
    expect((await screen.rows()).join('\n')).toContain('Permissions · :workspace');
  });

  it('run at once when they were moved to', async () => {
    const screen = await TestScreen.open(size);
    await screen.press('/p');
    await screen.press(DOWN);
    await screen.press(DOWN);
    const marked = (await screen.rows()).find((row) => row.includes('▸'));
    expect(marked).toContain('/permissions');
    await screen.press(ENTER);
    expect((await screen.rows()).join('\n')).toContain('Permissions · :workspace');
  });

  it('can be others than our own, and wait for what they need', async () => {
    const screen = await TestScreen.open(size);
    screen.app.state.prompts = [{ name: 'fix-issue', argument: 'NUMBER', text: 'fix it', origin: 'project' }];
    await screen.press('/fix');
    expect((await screen.rows()).join('\n')).toMatch(/▸ \/fix-issue NUMBER +fix it \(project\)/);
    await screen.press(DOWN);
    await screen.press(ENTER);
    await screen.press('12');
    expect(await draft(screen)).toBe('/fix-issue 12');
    expect(screen.commands('submit')).toEqual([]);
  });

  it.each([
    { cols: 40, rows: 24 },
    { cols: 24, rows: 10 },
    { cols: 20, rows: 5 },
  ])('fit a window of $cols columns and $rows rows', async (small) => {
    const screen = await TestScreen.open(small);
    await screen.press('/');
    const rows = await screen.rows();
    expect(rows.length).toBeLessThan(small.rows);
    expect(rows.find((row) => row.startsWith('❯'))).toBe('❯ /');
    for (const row of rows) expect(row.length).toBeLessThan(small.cols);
  });

  it('say nothing of a path', async () => {
    const screen = await TestScreen.open(size);
    await screen.press('/usr/bin/env');
    expect((await screen.rows()).join('\n')).not.toContain('▸');
  });
});

describe('an image that is pasted by its path', () => {
  it('goes with the message, and its name stands in the text', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'codex-paste-'));
    const file = path.join(folder, 'shot.png');
    const head = Buffer.alloc(24);
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(head);
    writeFileSync(file, head);
    try {
      const screen = await TestScreen.open(size);
      await screen.press(`what is \x1b[200~'${file}'\x1b[201~`);
      expect(await draft(screen)).toBe('what is [image 1: shot.png]');
      await screen.press(`?${ENTER}`);
      const sent = { type: 'submit', text: 'what is [image 1: shot.png] ?', images: [file] };
      expect(screen.commands('submit')).toEqual([sent]);
      await screen.press(`! file \x1b[200~${file}\x1b[201~`);
      expect(await draft(screen)).toBe(`! file ${file}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('any keys at any size', () => {
  const keys = [
    '@',
    '/',
    's',
    'r',
    'c',
    ' ',
    '"',
    'm',
    TAB,
    ENTER,
    UP,
    DOWN,
    '\x03',
    '\x7f',
    '\x1f',
    '\x17',
    '\x1b[D',
    '\x1b[H',
    '\x16',
    '\x07',
    '\x12',
    '!',
    '\n',
    '日',
    '\x1b[200~/a/b.png\x1b[201~',
  ];

  it('break nothing: no defect, no row that is too wide, no more rows than the window has', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 20, max: 100 }),
        fc.integer({ min: 5, max: 30 }),
        fc.array(fc.constantFrom(...keys), { maxLength: 60 }),
        async (cols, rows, pressed) => {
          const screen = await TestScreen.open({ cols, rows }, undefined, ['@src/', '/status', 'older'], files);
          for (const key of pressed) await screen.press(key);
          const shown = await screen.rows();
          expect(screen.defects).toEqual([]);
          expect(shown.length).toBeLessThan(rows + 1);
          for (const row of shown) expect(cellWidth(row)).toBeLessThanOrEqual(cols);
        },
      ),
      { numRuns: 60 },
    );
  });
});
