// What sandbox-exec is told.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BoundProfile } from '../../../src/sandbox/index.ts';
import { planMacos } from '../../../src/sandbox/plan/macos.ts';
import { composeAccess } from '../../../src/sandbox/profile/compose.ts';
import { nearestFolder } from '../../../src/sandbox/profile/paths.ts';
import { openPolicy, type PolicyAccess, type Precedence } from '../policy/decide.ts';
import { parsePolicy } from '../policy/parse.ts';
import { nothingOpen } from '../sandboxed.ts';

type Managed = Extract<BoundProfile, { type: 'managed' }>;

const base: Managed = { ...nothingOpen, localBinding: false };
const host = {
  platform: 'darwin',
  sandboxExec: '/usr/bin/sandbox-exec',
  userCacheDir: '/private/var/folders/c',
} as const;

interface Told {
  readonly policy: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly options: readonly string[];
  allows(operation: string, at: string | Omit<PolicyAccess, 'operation'>, precedence?: Precedence): boolean;
}

function told(profile: Partial<Managed>, proxyPort: number | null = null): Told {
  const plan = planMacos({ ...base, ...profile }, host, proxyPort);
  if (!plan.ok || plan.value.backend !== 'seatbelt') throw new Error('no plan');
  expect(plan.value.program).toBe('/usr/bin/sandbox-exec');
  const { options } = plan.value;
  const [flag, policy = '', ...rest] = options;
  expect(flag).toBe('-p');
  const parameters = Object.fromEntries(rest.map((it) => /^-D(\w+)=(.*)$/s.exec(it)?.slice(1) ?? []));
  const decide = openPolicy(policy, parameters);
  return {
    policy,
    parameters,
    options,
    allows: (operation, at, precedence) =>
      decide({ operation, ...(typeof at === 'string' ? { path: at } : at) }, precedence) === 'allow',
  };
}

/** The rules about hosts and sockets, as they are written. */
function networkText(profile: Partial<Managed>, proxyPort: number | null = null): string[] {
  const { policy } = told(profile, proxyPort);
  return policy.slice(policy.indexOf('; network and sockets')).split('\n').slice(1);
}

/** Names that mean something to the policy, to an expression, or to sandbox-exec. */
const oddName = fc
  .string({ unit: fc.constantFrom(...'aA.*?[]()"\\;#$^{}|+ \'\n=-é'), minLength: 1, maxLength: 6 })
  .filter((it) => it !== '.' && it !== '..');
const oddPath = fc.array(oddName, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`);
const somePaths = fc.array(oddPath, { maxLength: 3 });

describe('a Seatbelt policy', () => {
  it('denies by default, and a profile that opens nothing opens neither writes nor the network', () => {
    const { policy, parameters, allows } = told({});
    expect(policy.split('\n').slice(0, 2)).toEqual(['(version 1)', '(deny default)']);
    expect(parameters).toEqual({});
    expect(allows('file-read-data', '/x')).toBe(true);
    expect(allows('file-write-create', '/x')).toBe(false);
    expect(networkText({})).toEqual([]);
  });

  it('holds every path as a parameter, and every parameter it uses is told, whatever the paths are', () => {
    const anyProfile = fc.record({
      readsEverything: fc.boolean(),
      writableRoots: fc.array(fc.record({ path: oddPath, readOnly: somePaths }), { maxLength: 2 }),
      denied: somePaths,
      hidden: somePaths,
      readable: somePaths,
      links: fc.array(fc.record({ path: oddPath, target: oddPath }), { maxLength: 2 }),
      deniedPatterns: fc.array(
        oddPath.map((it) => `${it}/*`),
        { maxLength: 2 },
      ),
      absentNames: somePaths,
      unixSockets: somePaths,
      deniedUnixSockets: somePaths,
      allUnixSockets: fc.boolean(),
      localBinding: fc.boolean(),
      network: fc.constantFrom('restricted', 'proxied', 'enabled'),
    });
    fc.assert(
      fc.property(anyProfile, (profile) => {
        const { policy, parameters } = told(profile, 3128);
        expect(() => parsePolicy(policy)).not.toThrow();
        const used = [...policy.matchAll(/\(param "(\w+)"\)/g)].map((it) => it[1]);
        expect([...new Set(used)].sort()).toEqual(Object.keys(parameters).sort());
      }),
      { numRuns: 200 },
    );
  });

  it('lets the longest path win, by whichever rule decides', () => {
    const names = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 4 });
    const path = names.map((it) => `/${it.join('/')}`);
    const entry = fc.tuple(path, fc.constantFrom('read', 'write', 'deny'));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), fc.constantFrom('read', null), path, (entries, root, asked) => {
        const access = new Map(entries);
        if (root !== null) access.set('/', root);
        const { allows } = told(composeAccess(access, () => true));
        const nearest = access.get(nearestFolder(asked, access.keys()) ?? '') ?? 'deny';
        for (const precedence of ['closest', 'last'] as const) {
          expect(allows('file-read-data', asked, precedence)).toBe(nearest !== 'deny');
          expect(allows('file-write-data', asked, precedence)).toBe(nearest === 'write');
          expect(allows('file-write-create', asked, precedence)).toBe(nearest === 'write');
          // A root itself stays where it is.
          expect(allows('file-write-unlink', asked, precedence) && nearest !== 'write').toBe(false);
          expect(allows('file-write-unlink', `${asked}/c`, precedence)).toBe(nearest === 'write');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('writes everywhere where / is writable, but for what is closed', () => {
    const { allows } = told({
      writableRoots: [{ path: '/', readOnly: ['/ws/docs'] }],
      absentNames: ['/.git'],
      denied: ['/etc/key'],
    });
    expect(allows('file-write-create', '/ws/new')).toBe(true);
    expect(allows('file-write-unlink', '/ws/new')).toBe(true);
    for (const path of ['/ws/docs', '/ws/docs/x', '/.git', '/.GIT/x', '/etc/key']) {
      expect(allows('file-write-create', path)).toBe(false);
      expect(allows('file-write-unlink', path)).toBe(false);
    }
    // Nor do the folders above them move away.
    expect([allows('file-write-unlink', '/ws'), allows('file-write-unlink', '/etc')]).toEqual([false, false]);
  });

  it('guards names that are not there in any case, and not where the profile does not', () => {
    const { allows } = told({
      writableRoots: [{ path: '/w.s', readOnly: ['/w.s/.codex'] }],
      absentNames: ['/w.s/.git'],
    });
    const guarded = ['/w.s/.git', '/w.s/.GIT/hooks/x', '/w.s/.Codex', '/w.s/.codex/a'];
    expect(guarded.filter((it) => allows('file-write-create', it))).toEqual([]);
    const free = ['/w.s/.github', '/w.s/x.git', '/w.s/a/.git', '/w.s/.agents'];
    expect(free.filter((it) => !allows('file-write-create', it))).toEqual([]);
    expect(allows('file-write-create', '/wxs/.git')).toBe(false);
  });

  it.each<[string, string[], string[]]>([
    ['/ws/**/*.env', ['/ws/a.env', '/ws/b/c/.env', '/ws/a.env/x'], ['/ws/a.envx', '/wsa.env', '/ws/env']],
    ['/ws/*.pem', ['/ws/a.pem'], ['/ws/a/b.pem', '/ws/aXpem']],
    ['/ws/k?y', ['/ws/key', '/ws/k.y'], ['/ws/k/y', '/ws/ky']],
    ['/ws/[ab].txt', ['/ws/a.txt'], ['/ws/c.txt']],
    ['/ws/[!ab].txt', ['/ws/c.txt'], ['/ws/a.txt']],
    ['/ws/[x.txt*', ['/ws/[x.txt', '/ws/[x.txt1'], ['/ws/x.txt']],
    ['/w+s/(a)/*', ['/w+s/(a)/x'], ['/wws/a/x']],
    ['/ws/"a"*', ['/ws/"a"b'], ['/ws/a']],
    ['/ws/["x]*', ['/ws/"1', '/ws/x1'], ['/ws/']],
    ['/ws/**', ['/ws/a', '/ws/a/b'], ['/wsa']],
  ])('closes what %s matches, and what comes later', (glob, closed, open) => {
    const { allows } = told({ writableRoots: [{ path: '/', readOnly: [] }], deniedPatterns: [glob] });
    for (const operation of ['file-read-data', 'file-write-create', 'file-write-unlink', 'process-exec']) {
      expect(closed.filter((it) => allows(operation, it))).toEqual([]);
      expect(open.filter((it) => !allows(operation, it))).toEqual([]);
    }
    expect(allows('file-write-unlink', glob.split('/').slice(0, 2).join('/'))).toBe(false);
  });

  it('says a long list in several rules, and each in lines that can be read', () => {
    const denied = Array.from({ length: 2000 }, (_, index) => `/ws/secret/${index}`);
    const { policy, allows } = told({ writableRoots: [{ path: '/ws', readOnly: [] }], denied });
    const lengths = policy.split('\n(').map((rule) => rule.length);
    expect(Math.max(...lengths)).toBeLessThan(5000);
    expect(Math.max(...policy.split('\n').map((line) => line.length))).toBeLessThan(200);
    expect(denied.filter((it) => allows('file-read-data', it))).toEqual([]);
  });

  it('keeps the folder of a name that is not there in its place', () => {
    const { allows } = told({ writableRoots: [{ path: '/ws', readOnly: [] }], absentNames: ['/ws/a/.git'] });
    expect([allows('file-write-unlink', '/ws/a'), allows('file-write-unlink', '/ws/b')]).toEqual([false, true]);
  });

  it('reads from the outermost place to the innermost, unlinking named in each rule', () => {
    const { policy } = told({
      writableRoots: [
        { path: '/ws', readOnly: ['/ws/docs'] },
        { path: '/ws/shut/open', readOnly: [] },
      ],
      hidden: ['/ws/shut'],
      deniedPatterns: ['/ws/*.env'],
    });
    const [, files = ''] = /last decides\n(.*?)\n\n/s.exec(policy) ?? [];
    expect(files.split('\n')).toEqual([
      '(allow file-read* file-map-executable)',
      '(allow file-read* file-map-executable process-exec file-write* file-write-unlink (subpath (param "WRITABLE_ROOT_0")))',
      '(deny file-write* file-write-unlink',
      '  (literal (param "READ_ONLY_0"))',
      '  (subpath (param "READ_ONLY_0"))',
      '  (regex #"^/ws/[dD][oO][cC][sS](/.*)?$"))',
      '(deny file-read* file-map-executable process-exec file-write* file-write-unlink',
      '  (literal (param "DENIED_0"))',
      '  (subpath (param "DENIED_0")))',
      '(allow file-read* file-map-executable process-exec file-write* file-write-unlink (subpath (param "WRITABLE_ROOT_1")))',
      '(deny file-read* file-map-executable process-exec file-write* file-write-unlink (regex #"^/ws/[^/]*\\.env(/.*)?$"))',
      '(allow file-read-metadata (literal (param "PASSAGE_0")))',
      '(deny file-write-unlink',
      '  (literal (param "ANCESTOR_0"))',
      '  (literal (param "ANCESTOR_1")))',
    ]);
  });

  it('lets a program find its way to what is open below what is not, and see nothing on the way', () => {
    const { allows } = told({ hidden: ['/secret'], readable: ['/secret/a/open'], unixSockets: ['/secret/run/x.sock'] });
    const way = ['/secret', '/secret/a', '/secret/run', '/secret/run/x.sock'];
    expect(way.filter((it) => !allows('file-read-metadata', it))).toEqual([]);
    expect([...way, '/secret/b'].filter((it) => allows('file-read-data', it))).toEqual([]);
    expect(allows('file-read-metadata', '/secret/b')).toBe(false);
  });

  it('starts programs of the system where only some folders are readable, and shows its links', () => {
    const { allows } = told({
      readsEverything: false,
      readable: ['/opt/tool'],
      links: [{ path: '/opt/link', target: 'tool' }],
      denied: ['/private/etc/key'],
    });
    for (const path of ['/bin/sh', '/usr/lib/dyld', '/opt/tool/bin']) {
      for (const operation of ['file-read-data', 'file-map-executable', 'process-exec'])
        expect(allows(operation, path)).toBe(true);
    }
    expect([allows('file-read-data', '/'), allows('file-read-data', '/private/etc/hosts')]).toEqual([true, true]);
    expect([
      allows('file-read-metadata', '/opt/link'),
      allows('file-read-metadata', '/opt'),
      allows('file-read-metadata', '/tmp'),
    ]).toEqual([true, true, true]);
    const closed = ['/private/etc/key', '/opt', '/opt/other', '/Users/u/.ssh/id', '/private/tmp/x', '/dev/ttys004'];
    expect(closed.filter((it) => allows('file-read-data', it) || allows('process-exec', it))).toEqual([]);
  });
});

describe('the network of a Seatbelt policy', () => {
  it('is the whole block with the certificate cache, and no socket but that of name look-ups', () => {
    const { policy, parameters, allows } = told({ network: 'enabled' });
    for (const service of [
      'bsd.dirhelper',
      'system.opendirectoryd.membership',
      'SecurityServer',
      'networkd',
      'ocspd',
      'trustd.agent',
      'SystemConfiguration.DNSConfiguration',
      'SystemConfiguration.configd',
    ]) {
      expect(policy).toContain(`(global-name "com.apple.${service}")`);
    }
    expect(parameters).toEqual({ DARWIN_USER_CACHE_DIR: '/private/var/folders/c' });
    expect(allows('file-write-create', '/private/var/folders/c/x')).toBe(true);
    expect(allows('network-outbound', { remote: '192.0.2.1:443' })).toBe(true);
    expect(allows('network-outbound', { unixSocket: '/var/run/docker.sock' })).toBe(false);
    expect(allows('network-outbound', { unixSocket: '/private/var/run/mDNSResponder' })).toBe(true);
  });

  it('leaves the certificate cache closed where the profile closes a folder above it', () => {
    const { allows } = told({ network: 'enabled', hidden: ['/private/var'] });
    expect(allows('file-write-create', '/private/var/folders/c/x')).toBe(false);
  });

  it('is the proxy alone, or nothing where there is none', () => {
    expect(networkText({ network: 'proxied' }, 3128)).toEqual([
      '(allow network-outbound (remote ip "localhost:3128"))',
    ]);
    expect(networkText({ network: 'proxied' })).toEqual([]);
    expect(networkText({ network: 'restricted' }, 3128)).toEqual([]);
  });

  it('is single servers of the machine, and no other port', () => {
    expect(networkText({ localPorts: [5432, 3000] })).toEqual([
      '(allow network-outbound (remote ip "localhost:5432"))',
      '(allow network-outbound (remote ip "localhost:3000"))',
    ]);
    const { allows } = told({ localPorts: [5432] });
    expect(allows('network-outbound', { remote: 'localhost:5432' })).toBe(true);
    expect(allows('network-outbound', { remote: 'localhost:5433' })).toBe(false);
    expect(allows('network-outbound', { remote: '192.0.2.1:5432' })).toBe(false);
  });

  it('has servers of its own where they are wanted', () => {
    const rules = [
      '(allow network-bind (local ip "*:*"))',
      '(allow network-inbound (local ip "localhost:*"))',
      '(allow network-outbound (remote ip "localhost:*"))',
    ];
    expect(networkText({ localBinding: true })).toEqual(rules);
    expect(networkText({ network: 'proxied', localBinding: true }, 1)).toEqual([
      '(allow network-outbound (remote ip "localhost:1"))',
      ...rules,
    ]);
  });

  it('lists sockets sorted and once, the same bytes for the same list, also without any host', () => {
    const one = told({ unixSockets: ['/tmp/b', '/tmp/a', '/tmp/b'] });
    expect(one.options).toEqual(told({ unixSockets: ['/tmp/a', '/tmp/b'] }).options);
    expect(networkText({ unixSockets: ['/tmp/b', '/tmp/a'] })).toEqual([
      '(allow system-socket (socket-domain AF_UNIX))',
      '(allow network-bind (local unix-socket (subpath (param "UNIX_SOCKET_PATH_0"))))',
      '(allow network-outbound (remote unix-socket (subpath (param "UNIX_SOCKET_PATH_0"))))',
      '(allow network-bind (local unix-socket (subpath (param "UNIX_SOCKET_PATH_1"))))',
      '(allow network-outbound (remote unix-socket (subpath (param "UNIX_SOCKET_PATH_1"))))',
    ]);
    expect(one.parameters).toEqual({ UNIX_SOCKET_PATH_0: '/tmp/a', UNIX_SOCKET_PATH_1: '/tmp/b' });
  });

  it('opens every socket when told so, but for those that are closed, as files too', () => {
    const { allows } = told({ allUnixSockets: true, deniedUnixSockets: ['/run/shut'], deniedPatterns: ['/ws/*.sock'] });
    expect(networkText({ allUnixSockets: true })).toEqual([
      '(allow system-socket (socket-domain AF_UNIX))',
      '(allow network-bind (local unix-socket))',
      '(allow network-outbound (remote unix-socket))',
    ]);
    const open = (unixSocket: string): boolean[] =>
      ['network-bind', 'network-outbound'].map((it) => allows(it, { unixSocket }));
    expect([open('/x'), open('/run/shut/x'), open('/ws/a.sock')]).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
    expect(allows('file-read-data', '/run/shut/x')).toBe(false);
  });
});
