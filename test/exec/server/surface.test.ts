// What a server says to HTTP requests and to those that show a token, over real sockets.

import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthenticationFlags, openAuthentication } from '../../../src/exec/server/authentication.ts';
import { type Authenticate, mayListenOn } from '../../../src/exec/server/index.ts';
import { readListenTarget } from '../../../src/exec/server/listen-target.ts';
import { understandServer } from '../../../src/exec/server/server-arguments.ts';
import { connect, type Served, serving } from './serving.ts';

const UPGRADE = [
  'Connection: keep-alive, Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** Status and body of the answer to a request that is sent as it is written here. */
function ask(
  port: number,
  line: string,
  headers: readonly string[] = [],
): Promise<{ status: number; body: string; head: string }> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(port, '127.0.0.1');
    socket.write(`${line} HTTP/1.1\r\n${['Host: anywhere', ...headers].map((it) => `${it}\r\n`).join('')}\r\n`);
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      const [head = '', body = ''] = text.split('\r\n\r\n', 2);
      if (!text.includes('\r\n\r\n')) return;
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (body.length < length && !line.startsWith('HEAD')) return;
      socket.destroy();
      resolve({ status: Number(head.split(' ')[1]), body, head });
    });
    socket.once('error', reject);
  });
}

describe('the HTTP surface', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serving({ authenticate: null });
  });
  afterAll(() => served.close());

  it.each([
    ['GET /readyz', [], 200, ''],
    ['HEAD /readyz', [], 200, ''],
    ['POST /readyz', [], 405, ''],
    ['GET /readyz', ['Origin: http://localhost'], 403, ''],
    ['GET /', ['Origin: null', ...UPGRADE], 403, ''],
    ['GET /', UPGRADE, 101, ''],
    ['GET /?token=x', UPGRADE, 101, ''],
    ['GET /', [], 400, "Connection header did not include 'upgrade'"],
    ['GET /', ['Connection: upgrade'], 400, "`Upgrade` header did not include 'websocket'"],
    [
      'GET /',
      [...UPGRADE.slice(0, 2), 'Sec-WebSocket-Version: 12', ...UPGRADE.slice(3)],
      400,
      "`Sec-WebSocket-Version` header did not include '13'",
    ],
    ['GET /', UPGRADE.slice(0, 3), 400, '`Sec-WebSocket-Key` header missing'],
    ['POST /', [], 405, 'Request method must be `GET`'],
    ['GET /healthz', [], 404, ''],
    ['GET /livez', UPGRADE, 404, ''],
  ])('answers %s with %j', async (line, headers, status, body) => {
    const answer = await ask(served.port, line, headers);
    expect([answer.status, answer.body]).toEqual([status, body]);
  });

  it('selects no subprotocol and no compression', async () => {
    const offers = ['Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Extensions: permessage-deflate'];
    const { head } = await ask(served.port, 'GET /', [...UPGRADE, ...offers]);
    expect(head).toMatch(/^HTTP\/1.1 101 /);
    expect(head).not.toMatch(/sec-websocket-(protocol|extensions)/i);
  });
});

const NO_FLAGS: AuthenticationFlags = {
  mode: null,
  tokenFile: null,
  tokenSha256: null,
  sharedSecretFile: null,
  issuer: null,
  audience: null,
  maxClockSkewSeconds: null,
};

describe('authentication', () => {
  let folder: string;
  const file = (name: string, content: string): string => {
    const place = join(folder, name);
    writeFileSync(place, content);
    return place;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'exec-server-auth-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const opened = (flags: Partial<AuthenticationFlags>): Authenticate => {
    const result = openAuthentication({ ...NO_FLAGS, ...flags });
    if (!result.ok || result.value === null) throw new Error('no authentication');
    return result.value;
  };

  it('comes after the Origin check and before the upgrade, and never asks for /readyz', async () => {
    const served = await serving({
      authenticate: opened({ mode: 'capability-token', tokenFile: file('token', ' right \n') }),
    });
    try {
      expect(await ask(served.port, 'GET /readyz')).toMatchObject({ status: 200 });
      const right = 'Authorization: Bearer right';
      expect(await ask(served.port, 'GET /', [...UPGRADE, right, 'Origin: null'])).toMatchObject({ status: 403 });
      expect(await ask(served.port, 'GET /', UPGRADE)).toMatchObject({
        status: 401,
        body: 'missing websocket bearer token',
      });
      expect(await ask(served.port, 'GET /?token=right', UPGRADE)).toMatchObject({ status: 401 });
      const peer = await connect(served.url, { headers: { authorization: 'bearer   right' } });
      await peer.shakeHands();
      peer.drop();
    } finally {
      await served.close();
    }
  });

  it.each([
    [undefined, 'missing websocket bearer token'],
    ['Basic right', 'invalid authorization header'],
    ['Bearer', 'invalid authorization header'],
    ['Bearer wrong', 'invalid websocket bearer token'],
    ['Bearer right', null],
    ['bEaReR  right ', null],
  ])('by a token judges %j', (header, verdict) => {
    const byFile = opened({ mode: 'capability-token', tokenFile: file('token', 'right\n') });
    const sha256 = createHash('sha256').update('right').digest('hex').toUpperCase();
    expect(byFile(header)).toBe(verdict);
    expect(opened({ mode: 'capability-token', tokenSha256: sha256 })(header)).toBe(verdict);
  });

  const SECRET = 's'.repeat(32);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (claims: object, header: object = { alg: 'HS256' }, secret = SECRET): string => {
    const text = `${part(header)}.${part(claims)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const now = Math.floor(Date.now() / 1000);
  const good = { exp: now + 60, iss: 'us', aud: ['a', 'them'] };
  const ofFlags = () =>
    opened({
      mode: 'signed-bearer-token',
      sharedSecretFile: file('secret', `${SECRET}\n`),
      issuer: 'us',
      audience: 'them',
    });

  it.each([
    [signed(good), null],
    [signed({ ...good, aud: 'them' }), null],
    [signed({ ...good, exp: now - 10 }), null],
    [signed({ ...good, exp: now - 40 }), 'expired websocket jwt'],
    [signed({ ...good, nbf: now + 20 }), null],
    [signed({ ...good, nbf: now + 50 }), 'websocket jwt is not valid yet'],
    [signed({ ...good, iss: 'x' }), 'websocket jwt issuer mismatch'],
    [signed({ ...good, aud: ['a'] }), 'websocket jwt audience mismatch'],
    [signed({ exp: now + 60, iss: 'us' }), 'websocket jwt audience mismatch'],
    [signed({ iss: 'us', aud: 'them' }), 'invalid websocket jwt'],
    [signed({ ...good, exp: 'soon' }), 'invalid websocket jwt'],
    [signed(good, { alg: 'HS512' }), 'invalid websocket jwt'],
    [signed(good, { alg: 'none' }), 'invalid websocket jwt'],
    [`${part({ alg: 'none' })}.${part(good)}.`, 'invalid websocket jwt'],
    [signed(good, { alg: 'HS256' }, 'x'.repeat(32)), 'invalid websocket jwt'],
    [`${signed(good)}x`, 'invalid websocket jwt'],
    ['no token', 'invalid websocket jwt'],
  ])('by a signature judges token %# as %j', (token, verdict) => {
    expect(ofFlags()(`Bearer ${token}`)).toBe(verdict);
  });

  it('takes no clock skew where none is allowed', () => {
    const flags = { mode: 'signed-bearer-token', sharedSecretFile: file('secret', SECRET), maxClockSkewSeconds: 0 };
    expect(opened(flags)(`Bearer ${signed({ exp: now - 5 })}`)).toBe('expired websocket jwt');
  });

  it.each<[Partial<AuthenticationFlags>, RegExp]>([
    [{ tokenSha256: 'a'.repeat(64) }, /^websocket auth flags require/],
    [{ mode: 'capability-token' }, /requires either/],
    [{ mode: 'capability-token', tokenFile: '/x', tokenSha256: 'a'.repeat(64) }, /requires either/],
    [{ mode: 'capability-token', tokenSha256: 'abc' }, /64 hexadecimal/],
    [
      { mode: 'capability-token', tokenSha256: 'a'.repeat(64), issuer: 'us' },
      /require `--ws-auth signed-bearer-token`/,
    ],
    [{ mode: 'capability-token', tokenFile: '/nonexistent' }, /^failed to read websocket auth secret \/nonexistent/],
    [{ mode: 'signed-bearer-token' }, /`--ws-shared-secret-file` is required/],
    [{ mode: 'signed-bearer-token', sharedSecretFile: '/x', tokenFile: '/x' }, /require `--ws-auth capability-token`/],
    [{ mode: 'basic' }, /^unknown --ws-auth mode basic/],
  ])('is refused with %j', (flags, sentence) => {
    const result = openAuthentication({ ...NO_FLAGS, ...flags });
    expect(result.ok ? '' : result.problem).toMatch(sentence);
  });

  it('is refused with an empty token and a short secret', () => {
    const empty = file('empty', ' \n');
    const short = file('short', 'abc');
    const problemOf = (flags: Partial<AuthenticationFlags>) => {
      const result = openAuthentication({ ...NO_FLAGS, ...flags });
      return result.ok ? null : result.problem;
    };
    expect(problemOf({ mode: 'capability-token', tokenFile: empty })).toBe(
      `websocket auth secret ${empty} must not be empty`,
    );
    expect(problemOf({ mode: 'signed-bearer-token', sharedSecretFile: short })).toBe(
      `websocket auth secret ${short} must be at least 32 bytes`,
    );
  });
});

describe('an address to listen on', () => {
  it.each([
    ['ws://127.0.0.1:0', { kind: 'tcp', host: '127.0.0.1', port: 0 }],
    ['ws://[::1]:80', { kind: 'tcp', host: '::1', port: 80 }],
    ['stdio', { kind: 'stdio' }],
    ['stdio://', { kind: 'stdio' }],
    ['unix:', { kind: 'unix', path: null }],
    ['unix:///a/b', { kind: 'unix', path: '/a/b' }],
  ])('%s is understood', (url, target) => {
    expect(readListenTarget(url)).toEqual({ ok: true, value: target });
  });

  it.each([
    ['ws://localhost:0', /^invalid websocket --listen URL ws:\/\/localhost:0; expected ws:\/\/IP:PORT$/],
    ['ws://127.0.0.1', /^invalid websocket/],
    ['ws://127.0.0.1:0/x', /^invalid websocket/],
    ['ws://127.0.0.1:99999', /^invalid websocket/],
    ['ws://[127.0.0.1]:0', /^invalid websocket/],
    ['unix://relative', /^invalid unix/],
    ['wss://127.0.0.1:0', /^unsupported --listen URL wss:/],
    ['http://127.0.0.1:0', /^unsupported --listen URL http:/],
  ])('%s is refused', (url, sentence) => {
    const target = readListenTarget(url);
    expect(target.ok ? '' : target.problem).toMatch(sentence);
  });

  it('is this machine alone where nobody has to show who they are', () => {
    expect(mayListenOn('127.0.0.1', null).ok).toBe(true);
    expect(mayListenOn('127.8.8.8', null).ok).toBe(true);
    expect(mayListenOn('::1', null).ok).toBe(true);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1']) {
      expect(mayListenOn(host, null).ok).toBe(false);
      expect(mayListenOn(host, () => null).ok).toBe(true);
    }
  });
});

describe('what was typed', () => {
  it('is a usage error where it means nothing', () => {
    for (const argv of [['--concurrent-requests', '0'], ['--concurrent-requests', 'x'], ['--nonsense'], ['operand']]) {
      const result = understandServer(argv, {});
      expect(result.ok ? null : result.problem.kind).toBe('usage');
    }
  });

  it('may stand in the environment, for the end with stdin', () => {
    const exits = (argv: string[], env: Record<string, string>): unknown => {
      const result = understandServer(argv, env);
      return result.ok && result.value.kind === 'serve' && result.value.exitsOnStdinClose;
    };
    expect(exits(['--exit-on-stdin-close'], {})).toBe(true);
    expect(exits([], { CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE: '1' })).toBe(true);
    expect(exits([], { CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE: '0' })).toBe(false);
  });
});
