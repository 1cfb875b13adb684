import { describe, expect, it } from 'vitest';
import { readOutgoing } from '../../../src/exec/http/outgoing.ts';
import { redirected } from '../../../src/exec/http/redirect.ts';
import { paramsOf } from './asking.ts';

const HEADERS = ['Authorization', 'Cookie', 'Content-Type', 'Host', 'Referer', 'X-K'];

function from(method: string, url = 'https://a.test/dir/page?q=1#part') {
  const headers = HEADERS.map((name) => ({ name, value: 'v' }));
  const outgoing = readOutgoing(paramsOf(url, { method, headers, bodyBase64: 'aGk=' }), {});
  if (!outgoing.ok) throw new Error(outgoing.problem.message);
  return outgoing.value;
}

function next(method: string, status: number, location: string | null, url?: string) {
  const result = redirected(from(method, url), status, location);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

describe('the method and the body after a redirect', () => {
  for (const [status, method, then] of [
    [301, 'GET', 'GET'],
    [301, 'POST', 'GET'],
    [301, 'PUT', 'PUT'],
    [302, 'POST', 'GET'],
    [302, 'DELETE', 'DELETE'],
    [302, 'post', 'post'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [307, 'POST', 'POST'],
    [308, 'POST', 'POST'],
  ] as const) {
    it(`${method} becomes ${then} by ${status}`, () => {
      const outgoing = next(method, status, '/end');
      expect(outgoing?.method).toBe(then);
      expect(outgoing?.body?.toString()).toBe(then === method ? 'hi' : undefined);
      expect(outgoing?.headers.some(({ name }) => name === 'content-type')).toBe(then === method);
    });
  }

  for (const status of [200, 300, 304, 305, 306, 399]) {
    it(`${status} is an answer`, () => {
      expect(next('GET', status, '/end')).toBeNull();
    });
  }
});

describe('where a redirect leads', () => {
  for (const [location, url] of [
    ['/end?x#new', 'https://a.test/end?x#new'],
    ['end', 'https://a.test/dir/end'],
    ['../end', 'https://a.test/end'],
    ['', 'https://a.test/dir/page?q=1'],
    ['//b.test:1/x', 'https://b.test:1/x'],
    ['http://n:m@b.test/', 'http://b.test/'],
  ] as const) {
    it(`"${location}"`, () => {
      expect(next('GET', 302, location)?.url.href).toBe(url);
    });
  }

  it('nowhere, when it cannot be read or is not there', () => {
    expect(next('GET', 302, 'http://')).toBeNull();
    expect(next('GET', 302, null)).toBeNull();
  });

  it('never to another scheme', () => {
    const message = 'http/request failed: redirect target uses unsupported URL scheme: file';
    expect(redirected(from('GET'), 302, 'file:///etc/passwd')).toEqual({
      ok: false,
      problem: { code: -32603, message },
    });
  });
});

describe('what goes along', () => {
  const linesOf = (location: string, url?: string) =>
    next('GET', 302, location, url)?.headers.map(({ name, value }) => `${name}: ${value}`);

  it('everything and the address, within one origin', () => {
    expect(linesOf('/end')).toEqual([
      'authorization: v',
      'cookie: v',
      'content-type: v',
      'host: v',
      'x-k: v',
      'accept: */*',
      'referer: https://a.test/dir/page?q=1',
    ]);
  });

  for (const [what, location] of [
    ['host', 'https://b.test/'],
    ['port', 'https://a.test:444/'],
  ] as const) {
    it(`no credentials and no path to another ${what}`, () => {
      expect(linesOf(location)).toEqual(['content-type: v', 'x-k: v', 'accept: */*', 'referer: https://a.test/']);
    });
  }

  it('not even the origin from https to http', () => {
    expect(linesOf('http://a.test/')).toEqual(['content-type: v', 'x-k: v', 'accept: */*']);
  });

  it('the user of the first URL stays with its origin', () => {
    const location = 'http://b.test/';
    const outgoing = readOutgoing(paramsOf('http://u:p@a.test/'), {});
    const there = outgoing.ok ? redirected(outgoing.value, 302, location) : outgoing;
    expect(JSON.stringify(there)).not.toContain('Basic');
  });
});
