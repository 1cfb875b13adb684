import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/core/bus/contract.ts';
import { countItems, readAll, readHistory, readTail } from '../../../src/core/rollout/index.ts';
import { linesBackwards, linesForwards, withFile } from '../../../src/core/rollout/lines.ts';
import { OPENED } from './session-events.ts';
import { inHome, linesFor, spellingIn } from './written.ts';

const TURNS = 400;

function session(turns: number): EventBody[] {
  const events: EventBody[] = [OPENED];
  for (let turn = 1; turn <= turns; turn += 1) {
    events.push(
      { type: 'turn.started', turn: `t${turn}` },
      { type: 'message.added', item: `m${turn}`, turn: `t${turn}`, text: `message ${turn} ${'é'.repeat(1_000)}` },
      { type: 'answer.completed', item: `a${turn}`, turn: `t${turn}`, text: 'answer' },
      {
        type: 'turn.ended',
        turn: `t${turn}`,
        outcome: 'completed',
        durationMs: 1,
        commands: 0,
        tokens: null,
        problem: null,
      },
    );
  }
  return events;
}

const start = (process: number, attempt = 1): EventBody => ({
  type: 'process.started',
  process,
  call: `c${process}`,
  turn: 't1',
  attempt,
  command: 'yes',
  argv: ['yes'],
  cwd: '/',
  origin: 'person',
  stdio: { kind: 'pipe', stdin: 'closed' },
  profile: 'p',
  grants: [],
});

describe('the end of a record', () => {
  it('is read in whole turns, with the session it belongs to and how much came before', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'rollout.jsonl');
      writeFileSync(path, `${linesFor(session(TURNS)).join('\n')}\n`);
      const read = readTail(path, { codexHome, whenFileEnds: 'lost', wantedItems: 5 });
      if (!read.ok) throw new Error(read.problem.why);
      const { events, earlierItems } = read.value;
      expect(events.map((event) => event.type).slice(0, 3)).toEqual([
        'session.opened',
        'turn.started',
        'message.added',
      ]);
      expect(events.filter((event) => event.type === 'message.added').map((event) => event.item)).toEqual([
        'm398',
        'm399',
        'm400',
      ]);
      expect(events[0]).toMatchObject({ cwd: OPENED.cwd, earlierItems: earlierItems.count });
      expect(earlierItems.isExact).toBe(false);
      expect(Math.abs(earlierItems.count - 794)).toBeLessThan(40);
    });
  });

  it('is all of it when there is no more, and says so', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'rollout.jsonl');
      writeFileSync(path, `${linesFor(session(3)).join('\n')}\n`);
      const tail = readTail(path, { codexHome, whenFileEnds: 'lost', wantedItems: 100 });
      const all = readAll(path, { codexHome, whenFileEnds: 'lost' });
      expect(tail.ok && all.ok && tail.value.events).toEqual(all.ok && all.value.events);
      expect(tail.ok && tail.value.earlierItems).toEqual({ count: 0, isExact: true });
      expect(countItems(path, Number.MAX_SAFE_INTEGER)).toEqual({ ok: true, value: 6 });
      expect(readHistory(path)).toMatchObject({ ok: true, value: { length: 6 } });
    });
  });

  it('shows a command whose beginning was not read from its item, and the next process takes a new number', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'rollout.jsonl');
      const before = session(TURNS);
      const events: EventBody[] = [
        ...before.slice(0, 2),
        start(7),
        ...before.slice(2),
        { type: 'turn.started', turn: 'last' },
        {
          type: 'process.closed',
          process: 7,
          attempt: 1,
          exit: { kind: 'code', code: 0 },
          outcome: 'ok',
          bytes: 0,
          lines: 0,
          durationMs: 1,
          denial: null,
        },
        { type: 'process.finished', process: 7, call: 'c7', outcome: 'ok', problem: null },
      ];
      writeFileSync(path, `${linesFor(events).join('\n')}\n`);
      const read = readTail(path, { codexHome, whenFileEnds: 'lost', wantedItems: 1 });
      if (!read.ok) throw new Error(read.problem.why);
      expect(read.value.events).toContainEqual(
        expect.objectContaining({ type: 'process.started', command: 'yes', call: 'c7' }),
      );
      expect(read.value.events).toContainEqual(
        expect.objectContaining({ type: 'process.finished', call: 'c7', outcome: 'ok' }),
      );
      expect(read.value.highestProcess).toBeGreaterThanOrEqual(7);
      expect([...read.value.runningBefore]).toEqual([]);
    });
  });

  it('ends long output with the last bytes of its output file', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'rollout.jsonl');
      const file = join(codexHome, 'codex_ts/output/s/1.bin');
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'y\n'.repeat(1_000_000));
      const events: EventBody[] = [
        OPENED,
        { type: 'turn.started', turn: 't1' },
        start(1),
        {
          type: 'process.output',
          process: 1,
          attempt: 1,
          from: 0,
          stream: 'stdout',
          bytes: Buffer.from('y\n'.repeat(500)),
        },
        { type: 'process.output_file', process: 1, attempt: 1, path: file },
      ];
      const lines = linesFor(events, spellingIn(codexHome));
      expect(lines.at(-1)).toContain('"path":"codex_ts/output/s/1.bin"');
      writeFileSync(path, `${lines.join('\n')}\n`);
      const read = readTail(path, { codexHome, whenFileEnds: 'lost', wantedItems: 5 });
      if (!read.ok) throw new Error(read.problem.why);
      const output = read.value.events.filter((event) => event.type === 'process.output');
      expect(output.map((event) => [event.from, event.bytes.length])).toEqual([
        [0, 1_000],
        [2_000_000 - 65_536, 65_536],
      ]);
      expect(read.value.events).toContainEqual(expect.objectContaining({ type: 'process.closed', bytes: 2_000_000 }));
    });
  });

  it('passes over a line of 100 MB without loading it', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'rollout.jsonl');
      const lines = linesFor(session(2));
      const fd = openSync(path, 'w');
      writeSync(fd, `${lines.slice(0, 4).join('\n')}\n`);
      // A hole reads as NUL bytes, and takes no room on the disk.
      ftruncateSync(fd, 100 * 1024 * 1024);
      closeSync(fd);
      execFileSync('sh', ['-c', 'cat >> "$1"', 'sh', path], { input: `\n${lines.slice(4).join('\n')}\n` });
      const read = readAll(path, { codexHome, whenFileEnds: 'lost' });
      const tail = readTail(path, { codexHome, whenFileEnds: 'lost', wantedItems: 100 });
      expect(read.ok && [read.value.skippedLines, read.value.damagedLines]).toEqual([1, 0]);
      expect(tail.ok && tail.value.skippedLines).toBe(1);
      expect(read.ok && read.value.events.length).toBe(tail.ok && tail.value.events.length);
    });
  });

  it('of a file that is gone is a problem, not an exception', () => {
    expect(readTail('/nonexistent/x', { codexHome: '/', whenFileEnds: 'lost', wantedItems: 1 })).toMatchObject({
      ok: false,
    });
  });
});

describe('lines', () => {
  it('are the same from both ends, wherever blocks are cut', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'lines');
      fc.assert(
        fc.property(fc.array(fc.stringMatching(/^[\na-cé]{0,9}$/)), fc.integer({ min: 1, max: 7 }), (parts, block) => {
          const content = parts.join('');
          writeFileSync(path, content);
          const expected = content === '' ? [] : (content.endsWith('\n') ? content.slice(0, -1) : content).split('\n');
          const forwards = withFile(path, (file) => [...linesForwards(file)]);
          const backwards = withFile(path, (file) => [...linesBackwards(file, block)]);
          expect(forwards.map((line) => line.text)).toEqual(expected);
          expect(backwards.reverse()).toEqual(forwards);
        }),
      );
    });
  });
});
