import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { countNewlines } from '../../../src/bytes/index.ts';
import {
  DEFAULT_OUTPUT_LIMITS,
  type OutputLimits,
  type OutputLog,
  openOutputLog,
} from '../../../src/exec/engine/output-log.ts';
import type { Problem } from '../../../src/problem/index.ts';
import { openPlace, PIPES } from '../running.ts';

const folder = mkdtempSync(join(tmpdir(), 'exec-log-'));
const place = openPlace();
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await place.close();
});

const SMALL: OutputLimits = { headBytes: 300, tailBytes: 200, fileBytes: 100_000, ringBytes: 500, minimumFreeBytes: 0 };
let files = 0;

function openLog(limits: OutputLimits, path: string | null = join(folder, `sub-${files++}`, 'out.bin')) {
  const opened: string[] = [];
  const problems: Problem[] = [];
  const log = openOutputLog(path, limits, {
    fileOpened: (file) => opened.push(file),
    fileFailed: (problem) => problems.push(problem),
  });
  return { log, path: path ?? '', opened, problems };
}

/** Bytes in which every position can be recognised. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8) * 7) & 255));
}

function appendInPieces(log: OutputLog, bytes: Buffer, sizes: readonly number[]): void {
  let at = 0;
  for (let piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] ?? 1;
    expect(log.append(Uint8Array.from(bytes.subarray(at, at + size)))).toBe(at);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 8 });

describe('reading a log', () => {
  it('gives every byte, however it was cut, from memory and file, before and after the end', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 9000 }), fc.nat(9000), fc.nat(9000), (cuts, length, from, span) => {
        const bytes = pattern(length);
        const { log } = openLog(SMALL);
        appendInPieces(log, bytes, cuts);
        for (const isFinished of [false, true]) {
          if (isFinished) log.finish();
          const { from: start, bytes: read } = log.read(from, from + span);
          expect(Buffer.compare(read, bytes.subarray(from, from + span))).toBe(0);
          if (read.length > 0) expect(start).toBe(from);
        }
        expect(log.bytes).toBe(length);
      }),
      { numRuns: 150 },
    );
  });

  it('without a file gives what memory keeps, and says where the next kept byte is', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 300_000 }), fc.nat(300_000), (cuts, length, from) => {
        const bytes = pattern(length);
        const { log } = openLog(SMALL, null);
        appendInPieces(log, bytes, cuts);
        const { from: start, bytes: read } = log.read(from, length);
        expect(Buffer.compare(read, bytes.subarray(start, start + read.length))).toBe(0);
        expect(start).toBeGreaterThanOrEqual(Math.min(from, length));
        if (from < SMALL.headBytes && from < length) expect(start).toBe(from);
        if (from >= length - SMALL.tailBytes) expect(start + read.length).toBe(length);
      }),
      { numRuns: 60 },
    );
  });

  it('beyond the limit of the file still gives the first bytes and the last of the ring, with the gap between them', () => {
    const limits = { ...SMALL, fileBytes: 2000, ringBytes: 700 };
    const bytes = pattern(9_999);
    const { log, path } = openLog(limits);
    appendInPieces(log, bytes, [37, 512, 3]);
    for (const isFinished of [false, true]) {
      if (isFinished) log.finish();
      expect(Buffer.compare(log.read(0, 9_999).bytes, bytes.subarray(0, 2000))).toBe(0);
      const rest = log.read(2000, 9_999);
      expect(rest.from).toBeGreaterThan(2000);
      expect(rest.from).toBeLessThanOrEqual(9_999 - limits.ringBytes);
      expect(Buffer.compare(rest.bytes, bytes.subarray(rest.from))).toBe(0);
    }
    expect(statSync(path).size).toBe(2000);
    expect(statSync(`${path}.a`).size).toBeLessThanOrEqual(700);
    expect(statSync(`${path}.b`).size).toBeLessThanOrEqual(700);
  });
});

describe('the output file', () => {
  it('is made when memory is full, with every byte, for its owner alone', () => {
    const { log, path, opened } = openLog(SMALL);
    log.append(pattern(300));
    expect(opened).toEqual([]);
    log.append(Uint8Array.from(pattern(301).subarray(300)));
    expect(opened).toEqual([path]);
    expect(readFileSync(path).equals(pattern(301))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    log.finish();
  });

  it('that cannot be made is told once, and the log goes on', () => {
    writeFileSync(join(folder, 'file'), '');
    for (const path of [join(folder, 'file', 'out.bin'), '/proc/nowhere/at/all/out.bin']) {
      const { log, problems } = openLog(SMALL, path);
      appendInPieces(log, pattern(5000), [100]);
      expect(problems).toHaveLength(1);
      expect(log.read(4900, 5000).bytes).toHaveLength(100);
    }
  });

  it('is never written through a link that somebody else put there', () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'precious');
    symlinkSync(target, join(folder, 'link.bin'));
    const { log, problems } = openLog(SMALL, join(folder, 'link.bin'));
    log.append(pattern(5000));
    expect(problems).toHaveLength(1);
    expect(readFileSync(target, 'utf8')).toBe('precious');
    chmodSync(target, 0o600);
  });

  it('on a full disk: told once, what was written stays readable, and the tail goes on', () => {
    // Every write to it is answered with ENOSPC.
    const { log, problems } = openLog(SMALL, '/dev/full');
    appendInPieces(log, pattern(5000), [100]);
    expect(problems.map((problem) => problem.why)).toEqual(['the disk is full']);
    expect(Buffer.compare(log.read(0, 300).bytes, pattern(300))).toBe(0);
    expect(Buffer.compare(log.read(4900, 5000).bytes, pattern(5000).subarray(4900))).toBe(0);
  });

  it('stops growing when the disk has too little left, and the ring goes on', () => {
    const { log, path, problems } = openLog({ ...SMALL, minimumFreeBytes: Number.MAX_SAFE_INTEGER });
    appendInPieces(log, pattern(5000), [100]);
    expect(statSync(path).size).toBe(0);
    expect(problems).toEqual([]);
    expect(Buffer.compare(log.read(4500, 5000).bytes, pattern(5000).subarray(4500))).toBe(0);
    log.finish();
  });

  it('has every byte on disk before a listener hears of it, in a real run', async () => {
    const path = join(folder, 'real', 'deep', '1.bin');
    const { told, process } = await place.start(['seq', '300000'], { stdio: PIPES, outputFile: path });
    const closed = await told.closed;
    expect(told.order).toContain(`file ${path}`);
    expect(closed.bytes).toBeGreaterThan(DEFAULT_OUTPUT_LIMITS.headBytes);
    expect(readFileSync(path, 'utf8')).toBe(told.text());
    expect(Buffer.from(process.readOutput(1_500_000, 1_500_010).bytes).toString()).toBe(
      told.text().slice(1_500_000, 1_500_010),
    );
    rmSync(path);
    expect(process.readOutput(1_500_000, 1_500_010).from).toBeGreaterThan(1_500_000);
  });
});

describe('lines', () => {
  it('are counted alike however they are cut and aligned', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(10, 10, 11, 138, 0, 255, 120), { maxLength: 3000 }),
        fc.nat(7),
        (values, offset) => {
          const bytes = new Uint8Array(new ArrayBuffer(values.length + offset), offset);
          bytes.set(values);
          expect(countNewlines(bytes)).toBe(values.filter((value) => value === 10).length);
        },
      ),
    );
    const long = Buffer.alloc(300_001, `${'x'.repeat(99)}\n`);
    expect(countNewlines(long)).toBe(3000);
    expect(countNewlines(Buffer.alloc(300_000, '\n'))).toBe(300_000);
  });

  it('is told to be open while the last one has no end', () => {
    const { log } = openLog(SMALL, null);
    expect(log.endsLine).toBe(true);
    log.append(Buffer.from('one\ntwo'));
    expect(log.endsLine).toBe(false);
    log.append(Buffer.from('\n'));
    expect(log.endsLine).toBe(true);
  });
});
