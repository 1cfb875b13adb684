import { afterAll, describe, expect, it } from 'vitest';
import { isAlive } from '../../../src/exec/engine/proc.ts';
import { eventually, processesWith } from '../machine.ts';
import { openPlace, PIPES, PTY, UNSANDBOXED } from '../running.ts';

const place = openPlace();
afterAll(() => place.close());

const EVERYWHERE = [
  ['sandboxed, on a terminal', { stdio: PTY, profile: place.workspace }],
  ['unsandboxed, on a terminal', { stdio: PTY, profile: UNSANDBOXED }],
  ['sandboxed, on pipes', { stdio: PIPES, profile: place.workspace }],
  ['unsandboxed, on pipes', { stdio: PIPES, profile: UNSANDBOXED }],
] as const;

describe('an interrupt', () => {
  for (const [where, options] of EVERYWHERE) {
    it(`reaches the trap of a command, whose exit code arrives: ${where}`, async () => {
      const command = "trap 'echo trapped; exit 3' INT; echo ready; while :; do sleep 0.05; done";
      const { process, told } = await place.start(['bash', '-c', command], options);
      await told.until(() => told.text().includes('ready'));
      process.signal('interrupt');
      expect((await told.closed).exit).toEqual({ kind: 'code', code: 3 });
      expect(told.text()).toContain('trapped');
    });

    it(`ends a command that was only just started: ${where}`, async () => {
      const { process, told } = await place.start(['sleep', '1000'], options);
      process.signal('interrupt');
      expect((await told.closed).exit.code).toBe(130);
    });
  }

  it('reaches the foreground job of an interactive shell, not the shell', async () => {
    const { process, told } = await place.start(['bash', '--norc', '-i'], {
      env: { PATH: '/usr/bin:/bin', PS1: '$ ' },
    });
    await told.until(() => told.text().includes('$ '));
    process.write(Buffer.from('sleep 1000 || echo "sleep $?"\n'));
    await eventually(() => processesWith('sleep\x001000').length > 0, 'the job runs');
    process.signal('interrupt');
    process.write(Buffer.from('echo still here; exit 5\n'));
    expect((await told.closed).exit.code).toBe(5);
    expect(told.text()).toContain('\r\nstill here');
  });

  it('reaches a program that reads nothing although its input is full', async () => {
    const { process, told } = await place.start(['bash', '-c', 'stty raw isig; echo ready; exec sleep 1000']);
    await told.until(() => told.text().includes('ready'));
    process.write(Buffer.alloc(900_000, 'x'));
    process.signal('interrupt');
    expect((await told.closed).exit.code).toBe(130);
  });
});

describe('a command on a terminal', () => {
  for (const [where, options] of EVERYWHERE.slice(0, 2)) {
    it(`has /dev/tty and job control: ${where}`, async () => {
      const script =
        'echo direct > /dev/tty; set -m; sleep 1000 & jobs -l > jobs.txt; grep -c Running jobs.txt; kill %1; wait %1; echo "job $?"';
      const { told } = await place.start(['sh', '-c', script], options);
      expect((await told.closed).exit.code).toBe(0);
      expect(told.text()).toMatch(/^direct\r\n1\r\n(?:.|\r|\n)*job 143/);
    });

    it(`is told its size, and when it changes: ${where}`, async () => {
      const script = "trap 'stty size; exit' WINCH; stty size; echo ready; while :; do sleep 0.05; done";
      const { process, told } = await place.start(['bash', '-c', script], options);
      await told.until(() => told.text().includes('ready'));
      process.resize(132, 43);
      await told.closed;
      expect(told.text()).toBe('30 100\r\nready\r\n43 132\r\n');
      process.resize(10, 10); // After the end: nothing happens, to nobody.
    });

    it(`is told as suspended when it stops, and goes on when asked to: ${where}`, async () => {
      const { process, told } = await place.start(
        ['bash', '-c', 'kill -STOP $$; echo on; read -r line; echo "$line"'],
        options,
      );
      await told.until(() => told.order.includes('suspended'));
      process.signal('continue');
      await told.until(() => told.text().includes('on') && told.order.includes('continued'));
      process.write(Buffer.from('and on\n'));
      await told.closed;
      expect(told.text()).toBe('on\r\nand on\r\nand on\r\n');
    });
  }
});

describe('terminate', () => {
  for (const [where, options] of EVERYWHERE) {
    it(`lets a command clean up: ${where}`, async () => {
      const command = "trap 'echo cleaning; exit 4' TERM; echo ready; while :; do sleep 0.05; done";
      const { process, told } = await place.start(['bash', '-c', command], options);
      await told.until(() => told.text().includes('ready'));
      process.signal('terminate');
      expect((await told.closed).exit).toEqual({ kind: 'code', code: 4 });
    });
  }
});

describe('kill', () => {
  for (const [where, options] of EVERYWHERE) {
    it(`leaves nothing behind, whatever ignores signals or left the session: ${where}`, async () => {
      const marker = `1000.${process.pid}${EVERYWHERE.findIndex(([name]) => name === where)}`;
      const script = `trap '' HUP INT TERM; setsid sleep ${marker} & (trap '' HUP TERM; sleep ${marker}) & echo ready; sleep ${marker}; wait`;
      const { process: running, told } = await place.start(['bash', '-c', script], options);
      await told.until(() => told.text().includes('ready'));
      await eventually(() => processesWith(marker).length >= 3, 'all of them run');
      running.signal('kill');
      const closed = await told.closed;
      expect(closed.exit).toEqual({ kind: 'signal', signal: 'SIGKILL', code: 137 });
      expect(closed.ran).toBe(true);
      await eventually(() => processesWith(marker).length === 0, 'none is left');
      expect(isAlive(running.pid)).toBe(false);
    });

    it(`ends a sandbox that is only just being built: ${where}`, async () => {
      const marker = `1001.${process.pid}`;
      for (let run = 0; run < 10; run++) {
        const { process: running, told } = await place.start(['sleep', marker], options);
        running.signal('kill');
        expect((await told.closed).exit.code).toBe(137);
        await eventually(() => processesWith(marker).length === 0, 'none is left');
      }
    });
  }
});
