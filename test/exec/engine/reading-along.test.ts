// A flood is read along with by another thread, from its file. What is found is the same as without one.

import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openReadingAlong } from '../../../src/exec/engine/reading-along.ts';
import type { SideReader } from '../../../src/exec/engine/side-reader.ts';
import type { Closed } from '../../../src/exec/index.ts';
import { bundleFile } from '../bundled.ts';
import { openPlace, PIPES, type Place } from '../running.ts';

let program: string;
let place: Place | null = null;

beforeAll(async () => {
  program = await bundleFile('src/exec/engine/side-reader-main.ts', 'side-reader');
});
afterAll(() => rmSync(program, { force: true }));
afterEach(async () => {
  await place?.close();
  place = null;
});

const DENIED = 'echo x > /etc/new-file';

/** 12 MB, with a refusal in the middle and a last line without an end. */
const FLOOD = `seq 800000; ${DENIED}; seq 800000; printf end`;

async function closedOf(script: string, sideReader: string | null, limits = {}): Promise<Closed> {
  place = openPlace({ sideReader, outputLimits: limits });
  const outputFile = path.join(place.folder, 'output.bin');
  const { told } = await place.start(['/bin/bash', '-c', script], { stdio: PIPES, outputFile });
  return told.closed;
}

describe('a flood', () => {
  it.each(['with another thread', 'alone', 'with a thread that cannot be started'])(
    'is read whole: %s',
    async (how) => {
      const missing = '/nonexistent/side-reader.cjs';
      const side = how === 'alone' ? null : how === 'with another thread' ? program : missing;
      const closed = await closedOf(FLOOD, side);
      expect(closed.lines).toBe(1_600_002);
      expect(closed.denial).toMatchObject({ operation: 'create', target: '/etc/new-file', certainty: 'certain' });
    },
  );

  it('whose file ends is read on here, and no line is lost where it ended', async () => {
    for (const fileBytes of [6_000_000, 6_100_003]) {
      const closed = await closedOf(FLOOD, program, { fileBytes, ringBytes: 1_000_000 });
      expect(closed.lines).toBe(1_600_002);
      expect(closed.denial).toMatchObject({ target: '/etc/new-file' });
      await place?.close();
      place = null;
    }
  });

  it('after another one is read by the same thread', async () => {
    place = openPlace({ sideReader: program });
    for (const name of ['one', 'two']) {
      const { told } = await place.start(['/bin/bash', '-c', FLOOD], {
        stdio: PIPES,
        outputFile: path.join(place.folder, name),
      });
      expect([name, await told.closed]).toMatchObject([
        name,
        { lines: 1_600_002, denial: { target: '/etc/new-file' } },
      ]);
    }
  });
});

describe('two streams', () => {
  it('do not cut each other’s lines', async () => {
    place = openPlace({ sideReader: program });
    const script = `printf 'a line without an end'; ${DENIED}; printf ' and its end\\n'`;
    const { told } = await place.start(['/bin/bash', '-c', script], { stdio: PIPES });
    expect((await told.closed).denial).toMatchObject({ target: '/etc/new-file', certainty: 'certain' });
  });
});

describe('what is read along with', () => {
  /** A thread that never gets to the end. */
  const deaf: SideReader = {
    open: () => ({ grown: () => {}, finish: async () => null }),
    dispose: () => {},
  };

  it('is read again where the other thread could not', async () => {
    const all = Buffer.from(`${'some line\n'.repeat(600_000)}touch: cannot touch '/x': Read-only file system\n`);
    const along = openReadingAlong({
      watch: { withEveryday: false },
      side: deaf,
      path: '/dev/null',
      again: (from, to) => ({ from, bytes: all.subarray(from, Math.min(to, from + 1_000_000)) }),
    });
    for (let from = 0; from < all.length; from += 65_536) {
      const block = all.subarray(from, from + 65_536);
      along.read(block, from, from + block.length, 'stdout');
    }
    const read = await along.finish();
    expect(read.newlines).toBe(600_001);
    expect(read.kept.map(({ text }) => text)).toEqual(["touch: cannot touch '/x': Read-only file system"]);
  });
});
