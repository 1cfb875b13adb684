import { afterAll, describe, expect, it } from 'vitest';
import { openPlace, PIPES, PTY, type Started, UNSANDBOXED } from '../running.ts';

/** `seq 60000` through a terminal, which writes CR LF. */
const SEQ_BYTES = 408_894;
const EXPECTED = `${Array.from({ length: 60_000 }, (_, index) => index + 1).join('\r\n')}\r\n`;

const place = openPlace();
afterAll(() => place.close());

async function pausedAndResumed({ process, told }: Started): Promise<void> {
  await told.until(() => told.chunks.length > 0);
  process.pause();
  // Others run in between; what the program can still write meanwhile fits into the terminal's own buffer.
  await place.start(['true'], { stdio: PIPES }).then((other) => other.told.closed);
  process.resume();
}

describe('a terminal loses nothing', () => {
  it('of 100 runs one after the other, unsandboxed', async () => {
    for (let run = 0; run < 100; run++) {
      const { told } = await place.start(['seq', '60000'], { profile: UNSANDBOXED });
      expect((await told.closed).bytes).toBe(SEQ_BYTES);
      expect(told.text() === EXPECTED).toBe(true);
    }
  }, 120_000);

  it('of 40 sandboxed runs, eight at a time', async () => {
    for (let round = 0; round < 5; round++) {
      const started = await Promise.all(Array.from({ length: 8 }, () => place.start(['seq', '60000'])));
      for (const { told } of started) {
        const closed = await told.closed;
        expect(closed).toMatchObject({ bytes: SEQ_BYTES, lines: 60_000, exit: { code: 0 }, denial: null });
        expect(told.text() === EXPECTED).toBe(true);
      }
    }
  }, 120_000);

  it('when its reader pauses in the middle', async () => {
    for (let run = 0; run < 20; run++) {
      const started = await place.start(['seq', '60000']);
      await pausedAndResumed(started);
      expect((await started.told.closed).bytes).toBe(SEQ_BYTES);
    }
  }, 60_000);

  it('when its reader pauses before a short command ends', async () => {
    for (let run = 0; run < 20; run++) {
      const { process, told } = await place.start(['seq', '500'], { profile: UNSANDBOXED });
      process.pause();
      await told.until(() => told.exit !== null);
      expect(told.result).toBe(null);
      process.resume();
      expect((await told.closed).bytes).toBe(2392);
    }
  });
});

describe('pipes', () => {
  it('lose nothing and stay apart', async () => {
    const { told } = await place.start(['bash', '-c', 'seq 60000; seq 5000 >&2'], { stdio: PIPES });
    const closed = await told.closed;
    const bytesOf = (stream: string) =>
      told.chunks.filter((chunk) => chunk.stream === stream).reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    expect(bytesOf('stdout')).toBe(348_894);
    expect(bytesOf('stderr')).toBe(23_893);
    expect(closed.bytes).toBe(348_894 + 23_893);
  });

  it('are numbered over both streams without a gap', async () => {
    const { told } = await place.start(['bash', '-c', 'for n in 1 2 3; do seq 3000; seq 3000 >&2; done'], {
      stdio: PIPES,
    });
    await told.closed;
    let next = 0;
    for (const { from, bytes } of told.chunks) {
      expect(from).toBe(next);
      next += bytes.length;
    }
  });

  it('can be opened by name by the program', async () => {
    const { process, told } = await place.start(
      ['bash', '-c', 'cat /dev/stdin > /dev/stdout; echo said > /dev/stderr'],
      {
        stdio: { kind: 'pipe', stdin: 'open' },
      },
    );
    expect(process.write(Buffer.from('given\n')).ok).toBe(true);
    process.endInput();
    expect((await told.closed).exit.code).toBe(0);
    expect(told.text()).toBe('given\nsaid\n');
  });

  it('do not pass what one command left behind on to the next', async () => {
    for (let run = 0; run < 12; run++) {
      const { told } = await place.start(['bash', '-c', `(exec 9< /dev/stdout; sleep 60) & echo ${run}`], {
        stdio: PIPES,
      });
      await told.closed;
      expect(told.text()).toBe(`${run}\n`);
    }
  });
});

describe('memory', () => {
  it('is bounded while 50 MB pass, and nothing of it is on the JavaScript heap', async () => {
    const before = process.memoryUsage();
    let seen = 0;
    let done: () => void = () => {};
    const closed = new Promise<void>((resolve) => {
      done = resolve;
    });
    const started = await place.environment.start(
      {
        argv: ['bash', '-c', 'yes 0123456789012345678901234567890123456789 | head -c 50000000'],
        cwd: place.folder,
        env: { PATH: '/usr/bin:/bin' },
        stdio: PTY,
        profile: place.workspace,
        outputFile: null,
        proxy: null,
      },
      {
        output: (bytes) => {
          seen += bytes.length;
        },
        outputFileOpened() {},
        waiting() {},
        suspended() {},
        exited() {},
        closed: () => done(),
      },
    );
    await closed;
    expect(started.ok).toBe(true);
    expect(seen).toBeGreaterThan(50_000_000);
    expect(process.memoryUsage().heapUsed - before.heapUsed).toBeLessThan(30 * 1024 * 1024);
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(120 * 1024 * 1024);
  });
});
