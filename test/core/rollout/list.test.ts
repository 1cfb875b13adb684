import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/core/bus/contract.ts';
import {
  appendName,
  findSession,
  growingList,
  latestSession,
  listSessions,
  lockSession,
  readAll,
  rolloutPath,
  uuid7,
} from '../../../src/core/rollout/index.ts';
import { paginated } from './foreign.ts';
import { OPENED } from './session-events.ts';
import { inHome, linesFor, START, spellingIn } from './written.ts';

function record(codexHome: string, minute: number, cwd: string, more: readonly EventBody[] = []): string {
  const startedAt = START + minute * 60_000;
  const session = uuid7(startedAt);
  const events: EventBody[] = [
    { ...OPENED, cwd },
    { type: 'turn.started', turn: 't1' },
    { type: 'message.added', item: 'm1', turn: 't1', text: `message ${minute}` },
    ...more,
  ];
  place(
    rolloutPath(codexHome, session, startedAt),
    linesFor(events, spellingIn(codexHome, session, startedAt)),
    startedAt,
  );
  return session;
}

function place(path: string, lines: readonly string[], changedAt: number): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join('\n')}\n`);
  utimesSync(path, changedAt / 1000, changedAt / 1000);
}

const done: EventBody[] = [
  { type: 'turn.ended', turn: 't1', outcome: 'completed', durationMs: 1, commands: 0, tokens: null, problem: null },
  { type: 'session.ended', reason: 'quit' },
];

describe('the list of sessions', () => {
  it('grows from the first page on, and no row changes its place', async () => {
    await inHome(async (codexHome) => {
      for (let minute = 0; minute < 500; minute += 1) record(codexHome, minute, minute % 2 === 0 ? '/a' : '/b', done);
      const oldest = record(codexHome, -1, '/a');
      const lock = lockSession(codexHome, oldest);
      try {
        for (const folder of [null, '/a']) {
          const lists = [];
          for await (const list of growingList({ codexHome, folder, limit: 1_000 })) lists.push(list);
          const last = lists.at(-1)?.sessions ?? [];
          expect(lists[0]?.sessions.length).toBeLessThanOrEqual(50);
          expect(lists[0]?.sessions.length).toBeGreaterThan(0);
          for (const { sessions } of lists) expect(last.slice(0, sessions.length)).toEqual(sessions);
          expect(last).toHaveLength(folder === null ? 501 : 251);
          // What is open is on top, however old it is.
          expect(last[0]).toMatchObject({ session: oldest, state: 'open' });
          expect(last[1]?.title).toBe(folder === null ? 'message 499' : 'message 498');
        }
      } finally {
        if (lock.ok) lock.value.release();
      }
    });
  });

  it('has the one that changed last on top, names and states, and counts beyond its limit', async () => {
    await inHome(async (codexHome) => {
      record(codexHome, 0, '/a', done);
      const named = record(codexHome, 2, '/a', done);
      const died = record(codexHome, 1, '/b');
      appendName(codexHome, named, 'old name', START);
      appendName(codexHome, named, 'my name', START);
      const { sessions, total } = await listSessions({ codexHome, folder: null, limit: 2 });
      expect(total).toBe(3);
      expect(sessions).toMatchObject([
        { session: named, title: 'my name', state: 'ended', cwd: '/a', turns: 1, originator: 'codex_ts' },
        { session: died, title: 'message 1', state: 'lost', cwd: '/b', startedAt: START + 60_000 },
      ]);
    });
  });

  it('of a folder has those of the same repository, through links too', async () => {
    await inHome(async (codexHome) => {
      const repository = join(codexHome, 'repository');
      mkdirSync(join(repository, '.git'), { recursive: true });
      mkdirSync(join(repository, 'deep/er'), { recursive: true });
      symlinkSync(repository, join(codexHome, 'link'));
      const deep = record(codexHome, 1, join(repository, 'deep/er'), done);
      const linked = record(codexHome, 2, join(codexHome, 'link'), done);
      record(codexHome, 3, codexHome, done);
      const { sessions, total } = await listSessions({ codexHome, folder: repository, limit: 10 });
      expect(sessions.map((one) => one.session)).toEqual([linked, deep]);
      expect(total).toBe(2);
      expect((await latestSession(codexHome, repository))?.session).toBe(linked);
      expect(await latestSession(codexHome, '/nowhere')).toBeNull();
    });
  });

  it('has those of codex-cli, whose first line is long, and those nobody can read, once', async () => {
    await inHome(async (codexHome) => {
      const id = '01a1fd6b-5f34-78e1-92ab-7e513b4e8146';
      const [meta = '', ...rest] = paginated;
      const long = meta.replace('xxxx', 'x'.repeat(90_000));
      place(rolloutPath(codexHome, id, START), [long, ...rest], START + 1_000);
      place(rolloutPath(codexHome, uuid7(START), START), ['\0\0\0'], START);
      const { sessions } = await listSessions({ codexHome, folder: null, limit: 10 });
      expect(sessions).toMatchObject([
        { session: id, cwd: '/home/u/proj', originator: 'codex-tui', state: 'ended' },
        { state: 'unreadable', title: '' },
      ]);
      expect((await listSessions({ codexHome, folder: '/elsewhere', limit: 10 })).sessions).toMatchObject([
        { state: 'unreadable' },
      ]);
    });
  });

  it('has a compressed one under its id and says how to expand it, unless the plain file is there too', async () => {
    await inHome(async (codexHome) => {
      const session = record(codexHome, 1, '/a', done);
      const both = rolloutPath(codexHome, session, START + 60_000);
      const alone = uuid7(START);
      const path = `${rolloutPath(codexHome, alone, START)}.zst`;
      place(`${both}.zst`, ['(\xb5/\xfd'], START);
      place(path, ['(\xb5/\xfd'], START);
      const { sessions } = await listSessions({ codexHome, folder: null, limit: 10 });
      expect(sessions).toMatchObject([
        { session, state: 'ended' },
        { session: alone, state: 'unreadable', startedAt: START },
      ]);
      expect(readAll(path, { codexHome, whenFileEnds: 'lost' })).toMatchObject({
        problem: { next: expect.stringContaining('zstd -d') },
      });
    });
  });

  it('is empty where nothing was recorded', async () => {
    await inHome(async (codexHome) => {
      expect(await listSessions({ codexHome, folder: null, limit: 10 })).toEqual({ sessions: [], total: 0 });
    });
  });

  it('marks a session open while somebody holds its lock', async () => {
    await inHome(async (codexHome) => {
      const session = record(codexHome, 1, '/a', done);
      const lock = lockSession(codexHome, session);
      if (!lock.ok) throw new Error(lock.problem.why);
      const stateNow = async (): Promise<string | undefined> =>
        (await listSessions({ codexHome, folder: null, limit: 1 })).sessions[0]?.state;
      expect(await stateNow()).toBe('open');
      lock.value.release();
      expect(await stateNow()).toBe('ended');
    });
  });
});

describe('a session that is asked for', () => {
  it('is found by id, by the end of its id and by name', async () => {
    await inHome(async (codexHome) => {
      const session = record(codexHome, 1, '/a', done);
      record(codexHome, 2, '/a', done);
      appendName(codexHome, session, 'Fix the tests', START);
      for (const query of [session, session.slice(-6), 'fix the tests']) {
        expect(await findSession(codexHome, query)).toMatchObject({ ok: true, value: { session } });
      }
      expect(await findSession(codexHome, 'ffffffffffff')).toMatchObject({ ok: false });
    });
  });

  it('is not chosen among several', async () => {
    await inHome(async (codexHome) => {
      for (const minute of [1, 2]) appendName(codexHome, record(codexHome, minute, '/a', done), 'same', START);
      expect(await findSession(codexHome, 'same')).toMatchObject({
        ok: false,
        problem: { what: expect.stringContaining('2') },
      });
    });
  });
});

describe('the lock of a session', () => {
  it('is refused to a second taker until it is released, also to another process', async () => {
    await inHome((codexHome) => {
      const first = lockSession(codexHome, 's');
      expect(lockSession(codexHome, 's')).toMatchObject({
        ok: false,
        problem: { what: expect.stringContaining('open') },
      });
      const path = join(codexHome, 'thread-writer-locks/s.lock');
      expect(spawnSync('flock', ['-n', path, 'true']).status).toBe(1);
      if (first.ok) first.value.release();
      const second = lockSession(codexHome, 's');
      expect(second.ok).toBe(true);
      if (second.ok) second.value.release();
    });
  });

  it('is not held by a child that lives on after its holder was killed', async () => {
    await inHome((codexHome) => {
      const path = join(codexHome, 'x.lock');
      writeFileSync(path, '');
      chmodSync(path, 0o600);
      const holder = `
        const fs = require('fs'), cp = require('child_process');
        const fd = fs.openSync(process.argv[1], 'r+');
        cp.spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
        const child = cp.spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
        fs.writeSync(1, String(child.pid));
        process.kill(process.pid, 'SIGKILL');`;
      const run = spawnSync(process.execPath, ['-e', holder, path], { encoding: 'utf8' });
      try {
        expect(spawnSync('flock', ['-n', path, 'true']).status).toBe(0);
      } finally {
        process.kill(Number(run.stdout), 'SIGKILL');
      }
    });
  });
});
