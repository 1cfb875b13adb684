import { describe, expect, it } from 'vitest';
import { parseUpstreamProxy } from '../../../src/core/network/index.ts';
import { judgeAttempt, routeTo } from '../../../src/core/network/network-policy.ts';
import { policyOf } from './proxied.ts';

describe('the proxy behind ours', () => {
  it.each<[string, string, number, string | null]>([
    ['http://127.0.0.1:3128', '127.0.0.1', 3128, null],
    ['http://Proxy.Example.com/', 'proxy.example.com', 80, null],
    ['HTTP://[::1]:8080', '::1', 8080, null],
    ['http://user:p%40ss@proxy.test:1', 'proxy.test', 1, `Basic ${btoa('user:p@ss')}`],
    ['http://user@proxy.test:1', 'proxy.test', 1, `Basic ${btoa('user:')}`],
  ])('is read from %s', (url, host, port, authorization) => {
    expect(parseUpstreamProxy(url)).toEqual({ ok: true, value: { host, port, authorization } });
  });

  it.each([
    '',
    'proxy.test:3128',
    'https://proxy.test:3128',
    'socks5://proxy.test:1080',
    'http://proxy.test:0',
    'http://proxy.test/path',
    'http://a b',
    'http://u:%ff@proxy.test',
  ])('is not read from %j', (url) => {
    expect(parseUpstreamProxy(url).ok).toBe(false);
  });

  it('has its password in no message', () => {
    const parsed = parseUpstreamProxy('https://user:secret@proxy.test');
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });
});

describe('an attempt', () => {
  const target = { host: 'a.test', port: 80 };

  it('is judged by its host before its method', () => {
    const limited = policyOf({ 'b.test': 'allow' }, { mode: 'limited', isSocksEnabled: false });
    expect(judgeAttempt(limited, { target, protocol: 'http', method: 'POST' })).toBe('not_allowed');
    const allowed = { host: 'b.test', port: 80 };
    expect(judgeAttempt(limited, { target: allowed, protocol: 'http', method: 'POST' })).toBe('method_not_allowed');
    expect(judgeAttempt(limited, { target: allowed, protocol: 'http', method: 'HEAD' })).toBeNull();
    expect(judgeAttempt(limited, { target: allowed, protocol: 'socks5', method: null })).toBe('socks_disabled');
  });

  it('goes to every address that was judged, and to no name', () => {
    const policy = policyOf({ '*': 'allow' });
    const addresses = ['93.184.216.34', '2606:2800:220:1::1'];
    expect(routeTo(policy, target, { ok: true, value: addresses })).toEqual({
      kind: 'admitted',
      route: { kind: 'direct', addresses, port: 80 },
    });
    expect(routeTo(policy, target, { ok: true, value: [] }).kind).toBe('unresolved');
    expect(routeTo(policy, target, { ok: false, problem: 'no such host' })).toEqual({
      kind: 'unresolved',
      why: 'no such host',
    });
  });

  it('is denied by the address that its name leads to', () => {
    const policy = policyOf({ '*': 'allow', '93.184.216.34': 'deny' });
    const lookup = { ok: true, value: ['93.184.216.34'] } as const;
    expect(routeTo(policy, target, lookup)).toEqual({ kind: 'blocked', reason: 'denied' });
  });
});
