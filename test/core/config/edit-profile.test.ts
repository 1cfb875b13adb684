// Grants that are written into a configuration: what the text becomes, what it means then, and what is refused.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/config/config.ts';
import { editForGrants, writeConfig } from '../../../src/core/config/edit-profile.ts';
import { editWithout } from '../../../src/core/config/edit-without.ts';
import { sandboxOf } from '../../../src/core/config/sandbox-of.ts';
import {
  builtInProfile,
  canonicalProfile,
  type Grant,
  type Profile,
  readProfiles,
  widenProfile,
} from '../../../src/sandbox/index.ts';

const write = (place: string): Grant => ({ kind: 'write', path: place });
const read = (place: string): Grant => ({ kind: 'read', path: place });
const server = (port: number): Grant => ({ kind: 'local_port', port });
const socket = (place: string): Grant => ({ kind: 'unix_socket', path: place });
const host = (name: string, port: number | null = null): Grant => ({ kind: 'host', host: name, port });
const network: Grant = { kind: 'network' };

function edited(text: string, grants: readonly Grant[], profile = 'dev') {
  const result = editForGrants(text, profile, grants);
  if (!result.ok) throw new Error(`${result.problem.what} ${result.problem.why} ${result.problem.next}`);
  return result.value;
}

function refused(text: string, grants: readonly Grant[], profile = 'dev') {
  const result = editForGrants(text, profile, grants);
  if (result.ok) throw new Error(`expected a refusal, got ${result.value.added}`);
  return result.problem;
}

function inForce(text: string): Profile {
  const { config, problems } = readConfig(text, 'config.toml');
  expect(problems.filter(({ level }) => level === 'error')).toEqual([]);
  return sandboxOf(config, { cwd: '/', home: '/root' }).profile;
}

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('');

describe('a grant in a profile of the person', () => {
  it('goes below the last key of the table that is there, with its indentation, and the rest stays', () => {
    const text = lines(
      '# mine',
      'model = "x" # the model',
      '[permissions.dev] # work',
      'extends = ":workspace"',
      '  [permissions.dev.filesystem]',
      '  "/a" = "read" # one',
      '  # and nothing else',
      '',
      '[tui]',
    );
    const { text: after, added, profile } = edited(text, [write('/srv/x'), read('/srv/y z')]);
    expect(added).toBe(lines('  "/srv/x" = "write"', '  "/srv/y z" = "read"'));
    expect(after).toBe(text.replace('# one\n', `# one\n${added}`));
    expect(profile).toBe('dev');
  });

  it('gets a header of its own, after what belongs to the profile, where the table is not there', () => {
    const text = lines(
      '[permissions.dev]',
      'extends = ":workspace"',
      '# of dev',
      '',
      '# of other',
      '[permissions.other]',
      'extends = ":workspace"',
    );
    const { text: after, added } = edited(text, [
      write('/a'),
      host('Example.com', 443),
      server(5432),
      socket('/run/x.sock'),
    ]);
    expect(added).toBe(
      lines(
        '[permissions.dev.filesystem]',
        '"/a" = "write"',
        '[permissions.dev.network.domains]',
        '"example.com" = "allow" # every port',
        '[permissions.dev.network.local_ports]',
        '5432 = "allow"',
        '[permissions.dev.network.unix_sockets]',
        '"/run/x.sock" = "allow"',
      ),
    );
    expect(after).toBe(
      lines(
        '[permissions.dev]',
        'extends = ":workspace"',
        '# of dev',
        '',
        '[permissions.dev.filesystem]',
        '"/a" = "write"',
        '',
        '[permissions.dev.network.domains]',
        '"example.com" = "allow" # every port',
        '',
        '[permissions.dev.network.local_ports]',
        '5432 = "allow"',
        '',
        '[permissions.dev.network.unix_sockets]',
        '"/run/x.sock" = "allow"',
        '',
        '# of other',
        '[permissions.other]',
        'extends = ":workspace"',
      ),
    );
  });

  it('follows each way a table can be written', () => {
    const cases: readonly [before: string, grants: readonly Grant[], after: string][] = [
      // A comment right above a header belongs to that header.
      [
        '[permissions.dev]\nextends = ":workspace"\n# next\n[tui]\n',
        [network],
        '[permissions.dev]\nextends = ":workspace"\n\n[permissions.dev.network]\nenabled = true\n\n# next\n[tui]\n',
      ],
      // Dotted keys, from the root and from the profile.
      [
        'permissions.dev.extends = ":workspace"\n[tui]\n',
        [write('/a')],
        'permissions.dev.extends = ":workspace"\npermissions.dev.filesystem."/a" = "write"\n[tui]\n',
      ],
      [
        '[permissions.dev]\nextends = ":workspace"\nnetwork.mode = "full"\ndescription = "x"\n',
        [host('a.example')],
        '[permissions.dev]\nextends = ":workspace"\nnetwork.mode = "full"\nnetwork.domains."a.example" = "allow"\ndescription = "x"\n',
      ],
      [
        '[permissions]\ndev.extends = ":workspace"\n',
        [network],
        '[permissions]\ndev.extends = ":workspace"\ndev.network.enabled = true\n',
      ],
      // Tables in braces, with and without something in them, a comma or a comment at the end, over several lines.
      [
        '[permissions.dev]\nextends = ":workspace"\n[permissions.dev.network]\ndomains = { "a.example" = "allow" } # few\n',
        [host('b.example')],
        '[permissions.dev]\nextends = ":workspace"\n[permissions.dev.network]\ndomains = { "a.example" = "allow", "b.example" = "allow" } # few\n',
      ],
      [
        '[permissions.dev]\nextends = ":workspace"\nfilesystem = {}\n',
        [write('/a'), write('/b')],
        '[permissions.dev]\nextends = ":workspace"\nfilesystem = { "/a" = "write", "/b" = "write" }\n',
      ],
      [
        '[permissions.dev]\nextends = ":workspace"\nfilesystem = {\n  "/z" = "read", # last\n  # end\n}\n',
        [write('/a')],
        '[permissions.dev]\nextends = ":workspace"\nfilesystem = {\n  "/z" = "read", "/a" = "write", # last\n  # end\n}\n',
      ],
      [
        'permissions = { dev = { extends = ":workspace" } }\n',
        [socket('/s'), network],
        'permissions = { dev = { extends = ":workspace", network.unix_sockets."/s" = "allow", network.enabled = true } }\n',
      ],
      // Only a table below it is there.
      [
        '[permissions.dev.filesystem.":workspace_roots"]\n"." = "write"\n',
        [read('/')],
        '[permissions.dev.filesystem.":workspace_roots"]\n"." = "write"\n\n[permissions.dev.filesystem]\n"/" = "read"\n',
      ],
      // A weaker value gives way in its place.
      [
        '[permissions.dev]\nextends = ":workspace"\n[permissions.dev.filesystem]\n\'/a\' = "read" # why\n',
        [write('/a')],
        '[permissions.dev]\nextends = ":workspace"\n[permissions.dev.filesystem]\n\'/a\' = "write" # why\n',
      ],
      // Names that need quotes, strings that look like tables.
      [
        '[permissions."my dev"]\nextends = ":workspace"\ndescription = """\n[permissions."my dev".filesystem]\n"""\n',
        [write('/a "b"')],
        '[permissions."my dev"]\nextends = ":workspace"\ndescription = """\n[permissions."my dev".filesystem]\n"""\n\n[permissions."my dev".filesystem]\n"/a \\"b\\"" = "write"\n',
      ],
      // No end of line at the end, a byte order mark, line ends of Windows.
      [
        '[permissions.dev]\nextends = ":workspace"',
        [network],
        '[permissions.dev]\nextends = ":workspace"\n\n[permissions.dev.network]\nenabled = true\n',
      ],
      [
        '\ufeff[permissions.dev]\r\nextends = ":workspace"\r\nfilesystem."/b" = "read"\r\n\r\n[tui]\r\n',
        [write('/a')],
        '\ufeff[permissions.dev]\r\nextends = ":workspace"\r\nfilesystem."/b" = "read"\r\nfilesystem."/a" = "write"\r\n\r\n[tui]\r\n',
      ],
    ];
    for (const [before, grants, after] of cases) {
      const name = before.includes('my dev') ? 'my dev' : 'dev';
      expect(edited(before, grants, name).text).toBe(after);
    }
  });

  it('shows a line in braces as it becomes, and what a port became below it', () => {
    const text = '[permissions.dev]\nextends = ":workspace"\nnetwork = { domains = { "a.example" = "allow" } }\n';
    expect(edited(text, [host('b.example', 8443), socket('/s')]).added).toBe(
      lines(
        'network = { domains = { "a.example" = "allow", "b.example" = "allow" }, unix_sockets."/s" = "allow" }',
        '# b.example: every port',
      ),
    );
  });

  it('is not written again when it is said already, by the profile, its parent, a folder or a pattern', () => {
    const text = lines(
      '[permissions.base]',
      'extends = ":workspace"',
      'filesystem = { "/up/" = "write" }',
      '[permissions.dev]',
      'extends = "base"',
      'filesystem = { "/a" = "write" }',
      '[permissions.dev.network]',
      'domains = { "**.example.org" = "allow" }',
      'unix_sockets = { "/run/dir" = "allow" }',
    );
    const grants = [write('/a'), read('/a/'), read('/up'), host('x.example.org', 1), socket('/run/dir/s')];
    expect(edited(text, grants)).toEqual({ text, added: '', profile: 'dev', keys: [] });
    const open = '[permissions.dev]\nextends = ":workspace"\nnetwork.enabled = true\n';
    // A list of hosts would narrow the network to it.
    expect(edited(open, [host('a.example'), network])).toEqual({ text: open, added: '', profile: 'dev', keys: [] });
  });

  it('keeps narrower closed parts of one answer', () => {
    const text = '[permissions.dev]\nextends = ":workspace"\n';
    const { text: after } = edited(text, [read('/r/.git/hooks'), write('/r/.git'), write('/r/.git')]);
    const { profiles } = readProfiles({
      dev: { extends: ':workspace', filesystem: { '/r/.git': 'write', '/r/.git/hooks': 'read' } },
    });
    const profile = profiles.get('dev')?.profile;
    expect(canonicalProfile(inForce(`default_permissions = "dev"\n${after}`))).toEqual(
      canonicalProfile(managed(profile)),
    );
  });
});

describe('a built-in profile', () => {
  it('gets a child that the file then asks for', () => {
    const { text, added, profile } = edited('', [write('/a'), host('a.example', 443)], ':workspace');
    expect(text).toBe(
      lines(
        'default_permissions = "mine"',
        '',
        '[permissions.mine]',
        'extends = ":workspace"',
        '',
        '[permissions.mine.filesystem]',
        '"/a" = "write"',
        '',
        '[permissions.mine.network.domains]',
        '"a.example" = "allow" # every port',
      ),
    );
    expect(added).toBe(text.replaceAll('\n\n', '\n'));
    expect(profile).toBe('mine');
    const { network: net, ...rest } = managed(inForce(text));
    expect(canonicalProfile({ ...rest, network: { ...net, access: 'restricted' } })).toEqual(
      canonicalProfile(widenProfile(builtInProfile(':workspace').profile, [write('/a')])),
    );
    expect(net).toMatchObject({ access: 'proxied', hosts: [{ pattern: 'a.example', access: 'allow' }] });
  });

  it('extends the very profile that was in force', () => {
    const { text } = edited('default_permissions = ":read-only"\n', [write('/a')], ':read-only');
    expect(text).toContain('extends = ":read-only"');
    expect(canonicalProfile(inForce(text))).toEqual(
      canonicalProfile(widenProfile(builtInProfile(':read-only').profile, [write('/a')])),
    );
  });

  it('changes one line of the root, or adds one that no table takes', () => {
    const block = '[permissions.mine]\nextends = ":workspace"\n\n[permissions.mine.network]\nenabled = true\n';
    const cases: readonly [before: string, after: string][] = [
      ["default_permissions = ':workspace' # mine\n[tui]\n", `default_permissions = "mine" # mine\n[tui]\n\n${block}`],
      ['# head\n\n# of tui\n[tui]\n', `# head\n\ndefault_permissions = "mine"\n\n# of tui\n[tui]\n\n${block}`],
      ['\ufeff# all\n[tui]', `\ufeffdefault_permissions = "mine"\n\n# all\n[tui]\n\n${block}`],
      ['\ufeff', `\ufeffdefault_permissions = "mine"\n\n${block}`],
      ['# nothing', `# nothing\n\ndefault_permissions = "mine"\n\n${block}`],
      ['model = "x"', `model = "x"\ndefault_permissions = "mine"\n\n${block}`],
      [
        'sandbox_mode = "workspace-write"\n',
        `sandbox_mode = "workspace-write"\n# sandbox_mode no longer counts: default_permissions is said.\ndefault_permissions = "mine"\n\n${block}`,
      ],
    ];
    for (const [before, after] of cases) expect(edited(before, [network], ':workspace').text).toBe(after);
  });

  it('takes a name that is free', () => {
    const text = 'permissions.mine.extends = ":workspace"\n[permissions.mine-2]\nextends = ":workspace"\n';
    const { text: after, profile } = edited(text, [write('/a')], ':workspace');
    expect(profile).toBe('mine-3');
    expect(after).toContain('default_permissions = "mine-3"');
    expect(parse(after).permissions).toMatchObject({
      'mine-3': { extends: ':workspace', filesystem: { '/a': 'write' } },
    });
  });

  it('fits into tables in braces', () => {
    const text = 'default_permissions = ":workspace"\npermissions = { dev.extends = ":workspace" }\n';
    expect(edited(text, [write('/a')], ':workspace').text).toBe(
      lines(
        'default_permissions = "mine"',
        'permissions = { dev.extends = ":workspace", mine.extends = ":workspace", mine.filesystem."/a" = "write" }',
      ),
    );
  });

  it('is left alone where the file asks for something else', () => {
    expect(refused('default_permissions = ":read-only"\n', [write('/a')], ':workspace').what).toContain(':read-only');
    expect(refused('sandbox_mode = "danger-full-access"\n', [write('/a')], ':workspace').what).toContain(
      ':danger-full-access',
    );
    expect(refused('[sandbox_workspace_write]\nnetwork_access = true\n', [write('/a')], ':workspace').what).toContain(
      'workspace-write',
    );
    expect(refused('', [write('/a')], ':danger-full-access').what).toContain('cannot be widened');
  });
});

describe('what is refused', () => {
  const dev = (...more: string[]): string => lines('[permissions.dev]', 'extends = ":workspace"', ...more);

  it('is a denial of the very path, socket or host, with its line', () => {
    const cases: readonly [text: string, grant: Grant, line: number | null][] = [
      [dev('[permissions.dev.filesystem]', '"/b" = "read"', '"/a" = "deny"'), write('/a'), 5],
      [dev('filesystem = { "/a//b/" = "none" }'), read('/a/b'), 3],
      [dev('filesystem.":root" = { "a" = "deny" }'), write('/a'), null],
      [dev('[permissions.dev.network]', 'domains."A.Example." = "deny"'), host('a.example'), 4],
      [dev('network.domains = { "*.example" = "deny" }'), host('a.example', 443), 3],
      [dev('network.unix_sockets."/run/s" = "deny"'), socket('/run/s'), 3],
      [dev('network.unix_sockets = { "/run/s" = "allow", "/run" = "none" }'), socket('/run/s'), 3],
      [dev('network.local_ports = { 3000 = "allow", 5432 = "deny" }'), server(5432), 3],
      [dev('network.enabled = false'), network, 3],
      [dev('network.enabled = false'), host('a.example'), 3],
    ];
    for (const [text, grant, line] of cases) {
      const { why, next } = refused(text, [write('/other'), grant]);
      expect(why).toContain(line === null ? 'an entry of [permissions.dev]' : `line ${line}: `);
      expect(next).toContain('yourself');
    }
  });

  it('is a denial in what the profile extends', () => {
    const text = lines(
      '[permissions.base]',
      'extends = ":workspace"',
      'filesystem."/a" = "deny"',
      ...['[permissions.dev]', 'extends = "base"'],
    );
    expect(refused(text, [write('/a')]).why).toContain('line 3: "/a" = "deny" in [permissions.base]');
    // What the profile itself opens again is open.
    expect(edited(`${text}filesystem."/a" = "read"\n`, [write('/a')]).added).toBe('filesystem."/a" = "write"\n');
  });

  it('is what no key can say', () => {
    expect(refused(dev(), [{ kind: 'unsandboxed' }]).what).toContain('without the sandbox');
    expect(refused(dev(), [write('/a/[x]/b')]).why).toContain('pattern');
    expect(refused(dev(), [write('a/b')]).what).toContain('no whole path');
    expect(refused(dev(), [host('*.example')]).what).toContain('no host');
    expect(refused(dev('network.domains = { "a.example" = "allow" }'), [network]).next).toContain('domains');
  });

  it('is what would harm another profile', () => {
    const text = dev('[permissions.child]', 'extends = "dev"', 'network.enabled = false');
    const problem = refused(text, [host('a.example')]);
    expect(problem.why).toContain('child');
    expect(problem.next).toContain('[permissions.dev.network.domains]\n"a.example" = "allow"');
  });

  it('is a file or a profile that cannot be read, with the lines to write by hand', () => {
    const hand = '[permissions.dev.filesystem]\n"/a" = "write"';
    expect(refused('permissions = ', [write('/a')]).next).toContain(hand);
    expect(refused('', [write('/a')])).toMatchObject({
      what: 'The configuration has no valid profile dev to add to.',
      next: expect.stringContaining(hand),
    });
    expect(refused('[[permissions.dev]]\nextends = ":workspace"\n', [write('/a')]).next).toContain(hand);
  });
});

describe('what was written', () => {
  const back = (text: string, keys: Parameters<typeof editWithout>[1]): string => {
    const result = editWithout(text, keys);
    if (!result.ok) throw new Error(result.problem.why);
    return result.value;
  };

  it('goes again, whatever was written after it', () => {
    const text = lines(
      '[permissions.dev]',
      'extends = ":workspace"',
      '[permissions.dev.filesystem]',
      '"/a" = "read" # one',
    );
    const first = edited(text, [write('/x'), write('/a')]);
    const second = edited(first.text, [write('/y'), server(80)]);
    expect(back(second.text, second.keys)).toBe(`${first.text}\n[permissions.dev.network.local_ports]\n`);
    expect(back(second.text, first.keys)).toContain(lines('"/a" = "read" # one', '"/y" = "write"'));
    // A second time there is nothing left to do.
    expect(back(text, first.keys.slice(0, 1))).toBe(text);
  });

  it('goes from between braces', () => {
    const text = 'permissions.dev = { extends = ":workspace", filesystem = { "/k" = "read" } } # all\n';
    const { text: after, keys } = edited(text, [write('/x'), write('/y')]);
    expect(back(after, keys)).toBe(text);
    expect(back(after, keys.slice(0, 1))).toContain('{ "/k" = "read", "/y" = "write" }');
  });

  it('stays where the whole network would be open without it', () => {
    const text =
      '[permissions.dev]\nextends = ":workspace"\n[permissions.dev.network]\nenabled = true\ndomains = { "a.example" = "allow" }\n';
    const { text: after, keys } = edited(text, [host('b.example')]);
    const alone = after.replace('"a.example" = "allow", ', '');
    expect(editWithout(alone, keys)).toMatchObject({
      ok: false,
      problem: { next: expect.stringContaining('enabled = false') },
    });
    expect(back(after, keys)).toBe(text);
  });

  it('stays where a limited list would become every host, and leaves what a person wrote beside it', () => {
    const text =
      '[permissions.dev]\nextends = ":workspace"\n[permissions.dev.network]\nmode = "limited"\ndomains = { "a.example" = "allow" }\n';
    const { text: after, keys } = edited(text, [host('b.example')]);
    expect(editWithout(after.replace('"a.example" = "allow", ', ''), keys)).toMatchObject({ ok: false });
    const plain = '[permissions.dev]\nextends = ":workspace"\n[permissions.dev.filesystem]\n"/k" = "read"\n';
    const written = edited(plain, [write('/x')]);
    const noted = written.text.replace('"/x" = "write"', '"/x" = "write" # ask Ana');
    expect(back(noted, written.keys)).toBe(`${plain}# ask Ana\n`);
  });

  it('stays where a person has changed it, with its name', () => {
    const { text, keys } = edited('[permissions.dev]\nextends = ":workspace"\n', [write('/x')]);
    const refusal = editWithout(text.replace('"/x" = "write"', '"/x" = "deny"'), keys);
    expect(refusal).toMatchObject({
      ok: false,
      problem: { next: expect.stringContaining('permissions.dev.filesystem./x') },
    });
  });
});

// ------------------------------------------------------------------------------------- every way to write a profile

function managed(profile: Profile | undefined): Extract<Profile, { type: 'managed' }> {
  if (profile?.type !== 'managed') throw new Error('expected a managed profile');
  return profile;
}

const places = ['/a', '/a/b', '/a b', '/opt/"q"', '/é', '~/.x'] as const;
const hosts = ['a.example', 'b.example', 'c.d.example', '127.0.0.1'] as const;
const sockets = ['/run/a.sock', '/run/b.sock'] as const;

/** What the profile of a generated file says; denials only for places that no grant asks for. */
const Said = fc.record({
  files: fc
    .dictionary(fc.constantFrom(...places, '/closed'), fc.constantFrom('read', 'write'), { maxKeys: 3 })
    .map((files) =>
      Object.fromEntries(Object.entries(files).map(([key, value]) => [key, key === '/closed' ? 'deny' : value])),
    ),
  roots: fc.dictionary(fc.constantFrom('docs', '**/*.env'), fc.constant('deny'), { maxKeys: 2 }),
  domains: fc.dictionary(fc.constantFrom('a.example', '*.d.example', 'other.example'), fc.constant('allow'), {
    maxKeys: 2,
  }),
  sockets: fc.dictionary(fc.constantFrom('/run/a.sock', '/run/other'), fc.constant('allow'), { maxKeys: 2 }),
  description: fc.option(fc.constantFrom('plain', 'a = "b" # c', '[permissions.dev.filesystem]'), { nil: null }),
});

const q = (text: string): string => JSON.stringify(text);
const pairsOf = (table: Record<string, string>): string[] =>
  Object.entries(table).map(([key, value]) => `${q(key)} = ${q(value)}`);

type Way = 'header' | 'dotted' | 'inline' | 'inline over lines';
const Ways = fc.record({
  files: fc.constantFrom<Way>('header', 'dotted', 'inline', 'inline over lines'),
  network: fc.constantFrom<Way>('header', 'dotted', 'inline', 'inline over lines'),
  profile: fc.constantFrom<'header' | 'root' | 'braces'>('header', 'root', 'braces'),
});

/** One file: some of the profile in headers, dotted keys or braces, with comments, blank lines and neighbours. */
const ConfigText = fc
  .record({
    said: Said,
    ways: Ways,
    noise: fc.array(fc.constantFrom('', '# a comment', '  # permissions.dev.extends = 1'), { maxLength: 2 }),
    lead: fc.subarray([
      '# head',
      '',
      'model = "m" # it',
      'sandbox_mode = "read-only"',
      'notes = ["]", { a = 1 },\n  "[x]" ]',
    ]),
    tail: fc.subarray(['[tui]', '# of tui', '[permissions.other]\nextends = "dev"', '[[list]]\nname = """\n[a]\n"""']),
    hasEnd: fc.boolean(),
    isWindows: fc.boolean(),
    hasMark: fc.boolean(),
  })
  .map(({ said, ways, noise, lead, tail, hasEnd, isWindows, hasMark }) => {
    const text = [...lead, ...profileLines(said, ways, noise), ...tail].join('\n');
    const whole = `${text}${hasEnd ? '\n' : ''}`;
    return `${hasMark ? '\ufeff' : ''}${isWindows ? whole.replaceAll('\n', '\r\n') : whole}`;
  });

function profileLines(
  said: typeof Said extends fc.Arbitrary<infer T> ? T : never,
  ways: { files: Way; network: Way; profile: 'header' | 'root' | 'braces' },
  noise: readonly string[],
): string[] {
  const description = said.description === null ? [] : [`description = ${q(said.description)}`];
  const braces = (pairs: readonly string[]): string => `{ ${pairs.join(', ')} }`;
  const files = [
    ...pairsOf(said.files),
    ...(Object.keys(said.roots).length === 0 ? [] : [`":workspace_roots" = ${braces(pairsOf(said.roots))}`]),
  ];
  const net = [
    ...(Object.keys(said.domains).length === 0 ? [] : [`domains = ${braces(pairsOf(said.domains))}`]),
    ...pairsOf(said.sockets).map((pair) => `unix_sockets.${pair}`),
  ];
  if (ways.profile === 'braces')
    return [
      `permissions.dev = { extends = ":workspace", ${[...description, `filesystem = ${braces(files)}`, `network = ${braces(net)}`].join(', ')} } # all`,
      ...noise,
    ];
  const prefix = ways.profile === 'root' ? 'permissions.dev.' : '';
  const own: string[] = [];
  const headers: string[] = [];
  for (const [name, pairs, way] of [
    ['filesystem', files, ways.files],
    ['network', net, ways.network],
  ] as const) {
    if (pairs.length === 0 && way !== 'inline') continue;
    // A header for a table of a profile made of dotted keys is another thing than a key in it.
    if (way === 'header')
      headers.push(...noise, ` [permissions.dev.${name}] # ${name}`, ...pairs.map((pair) => `\t${pair} # x`));
    else if (way === 'dotted') own.push(...pairs.map((pair) => `${prefix}${name}.${pair}`));
    else if (way === 'inline') own.push(`${prefix}${name} = ${braces(pairs)}`);
    else own.push(`${prefix}${name} = {`, ...pairs.map((pair) => `  ${pair}, # x`), '}');
  }
  const base = [`${prefix}extends = ":workspace"`, ...description.map((line) => `${prefix}${line}`)];
  return [...(ways.profile === 'root' ? [] : ['[permissions.dev]']), ...noise, ...base, ...own, ...headers];
}

const SomeGrants = fc.array(
  fc.oneof(
    fc.constantFrom(...places).map(write),
    fc.constantFrom(...places).map(read),
    fc.constantFrom(...hosts).map((name) => host(name)),
    fc.constantFrom(...sockets).map(socket),
  ),
  { minLength: 1, maxLength: 5 },
);

/** What a person gets: the profile as widened in memory, with the hosts in its list. */
function wanted(profile: Profile, grants: readonly Grant[]): Profile {
  const writes = new Set(grants.flatMap((grant) => (grant.kind === 'write' ? [grant.path] : [])));
  const widened = managed(
    widenProfile(
      profile,
      grants.filter((grant) => grant.kind !== 'read' || !writes.has(grant.path)),
    ),
  );
  const listed = new Set(widened.network.hosts.map(({ pattern }) => pattern));
  // The only pattern in the generated files.
  const isOpen = (name: string): boolean =>
    listed.has(name) || (name.endsWith('.d.example') && listed.has('*.d.example'));
  const opened = [
    ...new Set(grants.flatMap((grant) => (grant.kind === 'host' && !isOpen(grant.host) ? [grant.host] : []))),
  ];
  const more = opened.map((pattern) => ({ pattern, access: 'allow' }) as const);
  return canonicalProfile({ ...widened, network: { ...widened.network, hosts: [...widened.network.hosts, ...more] } });
}

function profilesIn(text: string) {
  const { permissions } = parse(text.replace(/^\ufeff/, ''));
  if (typeof permissions !== 'object' || Array.isArray(permissions) || permissions instanceof Date)
    throw new Error('no profiles');
  return readProfiles(permissions).profiles;
}

/** Every line is there in its order; one with braces or a weaker access may have become one of the lines told. */
function keepsLines(before: string, after: string, added: string): void {
  const told = added.split('\n');
  const left = after.replace(/^\ufeff/, '').split(/\r?\n/);
  for (const line of before.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const at = left.findIndex((it) => it === line || (told.includes(it) && isPartOf(line, it)));
    expect(at, `the line ${q(line)} is gone`).toBeGreaterThanOrEqual(0);
    left.splice(0, at + 1);
  }
  expect(after.startsWith('\ufeff')).toBe(before.startsWith('\ufeff'));
}

/** All of the line is in the other one, in order, blanks and the kind of access apart. */
function isPartOf(line: string, whole: string): boolean {
  const bare = (text: string): string => text.replaceAll(/[ \t]/g, '').replaceAll(/"(?:read|write)"/g, '*');
  const rest = bare(whole);
  let at = 0;
  for (const character of bare(line)) {
    at = rest.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

describe('any configuration', () => {
  it('keeps its lines, and reads back as the profile with exactly these grants', () => {
    let edits = 0;
    fc.assert(
      fc.property(ConfigText, SomeGrants, (text, grants) => {
        const before = profilesIn(text).get('dev');
        fc.pre(before !== undefined);
        const { text: after, added, keys } = edited(text, grants);
        keepsLines(text, after, added);
        const back = editWithout(after, keys);
        expect(back.ok && canonicalProfile(managed(profilesIn(back.value).get('dev')?.profile))).toEqual(
          canonicalProfile(managed(before?.profile)),
        );
        expect(canonicalProfile(managed(profilesIn(after).get('dev')?.profile))).toEqual(
          wanted(managed(before?.profile), grants),
        );
        for (const line of added.split('\n').filter((it) => it !== '' && !/^# .*: every port$/.test(it)))
          expect(after.replace(/^\ufeff/, '').split(/\r?\n/)).toContain(line);
        if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toContain('\n');
        // Once is enough.
        expect(edited(after, grants)).toEqual({ text: after, added: '', profile: 'dev', keys: [] });
        if (added !== '') edits += 1;
      }),
      { numRuns: 600 },
    );
    expect(edits).toBeGreaterThan(300);
  });

  it('asks for the new profile afterwards when a built-in one was in force', () => {
    fc.assert(
      fc.property(ConfigText, SomeGrants, (text, grants) => {
        const asked = text.includes('sandbox_mode') ? ':read-only' : ':workspace';
        const { text: after, added, profile } = edited(text, grants, asked);
        keepsLines(text, after, added);
        const made = profilesIn(after);
        if (profile === asked) return expect(after).toBe(text);
        expect(parse(after.replace(/^\ufeff/, '')).default_permissions).toBe(profile);
        expect(canonicalProfile(managed(made.get(profile)?.profile))).toEqual(
          wanted(builtInProfile(asked).profile, grants),
        );
        expect([...made.keys()].filter((name) => name !== profile)).toEqual([...profilesIn(text).keys()]);
      }),
      { numRuns: 300 },
    );
  });
});

// ------------------------------------------------------------------------------------------------- onto the disk

describe('a written configuration', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(tmpdir(), 'codex-edit-'));
    file = path.join(folder, 'config.toml');
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  const modeOf = (name: string): number => fs.statSync(name).mode & 0o777;

  it('is new for its owner alone, and keeps its mode from then on', () => {
    const deep = path.join(folder, 'home', '.codex', 'config.toml');
    expect(writeConfig(deep, '', 'a = 1\n')).toEqual({ ok: true, value: undefined });
    expect(modeOf(deep)).toBe(0o600);
    expect(modeOf(path.dirname(deep))).toBe(0o700);
    fs.chmodSync(deep, 0o640);
    expect(writeConfig(deep, 'a = 1\n', '\ufeffa = "é"\r\n').ok).toBe(true);
    expect(modeOf(deep)).toBe(0o640);
    expect(fs.readFileSync(deep, 'utf8')).toBe('\ufeffa = "é"\r\n');
    expect(fs.readdirSync(path.dirname(deep))).toEqual(['config.toml']);
  });

  it('takes the place of the old one as a whole', () => {
    fs.writeFileSync(file, 'a = 1\n');
    const reader = fs.openSync(file, 'r');
    expect(writeConfig(file, 'a = 1\n', 'b = 2\n').ok).toBe(true);
    // Whoever has the old file open still reads all of it.
    expect(fs.readFileSync(reader, 'utf8')).toBe('a = 1\n');
    fs.closeSync(reader);
    expect(fs.readFileSync(file, 'utf8')).toBe('b = 2\n');
  });

  it('is written where its links lead, and they stay', () => {
    const real = path.join(folder, 'dotfiles', 'codex.toml');
    fs.mkdirSync(path.dirname(real));
    fs.symlinkSync('dotfiles/codex.toml', path.join(folder, 'second'));
    fs.symlinkSync('second', file);
    expect(writeConfig(file, '', 'a = 1\n').ok).toBe(true);
    expect(writeConfig(file, 'a = 1\n', 'a = 2\n').ok).toBe(true);
    expect(fs.readFileSync(real, 'utf8')).toBe('a = 2\n');
    expect(fs.readlinkSync(file)).toBe('second');
    expect(fs.readdirSync(path.dirname(real))).toEqual(['codex.toml']);
    fs.rmSync(real);
    fs.symlinkSync('../config.toml', real);
    expect(writeConfig(file, '', 'a = 3\n').ok).toBe(false);
  });

  it('is left alone when it holds something else by now, or is no text', () => {
    fs.writeFileSync(file, 'a = 2\n');
    for (const expected of ['a = 1\n', '']) {
      const result = writeConfig(file, expected, 'a = 3\n');
      expect(result.ok || result.problem.what).toContain('changed in the meantime');
    }
    fs.writeFileSync(file, Buffer.from([0x23, 0xff, 0x0a]));
    expect(writeConfig(file, fs.readFileSync(file, 'utf8'), 'a = 3\n').ok).toBe(false);
    expect([...fs.readFileSync(file)]).toEqual([0x23, 0xff, 0x0a]);
    fs.rmSync(file);
    expect(writeConfig(file, 'a = 2\n', 'a = 3\n').ok).toBe(false);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('leaves nothing behind where it cannot be written', () => {
    fs.mkdirSync(file);
    const result = writeConfig(file, '', 'a = 1\n');
    expect(result.ok || result.problem.what).toContain('was not written');
    expect(fs.readdirSync(folder)).toEqual(['config.toml']);
  });
});
