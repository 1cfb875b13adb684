import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { countNewlines, workBlock } from '../../src/bytes/index.ts';
import { type NeedleScan, prepareJumpingScan, prepareVectorScan } from '../../src/bytes/needle-scan.ts';
import { SCAN_MODULE } from '../../src/bytes/scan-module.ts';

const texts = ['abababab', 'babababac', 'aaaaaaaaab', 'cabbages and kings', 'Отказано в доступе', '权限不够了'];
const needles = texts.map((text) => Buffer.from(text));

function vectorScan(): NeedleScan {
  const scan = prepareVectorScan(needles);
  if (scan === null) throw new Error('there are no vector instructions here');
  return scan;
}

/** Where needles end that do not overlap, from the first on. */
function endsBy(scan: NeedleScan, bytes: Uint8Array): number[] {
  const search = scan.over(bytes, 0, bytes.length);
  const ends: number[] = [];
  for (let at = search.next(0); at !== -1; at = search.next(at + 1)) ends.push(at);
  return ends;
}

/** Numbers of the lines that hold a needle. */
function linesBy(scan: NeedleScan, bytes: Buffer): number[] {
  const search = scan.over(bytes, 0, bytes.length);
  const lines: number[] = [];
  for (let at = search.next(0); at !== -1; ) {
    lines.push(countNewlines(bytes.subarray(0, at)));
    const feed = bytes.indexOf(10, at);
    at = feed === -1 ? -1 : search.next(feed + 1);
  }
  return lines;
}

const piece = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'ab', 'aab', 'cab', '\n', 'kings', 'От'),
  fc.constantFrom(...texts),
  fc.string({ maxLength: 20 }),
);
const scans = { jumping: prepareJumpingScan(needles), vector: vectorScan() };

describe.each(Object.entries(scans))('a %s scan', (_, scan) => {
  it('finds the lines in which a plain search finds a needle', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => {
        const bytes = Buffer.from(pieces.join(''));
        const plain = bytes
          .toString('latin1')
          .split('\n')
          .flatMap((line, index) => (needles.some((it) => line.includes(it.toString('latin1'))) ? [index] : []));
        expect(linesBy(scan, bytes)).toEqual(plain);
      }),
    );
  });

  it('finds nothing outside its bounds', () => {
    const bytes = Buffer.from('xcabbages and kingsx');
    const last = bytes.length - 2;
    expect(scan.over(bytes, 1, last + 1).next(1)).toBe(last);
    expect(scan.over(bytes, 2, last + 1).next(2)).toBe(-1);
    expect(scan.over(bytes, 0, last).next(0)).toBe(-1);
    expect(scan.over(bytes, 0, bytes.length).next(2)).toBe(-1);
  });

  it('goes on where it was although lines were counted meanwhile', () => {
    const line = `${'noise and abab, '.repeat(20)}cabbages and kings\n`;
    const bytes = Buffer.from(line.repeat(200));
    const search = scan.over(bytes, 0, bytes.length);
    let found = 0;
    for (let at = search.next(0); at !== -1; at = search.next(at + 1)) {
      found += 1;
      expect(countNewlines(Buffer.alloc(70_000, '\n'))).toBe(70_000);
    }
    expect(found).toBe(200);
  });

  it('finds a needle wherever it lies in more than a block', () => {
    const bytes = Buffer.alloc(600_000, 'noise and abab, ');
    const needle = Buffer.from('cabbages and kings');
    for (const at of [
      0,
      1,
      17,
      65_535,
      262_126,
      262_128,
      262_141,
      262_143,
      262_144,
      524_270,
      524_288,
      bytes.length - 18,
    ]) {
      const poured = Buffer.from(bytes);
      needle.copy(poured, at);
      expect(endsBy(scan, poured)).toEqual([at + 17]);
    }
  });
});

it('a vector scan forgets what an earlier block left behind', () => {
  const scan = vectorScan();
  const long = Buffer.alloc(40_000, 'cabbages and kings ');
  expect(scan.over(long, 0, long.length).next(0)).toBe(17);
  expect(endsBy(scan, Buffer.alloc(100, 'x'))).toEqual([]);
});

it('counts line feeds, however many and wherever they are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(200_000), { maxLength: 300 }),
      fc.integer({ min: 0, max: 200_000 }),
      (places, length) => {
        const bytes = new Uint8Array(length);
        for (const place of places) if (place < length) bytes[place] = 10;
        expect(countNewlines(bytes)).toBe(bytes.filter((byte) => byte === 10).length);
      },
    ),
  );
  expect(countNewlines(new Uint8Array(100_000).fill(10))).toBe(100_000);
});

it('the module is what its source says', async () => {
  const { parseWat } = await wabt();
  const source = readFileSync(new URL('../../src/bytes/scan.wat', import.meta.url), 'utf8');
  const assembled = Buffer.from(parseWat('scan.wat', source, { simd: true }).toBinary({}).buffer);
  expect(assembled.toString('base64')).toBe(SCAN_MODULE);
});

describe('the work block', () => {
  it('is searched and counted where it is, wherever in it', () => {
    const block = workBlock();
    if (block === null) throw new Error('there are no vector instructions here');
    const scan = vectorScan();
    block.fill('noise and abab,\n');
    block.write('cabbages and kings', 100_001, 'latin1');
    for (const [from, to] of [
      [0, block.length],
      [3, 200_000],
      [99_999, 200_013],
      [100_001, 100_019 + 20_000],
    ] as const) {
      const part = block.subarray(from, to);
      expect(endsBy(scan, part)).toEqual([100_001 - from + 17]);
      expect(countNewlines(part)).toBe([...part].filter((byte) => byte === 10).length);
    }
  });
});
