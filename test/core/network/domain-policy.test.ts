import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HostVerdict, judgeAddresses, judgeHost } from '../../../src/core/network/domain-policy.ts';
import {
  type DomainAccess,
  type DomainPolicy,
  type HostGrant,
  parseDomainPolicy,
  parseHostGrant,
  withGrant,
} from '../../../src/core/network/index.ts';
import { domains } from './proxied.ts';

function verdict(table: Record<string, DomainAccess>, host: string, port = 443): string {
  return said(judgeHost(domains(table), { host, port }));
}

function said(judged: HostVerdict): string {
  return judged.decision === 'allowed' ? 'allowed' : judged.reason;
}

function grant(text: string): HostGrant {
  const parsed = parseHostGrant(text);
  if (!parsed.ok) throw new Error(parsed.problem.what);
  return parsed.value;
}

describe('a domain pattern', () => {
  it.each<[string, string, string]>([
    ['a.test', 'a.test', 'allowed'],
    ['a.test', 'b.a.test', 'not_allowed'],
    ['a.test', 'xa.test', 'not_allowed'],
    ['*.foo.test', 'foo.test', 'not_allowed'],
    ['*.foo.test', 'x.foo.test', 'allowed'],
    ['*.foo.test', 'y.x.foo.test', 'allowed'],
    ['*.foo.test', 'xfoo.test', 'not_allowed'],
    ['**.bar.test', 'bar.test', 'allowed'],
    ['**.bar.test', 'y.x.bar.test', 'allowed'],
    ['**.bar.test', 'xbar.test', 'not_allowed'],
    ['*', 'anything.test', 'allowed'],
    ['*', '8.8.8.8', 'allowed'],
    ['EXAMPLE.Test.', 'example.test', 'allowed'],
    ['example.test', 'EXAMPLE.TEST.', 'allowed'],
    ['bücher.test', 'xn--bcher-kva.test', 'allowed'],
    ['xn--bcher-kva.test', 'BÜCHER.test', 'allowed'],
    ['under_score.test', 'under_score.test', 'allowed'],
  ])('%s: %s is %s', (pattern, host, expected) => {
    expect(verdict({ [pattern]: 'allow' }, host)).toBe(expected);
  });

  it('opens nothing when there is none', () => {
    expect(verdict({}, 'a.test')).toBe('not_allowed');
  });

  it('is beaten by a denial, however wide it is and however narrow the denial', () => {
    expect(verdict({ '*': 'allow', 'bad.test': 'deny' }, 'bad.test')).toBe('denied');
    expect(verdict({ 'x.bad.test': 'allow', '*.bad.test': 'deny' }, 'x.bad.test')).toBe('denied');
    expect(verdict({ 'A.test': 'deny', 'a.test': 'allow' }, 'a.test')).toBe('denied');
    expect(verdict({ '*': 'deny', 'a.test': 'allow' }, 'a.test')).toBe('denied');
  });

  it.each<[string, RegExp]>([
    ['', /empty/],
    ['https://x.com', /scheme/],
    ['a b', /blank/],
    [' a.test', /blank/],
    ['a.test\n', /blank/],
    ['a.test:443', /port/],
    ['a.*.test', /star/],
    ['*a.test', /star/],
    ['**', /star/],
    ['*.', /no name/],
    ['a..test', /no name/],
    ['.a.test', /no name/],
    ['a.test/path', /no name/],
    ['exa%6dple.test', /no name/],
    ['user@a.test', /no name/],
    ['fe80::1%eth0', /no name/],
    ['*.127.0.0.1', /below an address/],
    [`${'a'.repeat(64)}.test`, /no name/],
    ['a\0.test', /no name/],
  ])('%j is refused with its reason and an example', (pattern, why) => {
    const parsed = parseDomainPolicy([[pattern, 'allow']]);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.problem.why).toMatch(why);
    expect(parsed.problem.next).toContain('*.example.com');
  });
});

describe('this machine and private networks', () => {
  it.each([
    'localhost',
    '127.0.0.1',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '[::1]',
    '::ffff:127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
    '0.0.0.0',
  ])('%s is not opened by a star, only by its own literal', (host) => {
    expect(verdict({ '*': 'allow' }, host)).toBe('not_allowed_local');
    expect(verdict({}, host)).toBe('not_allowed_local');
    expect(verdict({ '*': 'allow', [host]: 'allow' }, host)).toBe('allowed');
  });

  it('has one name for each address, so that a denial cannot be spelled around', () => {
    for (const host of ['127.1', '0x7f.1', '2130706433', '[::ffff:7f00:1]', '127.0.0.1.']) {
      expect(verdict({ '127.0.0.1': 'deny', '*': 'allow' }, host)).toBe('denied');
    }
  });

  it.each([
    ['127.0.0.1'],
    ['127.255.0.9'],
    ['::1'],
    ['::'],
    ['0.0.0.0'],
    ['10.0.0.1'],
    ['172.31.255.255'],
    ['192.168.1.1'],
    ['100.64.0.1'],
    ['100.100.100.200'],
    ['169.254.169.254'],
    ['168.63.129.16'],
    ['192.0.0.192'],
    ['224.0.0.1'],
    ['255.255.255.255'],
    ['::ffff:10.0.0.1'],
    ['::ffff:a9fe:a9fe'],
    ['::127.0.0.1'],
    ['fe80::1'],
    ['fc00::1'],
    ['fd00:ec2::254'],
    ['ff02::1'],
    ['64:ff9b::7f00:1'],
    ['64:ff9b:1::a00:1'],
    ['2002:7f00:1::'],
    ['2001:0:1:2:3:4:5:6'],
    ['93.184.216.34', '10.0.0.1'],
  ])('a listed name that resolves to %s is refused', (...addresses) => {
    expect(said(judgeAddresses(domains({ '*': 'allow' }), 'a.test', addresses))).toBe('not_allowed_local');
  });

  it.each([
    ['93.184.216.34'],
    ['172.32.0.1'],
    ['100.128.0.1'],
    ['2606:2800:220:1::1'],
    ['64:ff9b::808:808'],
    ['2002:808:808::1'],
  ])('a listed name that resolves to %s is open', (address) => {
    expect(said(judgeAddresses(domains({ 'a.test': 'allow' }), 'a.test', [address]))).toBe('allowed');
  });

  it('a denied address is denied under every name', () => {
    const policy = domains({ '*': 'allow', '93.184.216.34': 'deny' });
    expect(said(judgeAddresses(policy, 'a.test', ['::ffff:93.184.216.34']))).toBe('denied');
  });

  it('localhost may lead to loopback, and nowhere else', () => {
    const policy = domains({ localhost: 'allow' });
    expect(said(judgeAddresses(policy, 'localhost', ['127.0.0.1', '::1']))).toBe('allowed');
    expect(said(judgeAddresses(policy, 'localhost', ['127.0.0.1', '10.0.0.1']))).toBe('not_allowed_local');
  });
});

describe('a grant', () => {
  it('for a port opens that port', () => {
    const policy = withGrant(domains({}), grant('Api.test:8443'));
    expect(said(judgeHost(policy, { host: 'api.test', port: 8443 }))).toBe('allowed');
    expect(said(judgeHost(policy, { host: 'api.test', port: 443 }))).toBe('not_allowed');
    expect(said(judgeHost(policy, { host: 'x.api.test', port: 8443 }))).toBe('not_allowed');
  });

  it('for a host opens every port, and makes the grant for one needless', () => {
    const one = withGrant(withGrant(domains({}), grant('a.test:1')), grant('a.test'));
    expect(said(judgeHost(one, { host: 'a.test', port: 2 }))).toBe('allowed');
    expect(one).toEqual(domains({ 'a.test': 'allow' }));
  });

  it('opens a port of loopback, literally', () => {
    const policy = withGrant(domains({ '*': 'allow' }), grant('[::1]:8080'));
    expect(said(judgeHost(policy, { host: '0:0:0:0:0:0:0:1', port: 8080 }))).toBe('allowed');
    expect(said(judgeHost(policy, { host: '::1', port: 80 }))).toBe('not_allowed_local');
  });

  it('does not beat a denial', () => {
    const policy = withGrant(domains({ '**.bad.test': 'deny' }), grant('bad.test:443'));
    expect(said(judgeHost(policy, { host: 'bad.test', port: 443 }))).toBe('denied');
    expect(policy).toEqual(domains({ '**.bad.test': 'deny' }));
  });

  it.each(['', '*.a.test', '*', 'a.test:0', 'a.test:65536', 'a.test:', 'http://a.test', 'a b'])(
    'is not read from %j',
    (text) => {
      expect(parseHostGrant(text).ok).toBe(false);
    },
  );
});

describe('policies', () => {
  const label = fc.constantFrom('a', 'b', 'c');
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => [...labels, 'test'].join('.'));
  const host = fc.oneof(
    { weight: 8, arbitrary: name },
    fc.constantFrom('localhost', '127.0.0.1', '::1', '8.8.8.8', '10.0.0.1', 'test'),
  );
  const pattern = fc.oneof(
    { weight: 6, arbitrary: host },
    { weight: 4, arbitrary: name.map((domain) => `*.${domain}`) },
    { weight: 4, arbitrary: name.map((domain) => `**.${domain}`) },
    fc.constant('*'),
  );
  const access = fc.constantFrom<DomainAccess>('allow', 'deny');
  const entries = fc.array(fc.tuple(pattern, access), { maxLength: 8 });
  const grants = fc.array(fc.record({ host, port: fc.option(fc.constantFrom(80, 443), { nil: null }) }), {
    maxLength: 4,
  });
  type Entries = readonly (readonly [string, DomainAccess])[];

  function policyOf(list: Entries, opened: readonly HostGrant[]): DomainPolicy {
    const parsed = parseDomainPolicy(list);
    if (!parsed.ok) throw new Error(parsed.problem.what);
    return opened.reduce(withGrant, parsed.value);
  }

  /** The rules as a person would say them, one entry after the other. */
  function plainVerdict(list: Entries, opened: readonly HostGrant[], host: string, port: number): string {
    const isLocal = ['localhost', '127.0.0.1', '::1', '10.0.0.1'].includes(host);
    const fits = (text: string): boolean => {
      if (text === '*') return true;
      if (text.startsWith('**.')) return host === text.slice(3) || host.endsWith(text.slice(2));
      return text.startsWith('*.') ? host.endsWith(text.slice(1)) : text === host;
    };
    if (list.some(([text, to]) => to === 'deny' && fits(text))) return 'denied';
    const isListed = list.some(([text, to]) => to === 'allow' && fits(text) && (!isLocal || text === host));
    const isGranted = opened.some((one) => one.host === host && (one.port ?? port) === port);
    if (isListed || isGranted) return 'allowed';
    return isLocal ? 'not_allowed_local' : 'not_allowed';
  }

  it('judge as the plain rules do', () => {
    fc.assert(
      fc.property(entries, grants, host, fc.constantFrom(80, 443, 8080), (list, opened, target, port) => {
        const judged = said(judgeHost(policyOf(list, opened), { host: target, port }));
        expect(judged).toBe(plainVerdict(list, opened, target, port));
      }),
      { numRuns: 3000 },
    );
  });

  it('with the same meaning are equal, whatever the order, the spelling and what is said twice', () => {
    const respelled = fc.tuple(entries, grants, fc.infiniteStream(fc.nat(7)));
    fc.assert(
      fc.property(respelled, ([list, opened, stream]) => {
        const next = (below: number): number => (stream.next().value ?? 0) % below;
        const shuffled = <T>(items: readonly T[]): T[] =>
          items
            .map((item) => [next(8), item] as const)
            .sort(([a], [b]) => a - b)
            .map(([, item]) => item);
        const widened: Entries = list.flatMap(([text, to]): Entries => {
          // `**.x` is `x` and `*.x`; whatever is covered changes nothing.
          if (text.startsWith('**.') && next(2) === 0)
            return [
              [text.slice(3), to],
              [text.slice(1), to],
            ];
          if (text.startsWith('*.') && next(2) === 0)
            return [
              [text, to],
              [`b${text.slice(1)}`, to],
              [`**.c${text.slice(1)}`, to],
            ];
          return next(2) === 0
            ? [[text, to]]
            : [
                [text, to],
                [`${text}${/[a-z]$/.test(text) ? '.' : ''}`, to],
              ];
        });
        const again = policyOf(shuffled(widened), shuffled([...opened, ...opened]));
        expect(again).toEqual(policyOf(list, opened));
      }),
      { numRuns: 3000 },
    );
  });

  it('are equal only when they judge alike', () => {
    const hosts = [
      'a.test',
      'b.a.test',
      'c.b.a.test',
      'b.test',
      'c.test',
      'x.c.test',
      'test',
      'localhost',
      '127.0.0.1',
      '8.8.8.8',
      '10.0.0.1',
      'else',
    ];
    const judged = new Map<string, string>();
    fc.assert(
      fc.property(entries, grants, (list, opened) => {
        const policy = policyOf(list, opened);
        const all = hosts
          .flatMap((target) => [80, 443].map((port) => said(judgeHost(policy, { host: target, port }))))
          .join();
        const key = JSON.stringify(policy);
        expect(judged.get(key) ?? all).toBe(all);
        judged.set(key, all);
      }),
      { numRuns: 2000 },
    );
  });
});
