import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openEnvironmentConnection } from '../../../src/exec/client/environment-connection.ts';
import { stdioTransport } from '../../../src/exec/client/stdio.ts';
import { eventually, processesWith } from '../machine.ts';
import { problemOf, TIMES, unwrap } from './listening.ts';

const folder = mkdtempSync(join(tmpdir(), 'client-stdio-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENV = { PATH: process.env.PATH ?? '/usr/bin:/bin' };

/** Enough of a server: it answers `initialize` and `environment/status`, and ends when it is asked to terminate. */
const SERVER = `
const lines = require('node:readline').createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { id, method } = JSON.parse(line);
  const say = (result) => process.stdout.write(JSON.stringify({ id, result }) + '\\r\\n');
  if (method === 'initialize') say({ sessionId: 's', environmentInfo: { shell: { name: 'sh', path: '/bin/sh' } } });
  if (method === 'environment/status') say({ status: 'ready' });
  if (method === 'process/terminate') { process.stderr.write('out of \\x1b[31mluck\\n'); process.exit(3); }
});
`;
const serverFile = join(folder, 'server.cjs');
writeFileSync(serverFile, SERVER);

const connectionTo = (script: string, times = {}) =>
  openEnvironmentConnection({
    name: 'box',
    isEager: false,
    canResume: false,
    open: stdioTransport({
      program: '/bin/sh',
      args: ['-c', script],
      env: { ...ENV, SERVER: serverFile },
      cwd: folder,
    }),
    times: { ...TIMES, ...times },
  });
const node = `exec ${process.execPath} "$SERVER"`;

describe('a server that is a child', () => {
  it('is started at the first use, once, in its folder, with its environment alone, and ended at the end', async () => {
    const marker = `stdio-once-${process.pid}`;
    const script = `pwd > where; env > env; : ${marker}; ${process.execPath} "$SERVER"; :`;
    const connection = connectionTo(script);
    expect(connection.state()).toBe('idle');
    expect(processesWith(marker)).toEqual([]);
    const clients = await Promise.all(Array.from({ length: 10 }, () => connection.use()));
    expect(new Set(clients.map(unwrap)).size).toBe(1);
    expect(connection.state()).toBe('ready');
    expect(processesWith(marker).length).toBe(1);
    expect(readFileSync(join(folder, 'where'), 'utf8')).toMatch(folder);
    expect(readFileSync(join(folder, 'env'), 'utf8')).not.toMatch('HOME=');
    await connection.dispose();
    expect(processesWith(marker)).toEqual([]);
  });

  it('may print a banner and blank lines before its first message', async () => {
    const connection = connectionTo(`echo Welcome; echo; echo '[1]'; ${node}`);
    expect(unwrap(await unwrap(await connection.use()).call('environment/status', null)).status).toBe('ready');
    await connection.dispose();
  });

  it('that dies fails the call with its exit code and its last words, and the next use starts another', async () => {
    const connection = connectionTo(node);
    const first = unwrap(await connection.use());
    expect(problemOf(await first.call('process/terminate', { processId: 'x' })).kind).toBe('lost');
    await eventually(() => connection.state() === 'failed', 'it has failed');
    const text = 'exec-server transport disconnected: /bin/sh: it ended with exit code 3; out of luck';
    expect(problemOf(await first.call('environment/status', null)).message).toBe(text);
    expect(connection.problem()?.why).toBe(text);
    const second = unwrap(await connection.use());
    expect(second).not.toBe(first);
    expect(unwrap(await second.call('environment/status', null)).status).toBe('ready');
    expect(connection.state()).toBe('ready');
    await connection.dispose();
  });

  it('that never speaks is told of with what it printed, and another try is made at the next use', async () => {
    const connection = connectionTo(
      `echo tries >> tries; echo 'Please log in'; echo 'Permission denied' >&2; exit 255`,
    );
    const problem = problemOf(await connection.use());
    expect(problem.what).toBe('The environment box cannot be reached.');
    expect(problem.why).toMatch(/it ended with exit code 255; Permission denied; Please log in$/);
    expect(connection.state()).toBe('failed');
    problemOf(await connection.use());
    expect(readFileSync(join(folder, 'tries'), 'utf8')).toBe('tries\ntries\n');
    await connection.dispose();
  });

  it('that prints more than 64 KiB which are no messages is ended', async () => {
    const connection = connectionTo(`yes 'no message'`);
    expect(problemOf(await connection.use()).why).toMatch(/it printed 64 KiB that are no messages; no message/);
    await connection.dispose();
  });

  it('that says nothing is given up after its time, and is gone', async () => {
    const marker = `1003.${process.pid}`;
    const connection = connectionTo(`sleep ${marker}`, { initializeMs: 50 });
    expect(problemOf(await connection.use()).why).toMatch(
      /timed out waiting for the answer to initialize after 0\.05s/,
    );
    await connection.dispose();
    await eventually(() => processesWith(marker).length === 0, 'it is gone');
  });

  it('is ended with all of its group, though it ignores SIGTERM', async () => {
    const marker = `1004.${process.pid}`;
    const connection = connectionTo(
      `trap '' TERM HUP; sleep ${marker} & sleep ${marker} & ${process.execPath} "$SERVER"; sleep ${marker}`,
    );
    unwrap(await connection.use());
    expect(processesWith(marker).length).toBeGreaterThan(1);
    await connection.dispose();
    expect(processesWith(marker)).toEqual([]);
  });

  it('is gone when it is disposed of while it starts', async () => {
    const marker = `1005.${process.pid}`;
    const connection = connectionTo(`sleep ${marker}`);
    const use = connection.use();
    await eventually(() => processesWith(marker).length > 0, 'it runs');
    await connection.dispose();
    expect((await use).ok).toBe(false);
    expect(processesWith(marker)).toEqual([]);
    expect(problemOf(await connection.use()).what).toBe('The environment box was taken away.');
  });

  it('that is no program is told of', async () => {
    const open = stdioTransport({ program: '/no/such', args: [], env: ENV, cwd: folder });
    const connection = openEnvironmentConnection({ name: 'box', isEager: false, canResume: false, open });
    expect(problemOf(await connection.use()).why).toMatch(/^cannot start \/no\/such in .*ENOENT/);
    await connection.dispose();
  });
});
