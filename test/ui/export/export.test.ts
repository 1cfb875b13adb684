// Documents made of recorded events: what they hold, and what they leave out.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import headless from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import type { TranscriptEvent } from '../../../src/core/bus/index.ts';
import { asciicastOf, markdownOf } from '../../../src/ui/export/index.ts';

const START = Date.UTC(2026, 10, 25, 12, 0, 0);

const opened: TranscriptEvent = {
  type: 'session.opened',
  cwd: '/work',
  provider: 'shell',
  model: null,
  profile: ':workspace',
  network: 'restricted',
  version: '0.1.0',
  earlierItems: 0,
  at: START,
};

/** One command from its start to its end; `pieces` are its output with the seconds at which it came. */
function ran(
  process: number,
  command: string,
  pieces: readonly (readonly [second: number, text: string | Uint8Array])[],
  stdio: 'pty' | 'pipe' = 'pty',
): TranscriptEvent[] {
  const [first] = pieces;
  const [last] = pieces.slice(-1);
  const at = (second: number): number => START + second * 1000;
  let from = 0;
  const exit = { kind: 'code', code: 0 } as const;
  return [
    {
      type: 'process.started',
      process,
      call: `c${process}`,
      turn: 't1',
      attempt: 1,
      command,
      argv: ['bash', '-c', command],
      cwd: '/work',
      origin: 'person',
      stdio: stdio === 'pty' ? { kind: 'pty', cols: 90, rows: 20 } : { kind: 'pipe', stdin: 'closed' },
      profile: ':workspace',
      grants: [],
      at: at(first?.[0] ?? 0),
    },
    ...pieces.map(([second, text]): TranscriptEvent => {
      const bytes = Uint8Array.from(Buffer.from(text));
      from += bytes.length;
      const stream = stdio === 'pty' ? 'pty' : 'stdout';
      return { type: 'process.output', process, attempt: 1, from: from - bytes.length, stream, bytes, at: at(second) };
    }),
    { type: 'process.exited', process, attempt: 1, exit, at: at(last?.[0] ?? 0) },
    {
      type: 'process.closed',
      process,
      attempt: 1,
      exit,
      outcome: 'ok',
      bytes: from,
      lines: 1,
      durationMs: 1000,
      denial: null,
      at: at(last?.[0] ?? 0),
    },
    { type: 'process.finished', process, call: `c${process}`, outcome: 'ok', problem: null, at: at(last?.[0] ?? 0) },
  ];
}

const said = (text: string): TranscriptEvent => ({ type: 'message.added', item: text, turn: 't2', text, at: START });
const markdown = (events: readonly TranscriptEvent[], isFull = false): string =>
  [...markdownOf(events, { title: 'A day', session: 's', startedAt: START, isFull, factory: null })].join('');
const cast = (events: readonly TranscriptEvent[], process: number | null = null): unknown[][] =>
  [...asciicastOf(events, { title: 'A day', startedAt: START, process })].slice(1).map((line) => JSON.parse(line));

describe('Markdown', () => {
  it('keeps what looks like its own marks inside a longer fence', () => {
    const text = markdown([opened, ...ran(1, 'cat readme', [[0, 'a\r\n```sh\r\nb\r\n````\r\n']])]);
    expect(text).toContain('`````console\n$ cat readme\na\n```sh\nb\n````\n`````\n\nexit 0 · 1.0 s\n');
  });

  it('holds nothing that acts on the terminal it is shown on', () => {
    const evil = '\x1b]0;title\x07\x1b[2J\u202e';
    const text = markdown([
      { ...opened, cwd: `/work\n\`${evil}`, provider: 'openai', model: 'm' },
      { type: 'turn.started', turn: 't2', at: START },
      said(`ask ${evil}`),
      { type: 'answer.completed', item: 'a1', turn: 't2', text: `say ${evil}`, at: START },
      ...ran(1, `echo ${evil}`, [[0, `out ${evil}\r\n`]]),
    ]);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(text).toContain('- folder: `` /work');
  });

  it('leaves out the middle of long output, and says how much, unless everything is wanted', () => {
    const lines = Array.from({ length: 200 }, (_, n) => `line ${n}`).join('\r\n');
    const short = markdown([opened, ...ran(1, 'x', [[0, lines]])]);
    expect(short).toContain('line 39\n… 120 lines left out …\nline 160\n');
    expect(markdown([opened, ...ran(1, 'x', [[0, lines]])], true)).toContain('line 99\nline 100\n');
  });

  it('has messages and answers as they are', () => {
    const answer: TranscriptEvent[] = [
      { type: 'turn.started', turn: 't2', at: START },
      said('What *is* this?'),
      { type: 'answer.completed', item: 'a1', turn: 't2', text: 'It is **this**.', at: START },
    ];
    expect(markdown([{ ...opened, provider: 'openai', model: 'm' }, ...answer])).toContain(
      '## You\n\nWhat *is* this?\n\n## Codex\n\nIt is **this**.\n',
    );
  });

  it('takes long output from its file, and says when that is gone', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'codex-export-'));
    const file = path.join(folder, '1.1.bin');
    writeFileSync(file, 'from the file\n');
    const [started, ...rest] = ran(1, 'x', [[0, 'from the record\n']]);
    const events = [
      opened,
      started!,
      { type: 'process.output_file', process: 1, attempt: 1, path: file } as const,
      ...rest,
    ];
    expect(markdown(events)).toContain('$ x\nfrom the file\n');
    rmSync(folder, { recursive: true });
    expect(markdown(events)).toContain('from the record\n… the middle is not kept any more …');
  });
});

describe('an asciicast', () => {
  it('begins with the size, and its time only goes on although commands ran side by side', () => {
    const [header = ''] = asciicastOf([opened, ...ran(1, 'a', [[3, 'x']])], {
      title: 'T',
      startedAt: START,
      process: null,
    });
    expect(JSON.parse(header)).toEqual({
      version: 2,
      width: 90,
      height: 20,
      timestamp: START / 1000,
      idle_time_limit: 2,
      title: 'T',
      env: { TERM: 'xterm-256color' },
    });
    const events = cast([
      opened,
      ...ran(1, 'slow', [
        [1, 'a'],
        [9, 'b'],
      ]),
      ...ran(2, 'quick', [
        [2, 'c'],
        [3, 'd'],
      ]),
    ]);
    const times = events.map(([time]) => Number(time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const text = events
      .filter(([, code]) => code === 'o')
      .map(([, , data]) => data)
      .join('');
    expect(text.replace(/\x1b\[[\d;?]*[a-z]/g, '')).toBe(
      '$ slow\r\nab\r\nexit 0\r\n\r\n$ quick\r\ncd\r\nexit 0\r\n\r\n',
    );
  });

  it('cuts no character, returns the carriage of pipes, and replaces what is no text', () => {
    const euro = Buffer.from('€');
    const events = cast([
      opened,
      ...ran(
        1,
        'x',
        [
          [0, euro.subarray(0, 1)],
          [1, euro.subarray(1)],
          [2, '\n'],
          [3, Uint8Array.of(0xff)],
        ],
        'pipe',
      ),
    ]);
    const text = events
      .filter(([, code]) => code === 'o')
      .map(([, , data]) => data)
      .join('');
    expect(text).toContain('€\r\n\ufffd');
  });

  it('plays on a terminal: what a program left open is closed, and nothing jumps', async () => {
    const events = cast([
      opened,
      ...ran(1, 'editor', [[0, '\x1b[?1049h\x1b[2J\x1b[31minside']]),
      ...ran(2, 'after', [[1, 'plain\r\n']]),
    ]);
    const terminal = new headless.Terminal({ cols: 90, rows: 20, allowProposedApi: true });
    for (const [, code, data] of events) if (code === 'o') terminal.write(String(data));
    await new Promise<void>((resolve) => terminal.write('', resolve));
    const rows = Array.from(
      { length: 9 },
      (_, row) => terminal.buffer.active.getLine(row)?.translateToString(true) ?? '',
    );
    expect(terminal.buffer.active.type).toBe('normal');
    expect(rows.filter((row) => row !== '')).toEqual(['$ editor', 'exit 0', '$ after', 'plain', 'exit 0']);
  });

  it('can be of one command alone, with marks where things begin', () => {
    const events = cast([opened, ...ran(1, 'one', [[0, 'x']]), ...ran(2, 'two\nlines', [[5, 'y']])], 2);
    expect(events.filter(([, code]) => code === 'm').map(([, , label]) => label)).toEqual(['two']);
    expect(JSON.stringify(events)).not.toContain('one');
  });
});
