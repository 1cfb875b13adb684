// What sandbox-exec is told.

import { describe, expect, it } from 'vitest';
import { type BoundProfile, planLaunch } from '../../../src/sandbox/index.ts';

type Managed = Extract<BoundProfile, { type: 'managed' }>;

const base: Managed = {
  type: 'managed',
  name: 'dev',
  writableRoots: [],
  denied: [],
  hidden: [],
  network: 'restricted',
  unixSockets: [],
};

interface Told {
  readonly policy: string;
  readonly rules: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

function told(profile: Partial<Managed>): Told {
  const host = {
    platform: 'darwin',
    sandboxExec: '/usr/bin/sandbox-exec',
    userCacheDir: '/private/var/folders/c',
  } as const;
  const plan = planLaunch({ ...base, ...profile }, '/ws', host);
  if (!plan.ok || plan.value.backend !== 'seatbelt') throw new Error('no plan');
  const [flag, policy = '', ...rest] = plan.value.options;
  expect(flag).toBe('-p');
  const parameters = Object.fromEntries(rest.map((it) => /^-D(\w+)=(.*)$/s.exec(it)?.slice(1) ?? []));
  return { policy, rules: policy.split('\n'), parameters };
}

/** Every opening bracket outside a string or a pattern is closed, and none is closed twice. */
function isBalanced(policy: string): boolean {
  let depth = 0;
  for (const it of policy.replace(/^;.*$/gm, '').replace(/#?"(?:[^"\\]|\\.)*"/g, '')) {
    if (it === '(') depth += 1;
    if (it === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const everything: Partial<Managed> = {
  writableRoots: [{ path: '/w (s) "x"', readOnly: ['/w (s) "x"/a/b/docs'] }],
  denied: ['/etc/key'],
  hidden: ['/secret'],
  readable: ['/secret/open'],
  network: 'enabled',
  unixSockets: ['/tmp/b', '/tmp/a'],
};

describe('a Seatbelt policy', () => {
  it('denies by default and opens neither writes nor the network in a closed profile', () => {
    const { policy, rules, parameters } = told({});
    expect(rules.slice(0, 2)).toEqual(['(version 1)', '(deny default)']);
    expect(policy).not.toMatch(/network-outbound|network-bind|AF_UNIX|file-write\* \(subpath/);
    expect(parameters).toEqual({});
  });

  it('is one balanced text in which every path is a parameter, and every parameter is defined', () => {
    const { policy, parameters } = told(everything);
    expect(isBalanced(policy)).toBe(true);
    const used = [...policy.matchAll(/\(param "(\w+)"\)/g)].map((it) => it[1]);
    expect([...new Set(used)].sort()).toEqual(Object.keys(parameters).sort());
    expect(policy.replace(/#"[^"]*"/g, '')).not.toContain('(s)');
  });

  it('writes a root but not its carve-outs, nor any protected name there in any case', () => {
    const { rules } = told({ writableRoots: [{ path: '/ws', readOnly: ['/ws/docs'] }] });
    const rule = rules.find((it) => it.includes('WRITABLE_ROOT_0')) ?? '';
    expect(rule).toContain('(require-not (literal (param "WRITABLE_ROOT_0_EXCLUDED_0")))');
    expect(rule).toContain('(require-not (subpath (param "WRITABLE_ROOT_0_EXCLUDED_0")))');
    const patterns = [...rule.matchAll(/regex #"([^"]+)"/g)].map((it) => new RegExp(it[1] ?? ''));
    const isGuarded = (path: string): boolean => patterns.some((it) => it.test(path));
    expect(
      ['/ws/.git', '/ws/.GIT/hooks/x', '/ws/.codex', '/ws/.Agents/a', '/ws/.aws'].filter((it) => !isGuarded(it)),
    ).toEqual([]);
    expect(['/ws/.github', '/ws/x.git', '/ws/a/.git', '/wsx/.git'].filter(isGuarded)).toEqual([]);
  });

  it('closes denied places for reading, writing and moving after everything that opens them', () => {
    const { rules, parameters } = told({ writableRoots: [{ path: '/ws', readOnly: [] }], denied: ['/ws/a/key'] });
    const opened = rules.findIndex((it) => it.includes('(subpath (param "WRITABLE_ROOT_0"))'));
    const closed = rules.findIndex((it) => it.startsWith('(deny file-read* file-write*'));
    expect(closed).toBeGreaterThan(opened);
    expect(rules.filter((it) => it.startsWith('(deny file-write-unlink'))).toHaveLength(2);
    expect(parameters).toEqual({ WRITABLE_ROOT_0: '/ws', DENIED_0: '/ws/a/key', ANCESTOR_0: '/ws/a' });
  });

  it('emits socket rules also without a network, sorted, the same bytes for the same list', () => {
    const one = told({ unixSockets: ['/tmp/b', '/tmp/a', '/tmp/b'] });
    expect(one.parameters).toEqual({ UNIX_SOCKET_PATH_0: '/tmp/a', UNIX_SOCKET_PATH_1: '/tmp/b' });
    expect(one.rules.filter((it) => it.includes('AF_UNIX'))).toHaveLength(1);
    expect(one).toEqual(told({ unixSockets: ['/tmp/a', '/tmp/b'] }));
    expect(one.policy).not.toContain('(allow network-outbound)');
  });

  it('opens the whole network with its services and the certificate cache', () => {
    const { policy, parameters } = told({ network: 'enabled' });
    expect(policy).toContain('(allow network-outbound)');
    expect(policy).toContain('com.apple.trustd.agent');
    expect(parameters).toEqual({ DARWIN_USER_CACHE_DIR: '/private/var/folders/c' });
  });
});
