import { afterAll, describe, expect, it } from 'vitest';
import { parseTerminalModes } from '../../../src/exec/engine/terminal-modes.ts';
import { OPEN_PIPES, openPlace, PTY, UNSANDBOXED } from '../running.ts';

const place = openPlace();
afterAll(() => place.close());

describe('waiting for input is known', () => {
  for (const profile of [place.workspace, UNSANDBOXED]) {
    const options = { stdio: PTY, profile };

    it(`of a program that reads a line, and over when it was given (${profile.name})`, async () => {
      const { process, told } = await place.start(['bash', '-c', 'read -r x; sleep 0.4; echo "got $x"'], options);
      await told.until(() => told.waits.length > 0);
      expect(told.waits).toEqual([{ hidden: false }]);
      process.write(Buffer.from('line\n'));
      await told.until(() => told.waits.length > 1);
      expect(told.waits[1]).toBe(null);
      await told.closed;
      expect(told.waits).toEqual([{ hidden: false }, null]);
    });

    it(`as hidden of one that asks for a password (${profile.name})`, async () => {
      const { process, told } = await place.start(
        ['bash', '-c', 'read -r -s -p "Password: " x; echo; printf %s "$x" | wc -c'],
        options,
      );
      await told.until(() => told.waits.length > 0);
      expect(told.waits).toEqual([{ hidden: true }]);
      process.write(Buffer.from('secret\n'));
      await told.closed;
      expect(told.text()).toContain('6');
      expect(told.text()).not.toContain('secret');
    });

    it(`of one that asks long after its last word (${profile.name})`, async () => {
      const { process, told } = await place.start(['bash', '-c', 'echo started; sleep 0.6; read -r x'], options);
      await told.until(() => told.waits.length > 0);
      process.write(Buffer.from('\n'));
      await told.closed;
    });

    it(`of an interactive shell, which waits in select with the line discipline off (${profile.name})`, async () => {
      const { process, told } = await place.start(['bash', '--norc', '-i'], options);
      await told.until(() => told.waits.length > 0);
      expect(told.waits).toEqual([{ hidden: false }]);
      process.write(Buffer.from('exit\n'));
      await told.closed;
    });
  }

  it('of a program that reads an open pipe', async () => {
    const { process, told } = await place.start(['cat'], { stdio: OPEN_PIPES });
    await told.until(() => told.waits.length > 0);
    process.endInput();
    await told.closed;
  });

  it('not of one that sleeps, computes or waits for the network', async () => {
    const started = await Promise.all(
      ['sleep 0.7', 'end=$((SECONDS + 1)); while [ $SECONDS -lt $end ]; do :; done', 'sleep 0.7 | cat'].map((script) =>
        place.start(['bash', '-c', script]),
      ),
    );
    for (const { told } of started) {
      await told.closed;
      expect(told.waits).toEqual([]);
    }
  });
});

describe('what stty says', () => {
  it('is read by its words', () => {
    expect(parseTerminalModes('speed 38400 baud; -icanon iexten\n-echo echoe;')).toEqual({
      echo: false,
      canonical: false,
    });
    expect(parseTerminalModes('isig icanon echo -echonl')).toEqual({ echo: true, canonical: true });
    expect(parseTerminalModes('stty: standard input: Inappropriate ioctl')).toBe(null);
  });
});
