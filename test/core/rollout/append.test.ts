import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Disk,
  decodeRecords,
  forkSession,
  openRollout,
  readAll,
  realDisk,
  recordsOf,
  resumeRollout,
  rolloutPath,
} from '../../../src/core/rollout/index.ts';
import type { Problem } from '../../../src/problem/index.ts';
import { legacy, paginated } from './foreign.ts';
import { OPENED } from './session-events.ts';
import { inHome, recordsFor, SESSION, START, spellingIn } from './written.ts';

const quiet = { onTrouble: () => {}, onRecovered: () => {} };
const turn = [
  { type: 'turn.started', turn: 't1' },
  { type: 'message.added', item: 'm1', turn: 't1', text: 'hello' },
] as const;

function linesIn(path: string): { type: string; ordinal?: number }[] {
  const texts = readFileSync(path, 'utf8').trimEnd().split('\n');
  return texts.flatMap((text) => {
    try {
      return [JSON.parse(text)];
    } catch {
      // The torn half of a line.
      return [];
    }
  });
}

describe('a new record', () => {
  it('makes no file before the first turn, then one only its owner can read', async () => {
    await inHome(async (codexHome) => {
      const rollout = openRollout({ codexHome, session: SESSION, startedAt: START }, quiet);
      const state = spellingIn(codexHome);
      expect(rollout.append(recordsFor([OPENED], state))).toBe('waiting');
      expect(existsSync(join(codexHome, 'sessions'))).toBe(false);
      expect(rollout.append(recordsFor(turn, state))).toBe('written');
      expect(statSync(rollout.path).mode & 0o777).toBe(0o600);
      expect(statSync(dirname(rollout.path)).mode & 0o777).toBe(0o700);
      expect(
        linesIn(rollout.path)
          .slice(0, 2)
          .map((line) => line.type),
      ).toEqual(['session_meta', 'codex_ts.session']);
      await rollout.close();
    });
  });

  it('leaves nothing when it was opened and quit', async () => {
    await inHome(async (codexHome) => {
      const rollout = openRollout({ codexHome, session: SESSION, startedAt: START }, quiet);
      rollout.append(recordsFor([OPENED, { type: 'session.ended', reason: 'quit' }], spellingIn(codexHome)));
      await rollout.close();
      expect(existsSync(join(codexHome, 'sessions'))).toBe(false);
    });
  });

  it('is named with the local time and the id', () => {
    const path = rolloutPath('/h', SESSION, new Date(2026, 0, 2, 3, 4, 5).getTime());
    expect(path).toBe(`/h/sessions/2026/01/02/rollout-2026-01-02T03-04-05-${SESSION}.jsonl`);
  });
});

describe('a record that is continued', () => {
  const continued = async (content: string): Promise<{ lines: ReturnType<typeof linesIn>; text: string }> =>
    inHome(async (codexHome) => {
      const path = join(codexHome, 'rollout.jsonl');
      writeFileSync(path, content);
      const rollout = resumeRollout(path, quiet);
      if (!rollout.ok) throw new Error(rollout.problem.why);
      const state = spellingIn(codexHome);
      state.hasMeta = true;
      rollout.value.append(recordsFor([OPENED, ...turn], state));
      await rollout.value.close();
      return { lines: linesIn(path), text: readFileSync(path, 'utf8') };
    });

  it('goes on with the next ordinal, though records of ours without one are the last', async () => {
    const { lines } = await continued(`${paginated.join('\n')}\n{"type":"codex_ts.end","payload":{}}\n`);
    const ordinals = lines.flatMap((line) => (line.ordinal === undefined ? [] : [line.ordinal]));
    expect(ordinals).toEqual(ordinals.map((_, index) => index));
    expect(ordinals.length).toBeGreaterThan(paginated.length);
  });

  it('of the legacy form gets no ordinals', async () => {
    const { lines } = await continued(`${legacy.join('\n')}\n`);
    expect(lines.filter((line) => line.ordinal !== undefined)).toEqual([]);
  });

  it('that ends in half a line begins with a new one', async () => {
    const { text } = await continued(`${paginated.join('\n')}\n{"timest`);
    expect(text).toContain('{"timest\n{"timestamp"');
  });

  it('in a form nobody knows is refused and not touched', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'rollout.jsonl');
      const content = `${paginated[0]?.replace('"paginated"', '"holographic"')}\n`;
      writeFileSync(path, content);
      expect(resumeRollout(path, quiet)).toMatchObject({
        ok: false,
        problem: { why: expect.stringContaining('holographic') },
      });
      expect(readFileSync(path, 'utf8')).toBe(content);
    });
  });
});

describe('a record of a newer version', () => {
  it('is refused and not touched, and can be gone on with as a copy', async () => {
    await inHome(async (codexHome) => {
      const rollout = openRollout({ codexHome, session: SESSION, startedAt: START }, quiet);
      const { path } = rollout;
      rollout.append(recordsFor([OPENED, ...turn], spellingIn(codexHome)));
      await rollout.close();
      const unknown = { timestamp: '2026-11-25T00:00:00.000Z', type: 'codex_ts.hologram', payload: { depth: 3 } };
      const content = `${readFileSync(path, 'utf8').replace('"format":1', '"format":99')}${JSON.stringify(unknown)}\n`;
      writeFileSync(path, content);
      const refused = resumeRollout(path, quiet);
      expect(refused).toMatchObject({ ok: false, problem: { next: expect.stringContaining('codex fork') } });
      expect(readFileSync(path, 'utf8')).toBe(content);
      const copy = forkSession(codexHome, { session: SESSION, path }, START + 1);
      if (!copy.ok) throw new Error(copy.problem.why);
      expect(resumeRollout(copy.value.path, quiet)).toMatchObject({ ok: true });
      expect(readFileSync(copy.value.path, 'utf8')).toContain('codex_ts.hologram');
      expect(readAll(copy.value.path, { codexHome, whenFileEnds: 'lost' })).toMatchObject({ ok: true });
    });
  });
});

describe('a disk that takes nothing', () => {
  /** Fails as a full disk does: the last write that fits is short, the next says why. */
  function fillable(): { disk: Disk; room: number } {
    const full = { room: Number.POSITIVE_INFINITY, disk: realDisk };
    full.disk = {
      ...realDisk,
      append(fd, bytes) {
        const fitting = bytes.subarray(0, Math.max(0, full.room));
        if (fitting.length === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        const taken = realDisk.append(fd, fitting);
        full.room -= taken;
        return taken;
      },
    };
    return full;
  }

  it.each([0, 1, 50, 333, 1_000])('after %i more bytes loses nothing once there is room again', async (room) => {
    await inHome(async (codexHome) => {
      const full = fillable();
      const told: Problem[] = [];
      const { promise: recovered, resolve } = pending<number>();
      const rollout = openRollout(
        { codexHome, session: SESSION, startedAt: START },
        { onTrouble: (problem) => told.push(problem), onRecovered: resolve, disk: full.disk, retryMs: 5 },
      );
      const state = spellingIn(codexHome);
      rollout.append(recordsFor([OPENED, ...turn], state));
      full.room = room;
      for (let index = 0; index < 20; index += 1) {
        const text = `message ${index}`;
        rollout.append(recordsOf({ type: 'message.added', item: `n${index}`, turn: 't1', text }, START, state));
      }
      expect(told).toHaveLength(1);
      expect(told[0]?.why).toContain('no space left');
      full.room = Number.POSITIVE_INFINITY;
      expect(await recovered).toBe(0);
      await rollout.close();
      const lines = readFileSync(rollout.path, 'utf8').split('\n');
      const decoded = decodeRecords(lines, { codexHome, whenFileEnds: 'open' });
      expect(decoded.events.filter((event) => event.type === 'message.added')).toHaveLength(21);
      const ordinals = linesIn(rollout.path).flatMap((line) => (line.ordinal === undefined ? [] : [line.ordinal]));
      expect(ordinals).toEqual(ordinals.map((_, index) => index));
    });
  });

  it('for long gives up output first, and never a question or a decision', async () => {
    await inHome(async (codexHome) => {
      const full = fillable();
      const { promise: recovered, resolve } = pending<number>();
      const rollout = openRollout(
        { codexHome, session: SESSION, startedAt: START },
        { ...quiet, onRecovered: resolve, disk: full.disk, retryMs: 5 },
      );
      const state = spellingIn(codexHome);
      rollout.append(recordsFor([OPENED, ...turn], state));
      full.room = 0;
      const record = (type: 'codex_ts.output' | 'codex_ts.question' | 'codex_ts.decision', text: string) =>
        rollout.append([{ at: START, type, payload: { text }, extra: null }]);
      record('codex_ts.question', 'q');
      for (let index = 0; index < 100; index += 1) record('codex_ts.output', 'x'.repeat(60_000));
      record('codex_ts.decision', 'd');
      full.room = Number.POSITIVE_INFINITY;
      expect(await recovered).toBeGreaterThan(20);
      await rollout.close();
      const types = linesIn(rollout.path).map((line) => line.type);
      expect(types).toContain('codex_ts.question');
      expect(types).toContain('codex_ts.decision');
      expect(types.filter((type) => type === 'codex_ts.output').length).toBeGreaterThan(50);
    });
  });

  it('to its medium is told once, and recording goes on', async () => {
    await inHome(async (codexHome) => {
      const sick = { isSick: false };
      const disk: Disk = {
        ...realDisk,
        sync: (fd) =>
          sick.isSick ? Promise.reject(Object.assign(new Error('i/o'), { code: 'EIO' })) : realDisk.sync(fd),
      };
      const told: string[] = [];
      const rollout = openRollout(
        { codexHome, session: SESSION, startedAt: START },
        { onTrouble: (problem) => told.push(problem.what), onRecovered: () => told.push('recovered'), disk },
      );
      const state = spellingIn(codexHome);
      rollout.append(recordsFor([OPENED, ...turn], state));
      for (const isSick of [true, true, false]) {
        sick.isSick = isSick;
        const item = `after-${told.length}-${isSick}`;
        const records = recordsOf({ type: 'message.added', item, turn: 't1', text: '' }, START, state);
        expect(rollout.append(records)).toBe('written');
        await rollout.sync();
      }
      expect(told).toEqual([expect.stringContaining('power cut'), 'recovered']);
      await rollout.close();
    });
  });

  it('because a file is in the way is told and does not stop the session', async () => {
    await inHome(async (codexHome) => {
      writeFileSync(join(codexHome, 'sessions'), '');
      const told: Problem[] = [];
      const options = { ...quiet, onTrouble: (problem: Problem) => told.push(problem) };
      const rollout = openRollout({ codexHome, session: SESSION, startedAt: START }, options);
      expect(rollout.append(recordsFor([OPENED, ...turn], spellingIn(codexHome)))).toBe('kept');
      await rollout.close();
      expect(told).toHaveLength(1);
    });
  });

  it('below /proc, where folders can be neither made nor found, is told at once', async () => {
    const told: Problem[] = [];
    const options = { ...quiet, onTrouble: (problem: Problem) => told.push(problem) };
    const rollout = openRollout({ codexHome: '/proc/1/nope', session: SESSION, startedAt: START }, options);
    rollout.append(recordsFor([OPENED, ...turn], spellingIn('/proc/1/nope')));
    await rollout.close();
    expect(told).toHaveLength(1);
  });

  it.runIf(process.getuid?.() === 0 && canMount())(
    'really full goes on recording when there is room again',
    async () => {
      await inHome(async (codexHome) => {
        const script = join(import.meta.dirname, 'full-disk-child.ts');
        const mounted = join(codexHome, 'small');
        mkdirSync(mounted);
        const command = 'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" "$3" "$1"';
        const bundle = bundled(script, codexHome);
        const run = spawnSync('unshare', ['-m', 'sh', '-c', command, 'sh', mounted, process.execPath, bundle], {
          encoding: 'utf8',
        });
        expect(run.stderr).toBe('');
        expect(JSON.parse(run.stdout)).toEqual({
          troubles: 1,
          recovered: true,
          missing: [],
          damaged: expect.any(Number),
        });
      });
    },
  );
});

describe('a writer that is killed', () => {
  it('has on disk everything it had said was shown, thirty times of thirty', async () => {
    await inHome(async (codexHome) => {
      const bundle = bundled(join(import.meta.dirname, 'killed-child.ts'), codexHome);
      for (let run = 0; run < 30; run += 1) {
        const home = join(codexHome, String(run));
        const child = spawn(process.execPath, [bundle, home], { stdio: ['ignore', 'pipe', 'inherit'] });
        let shown = '';
        const enough = 1 + Math.floor(Math.random() * 3_000);
        for await (const chunk of child.stdout) {
          shown += String(chunk);
          if (shown.length > enough) child.kill('SIGKILL');
        }
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
        expect(child.signalCode).toBe('SIGKILL');
        const reported = shown.slice(0, shown.lastIndexOf('\n')).split('\n');
        const path = reported.shift() ?? '';
        const read = readAll(path, { codexHome: home, whenFileEnds: 'lost' });
        if (!read.ok) throw new Error(read.problem.why);
        const there = new Set(
          read.value.events.map((event) =>
            event.type === 'message.added' ? event.item : event.type === 'process.output' ? `o${event.from}` : '',
          ),
        );
        expect(reported.filter((item) => !there.has(item))).toEqual([]);
        expect(read.value.damagedLines).toBeLessThanOrEqual(1);
      }
    });
  }, 60_000);
});

function pending<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

function canMount(): boolean {
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}

/** Node 20 runs no TypeScript: the child is put into one file first. */
function bundled(script: string, folder: string): string {
  const out = join(folder, `${basename(script)}.cjs`);
  const args = [script, '--bundle', '--platform=node', '--format=cjs', `--outfile=${out}`, '--log-level=error'];
  const run = spawnSync(join(import.meta.dirname, '../../../node_modules/.bin/esbuild'), args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return out;
}

describe('lines of another writer', () => {
  it('between ours do not disturb ours', async () => {
    await inHome(async (codexHome) => {
      const rollout = openRollout({ codexHome, session: SESSION, startedAt: START }, quiet);
      const state = spellingIn(codexHome);
      rollout.append(recordsFor([OPENED, ...turn], state));
      appendFileSync(rollout.path, '{"type":"other","payload":{}}\n');
      rollout.append(recordsOf({ type: 'message.added', item: 'm2', turn: 't1', text: 'on' }, START, state));
      await rollout.close();
      const read = readAll(rollout.path, { codexHome, whenFileEnds: 'open' });
      expect(read.ok && read.value.events.filter((event) => event.type === 'message.added')).toHaveLength(2);
    });
  });
});
