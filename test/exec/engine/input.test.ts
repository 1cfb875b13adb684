import { afterAll, describe, expect, it } from 'vitest';
import { OPEN_PIPES, openPlace, PIPES, PTY, UNSANDBOXED } from '../running.ts';

const place = openPlace();
afterAll(() => place.close());

describe('input on a terminal', () => {
  it('arrives whole although the program starts to read late, while its echo is read meanwhile', async () => {
    const size = 600_000;
    const script = `stty raw; echo ready; read -r -N 1 _ < /dev/tty; head -c ${size} | wc -c`;
    const { process, told } = await place.start(['bash', '-c', script]);
    await told.until(() => told.text().includes('ready'));
    process.write(Buffer.from('x'));
    expect(process.write(Buffer.alloc(size, 'y')).ok).toBe(true);
    await told.closed;
    expect(told.text()).toContain(String(size));
  });

  it('is refused beyond 1 MiB while the program reads nothing, and the program still ends', async () => {
    const { process, told } = await place.start(['bash', '-c', 'stty raw -echo; echo ready; exec sleep 1000']);
    await told.until(() => told.text().includes('ready'));
    expect(process.write(Buffer.alloc(900_000)).ok).toBe(true);
    const refused = process.write(Buffer.alloc(900_000));
    expect(refused.ok ? '' : refused.problem.what).toContain('has not read the last 1 MiB');
    process.signal('terminate');
    expect((await told.closed).exit.code).toBe(143);
    expect(process.write(Buffer.from('x')).ok).toBe(false);
  });

  it('ends with the end-of-input character', async () => {
    const { process, told } = await place.start(['bash', '-c', 'echo ready; cat; echo over']);
    await told.until(() => told.text().includes('ready'));
    process.endInput();
    expect((await told.closed).exit.code).toBe(0);
    expect(told.text()).toContain('over');
  });
});

describe('input on pipes', () => {
  it('is an empty file when closed', async () => {
    const { process, told } = await place.start(['bash', '-c', 'cat; echo "over $?"'], { stdio: PIPES });
    expect(process.write(Buffer.from('x')).ok).toBe(false);
    await told.closed;
    expect(told.text()).toBe('over 0\n');
  });

  for (const profile of [place.workspace, UNSANDBOXED]) {
    it(`arrives whole when open, to its end (${profile.name})`, async () => {
      const { process, told } = await place.start(['wc', '-c'], { stdio: OPEN_PIPES, profile });
      for (let part = 0; part < 9; part++) expect(process.write(Buffer.alloc(100_000, 'z')).ok).toBe(true);
      process.endInput();
      await told.closed;
      expect(told.text().trim()).toBe('900000');
    });
  }

  it('is refused beyond 1 MiB, and after the program closed its end nobody is hurt', async () => {
    const { process, told } = await place.start(
      ['bash', '-c', 'read -r _; exec < /dev/null; echo closed; exec sleep 1000'],
      {
        stdio: OPEN_PIPES,
      },
    );
    process.write(Buffer.from('line\n'));
    await told.until(() => told.text().includes('closed'));
    process.write(Buffer.alloc(900_000));
    process.signal('terminate');
    expect((await told.closed).exit.code).toBe(143);
    const slow = await place.start(['sleep', '1000'], { stdio: OPEN_PIPES });
    expect(slow.process.write(Buffer.alloc(900_000)).ok).toBe(true);
    expect(slow.process.write(Buffer.alloc(900_000)).ok).toBe(false);
    slow.process.signal('kill');
    await slow.told.closed;
  });
});

describe('back-pressure', () => {
  for (const [name, stdio] of [
    ['a terminal', PTY],
    ['pipes', PIPES],
  ] as const) {
    it(`stops a program on ${name} while nobody reads, and lets it go on afterwards`, async () => {
      // The program counts what it could write; its file says so without going through the terminal.
      const script = `for n in {1..60000}; do echo 0123456789; done; echo all > done-${stdio.kind}`;
      const { process, told } = await place.start(['bash', '-c', script], { stdio });
      await told.until(() => told.chunks.length > 0);
      process.pause();
      const beside = await place.start(
        ['bash', '-c', `sleep 0.2; [ -e done-${stdio.kind} ] && echo done || echo blocked`],
        { stdio: PIPES },
      );
      await beside.told.closed;
      expect(beside.told.text()).toBe('blocked\n');
      process.resume();
      expect((await told.closed).lines).toBe(60_000);
    });
  }
});
