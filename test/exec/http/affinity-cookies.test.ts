// Cookies of a load balancer: which are kept, which go back, and to whom.

import { describe, expect, it } from 'vitest';
import { withAffinity } from '../../../src/core/mcp/affinity-fetch.ts';
import { isAffinityHost, openAffinityCookies } from '../../../src/exec/http/affinity-cookies.ts';
import { withAffinity as withAffinityThere } from '../../../src/exec/http/affinity-transport.ts';
import { ask } from '../../../src/exec/http/ask.ts';
import { NO_BODY } from '../../../src/exec/http/body.ts';
import type { Outgoing } from '../../../src/exec/http/outgoing.ts';
import type { Answer } from '../../../src/exec/http/transport.ts';

const HOME = 'https://chatgpt.com/backend/mcp';

function sent(setCookie: string, to = HOME, from = HOME, later = 0): string | null {
  const cookies = openAffinityCookies();
  cookies.store(new URL(from), [setCookie], 1_000);
  return cookies.headerFor(new URL(to), 1_000 + later);
}

describe('hosts', () => {
  it.each([
    ['https://chatgpt.com/', true],
    ['https://chatgpt.com:8443/', true],
    ['https://chat.openai.com/', true],
    ['https://chatgpt-staging.com/', true],
    ['https://a.b.chatgpt.com/', true],
    ['https://a.chatgpt-staging.com/', true],
    ['http://chatgpt.com/', false],
    ['wss://chatgpt.com/', false],
    ['https://a.chat.openai.com/', false],
    ['https://openai.com/', false],
    ['https://evilchatgpt.com/', false],
    ['https://chatgpt.com.evil.test/', false],
    ['https://chatgpt.com@evil.test/', false],
  ])('%s: %s', (url, is) => {
    expect(isAffinityHost(new URL(url))).toBe(is);
    expect(sent('__cflb=west', url, url)).toBe(is ? '__cflb=west' : null);
  });
});

describe('names', () => {
  it.each([
    '__cf_bm',
    '__cflb',
    '__cfruid',
    '__cfseq',
    '__cfwaitingroom',
    '_cfuvid',
    'cf_clearance',
    'cf_ob_info',
    'cf_use_ob',
    'cf_chl_2',
  ])('%s is kept', (name) => expect(sent(`${name}=v; Secure; HttpOnly`)).toBe(`${name}=v`));
  it.each(['session', '__Secure-next-auth.session-token', 'oai-did', '_account', '__CFLB', 'cf_chl', '__cflb2', ''])(
    '%s is not',
    (name) => expect(sent(`${name}=v`)).toBeNull(),
  );
});

describe('rules of a cookie', () => {
  it.each([
    ['__cflb=a', 'https://api.chatgpt.com/', HOME, null],
    ['__cflb=a; Path=/', 'https://chatgpt.com/', HOME, '__cflb=a'],
    ['__cflb=a; Domain=chatgpt.com; Path=/', 'https://api.chatgpt.com/', HOME, '__cflb=a'],
    ['__cflb=a; Domain=.chatgpt.com; Path=/', HOME, 'https://api.chatgpt.com/', '__cflb=a'],
    ['__cflb=a; Domain=com; Path=/', HOME, HOME, null],
    ['__cflb=a; Domain=openai.com; Path=/', 'https://chat.openai.com/', 'https://chat.openai.com/', null],
    ['__cflb=a; Domain=chatgpt.com; Path=/', 'https://evil.test/', HOME, null],
    ['__cflb=a; Domain=chatgpt.com; Path=/', 'http://chatgpt.com/', HOME, null],
    ['__cflb=a', 'https://chatgpt.com/backend/other', HOME, '__cflb=a'],
    ['__cflb=a', 'https://chatgpt.com/backends', HOME, null],
    ['__cflb=a; Path=/x', 'https://chatgpt.com/x/y', HOME, '__cflb=a'],
    ['__cflb=a\u0000b', HOME, HOME, null],
  ])('%j to %s from %s: %s', (cookie, to, from, answer) => {
    expect(sent(cookie, to, from)).toBe(answer);
  });

  it.each([
    ['__cflb=a; Max-Age=10', 9_999, '__cflb=a'],
    ['__cflb=a; Max-Age=10', 10_000, null],
    ['__cflb=a; Max-Age=0', 0, null],
    ['__cflb=a; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 0, null],
    ['__cflb=a; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=5', 1_000, '__cflb=a'],
    ['__cflb=a; Expires=nonsense', 1e12, '__cflb=a'],
  ])('%j after %i ms: %s', (cookie, later, answer) => {
    expect(sent(cookie, HOME, HOME, later)).toBe(answer);
  });

  it('is replaced by a later one, and taken back', () => {
    const cookies = openAffinityCookies();
    cookies.store(new URL(HOME), ['__cflb=west; Path=/', '_cfuvid=u; Path=/'], 0);
    cookies.store(new URL(HOME), ['__cflb=central; Path=/'], 0);
    expect(cookies.headerFor(new URL(HOME), 0)).toBe('_cfuvid=u; __cflb=central');
    cookies.store(new URL(HOME), ['__cflb=; Path=/; Max-Age=0'], 0);
    expect(cookies.headerFor(new URL(HOME), 0)).toBe('_cfuvid=u');
  });

  it('are no more than 64, the newest', () => {
    const cookies = openAffinityCookies();
    cookies.store(
      new URL(HOME),
      Array.from({ length: 100 }, (_, i) => `cf_chl_${i}=v`),
      0,
    );
    const header = cookies.headerFor(new URL(HOME), 0) ?? '';
    expect(header.split('; ')).toHaveLength(64);
    expect(header).toContain('cf_chl_99=v');
  });
});

describe('requests', () => {
  it('share one jar, and none is merged with what a caller gives', async () => {
    const seen: (string | null)[] = [];
    const answers = ['__cflb=west; Path=/', 'session=s; Path=/', '__cflb=central; Path=/', '', ''];
    const inner = async (_url: string | URL, init?: RequestInit) => {
      seen.push(new Headers(init?.headers).get('cookie'));
      const cookie = answers[seen.length - 1] ?? '';
      return new Response(null, { headers: cookie === '' ? {} : { 'set-cookie': cookie } });
    };
    const cookies = openAffinityCookies();
    const [one, other] = [withAffinity(inner, cookies), withAffinity(inner, cookies)];
    await one(HOME);
    await other(HOME);
    await one(new URL(HOME));
    await other(HOME, { headers: { Cookie: 'own=1' } });
    await one(HOME);
    await one('https://mcp.test/');
    expect(seen).toEqual([null, '__cflb=west', '__cflb=west', 'own=1', '__cflb=central', null]);
  });

  it('of a server share one jar too, each step of a redirect by its own host', async () => {
    const seen: string[] = [];
    const answers: readonly (readonly string[])[] = [
      ['Set-Cookie', '__cflb=west; Path=/', 'Set-Cookie', 'session=s; Path=/', 'Location', 'https://elsewhere.test/'],
      ['Set-Cookie', '__cflb=evil; Path=/; Domain=chatgpt.com'],
      ['Set-Cookie', '__cflb=central; Path=/'],
      [],
      [],
    ];
    const inner = {
      async send({ url, headers }: Outgoing): Promise<Answer> {
        const cookie = headers.find(({ name }) => name === 'cookie')?.value ?? '-';
        seen.push(`${url.hostname} ${cookie}`);
        const rawHeaders = answers[seen.length - 1] ?? [];
        return { status: rawHeaders.includes('Location') ? 302 : 200, rawHeaders, body: NO_BODY };
      },
      close() {},
    };
    const cookies = openAffinityCookies();
    const outgoing = (cookie: string | null): Outgoing => ({
      method: 'GET',
      url: new URL(HOME),
      headers: cookie === null ? [] : [{ name: 'cookie', value: cookie }],
      body: null,
    });
    const { signal } = new AbortController();
    for (const cookie of [null, null, 'own=1', null]) {
      expect((await ask(withAffinityThere(inner, cookies), outgoing(cookie), 'follow', signal)).ok).toBe(true);
    }
    expect(seen).toEqual([
      'chatgpt.com -',
      'elsewhere.test -',
      'chatgpt.com __cflb=west',
      'chatgpt.com own=1',
      'chatgpt.com __cflb=central',
    ]);
  });
});
