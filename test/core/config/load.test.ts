// The layers as they lie on a disk: which files are read for a folder, which are not, and what is said about each.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigAsked, explainAll, explainKey, loadConfig } from '../../../src/core/config/index.ts';

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), 'codex-load-'));
  for (const name of ['home', 'etc', 'repo/.git', 'repo/a/b']) fs.mkdirSync(path.join(root, name), { recursive: true });
});

afterEach(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

const at = (...names: string[]): string => path.join(root, ...names);

function write(file: string, text: string): string {
  fs.mkdirSync(path.dirname(at(file)), { recursive: true });
  fs.writeFileSync(at(file), text);
  return at(file);
}

function load(over: Partial<ConfigAsked> = {}) {
  const loaded = loadConfig({
    codexHome: at('home', '.codex'),
    home: at('home'),
    cwd: at('repo', 'a', 'b'),
    systemFolder: at('etc'),
    overrides: [],
    profile: null,
    ...over,
  });
  if (!loaded.ok) throw new Error(loaded.problem.what);
  return loaded.value;
}

const trusted = (): string => `[projects.${JSON.stringify(at('repo'))}]\ntrust_level = "trusted"\n`;

describe('the layers of a folder', () => {
  it('are none without a file', () => {
    const { layers, problems, trust } = load();
    expect(layers).toEqual([]);
    expect(problems).toEqual([]);
    expect(trust).toMatchObject({ state: 'unknown', folder: at('repo') });
  });

  it('are the system, the person, the project from its root down, the profile and the command line', () => {
    write('etc/config.toml', 'model = "system"\n');
    write('home/.codex/config.toml', `profile = "p"\n${trusted()}[profiles.p]\nmodel = "profile"\n`);
    write('home/.codex/p.config.toml', 'model = "profile file"\n');
    write('repo/.codex/config.toml', 'model = "root"\n');
    write('repo/a/.codex/config.toml', 'model = "a"\n');
    write('repo/a/b/.codex/config.toml', 'model = "b"\n');
    write('repo/a/c/.codex/config.toml', 'model = "beside"\n');
    const loaded = load({ overrides: ['model=once'] });
    expect(loaded.config.model).toBe('once');
    expect(loaded.problems).toEqual([]);
    const model = explainKey(loaded, 'model');
    if (!model.ok) throw new Error(model.problem.what);
    const [{ from, beats } = { from: [], beats: [] }] = model.value;
    expect([...from, ...beats].map(({ value, file, line, layer }) => [value, file, line, layer])).toEqual([
      ['"once"', '-c', null, 'override'],
      ['"profile file"', '~/.codex/p.config.toml', 1, 'profile'],
      ['"profile"', '~/.codex/config.toml', 5, 'profile'],
      ['"b"', at('repo/a/b/.codex/config.toml'), 1, 'project'],
      ['"a"', at('repo/a/.codex/config.toml'), 1, 'project'],
      ['"root"', at('repo/.codex/config.toml'), 1, 'project'],
      ['"system"', at('etc/config.toml'), 1, 'system'],
    ]);
  });

  it('of a project that nobody trusts are not read: it is only said that they are there', () => {
    // Whoever reads it would wait for ever.
    fs.mkdirSync(at('repo', '.codex'));
    execFileSync('mkfifo', [at('repo', '.codex', 'config.toml')]);
    write('repo/a/.codex/config.toml', 'this is no TOML\n');
    const { problems, unused, config } = load();
    expect(unused).toEqual([at('repo/.codex/config.toml'), at('repo/a/.codex/config.toml')]);
    expect(problems.map(({ level }) => level)).toEqual(['warning', 'warning']);
    expect(problems[0]?.problem.next).toContain(`[projects.${JSON.stringify(at('repo'))}]`);
    expect(config).toEqual(load({ cwd: at('home') }).config);
  });

  it('of a project that was refused are not read either, and that is no news', () => {
    write('repo/.codex/config.toml', 'model = "x"\n');
    write('home/.codex/config.toml', trusted().replace('"trusted"', '"untrusted"'));
    const { problems, config, trust } = load();
    expect(trust.state).toBe('untrusted');
    expect(config.model).toBeNull();
    expect(problems.map(({ level }) => level)).toEqual(['info']);
  });

  it('are trusted folder by folder', () => {
    write('home/.codex/config.toml', `[projects.${JSON.stringify(at('repo', 'a'))}]\ntrust_level = "trusted"\n`);
    write('repo/.codex/config.toml', 'model = "root"\n');
    write('repo/a/.codex/config.toml', 'review_model = "a"\n');
    const { config, unused } = load();
    expect(config).toMatchObject({ model: null, review_model: 'a' });
    expect(unused).toEqual([at('repo/.codex/config.toml')]);
  });

  it('cannot make themselves trusted', () => {
    write('repo/.codex/config.toml', trusted());
    write('repo/a/.codex/config.toml', 'model = "x"\n');
    expect(load().config.model).toBeNull();
  });

  it('do not count the own file of the person twice where the home folder is the one to work in', () => {
    write(
      'home/.codex/config.toml',
      `model = "m"\n[projects.${JSON.stringify(at('home'))}]\ntrust_level = "trusted"\n`,
    );
    const { layers } = load({ cwd: at('home') });
    expect(layers.map(({ kind }) => kind)).toEqual(['user']);
    fs.symlinkSync(at('home', '.codex'), at('repo', '.codex'));
    expect(load({ overrides: [`projects.${JSON.stringify(at('repo'))}.trust_level=trusted`] }).layers).toHaveLength(2);
  });

  it('may be trusted for this once on the command line', () => {
    write('repo/.codex/config.toml', 'model = "root"\n');
    const loaded = load({ overrides: [`projects.${JSON.stringify(at('repo'))}.trust_level=trusted`] });
    expect(loaded.config.model).toBe('root');
  });
});

describe('a profile', () => {
  it('that was asked for wins over the one that is configured', () => {
    write('home/.codex/config.toml', 'profile = "a"\n[profiles.a]\nmodel = "a"\n[profiles.b]\nmodel = "b"\n');
    expect(load().config.model).toBe('a');
    expect(load({ overrides: ['profile=b'] }).config.model).toBe('b');
    expect(load({ profile: 'b', overrides: ['profile=a'] }).config.model).toBe('b');
  });

  it.each([
    [{ profile: 'nope' }, '--profile', null],
    [{ profile: '../../etc/passwd' }, '--profile', null],
    [{}, '~/.codex/config.toml', 2],
    [{ overrides: ['profile=none'] }, '-c', null],
  ])('that is not there is an error, because it may have narrowed something: %j', (asked, file, line) => {
    write('home/.codex/config.toml', '\nprofile = "gone"\n[profiles.a]\nmodel = "a"\n');
    expect(load(asked).problems).toMatchObject([{ level: 'error', key: 'profile', file, line }]);
  });

  it('is not taken from a project', () => {
    write('home/.codex/config.toml', trusted());
    write('repo/.codex/config.toml', 'profile = "p"\n[profiles.p]\nmodel = "x"\n');
    expect(load().config).toMatchObject({ model: null, profile: null, profiles: {} });
  });
});

describe('a file that cannot be read', () => {
  it.each(['pipe', 'folder', 'huge', 'loop'])(
    'because it is a %s is an error, and nothing is open until it is mended',
    (what) => {
      const file = at('home', '.codex', 'config.toml');
      fs.mkdirSync(path.dirname(file));
      if (what === 'pipe') execFileSync('mkfifo', [file]);
      if (what === 'folder') fs.mkdirSync(file);
      if (what === 'huge') fs.writeFileSync(file, `# ${'x'.repeat(1024 * 1024)}`);
      if (what === 'loop') fs.symlinkSync(file, file);
      write('etc/config.toml', 'approval_policy = "never"\nsandbox_mode = "danger-full-access"\n');
      const { config, problems } = load();
      expect(problems).toMatchObject([{ level: 'error', key: '', file: '~/.codex/config.toml' }]);
      expect(config).toMatchObject({ approval_policy: 'untrusted', sandbox_mode: 'read-only' });
    },
  );

  it('of TOML is named with its line', () => {
    write('home/.codex/config.toml', trusted());
    write('repo/.codex/config.toml', 'model = "a"\nmodel = "b"\n');
    expect(load().problems).toMatchObject([{ level: 'error', file: at('repo/.codex/config.toml'), line: 2 }]);
  });

  it('is told where an administrator wrote it for codex-cli alone', () => {
    write('etc/requirements.toml', 'allowed_sandbox_modes = ["read-only"]\n');
    expect(load().problems).toMatchObject([{ level: 'warning', file: at('etc/requirements.toml') }]);
  });
});

describe('codex config explain', () => {
  const SECRETS = `
[model_providers.x]
base_url = "https://me:hunter2@host/v1"
experimental_bearer_token = "hunter2"
http_headers = { Authorization = "Bearer hunter2" }
query_params = { key = "hunter2" }
[mcp_servers.s]
command = "x"
env = { PLAIN = "hunter2" }
[mcp_servers.s.oauth]
client_secret = "hunter2"
[shell_environment_policy.set]
MY_TOKEN = "hunter2"
[profiles.p.model_providers.y]
experimental_bearer_token = "hunter2"
`;

  it('shows no secret, in no value and no problem', () => {
    write('home/.codex/config.toml', SECRETS);
    const wrong = [
      'model_providers.x.experimental_bearer_token=5',
      'model_providers.x.http_headers="hunter2"',
      'mcp_servers.s=hunter2',
    ];
    const loaded = load({ overrides: wrong });
    const said = JSON.stringify([explainAll(loaded), loaded.problems]);
    expect(said).not.toContain('hunter2');
    expect(said).toContain('https://…@host/v1');
    expect(explainAll(loaded).filter(({ value }) => value === '"…"').length).toBeGreaterThan(5);
  });

  it('says the built-in value of what nobody set, and of a table all that is in it', () => {
    const loaded = load();
    expect(explainAll(loaded)).toEqual([]);
    expect(explainKey(loaded, 'tui.motion')).toMatchObject({
      value: [{ key: 'tui.motion', value: '"full"', from: [] }],
    });
    expect(explainKey(loaded, 'model')).toMatchObject({ value: [{ key: 'model', value: null }] });
    const approval = explainKey(loaded, 'tui.approval');
    expect(approval.ok && approval.value.map(({ key }) => key)).toEqual([
      'tui.approval.quiet_ms',
      'tui.approval.arm_ms',
      'tui.approval.settle_ms',
      'tui.approval.auto_focus',
    ]);
    expect(explainKey(loaded, 'mcp_servers.any.enabled')).toMatchObject({ value: [{ value: 'true' }] });
    expect(explainKey(loaded, 'mcp_servers')).toEqual({ ok: true, value: [] });
    expect(explainKey(loaded, 'shell_environment_policy.set.X')).toMatchObject({ value: [{ value: null }] });
  });

  it('says each key of a map, each with a line of its own', () => {
    write('etc/config.toml', '[shell_environment_policy.set]\nA = "1"\nB = "1"\n');
    write('home/.codex/config.toml', '[shell_environment_policy]\nset = { B = "2" }\n');
    expect(explainAll(load())).toMatchObject([
      { key: 'shell_environment_policy.set.A', value: '"1"', from: [{ line: 2, layer: 'system' }] },
      {
        key: 'shell_environment_policy.set.B',
        value: '"2"',
        from: [{ line: 2, layer: 'user' }],
        beats: [{ value: '"1"', line: 3, layer: 'system' }],
      },
    ]);
  });

  it('says what was not taken, and why', () => {
    write('home/.codex/config.toml', `approval_policy = "on-request"\n${trusted()}`);
    write('repo/.codex/config.toml', 'approval_policy = "never"\n');
    expect(explainKey(load({ overrides: ['approval_policy=maybe'] }), 'approval_policy')).toMatchObject({
      value: [
        {
          value: '"untrusted"',
          from: [],
          beats: [{ value: '"on-request"', layer: 'user' }],
          refused: [
            { value: '"maybe"', layer: 'override', why: 'wrong' },
            { value: '"never"', layer: 'project', line: 1, why: 'of a project' },
          ],
        },
      ],
    });
  });

  it.each([
    ['modle', 'model'],
    ['reasoning_effort', 'model_reasoning_effort'],
    ['tui.motoin', 'tui.motion'],
    ['motion', 'tui.motion'],
    ['model_providers.x.base_ulr', 'model_providers.<id>.base_url'],
    ['timeout', 'model_providers.<id>.stream_idle_timeout_ms'],
  ])('knows no %s, and names %s', (key, meant) => {
    const explained = explainKey(load(), key);
    expect(explained.ok ? '' : explained.problem.why).toContain(meant);
  });

  it.each(['', '..', 'a b', '"', 'model.x', 'xyzzy'])('knows no %j', (key) => {
    expect(explainKey(load(), key).ok).toBe(false);
  });

  it('writes nothing that moves a cursor', () => {
    write('home/.codex/config.toml', 'model = "a\\u001b[2J\\u009b\\u202e"\n');
    const [model] = explainAll(load());
    expect(model?.value).toBe('"a\\u001b[2J\\u009b\\u202e"');
  });
});
