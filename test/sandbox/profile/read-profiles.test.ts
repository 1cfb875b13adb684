// What the tables of profiles say, and what is said about wrong ones.

import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { builtInProfile, type NamedProfile, profileNamed, readProfiles } from '../../../src/sandbox/index.ts';

function read(text: string) {
  const { permissions } = parse(text);
  if (typeof permissions !== 'object' || Array.isArray(permissions) || permissions instanceof Date)
    throw new Error('no table');
  return readProfiles(permissions);
}

function managed(profile: NamedProfile | undefined) {
  if (profile?.profile.type !== 'managed') throw new Error('expected a managed profile');
  return profile.profile;
}

function only(text: string) {
  const { profiles, issues } = read(text);
  expect(issues).toEqual([]);
  return managed(profiles.get('dev'));
}

describe('a profile of the person', () => {
  it('says everything its table says', () => {
    const { entries, network, globScanMaxDepth, workspaceRoots } = only(`
      [permissions.dev]
      description = "for work"
      [permissions.dev.workspace_roots]
      "/srv/second" = true
      "/srv/third" = false
      [permissions.dev.filesystem]
      glob_scan_max_depth = 3
      ":root" = "read"
      ":minimal" = "read"
      ":tmpdir" = "write"
      "~/.cache/pip/**" = "write"
      "/etc/shadow" = "none"
      "/opt/**/*.pem" = "deny"
      [permissions.dev.filesystem.":project_roots"]
      "." = "write"
      docs = "read"
      "**/*.env" = "deny"
      [permissions.dev.network]
      enabled = true
      domains = { "Example.com." = "allow", "*.example.org" = "allow", "bad.example.org" = "deny" }
      unix_sockets = { "/run/docker.sock" = "allow", "/run/x" = "none" }
      allow_unix_sockets = ["/tmp/y.sock"]
      allow_local_binding = false
      local_ports = { "5432" = "allow", "3000" = "deny" }
      enable_socks5 = false
      allow_upstream_proxy = false
    `);
    expect(entries).toEqual([
      { path: { type: 'special', place: 'root' }, access: 'read' },
      { path: { type: 'special', place: 'minimal' }, access: 'read' },
      { path: { type: 'special', place: 'tmpdir' }, access: 'write' },
      { path: { type: 'path', path: '~/.cache/pip' }, access: 'write' },
      { path: { type: 'path', path: '/etc/shadow' }, access: 'deny' },
      { path: { type: 'glob', pattern: '/opt/**/*.pem' }, access: 'deny' },
      { path: { type: 'special', place: 'workspace_roots' }, access: 'write' },
      { path: { type: 'special', place: 'workspace_roots', subpath: 'docs' }, access: 'read' },
      { path: { type: 'glob', pattern: '**/*.env', place: 'workspace_roots' }, access: 'deny' },
    ]);
    expect(globScanMaxDepth).toBe(3);
    expect(workspaceRoots).toEqual(['/srv/second']);
    expect(network).toEqual({
      access: 'proxied',
      hosts: [
        { pattern: '*.example.org', access: 'allow' },
        { pattern: 'bad.example.org', access: 'deny' },
        { pattern: 'example.com', access: 'allow' },
      ],
      mode: 'full',
      socks: false,
      upstreamProxy: false,
      localBinding: false,
      localPorts: [5432],
      unixSockets: ['/run/docker.sock', '/tmp/y.sock'],
      deniedUnixSockets: ['/run/x'],
      allUnixSockets: false,
    });
  });

  it('takes what it does not say from what it extends, and its own line wins', () => {
    const profile = only(`
      [permissions.base]
      extends = ":workspace"
      [permissions.base.network]
      enabled = true
      domains = { "a.test" = "allow", "b.test" = "allow" }
      [permissions.dev]
      extends = "base"
      [permissions.dev.filesystem]
      ":slash_tmp" = "read"
      [permissions.dev.network]
      domains = { "b.test" = "deny" }
    `);
    const [, , slashTmp] = profile.entries;
    expect(slashTmp).toEqual({ path: { type: 'special', place: 'slash_tmp' }, access: 'read' });
    expect(profile.entries).toHaveLength(4);
    expect(profile.network.hosts).toEqual([
      { pattern: 'a.test', access: 'allow' },
      { pattern: 'b.test', access: 'deny' },
    ]);
  });

  it.each([
    ['', 'restricted'],
    ['enabled = true', 'enabled'],
    ['enabled = false', 'restricted'],
    ['domains = { "a.test" = "allow" }', 'proxied'],
    ['mode = "limited"', 'proxied'],
    ['enabled = true\nmode = "limited"', 'proxied'],
  ])('has for its network %j: %s', (text, access) => {
    const profile = only(`[permissions.dev]\nextends = ":workspace"\n[permissions.dev.network]\n${text}\n`);
    expect(profile.network.access).toBe(access);
  });

  it('is a built-in one or one of the tables', () => {
    const { profiles } = read('[permissions.dev]\nextends = ":read-only"\n');
    expect(profileNamed('dev', profiles)?.name).toBe('dev');
    expect(profileNamed(':workspace', profiles)).toEqual(builtInProfile(':workspace'));
    expect(profileNamed(':workspace-write', profiles)).toBeNull();
  });
});

/** Table, the key that is complained about, and words of the complaint. */
const wrong: readonly (readonly [text: string, key: string, words: string])[] = [
  ['extends = ":workspace-write"', 'extends', 'Possible: :read-only, :workspace'],
  ['extends = ":danger-full-access"', 'extends', 'cannot be extended'],
  ['extends = "gone"', 'extends', 'Possible: :read-only, :workspace, other'],
  ['extends = "dev"', 'extends', 'dev -> dev'],
  ['', '', 'Add extends = ":workspace"'],
  ['filesystem = {}', '', 'Add extends = ":workspace"'],
  ['filesystem = { foo = "read" }', 'filesystem.foo', 'neither absolute nor below ~/'],
  ['filesystem = { ":cwd" = "read" }', 'filesystem.:cwd', ':root, :minimal, :workspace_roots'],
  ['filesystem = { "/x" = "wrote" }', 'filesystem./x', 'Allowed: "read", "write", "deny"'],
  ['filesystem = { "/x/*.env" = "read" }', 'filesystem./x/*.env', 'can only be "deny"'],
  ['filesystem = { ":root" = "read", glob_scan_max_depth = 0 }', 'filesystem.glob_scan_max_depth', 'at least 1'],
  ['filesystem = { ":workspace_roots" = { "../y" = "read" } }', 'filesystem.:workspace_roots.../y', 'no path below'],
  ['filesystem = { ":workspace_roots" = { "a/./b" = "read" } }', 'filesystem.:workspace_roots.a/./b', 'no path below'],
  ['filesystem = { "/x" = { a = "read" } }', 'filesystem./x', 'no place that has subpaths'],
  ['workspace_roots = { "x" = true }', 'workspace_roots.x', 'neither absolute'],
  ['network = { mode = "foo" }', 'network.mode', '"full", "limited"'],
  ['network = { enabled = "yes" }', 'network.enabled', 'Allowed: true, false'],
  ['network = { enabled = false, domains = { "a.b" = "allow" } }', 'network.domains', 'no effect'],
  ['network = { domains = { "https://x.com" = "allow" } }', 'network.domains.https://x.com', 'a scheme'],
  ['network = { domains = { "x.com:80" = "allow" } }', 'network.domains.x.com:80', 'a port'],
  ['network = { domains = { "a.*.com" = "allow" } }', 'network.domains.a.*.com', 'only in front'],
  ['network = { local_ports = [5432] }', 'network.local_ports', 'is a table'],
  ['network = { local_ports = { "0" = "allow" } }', 'network.local_ports.0', 'is no port'],
  ['network = { local_ports = { "65536" = "allow" } }', 'network.local_ports.65536', 'is no port'],
  ['network = { local_ports = { "80" = true } }', 'network.local_ports.80', 'Allowed: "allow", "deny"'],
  ['network = { domains = { "" = "allow" } }', 'network.domains.', 'it is empty'],
  ['network = { domains = { "x.com" = "maybe" } }', 'network.domains.x.com', 'Allowed: "allow", "deny"'],
  ['network = { unix_sockets = { "a.sock" = "allow" } }', 'network.unix_sockets.a.sock', 'neither absolute'],
  ['network = { allow_unix_sockets = ["a.sock"] }', 'network.allow_unix_sockets.0', 'neither absolute'],
  ['network = { enable_socks5_udp = true }', 'network.enable_socks5_udp', 'cannot be carried out'],
  [
    'network = { dangerously_allow_non_loopback_proxy = true }',
    'network.dangerously_allow_non_loopback_proxy',
    'cannot be',
  ],
  ['network = { mitm = { enabled = true } }', 'network.mitm', 'cannot be carried out'],
];

describe('a wrong profile', () => {
  it.each(wrong)('%s', (text, key, words) => {
    const base = text.includes('extends') || !/network|workspace_roots =/.test(text) ? '' : 'extends = ":workspace"\n';
    const { profiles, issues } = read(
      `[permissions.other]\nextends = ":workspace"\n[permissions.dev]\n${base}${text}\n`,
    );
    const errors = issues.filter(({ level }) => level === 'error');
    expect(errors.map(({ path }) => path.join('.'))).toContain(['dev', ...(key === '' ? [] : [key])].join('.'));
    expect(errors.map(({ what, why, next }) => `${what} ${why} ${next}`).join('\n')).toContain(words);
    expect([...profiles.keys()]).toEqual(['other']);
  });

  it('may not be called like a built-in one, and cycles are shown', () => {
    expect(read('[permissions.":mine"]\nextends = ":workspace"\n').issues[0]?.what).toContain('begins with a colon');
    const { issues } = read('[permissions.a]\nextends = "b"\n[permissions.b]\nextends = "a"\n');
    expect(issues.map(({ what }) => what).join(' ')).toContain('a -> b -> a');
  });

  it.each([
    ['foo = 1', 'foo'],
    ['network = { bar = 1 }', 'network.bar'],
    ['network = { proxy_url = "http://127.0.0.1:1" }', 'network.proxy_url'],
    ['network = { socks_url = "socks5h://127.0.0.1:1" }', 'network.socks_url'],
  ])('with a key that has no effect stays in force, and the key is named: %s', (text, key) => {
    const { profiles, issues } = read(`[permissions.dev]\nextends = ":workspace"\n${text}\n`);
    expect(issues.map(({ level, path }) => [level, path.join('.')])).toEqual([['warning', `dev.${key}`]]);
    expect(profiles.has('dev')).toBe(true);
  });
});
