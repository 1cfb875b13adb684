import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type KeySource, openKeyReader, storeKey } from '../../../src/core/auth/index.ts';
import { collect, failureIn, openServers, providerAt, someRequest, typesOf } from '../../support/model-requests.ts';
import { say, status } from '../../support/model-server.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'codex-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const { serve, close } = openServers();
afterEach(close);

const { signal } = new AbortController();
let programs = 0;

/** A program that counts how often it ran in `count`. */
function program(script: string, more: { limitMs?: number; refreshMs?: number } = {}) {
  programs += 1;
  const file = path.join(folder, `token-${programs}.sh`);
  const count = path.join(folder, `count-${programs}`);
  writeFileSync(file, `#!/bin/sh\necho run >> ${count}\n${script}\n`);
  chmodSync(file, 0o755);
  const source: KeySource = {
    kind: 'program',
    at: 'auth in [model_providers.x]',
    program: { argv: [file], cwd: folder, limitMs: 5000, refreshMs: 0, ...more },
  };
  const runs = (): number => {
    try {
      return readFileSync(count, 'utf8').trim().split('\n').length;
    } catch {
      return 0;
    }
  };
  return { source, runs, count };
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function authorisations(source: KeySource | null, env: Record<string, string> = {}, replies = [say('ok')]) {
  const server = await serve(replies);
  const events = await collect(
    providerAt(server.url, { key: source, requestRetries: 0 }, env).respond(someRequest, signal),
  );
  return { sent: server.requests.map(({ headers }) => headers.authorization), events };
}

describe('the key of a request', () => {
  it('is in a variable, in the file of the login, in the configuration, or there is none', async () => {
    storeKey(folder, 'sk-in-the-file');
    const file = path.join(folder, 'auth.json');
    const cases: readonly (readonly [KeySource | null, string | undefined])[] = [
      [{ kind: 'variable', name: 'A' }, 'Bearer from-variable'],
      [{ kind: 'file', path: file }, 'Bearer sk-in-the-file'],
      [{ kind: 'written', at: 'config', read: () => 'written-down' }, 'Bearer written-down'],
      [null, undefined],
    ];
    for (const [source, expected] of cases)
      expect((await authorisations(source, { A: '  from-variable\n' })).sent).toEqual([expected]);
  });

  it('is read anew for each: a new login counts at once', async () => {
    storeKey(folder, 'sk-first');
    const server = await serve(() => say('ok'));
    const provider = providerAt(server.url, { key: { kind: 'file', path: path.join(folder, 'auth.json') } });
    await collect(provider.respond(someRequest, signal));
    storeKey(folder, 'sk-second');
    await collect(provider.respond(someRequest, signal));
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer sk-first',
      'Bearer sk-second',
    ]);
  });

  it.each(['', 'a\nX-Evil: 1', 'ключ'])(
    'that no header can hold (%j) is refused before anything is sent',
    async (key) => {
      const { sent, events } = await authorisations({ kind: 'variable', name: 'A' }, { A: key });
      expect(sent).toEqual([]);
      const { problem } = failureIn(events);
      expect(problem.what).toContain('The key in A cannot be used.');
      if (key !== '') expect(JSON.stringify(problem)).not.toContain(key);
    },
  );
});

describe('a program that prints the key', () => {
  it('runs once for as long as its answer is good', async () => {
    const { source, runs } = program('echo "  token-$(wc -l < "$0")  "');
    const reader = openKeyReader(source, {});
    const keys = await Promise.all([reader.read(signal), reader.read(signal)]);
    expect(keys[0]).toMatchObject({ ok: true });
    expect(await reader.read(signal)).toEqual(keys[0]);
    expect(runs()).toBe(1);
    const short = program('echo token', { refreshMs: 1 });
    const other = openKeyReader(short.source, {});
    await other.read(signal);
    await new Promise<void>((resolve) => {
      const until = Date.now() + 2;
      const look = (): void => void (Date.now() > until ? resolve() : setImmediate(look));
      look();
    });
    await other.read(signal);
    expect(short.runs()).toBe(2);
  });

  it('is asked once more when the server refuses what it said, and no further', async () => {
    const { source, runs, count } = program('');
    writeFileSync(
      path.join(folder, `token-${programs}.sh`),
      `#!/bin/sh\necho run >> ${count}\necho "token-$(wc -l < ${count})"\n`,
    );
    const good = await authorisations(source, {}, [status(401), say('ok')]);
    expect(good.sent).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(typesOf(good.events)).toEqual(['text', 'item', 'usage']);
    const bad = await authorisations(source, {}, [status(401), status(401), say('never')]);
    expect(bad.sent).toHaveLength(2);
    expect(failureIn(bad.events).problem.what).toContain('refused the key in auth in [model_providers.x] (401)');
    expect(runs()).toBe(4);
  });

  it.each([
    ['exit 3', 'It ended with code 3.'],
    ['echo "log in first" >&2; exit 1', 'It ended with code 1. log in first'],
    ['echo "bad: abcdefghijklmnopqrstuvwxyz012345" >&2; exit 1', 'It ended with code 1. bad: [key]'],
    ['true', 'It printed nothing.'],
    ['kill -9 $$', 'It was killed (SIGKILL).'],
  ])('that says no key (%s) is why there is no answer', async (script, why) => {
    const { sent, events } = await authorisations(program(script).source);
    expect(sent).toEqual([]);
    expect(failureIn(events).problem.why).toBe(why);
  });

  it.each([
    ['lines', 'echo secret-out; echo secret-out'],
    ['without end', 'yes secret-out'],
  ])('and prints %s gives none, and what it printed is not shown', async (_, script) => {
    const { sent, events } = await authorisations(program(script, { limitMs: 1000 }).source);
    expect(sent).toEqual([]);
    expect(JSON.stringify(failureIn(events))).not.toContain('secret-out');
  });

  it('that hangs is ended, with what it started', async () => {
    const pid = path.join(folder, 'pid');
    const { source } = program(`sleep 600 & echo $! > ${pid}; wait`, { limitMs: 400 });
    expect(failureIn((await authorisations(source)).events).problem.why).toBe('It printed nothing within 400 ms.');
    const sleeper = Number(readFileSync(pid, 'utf8'));
    await expect.poll(() => isRunning(sleeper)).toBe(false);
  });

  it('that is not there is named', async () => {
    const source: KeySource = {
      kind: 'program',
      at: 'auth',
      program: { argv: ['/nonexistent/token'], cwd: folder, limitMs: 1000, refreshMs: 0 },
    };
    expect(failureIn((await authorisations(source)).events).problem.what).toContain('/nonexistent/token gave no key');
  });

  it('is ended when the person stops the turn, and nobody is told anything', async () => {
    const { source, count } = program('');
    const started = path.join(folder, 'started');
    writeFileSync(
      path.join(folder, `token-${programs}.sh`),
      `#!/bin/sh\nmkfifo ${started} 2>/dev/null; echo run > ${count}; exec sleep 100\n`,
    );
    const server = await serve([say('never')]);
    const abort = new AbortController();
    const events = collect(providerAt(server.url, { key: source }).respond(someRequest, abort.signal));
    abort.abort();
    expect(await events).toEqual([]);
    expect(server.requests).toEqual([]);
  });
});
