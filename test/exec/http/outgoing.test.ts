import { describe, expect, it } from 'vitest';
import { readOutgoing } from '../../../src/exec/http/outgoing.ts';
import { paramsOf } from './asking.ts';

const ENV = { MY_TOKEN: 'secret', TWO_LINES: 'a\nb' };

function read(more: Readonly<Record<string, unknown>>, url = 'http://127.0.0.1/x') {
  return readOutgoing(paramsOf(url, more), ENV);
}

function linesOf(more: Readonly<Record<string, unknown>>, url?: string): string[] {
  const outgoing = read(more, url);
  if (!outgoing.ok) throw new Error(outgoing.problem.message);
  return outgoing.value.headers.map(({ name, value }) => `${name}: ${value}`);
}

describe('what cannot be sent is refused as invalid params', () => {
  const header = (name: string, value = '', valueEnvVar: string | null = null) => ({
    headers: [{ name, value, valueEnvVar }],
  });
  const invalidValue = 'http/request header value is invalid for X-E: failed to parse header value';
  for (const [what, more, url, message] of [
    ['a method with a space', { method: 'G T' }, undefined, 'http/request method is invalid: invalid HTTP method'],
    ['no method', { method: '' }, undefined, 'http/request method is invalid: invalid HTTP method'],
    ['another scheme', {}, 'ftp://x/', 'http/request only supports http and https URLs, got ftp'],
    ['a file', {}, 'file:///etc/passwd', 'http/request only supports http and https URLs, got file'],
    ['a path', {}, '/x', 'http/request url is invalid: relative URL without a base'],
    ['nothing', {}, '', 'http/request url is invalid: relative URL without a base'],
    ['no host', {}, 'http://', 'http/request url is invalid: empty host'],
    ['a large port', {}, 'http://127.0.0.1:99999/', 'http/request url is invalid: invalid port number'],
    ['a port that is none', {}, 'http://127.0.0.1:x/', 'http/request url is invalid: invalid host or port'],
    ['a header name', header('X E'), undefined, 'http/request header name is invalid: invalid HTTP header name'],
    ['no header name', header(''), undefined, 'http/request header name is invalid: invalid HTTP header name'],
    ['a second header in a value', header('X-E', 'a\r\nb: c'), undefined, invalidValue],
    ['a NUL in a value', header('X-E', 'a\0'), undefined, invalidValue],
    ['a DEL in a value', header('X-E', '\x7f'), undefined, invalidValue],
    ['a line end in a variable', header('X-E', '', 'TWO_LINES'), undefined, invalidValue],
    [
      'a variable that is not set',
      header('X-E', '', 'NOPE'),
      undefined,
      'http/request header X-E requires executor environment variable NOPE',
    ],
    [
      'what only looks like a variable',
      header('X-E', '', 'constructor'),
      undefined,
      'http/request header X-E requires executor environment variable constructor',
    ],
  ] as const) {
    it(what, () => {
      expect(read(more, url)).toEqual({ ok: false, problem: { code: -32602, message } });
    });
  }
});

describe('headers', () => {
  it('keep order and repeats, with lower-case names and every byte of their values', () => {
    const headers = [
      { name: 'X-B', value: '1' },
      { name: 'Accept', value: 'text/x' },
      { name: 'x-b', value: ' a\tü ' },
    ];
    expect(linesOf({ headers })).toEqual(['x-b: 1', 'accept: text/x', 'x-b:  a\t\xc3\xbc ']);
  });

  it('have a variable of the executor at the end of the value', () => {
    const headers = [{ name: 'Authorization', value: 'Bearer ', valueEnvVar: 'MY_TOKEN' }];
    expect(linesOf({ headers })).toEqual(['authorization: Bearer secret', 'accept: */*']);
  });

  it('say who asks when the URL does, and leave the URL without it', () => {
    const outgoing = read({}, 'http://us%40er:p%C3%BC:w@127.0.0.1/x?y#z');
    expect(outgoing.ok && outgoing.value.url.href).toBe('http://127.0.0.1/x?y#z');
    const basic = `authorization: Basic ${Buffer.from('us@er:pü:w').toString('base64')}`;
    expect(linesOf({}, 'http://us%40er:p%C3%BC:w@127.0.0.1/x')).toEqual([basic, 'accept: */*']);
    const headers = [{ name: 'authorization', value: 'mine' }];
    expect(linesOf({ headers }, 'http://u:p@127.0.0.1/')).toEqual(['authorization: mine', 'accept: */*']);
  });

  it('do not say how long the body is: that is counted', () => {
    const headers = [
      { name: 'Content-Length', value: '5' },
      { name: 'Transfer-Encoding', value: 'chunked' },
      { name: 'trailer', value: 'x' },
    ];
    expect(linesOf({ headers, bodyBase64: 'aGk=' })).toEqual(['accept: */*']);
  });
});
