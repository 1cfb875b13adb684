import { closeSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { realClock } from '../../../../src/ui/tui/terminal/clock.ts';
import {
  type FrameWriter,
  type FrameWriterOptions,
  openFrameWriter,
} from '../../../../src/ui/tui/terminal/frame-writer.ts';
import { openEmulator, openPair, readMaster } from '../../../support/screen.ts';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

interface Stage {
  readonly writer: FrameWriter;
  readonly emulator: ReturnType<typeof openEmulator>;
  readonly bytes: () => string;
  resize(cols: number, rows: number): void;
  until(isThere: () => boolean): Promise<void>;
  /** Lets the terminal stop and go on reading. */
  stop(): void;
  goOn(): void;
  hangUp(): void;
  readonly settled: { cols: number; rows: number }[];
  gone: number;
}

/** A writer on a real terminal device, with an emulator that reads it and answers its status requests. */
async function stage(
  cols: number,
  rows: number,
  { answers = true, ...options }: Partial<FrameWriterOptions> & { answers?: boolean } = {},
): Promise<Stage> {
  const pair = openPair(cols, rows);
  const emulator = openEmulator(cols, rows);
  let size = { cols, rows };
  let written = '';
  let gone = 0;
  const settled: { cols: number; rows: number }[] = [];
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const stream = readMaster(
    pair.master,
    (bytes) => {
      written += bytes.toString('latin1');
      void emulator.write(bytes).then(wake);
    },
    () => undefined,
  );
  const writer = openFrameWriter({
    fd: pair.slave,
    size: () => size,
    clock: realClock,
    onSettled: (now) => {
      settled.push(now);
      wake();
    },
    onGone: () => {
      gone += 1;
      wake();
    },
    ...options,
  });
  if (answers) {
    emulator.terminal.onData((data) => {
      if (data === '\x1b[0n') writer.acknowledged();
    });
  }
  let isSlaveOpen = true;
  opened.push(() => {
    writer.close();
    if (isSlaveOpen) closeSync(pair.slave);
    isSlaveOpen = false;
    stream.destroy();
    emulator.terminal.dispose();
  });
  return {
    writer,
    emulator,
    settled,
    bytes: () => written,
    resize(newCols, newRows) {
      size = { cols: newCols, rows: newRows };
      emulator.terminal.resize(newCols, newRows);
      writer.sizeMayHaveChanged();
    },
    until: (isThere) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(
          () => reject(new Error(`not reached; the screen:\n${emulator.screen().join('\n')}`)),
          10_000,
        );
        const look = (): void => {
          if (!isThere()) return;
          clearTimeout(limit);
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    stop: () => stream.pause(),
    goOn: () => stream.resume(),
    hangUp: () => stream.destroy(),
    get gone() {
      return gone;
    },
  };
}

const prompt = (text: string) => ({
  rows: ['1 running', `> ${text}`, 'status'],
  cursor: { row: 1, col: text.length + 2 },
});

describe('the frame writer', () => {
  it('prints finished lines above the region, each once, and writes nothing when nothing changes', async () => {
    const { writer, emulator, until, bytes } = await stage(40, 8);
    writer.frame(prompt('hello'));
    for (let batch = 0; batch < 30; batch += 1) {
      writer.print([`line ${batch} a`, `line ${batch} b`]);
      writer.frame(prompt(`hello ${batch}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writer.whenWritten();
    await until(() => emulator.screen().includes('> hello 29'));
    const expected = Array.from({ length: 30 }, (_, batch) => [`line ${batch} a`, `line ${batch} b`]).flat();
    expect(emulator.history()).toEqual([...expected, '1 running', '> hello 29', 'status']);
    const before = bytes().length;
    writer.frame(prompt('hello 29'));
    await writer.whenWritten();
    writer.frame(prompt('hello 30'), 'echo');
    await until(() => emulator.screen().includes('> hello 30'));
    // The unchanged frame in between cost nothing: only the one row's end and the request for an answer.
    expect(bytes().slice(before)).toBe('\x1b[?2026h\x1b[?25l\x1b[9G30\x1b[?25h\x1b[?2026l\x1b[5n');
  });

  it('writes a typed character alone, and the next frame has nothing to add', async () => {
    const { writer, emulator, until, bytes } = await stage(40, 8);
    writer.frame(prompt(''), 'echo');
    await until(() => emulator.screen().includes('status'));
    const before = bytes().length;
    expect(writer.echo('h')).toBe(true);
    expect(writer.echo('i')).toBe(true);
    writer.frame(prompt('hi'), 'echo');
    writer.frame(prompt('hi!'), 'echo');
    await until(() => emulator.screen().includes('> hi!'));
    expect(bytes().slice(before)).toBe('hi\x1b[?2026h\x1b[?25l!\x1b[?25h\x1b[?2026l\x1b[5n');
    expect(writer.echo('é')).toBe(false);
    writer.frame({ ...prompt('hi!'), cursor: { row: 1, col: 3 } }, 'echo');
    expect(writer.echo('x')).toBe(false);
  });

  it('holds frames back while the terminal does not read, then shows the newest', async () => {
    const { writer, emulator, until, bytes, stop, goOn } = await stage(200, 50);
    stop();
    const full = (count: number) => ({
      rows: Array.from({ length: 40 }, (_, row) => `${count} ${row} `.repeat(15)),
      cursor: null,
    });
    // Far more than a terminal stores: a blocking write would never come back.
    for (let count = 0; count < 100; count += 1) writer.frame(full(count), 'echo');
    goOn();
    await until(() => emulator.screen()[0]?.startsWith('99 0 ') === true);
    expect(bytes().length).toBeLessThan(60_000);
    await writer.whenWritten();
  });

  it('gives up leaving politely when the terminal does not read', async () => {
    const { writer, stop } = await stage(200, 50);
    stop();
    writer.print(Array.from({ length: 2000 }, (_, line) => `line ${line} ${'x'.repeat(100)}`));
    expect(writer.sendAndWait(writer.retire([]).region)).toBe(false);
  });

  it('tells when the terminal is gone, once, and writes nothing after that', async () => {
    const shown = await stage(40, 8);
    const { writer, emulator, until } = shown;
    writer.frame(prompt('x'));
    await until(() => emulator.screen().includes('status'));
    shown.hangUp();
    writer.frame(prompt('y'), 'echo');
    writer.frame(prompt('z'), 'echo');
    expect(shown.gone).toBe(1);
    await writer.whenWritten();
  });

  it('stops asking a terminal that never answers, and goes on writing', async () => {
    const { writer, emulator, until, bytes } = await stage(40, 8, { answers: false });
    for (let count = 0; count < 6; count += 1) {
      writer.frame(prompt(`${count}`));
      await until(() => emulator.screen().includes(`> ${count}`));
    }
    expect(bytes().split('\x1b[5n').length - 1).toBe(3);
  });

  it('prints more lines than fit into one flush completely and in order', async () => {
    const { writer, emulator, until } = await stage(80, 10);
    const lines = Array.from({ length: 6000 }, (_, line) => `line number ${line} of many`);
    writer.frame(prompt('x'));
    writer.print(lines);
    await writer.whenWritten();
    await until(() => emulator.history().length === 6003);
    expect(emulator.history().slice(0, 6000)).toEqual(lines);
  });

  it('collapses at a change of the window, keeps the history whole, and asks for a layout when it is still', async () => {
    const { writer, emulator, until, resize, settled } = await stage(100, 12);
    await emulator.write(Array.from({ length: 30 }, (_, line) => `shell ${line}\r\n`).join(''));
    const layout = (label: string, cols: number) => ({
      rows: [`${label} ${'p'.repeat(cols)}`, `out ${'o'.repeat(cols)}`, '> typed', 'status'],
      cursor: { row: 2, col: 7 },
    });
    const printed: string[] = [];
    writer.frame(layout('first', 100));
    await writer.whenWritten();
    for (const [index, [cols, rows]] of [
      [60, 12],
      [33, 12],
      [20, 6],
      [90, 15],
      [41, 8],
      [100, 12],
    ].entries()) {
      resize(cols!, rows!);
      printed.push(`done ${index}`);
      writer.print([`done ${index}`]);
      await until(() => settled.length === index + 1);
      writer.frame(layout(`after ${index}`, cols!));
      await writer.whenWritten();
      await until(() => emulator.screen().some((row) => row.startsWith(`after ${index}`)));
    }
    const history = emulator.history().map((row) => row.trimEnd());
    for (const line of [...Array.from({ length: 30 }, (_, at) => `shell ${at}`), ...printed])
      expect(
        history.filter((row) => row === line),
        line,
      ).toHaveLength(1);
    expect(history.filter((row) => row === 'status')).toHaveLength(1);
    expect(history.filter((row) => row === '> typed')).toHaveLength(1);
  });

  it('holds finished lines during a view and prints them after it', async () => {
    const { writer, emulator, until } = await stage(40, 8);
    writer.print(['before']);
    writer.frame(prompt('draft'));
    await writer.whenWritten();
    writer.enterView('\x1b[?1007h');
    writer.view({ rows: Array.from({ length: 8 }, (_, row) => `view ${row}`), cursor: null });
    await until(() => emulator.screen()[7] === 'view 7');
    expect(emulator.modes()).toMatchObject({ alternateScreen: true, cursorShown: false });
    writer.print(['during']);
    writer.frame(prompt('draft 2'));
    writer.view({ rows: ['short'], cursor: { row: 0, col: 2 } }, 'echo');
    await until(() => emulator.screen()[0] === 'short' && emulator.screen()[7] === '');
    writer.leaveView('\x1b[?1007l');
    await writer.whenWritten();
    await until(() => emulator.screen().includes('> draft 2'));
    expect(emulator.history()).toEqual(['before', 'during', '1 running', '> draft 2', 'status']);
    expect(emulator.modes()).toMatchObject({ alternateScreen: false, cursorShown: true });
    expect(emulator.cursor().col).toBe(9);
  });

  it('never erases the history when the window changed during a view', async () => {
    const { writer, emulator, until, resize, settled } = await stage(60, 10);
    writer.print(Array.from({ length: 20 }, (_, line) => `kept ${line}`));
    writer.frame(prompt('draft'));
    await writer.whenWritten();
    writer.enterView();
    writer.view({ rows: ['view'], cursor: null });
    await until(() => emulator.screen()[0] === 'view');
    resize(40, 7);
    await until(() => settled.length === 1);
    writer.leaveView();
    await writer.whenWritten();
    await until(() => emulator.screen().includes('> draft'));
    const history = emulator.history();
    for (let line = 0; line < 20; line += 1) expect(history.filter((row) => row === `kept ${line}`)).toHaveLength(1);
  });

  it('leaves the line clean while suspended and paints afresh below what came meanwhile', async () => {
    const { writer, emulator, until } = await stage(40, 8);
    writer.print(['done']);
    writer.frame(prompt('draft'));
    await until(() => emulator.screen().includes('status'));
    writer.suspend();
    writer.print(['late']);
    await until(() => !emulator.screen().includes('status'));
    await emulator.write('$ ls\r\nfile\r\n');
    writer.resume();
    await until(() => emulator.screen().includes('status'));
    expect(emulator.history()).toEqual(['done', '$ ls', 'file', 'late', '1 running', '> draft', 'status']);
  });

  it('asks for no further answer before it leaves, and loses no line by that', async () => {
    const { writer, emulator, until, bytes } = await stage(40, 8);
    writer.frame(prompt('draft'));
    await until(() => emulator.screen().includes('status') && !writer.isAnswerAwaited());
    const before = bytes().length;
    writer.hush();
    writer.print(['late']);
    writer.frame(prompt('newer'), 'echo');
    writer.redraw();
    expect(writer.echo('x')).toBe(false);
    expect(writer.isAnswerAwaited()).toBe(false);
    writer.suspend();
    await until(() => !emulator.screen().includes('status'));
    expect(bytes().slice(before)).not.toContain('\x1b[5n');
    writer.resume();
    await until(() => emulator.screen().includes('status'));
    expect(emulator.history()).toEqual(['late', '1 running', '> newer', 'status']);
  });

  it('retires with the region removed and the last lines in its place', async () => {
    const { writer, emulator, until } = await stage(40, 8);
    writer.print(['done']);
    writer.frame({ rows: ['a', 'b'], cursor: null });
    await writer.whenWritten();
    writer.print(['not yet written']);
    const { view, region } = writer.retire(['Session kept.']);
    expect(view).toBe('');
    expect(writer.sendAndWait(region)).toBe(true);
    await until(() => emulator.screen().includes('Session kept.'));
    expect(emulator.history()).toEqual(['done', 'not yet written', 'Session kept.']);
    expect(emulator.modes().cursorShown).toBe(true);
    expect(emulator.cursor()).toEqual({ row: 3, col: 0 });
  });

  it('adopts a frame that was painted before it existed', async () => {
    const first = prompt('');
    const { writer, emulator, until, bytes } = await stage(40, 8, { painted: first });
    await emulator.write('1 running\r\n> \r\nstatus\x1b[1A\x1b[3G');
    writer.frame(prompt('x'), 'echo');
    await until(() => emulator.screen().includes('> x'));
    expect(emulator.history()).toEqual(['1 running', '> x', 'status']);
    expect(bytes()).not.toContain('running');
  });
});
