import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleProgram } from '../bundled.ts';
import { eventually, processesWith } from '../machine.ts';
import { openPlace, PIPES, PTY, UNSANDBOXED } from '../running.ts';

const place = openPlace();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-ends-')));
let program = '';
beforeAll(async () => {
  program = await bundleProgram('engine-host');
});
afterAll(async () => {
  rmSync(program, { force: true });
  rmSync(folder, { recursive: true, force: true });
  await place.close();
});

describe('exited and closed', () => {
  for (const [name, stdio] of [
    ['a terminal', PTY],
    ['pipes', PIPES],
  ] as const) {
    it(`drift apart when a grandchild outlives an unsandboxed command on ${name}, and its output comes between`, async () => {
      const ready = join(place.folder, `go-${name}`);
      const script = `trap '' HUP; (until [ -e '${ready}' ]; do sleep 0.02; done; echo late) & echo early`;
      const { told } = await place.start(['bash', '-c', script], { stdio, profile: UNSANDBOXED });
      await told.until(() => told.exit !== null);
      expect(told.result).toBe(null);
      const { process: toucher } = await place.start(['touch', ready], { profile: UNSANDBOXED });
      expect(toucher.pid).toBeGreaterThan(0);
      await told.closed;
      expect(told.text().replaceAll('\r', '')).toBe('early\nlate\n');
      const order = told.order.filter((what) => what !== 'waiting');
      expect(order.indexOf('exited')).toBeLessThan(order.lastIndexOf('output'));
      expect(order.at(-1)).toBe('closed');
    });

    it(`come together when the command was sandboxed on ${name}: what it left behind is ended with it`, async () => {
      const { told } = await place.start(['bash', '-c', '(sleep 1000; echo late) & echo early'], { stdio });
      await told.closed;
      expect(told.text().replaceAll('\r', '')).toBe('early\n');
      expect(told.order.at(-1)).toBe('closed');
      expect(told.order.filter((what) => what === 'closed' || what === 'exited')).toEqual(['exited', 'closed']);
    });
  }

  it('tell the code of a command, and the signal that ended one', async () => {
    const code = await place.start(['bash', '-c', 'exit 300']);
    expect((await code.told.closed).exit).toEqual({ kind: 'code', code: 44 });
    const signal = await place.start(['bash', '-c', 'kill -SEGV $$'], { profile: UNSANDBOXED });
    expect((await signal.told.closed).exit).toEqual({ kind: 'signal', signal: 'SIGSEGV', code: 139 });
  });
});

describe('when the program is killed', () => {
  const start = async (stdio: 'pty' | 'pipe', command: string): Promise<ChildProcess> => {
    const env = { ...process.env, HOST_FOLDER: folder, HOST_COMMANDS: JSON.stringify([command]), HOST_STDIO: stdio };
    const host = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    await new Promise<void>((resolve) => {
      host.stdout.on('data', (bytes: Buffer) => {
        text += bytes.toString();
        if (text.includes('ready')) resolve();
      });
    });
    return host;
  };

  it('nor one whose sandbox is only just starting', async () => {
    for (let round = 0; round < 8; round++) {
      const marker = `1003.${process.pid}${round}`;
      const command = `trap '' HUP INT TERM; sleep ${marker}; :`;
      const env = { ...process.env, HOST_FOLDER: folder, HOST_COMMANDS: JSON.stringify([command]), HOST_STDIO: 'pipe' };
      const host = spawn(process.execPath, [program], { env, stdio: 'ignore' });
      while (processesWith(marker).length === 0) await new Promise((resolve) => setImmediate(resolve));
      host.kill('SIGKILL');
      await eventually(() => processesWith(marker).length === 0, 'none is left');
    }
  });

  for (const stdio of ['pty', 'pipe'] as const) {
    it(`no sandboxed command survives it (${stdio})`, async () => {
      const marker = `1002.${process.pid}${stdio.length}`;
      const command = `trap '' HUP INT TERM; setsid sleep ${marker} & (trap '' HUP; sleep ${marker}) & echo ready; sleep ${marker}`;
      const host = await start(stdio, command);
      await eventually(() => processesWith(marker).length >= 3, 'all of them run');
      host.kill('SIGKILL');
      await eventually(() => processesWith(marker).length === 0, 'none is left');
    });
  }
});

describe('an ordinary user', () => {
  const asUser = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env'];

  for (const stdio of ['pty', 'pipe'] as const) {
    it(`gets the output of a command, and has nothing left of those killed while they were started (${stdio})`, async () => {
      const marker = `1004.${process.pid}${stdio.length}`;
      const own = mkdtempSync(join(folder, 'own-'));
      chmodSync(folder, 0o755);
      chmodSync(own, 0o777);
      const run = (commands: readonly string[], kills: 'yes' | 'no'): string => {
        const env = {
          ...process.env,
          HOST_FOLDER: own,
          HOST_COMMANDS: JSON.stringify(commands),
          HOST_STDIO: stdio,
          HOST_KILLS: kills,
        };
        const [first, ...args] = [...asUser, process.execPath, program];
        return execFileSync(first ?? '', args, { env, encoding: 'utf8', timeout: 20_000 });
      };
      expect(run(['seq 3; id -u > id; [ -s id ] && echo wrote'], 'no').replaceAll('\r', '')).toBe('1\n2\n3\nwrote\n');
      run(
        Array.from({ length: 20 }, () => `sleep ${marker}`),
        'yes',
      );
      expect(processesWith(marker)).toEqual([]);
    });
  }
});

describe('dispose', () => {
  it('leaves no process behind, sandboxed or not, and refuses new ones', async () => {
    const other = openPlace();
    const marker = `1003.${process.pid}`;
    const script = `trap '' HUP INT TERM; (setsid sleep ${marker}; true) & echo ready; while :; do sleep ${marker}; done`;
    const all = [];
    for (const stdio of [PTY, PIPES]) {
      for (const profile of [other.workspace, UNSANDBOXED]) {
        const started = await other.start(['bash', '-c', script], { stdio, profile });
        await started.told.until(() => started.told.text().includes('ready'));
        all.push(started);
      }
    }
    await eventually(() => processesWith(marker).length >= 8, 'all of them run');
    all[0]?.process.pause();
    await other.environment.dispose(50);
    for (const { told } of all) expect(told.result).not.toBe(null);
    expect(processesWith(marker)).toEqual([]);
    const refused = await other.tryStart(['true']);
    expect(refused).toMatchObject({ ok: false, problem: { kind: 'command' } });
    rmSync(other.folder, { recursive: true, force: true });
  });

  it('lets a command that ends by itself on request do so', async () => {
    const other = openPlace();
    const { told } = await other.start([
      'bash',
      '-c',
      "trap 'echo bye; exit 6' TERM; echo ready; while :; do sleep 0.02; done",
    ]);
    await told.until(() => told.text().includes('ready'));
    await other.environment.dispose(10_000);
    expect(told.result?.exit).toEqual({ kind: 'code', code: 6 });
    rmSync(other.folder, { recursive: true, force: true });
  });
});
