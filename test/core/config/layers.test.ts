// Several layers that say something about the same settings: what is in force, who says so, and on which line.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLayers } from '../../../src/core/config/config.ts';
import { type Layer, type LayerKind, layerOf, profileIn } from '../../../src/core/config/layer.ts';
import { overrideLayers } from '../../../src/core/config/override.ts';
import { nearestLine } from '../../../src/core/config/reading.ts';

function layer(kind: LayerKind, text: string, place = `/${kind}/config.toml`): Layer {
  return layerOf({ kind, place, start: { folder: `/${kind}`, home: '/home/u' }, text }).layer;
}

function overrides(...written: string[]): readonly Layer[] {
  const layers = overrideLayers(written, { folder: '/w', home: '/home/u' });
  if (!layers.ok) throw new Error(layers.problem.what);
  return layers.value;
}

const read = (...layers: Layer[]) => readLayers(layers);

describe('layers', () => {
  it('win from the lowest to the highest', () => {
    const { config, problems } = read(
      layer('system', 'model = "a"\nreview_model = "a"\nhide_agent_reasoning = true\n'),
      layer('user', 'model = "b"\nreview_model = "b"\n'),
      layer('project', 'model = "c"\n'),
      ...overrides('model=d'),
    );
    expect(problems).toEqual([]);
    expect(config).toMatchObject({ model: 'd', review_model: 'b', hide_agent_reasoning: true });
  });

  it('add to each other in tables and maps, and replace each other in lists', () => {
    const { config } = read(
      layer(
        'system',
        'project_doc_fallback_filenames = ["A.md", "B.md"]\n[model_providers.x]\nbase_url = "http://s"\nhttp_headers = { A = "1", B = "1" }\n',
      ),
      layer('user', '[model_providers.x]\nname = "X"\nhttp_headers = { B = "2" }\n[model_providers.y]\nname = "Y"\n'),
      layer('project', 'project_doc_fallback_filenames = ["C.md"]\n'),
    );
    expect(config.project_doc_fallback_filenames).toEqual(['C.md']);
    expect(config.model_providers.x).toMatchObject({
      name: 'X',
      base_url: 'http://s',
      http_headers: { A: '1', B: '2' },
    });
    expect(Object.keys(config.model_providers)).toEqual(['x', 'y']);
  });

  it('add to each other in profiles of permissions, key by key', () => {
    const { config, problems } = read(
      layer('system', 'default_permissions = "dev"\n[permissions.dev.filesystem]\n"/srv" = "read"\n"/opt" = "read"\n'),
      layer('user', '[permissions.dev.filesystem]\n"/srv" = "write"\n'),
    );
    expect(problems).toEqual([]);
    expect(config.permissions).toEqual({ dev: { filesystem: { '/srv': 'write', '/opt': 'read' } } });
  });

  it('gather their hooks, the lowest first', () => {
    const hook = (name: string) => `[[hooks.Stop]]\nhooks = [{ type = "command", command = "${name}" }]\n`;
    const { config, provenances } = read(
      layer('system', hook('a')),
      layer('user', hook('b')),
      layer('project', hook('c')),
    );
    expect(config.hooks.Stop.flatMap(({ hooks }) => hooks)).toMatchObject([{ command: 'a' }, { command: 'b' }]);
    expect(provenances.find(({ path }) => path.join('.') === 'hooks.Stop')?.taken).toHaveLength(2);
  });

  it('name their own file and line when they are wrong', () => {
    const { problems } = read(
      layer('system', '# one\nmodel = 5\n'),
      layer('user', '\n\n[tui]\nmotion = "fast"\nnothing = 1\n'),
      ...overrides('tui.glyphs=round'),
    );
    expect(problems.map(({ file, line, level }) => [file, line, level])).toEqual([
      ['/system/config.toml', 2, 'error'],
      ['/user/config.toml', 5, 'warning'],
      ['/user/config.toml', 4, 'error'],
      ['-c', null, 'error'],
    ]);
    expect(problems.map(({ problem }) => problem.what.split(': ')[0])).toEqual([
      '/system/config.toml:2',
      '/user/config.toml:5',
      '/user/config.toml:4',
      '-c',
    ]);
  });

  it('start relative paths of files at the folder of the file that says them', () => {
    const at = (...layers: Layer[]) => read(...layers).config.model_instructions_file;
    expect(at(layer('user', 'model_instructions_file = "own.md"\n'))).toBe('/user/own.md');
    expect(at(layer('user', 'model_instructions_file = "~/own.md"\n'))).toBe('/home/u/own.md');
    expect(at(...overrides('model_instructions_file=x/../own.md'))).toBe('/w/own.md');
  });
});

describe('a wrong value above', () => {
  it('gives way to what is below it', () => {
    const { config } = read(layer('system', 'model_verbosity = "low"\n'), layer('user', 'model_verbosity = "loud"\n'));
    expect(config.model_verbosity).toBe('low');
  });

  it.each([
    ['approval_policy = "never"\n', 'approval_policy = "sometimes"\n', { approval_policy: 'untrusted' }],
    ['sandbox_mode = "danger-full-access"\n', 'sandbox_mode = "none"\n', { sandbox_mode: 'read-only' }],
    ['default_permissions = ":workspace"\n', 'default_permissions = 5\n', { default_permissions: ':read-only' }],
    ['default_permissions = ":workspace"\n', 'default_permissions = "nope"\n', { default_permissions: ':read-only' }],
    [
      'sandbox_workspace_write.network_access = true\n',
      'sandbox_workspace_write.network_access = "yes"\n',
      { sandbox_workspace_write: { network_access: false } },
    ],
    [
      'sandbox_workspace_write.exclude_slash_tmp = true\n',
      'sandbox_workspace_write = 1\n',
      { sandbox_workspace_write: { exclude_slash_tmp: true } },
    ],
    ['web_search = "live"\n', 'web_search = "all"\n', { web_search: 'disabled' }],
    [
      'mcp_servers.x = { command = "a", enabled = true }\n',
      'mcp_servers.x.enabled = "no"\n',
      { mcp_servers: { x: { enabled: false } } },
    ],
  ])('%j below %j never opens more', (below, above, inForce) => {
    const { config, problems } = read(layer('system', below), layer('user', above));
    expect(config).toMatchObject(inForce);
    expect(problems.some(({ level, file }) => level === 'error' && file === '/user/config.toml')).toBe(true);
  });

  it('keeps a profile of the person below it, which may close what a built-in one shows', () => {
    const own = layer('system', 'default_permissions = "dev"\n[permissions.dev]\nextends = ":workspace"\n');
    expect(read(own, layer('user', 'default_permissions = 1\n')).config.default_permissions).toBe('dev');
    expect(read(own, layer('user', 'default_permissions = "dve"\n')).config.default_permissions).toBe('dev');
  });

  it('is beaten by a right one above it, and told all the same', () => {
    const { config, problems } = read(layer('user', 'approval_policy = 1\n'), ...overrides('approval_policy=never'));
    expect(config.approval_policy).toBe('never');
    expect(problems).toHaveLength(1);
  });

  it('is a whole layer that is no TOML: everything is as narrow as if each of its keys were wrong', () => {
    const { config } = read(
      layer('system', 'approval_policy = "never"\nsandbox_mode = "danger-full-access"\nmodel = "m"\n'),
      layer('user', 'approval_policy = \n'),
    );
    expect(config).toMatchObject({ approval_policy: 'untrusted', sandbox_mode: 'read-only', model: 'm' });
    expect(config.default_permissions).toBe(':read-only');
  });
});

describe('a project', () => {
  it.each([
    ['model_provider = "x"\n', 'model_provider'],
    ['[model_providers.openai]\nbase_url = "http://evil"\n', 'model_providers'],
    ['[model_providers.openai]\nenv_key = "HOME"\n', 'model_providers'],
    ['openai_base_url = "http://evil"\n', 'openai_base_url'],
    ['notify = ["evil"]\n', 'notify'],
    ['[[hooks.PreToolUse]]\nhooks = []\n', 'hooks'],
    ['[mcp_servers.x]\ncommand = "evil"\n', 'mcp_servers'],
    ['[projects."/w"]\ntrust_level = "trusted"\n', 'projects'],
    ['profile = "wide"\n', 'profile'],
    ['[profiles.wide]\napproval_policy = "never"\n', 'profiles'],
    ['approval_policy = "never"\n', 'approval_policy'],
    ['sandbox_mode = "danger-full-access"\n', 'sandbox_mode'],
    ['default_permissions = ":danger-full-access"\n', 'default_permissions'],
    ['[permissions.dev]\nextends = ":workspace"\n', 'permissions'],
    ['[sandbox_workspace_write]\nnetwork_access = true\n', 'sandbox_workspace_write.network_access'],
    ['[sandbox_workspace_write]\nwritable_roots = ["/"]\n', 'sandbox_workspace_write.writable_roots'],
    ['[shell_environment_policy]\nset = { LD_PRELOAD = "x.so" }\n', 'shell_environment_policy'],
    ['[shell_environment_policy]\nignore_default_excludes = true\n', 'shell_environment_policy'],
    ['[tui.approval]\narm_ms = 0\n', 'tui'],
    ['record_sessions = false\n', 'record_sessions'],
    ['web_search = "live"\n', 'web_search'],
    ['model_instructions_file = "/etc/shadow"\n', 'model_instructions_file'],
    ['project_root_markers = []\n', 'project_root_markers'],
  ])('does not say %j', (text, key) => {
    const without = read(layer('user', 'model = "m"\n'));
    const { config, problems } = read(layer('user', 'model = "m"\n'), layer('project', text));
    expect(config).toEqual(without.config);
    expect(problems).toMatchObject([{ level: 'warning', key, file: '/project/config.toml' }]);
    expect(problems[0]?.line).toBeGreaterThan(0);
  });

  it.each([
    ['approval_policy = "never"\n', 'approval_policy = "untrusted"\n', { approval_policy: 'untrusted' }],
    ['approval_policy = "never"\n', 'approval_policy = "on-request"\n', { approval_policy: 'on-request' }],
    ['', 'sandbox_mode = "read-only"\n', { sandbox_mode: 'read-only' }],
    [
      'sandbox_mode = "danger-full-access"\n',
      'sandbox_mode = "workspace-write"\n',
      { sandbox_mode: 'workspace-write' },
    ],
    ['', 'default_permissions = ":read-only"\n', { default_permissions: ':read-only' }],
    [
      'default_permissions = ":workspace"\n',
      'sandbox_mode = "read-only"\n',
      { default_permissions: null, sandbox_mode: 'read-only' },
    ],
    [
      '',
      '[sandbox_workspace_write]\nexclude_slash_tmp = true\n',
      { sandbox_workspace_write: { exclude_slash_tmp: true } },
    ],
    ['web_search = "live"\n', 'web_search = "disabled"\n', { web_search: 'disabled' }],
    ['', 'model = "theirs"\nproject_doc_max_bytes = 1\n', { model: 'theirs', project_doc_max_bytes: 1 }],
  ])('over %j says %j, which opens nothing', (own, text, inForce) => {
    const { config, problems } = read(layer('user', own), layer('project', text));
    expect(problems).toEqual([]);
    expect(config).toMatchObject(inForce);
  });

  it.each([
    ['sandbox_mode = "read-only"\n', 'sandbox_mode = "workspace-write"\n'],
    ['approval_policy = "untrusted"\n', 'approval_policy = "on-request"\n'],
    ['default_permissions = ":read-only"\n', 'sandbox_mode = "workspace-write"\n'],
    ['default_permissions = "dev"\n[permissions.dev]\nextends = ":read-only"\n', 'sandbox_mode = "read-only"\n'],
    [
      'default_permissions = "dev"\n[permissions.dev]\nextends = ":read-only"\n',
      'default_permissions = ":read-only"\n',
    ],
    ['sandbox_workspace_write.exclude_slash_tmp = true\n', 'sandbox_workspace_write.exclude_slash_tmp = false\n'],
  ])('over %j does not say %j', (own, text) => {
    const before = read(layer('user', own)).config;
    const { config, problems } = read(layer('user', own), layer('project', text));
    expect({ ...config, sandbox_mode: null }).toEqual({ ...before, sandbox_mode: null });
    expect(config.default_permissions).toBe(before.default_permissions);
    expect(problems.some(({ file, level }) => file === '/project/config.toml' && level === 'warning')).toBe(true);
  });

  it('is told in one notice for each file, with the lines', () => {
    const { problems } = read(layer('project', 'notify = []\n\nprofile = "x"\nmodel_provider = "y"\n'));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.problem.what).toContain('notify (line 1), profile (line 3), model_provider (line 4)');
  });

  it('that is no TOML narrows what a project may say, and leaves the rest alone', () => {
    const { config } = read(
      layer('user', 'approval_policy = "never"\nmodel_provider = "x"\n'),
      layer('project', '=\n'),
    );
    expect(config).toMatchObject({ approval_policy: 'untrusted', model_provider: 'x' });
  });
});

describe('two spellings of the sandbox', () => {
  it('count by layer, the newer one within a layer', () => {
    const newer = 'default_permissions = ":workspace"\n';
    const older = 'sandbox_mode = "read-only"\n';
    expect(read(layer('user', newer + older)).config.default_permissions).toBe(':workspace');
    expect(read(layer('system', older), layer('user', newer)).config.default_permissions).toBe(':workspace');
    const { config, provenances } = read(layer('system', newer), layer('user', older));
    expect(config).toMatchObject({ default_permissions: null, sandbox_mode: 'read-only' });
    expect(provenances.find(({ path }) => path[0] === 'default_permissions')?.refused).toMatchObject([
      { why: 'other setting', value: ':workspace' },
    ]);
  });
});

describe('a profile in a file', () => {
  it('says what its table says, with the lines of the file', () => {
    const user = layer('user', 'model = "a"\n[profiles.fast]\nmodel = "b"\n[profiles.fast.tui]\nmotion = "slow"\n');
    const fast = profileIn(user, 'fast');
    if (fast === null) throw new Error('no profile');
    const { config, problems, provenances } = read(user, fast);
    expect(config.model).toBe('b');
    expect(problems).toMatchObject([{ key: 'tui.motion', file: '/user/config.toml', line: 5 }]);
    expect(provenances[0]?.taken.map((it) => [it.layer.profile, nearestLine(it.layer, ['model'])])).toEqual([
      ['fast', 3],
    ]);
    expect(profileIn(user, 'slow')).toBeNull();
  });
});

describe('-c', () => {
  it.each([
    ['model="o3"', { model: 'o3' }],
    ['model=o3', { model: 'o3' }],
    ['model = o3', { model: 'o3' }],
    ["model='o3", { model: 'o3' }],
    ['model=a=b', { model: 'a=b' }],
    ['hide_agent_reasoning=true', { hide_agent_reasoning: true }],
    ['tui.motion=reduced', { tui: { motion: 'reduced' } }],
    ['tui.fold_person={ over = 1, first = 0, last = 0 }', { tui: { fold_person: { over: 1 } } }],
    ['projects."/w/a=b.c".trust_level=trusted', { projects: { '/w/a=b.c': { trust_level: 'trusted' } } }],
    ["model_providers.'my one'.name=x", { model_providers: { 'my one': { name: 'x' } } }],
    ['project_doc_fallback_filenames=["A.md"]', { project_doc_fallback_filenames: ['A.md'] }],
  ])('%s', (written, inForce) => {
    const { config, problems } = read(...overrides(written));
    expect(problems).toEqual([]);
    expect(config).toMatchObject(inForce);
  });

  it('of several for one key takes the last', () => {
    expect(read(...overrides('model=a', 'model=b')).config.model).toBe('b');
  });

  it('has a value of one line of TOML, not further keys', () => {
    const { config } = read(...overrides('model="a"\napproval_policy = "never"'));
    expect(config.approval_policy).toBe('on-request');
  });

  it.each(['model', '=x', '.=x', 'a..b c=x', '', '"a=b'])('%j sets nothing', (written) => {
    expect(overrideLayers([written], null).ok).toBe(false);
  });

  it('takes any text without a fault', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const layers = overrideLayers([text], null);
        if (layers.ok) readLayers(layers.value);
      }),
    );
  });
});

// ------------------------------------------------------------------------------------------------- any layers at all

interface Case {
  readonly path: readonly string[];
  readonly right: readonly (readonly [toml: string, value: unknown])[];
  readonly wrong: readonly string[];
  /** In force when the highest layer is wrong; undefined: what is right below. */
  readonly narrowest?: unknown;
  readonly unsaid: unknown;
}

const CASES: readonly Case[] = [
  {
    path: ['model'],
    right: [
      ['"a"', 'a'],
      ['"b"', 'b'],
      ["'''c'''", 'c'],
    ],
    wrong: ['5', '""', '[]'],
    unsaid: null,
  },
  {
    path: ['hide_agent_reasoning'],
    right: [
      ['true', true],
      ['false', false],
    ],
    wrong: ['"true"', '1'],
    unsaid: false,
  },
  {
    path: ['project_doc_max_bytes'],
    right: [
      ['1', 1],
      ['0', 0],
      ['0x10', 16],
    ],
    wrong: ['-1', '1.5', '{}'],
    unsaid: 32768,
  },
  {
    path: ['approval_policy'],
    right: [
      ['"never"', 'never'],
      ['"on-request"', 'on-request'],
    ],
    wrong: ['"maybe"', 'true'],
    narrowest: 'untrusted',
    unsaid: 'on-request',
  },
  {
    path: ['tui', 'motion'],
    right: [
      ['"full"', 'full'],
      ['"reduced"', 'reduced'],
    ],
    wrong: ['"none"', '0'],
    unsaid: 'full',
  },
  {
    path: ['sandbox_workspace_write', 'network_access'],
    right: [
      ['true', true],
      ['false', false],
    ],
    wrong: ['"on"'],
    narrowest: false,
    unsaid: false,
  },
  {
    path: ['model_providers', 'my x', 'stream_max_retries'],
    right: [
      ['0', 0],
      ['7', 7],
    ],
    wrong: ['"many"'],
    unsaid: 5,
  },
];

type Said = { readonly toml: string; readonly value: unknown; readonly isRight: boolean } | null;

const saidOf = (it: Case): fc.Arbitrary<Said> =>
  fc.oneof(
    fc.constant(null),
    fc.constantFrom(...it.right).map(([toml, value]) => ({ toml, value, isRight: true })),
    fc.constantFrom(...it.wrong).map((toml) => ({ toml, value: undefined, isRight: false })),
  );

const layerSaying = fc.record({
  said: fc.tuple(...CASES.map(saidOf)),
  /** Written below headers, or as dotted keys. */
  hasHeaders: fc.boolean(),
  blank: fc.constantFrom('', '\n', '# about it\n\n'),
  end: fc.constantFrom('\n', '\r\n'),
});

type LayerSaying = typeof layerSaying extends fc.Arbitrary<infer T> ? T : never;

const quoted = (path: readonly string[]): string => path.map((part) => JSON.stringify(part)).join('.');

function textOf({ said, hasHeaders, blank, end }: LayerSaying): string {
  const lines = CASES.flatMap(({ path }, index) => {
    const it = said[index];
    if (it === null || it === undefined) return [];
    if (!hasHeaders || path.length === 1) return [`${blank}${quoted(path)} = ${it.toml}`];
    return [`${blank}[${quoted(path.slice(0, -1))}]\n${path.at(-1)} = ${it.toml} # said`];
  });
  // A key of the root has to come before the first header.
  const inOrder = [...lines.filter((line) => !line.includes(']\n')), ...lines.filter((line) => line.includes(']\n'))];
  return `${inOrder.join('\n')}\n`.replaceAll('\n', end);
}

describe('any layers', () => {
  const kinds: readonly LayerKind[] = ['system', 'user', 'profile', 'override'];

  it('put in force what the highest one says that says it right, and tell where that stands', () => {
    fc.assert(
      fc.property(fc.tuple(layerSaying, layerSaying, layerSaying, layerSaying), (sayings) => {
        const texts = sayings.map(textOf);
        const layers = texts.map((text, index) => layer(kinds[index] ?? 'user', text, `file-${index}`));
        const { config, problems, provenances } = readLayers(layers);
        CASES.forEach((it, which) => {
          const said = sayings.map((saying) => saying.said[which] ?? null);
          const highest = said.findLastIndex((one) => one !== null);
          const right = said.findLastIndex((one) => one?.isRight === true);
          const isNarrowed = it.narrowest !== undefined && highest > right;
          const below = right < 0 ? it.unsaid : said[right]?.value;
          const wanted = isNarrowed ? it.narrowest : below;
          const isThere = right >= 0 || highest >= 0;
          const value = it.path.reduce<unknown>(
            (inner, key) => (Object(inner) as Record<string, unknown>)[key],
            config,
          );
          if (isThere || it.path.length < 3) expect(value).toEqual(wanted);

          const from = provenances.find(({ path }) => path.join('\0') === it.path.join('\0'));
          const [taken] = from?.taken ?? [];
          const isWritten = right >= 0 && !(isNarrowed && below !== it.narrowest);
          expect(taken?.layer.place ?? null).toBe(isWritten ? `file-${right}` : null);
          if (taken !== undefined) {
            const line = nearestLine(taken.layer, it.path);
            expect(texts[right]?.split('\n')[(line ?? 0) - 1]).toContain(it.path.at(-1));
          }
          for (const [index, one] of said.entries())
            if (one?.isRight === false)
              expect(problems.some((problem) => problem.file === `file-${index}` && problem.level === 'error')).toBe(
                true,
              );
        });
      }),
      { numRuns: 300 },
    );
  });
});
