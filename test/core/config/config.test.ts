import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  defaultConfig,
  readConfig,
  referencePage,
  referenceSections,
  sandboxOf,
} from '../../../src/core/config/index.ts';
import { builtInProfile } from '../../../src/sandbox/index.ts';

const FILE = '~/.codex/config.toml';

function read(text: string) {
  return readConfig(text, FILE);
}

function only(text: string) {
  const { problems } = read(text);
  expect(problems).toHaveLength(1);
  return problems[0]!;
}

describe('a file', () => {
  it('that is empty means the defaults', () => {
    expect(read('')).toEqual({ config: defaultConfig(), problems: [] });
    expect(read('\ufeff# nothing\n').problems).toEqual([]);
  });

  it('says what it says, and leaves the rest as it is', () => {
    const { config, problems } = read(`
model = "m"
approval_policy = "never"
output_file_limit = 4194304
[model_providers.mine]
base_url = "http://localhost:1/v1"
http_headers = { X-A = "1" }
[sandbox_workspace_write]
writable_roots = ["/opt/x"]
[tui]
fold_model = "off"
fold_person = { over = 10, first = 2, last = 3 }
paste_fold = false
resume_rows = 40
approval.arm_ms = 100
`);
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      model: 'm',
      approval_policy: 'never',
      output_file_limit: 4_194_304,
      model_providers: {
        mine: { base_url: 'http://localhost:1/v1', http_headers: { 'X-A': '1' }, stream_max_retries: 5 },
      },
      sandbox_workspace_write: { writable_roots: ['/opt/x'], network_access: false },
      tui: {
        fold_model: 'off',
        fold_person: { over: 10, first: 2, last: 3 },
        paste_fold: false,
        resume_rows: 40,
        approval: { arm_ms: 100, quiet_ms: 1000, auto_focus: true },
      },
    });
  });

  it('that is not TOML is named with the line, and nothing may be written until it is corrected', () => {
    const { config, problems } = read('model = "m"\nsandbox_mode = workspace-write\n');
    expect(problems[0]).toMatchObject({ level: 'error', line: 2 });
    expect(problems[0]?.problem.what).toMatch(/^~\/\.codex\/config\.toml:2:\d+: this is not TOML: /);
    expect(config).toMatchObject({ default_permissions: ':read-only', approval_policy: 'untrusted' });
  });

  it('cannot reach the prototype of anything', () => {
    const { config } = read('[model_providers.__proto__]\nbase_url = "http://x"\n[__proto__]\npolluted = 1\n');
    expect(Object.keys(config.model_providers)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(config)).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('a wrong value', () => {
  it('is named with file, line, key and what is allowed', () => {
    expect(only('\n\nsandbox_mode = "workspace"\n')).toMatchObject({
      level: 'error',
      key: 'sandbox_mode',
      line: 3,
      problem: {
        what: '~/.codex/config.toml:3: sandbox_mode = "workspace" is not possible.',
        next: 'Allowed: "read-only" | "workspace-write" | "danger-full-access". Until then it is "read-only".',
      },
    });
  });

  it.each([
    ['sandbox_mode = "readonly"', { sandbox_mode: 'read-only' }],
    ['default_permissions = ":workspace-write"', { default_permissions: ':read-only' }],
    ['approval_policy = "always"', { approval_policy: 'untrusted' }],
    ['[sandbox_workspace_write]\nexclude_slash_tmp = "yes"', { sandbox_workspace_write: { exclude_slash_tmp: true } }],
    ['[sandbox_workspace_write]\nnetwork_access = "true"', { sandbox_workspace_write: { network_access: false } }],
    ['[sandbox_workspace_write]\nwritable_roots = "/"', { sandbox_workspace_write: { writable_roots: [] } }],
    ['sandbox_workspace_write = true', { sandbox_workspace_write: { exclude_slash_tmp: true, network_access: false } }],
  ])('%j never gives more than the narrowest reading', (text, narrow) => {
    const { config, problems } = read(text);
    expect(problems[0]?.level).toBe('error');
    expect(config).toMatchObject(narrow);
  });

  it.each([
    'model = 3',
    'model = ""',
    'model_providers = []',
    'model_providers.x = "y"',
    'tui.fold_model = { over = 1 }',
    'tui.fold_model = { over = 1, first = 1, last = 1, lost = 1 }',
    'tui.approval.arm_ms = -1',
    'tui.approval.arm_ms = 1.5',
    'output_file_limit = 5',
    'output_file_limit = inf',
    'tui.motion = 1979-05-27',
  ])('%s is an error, and the rest still counts', (text) => {
    const { config, problems } = read(`approval_policy = "never"\n${text}\n`);
    expect(problems.map((problem) => [problem.level, problem.line])).toEqual([['error', 2]]);
    expect(config.approval_policy).toBe('never');
  });

  it('does not repeat a long one', () => {
    expect(only(`model_provider = ["${'x'.repeat(5000)}"]`).problem.what.length).toBeLessThan(200);
  });
});

describe('an unknown key', () => {
  it.each([
    ['aproval_policy = "never"', 'aproval_policy', 'Did you mean approval_policy?'],
    ['[tui]\nfold_modle = "off"', 'tui.fold_modle', 'Did you mean tui.fold_model?'],
    [
      '[model_providers."my server"]\nbaseurl = "x"',
      'model_providers."my server".baseurl',
      'Did you mean model_providers."my server".base_url?',
    ],
    ['zebra = 1', 'zebra', ''],
  ])('%j is a warning with its line and what may have been meant', (text, key, next) => {
    const found = only(text);
    expect(found).toMatchObject({ level: 'warning', key, line: text.split('\n').length, problem: { next } });
    expect(found.problem.what).toContain('is not known and has no effect');
  });
});

describe('a file of codex-cli', () => {
  it('is read without a complaint: what has no effect here is one line', () => {
    const found = only(
      'personality = "friendly"\n[mcp_servers.docs]\nstartup_readiness = "catalog"\n[tui]\nanimations = false\n[model_providers.a]\nsupports_websockets = true\n[[hooks.SessionStart]]\nmatcher = "x"\n',
    );
    expect(found).toMatchObject({ level: 'info', line: null });
    expect(found.problem.what).toContain('5 settings of codex-cli');
    expect(found.problem.why).toBe(
      'personality, model_providers.a.supports_websockets, mcp_servers.docs.startup_readiness, hooks.SessionStart, ' +
        'tui.animations.',
    );
  });

  it('reads an older policy as the nearest one, and says so', () => {
    expect(only('approval_policy = "on-failure"').level).toBe('info');
    expect(read('approval_policy = "on-failure"').config.approval_policy).toBe('on-request');
  });

  it('may ask kind by kind', () => {
    const text =
      'approval_policy = { granular = { sandbox_approval = true, rules = false, mcp_elicitations = false } }';
    expect(read(text)).toMatchObject({
      problems: [],
      config: { approval_policy: { granular: { sandbox_approval: true, rules: false } } },
    });
    const half = read('approval_policy = { granular = { sandbox_approval = true } }');
    expect(half.problems.map(({ level }) => level)).toEqual(['error']);
    expect(half.config.approval_policy).toBe('untrusted');
  });

  it('may name a theme of its own', () => {
    expect(only('tui.theme = "catppuccin-mocha"').level).toBe('info');
  });

  it('may have profiles of its own', () => {
    const { config, problems } = read('default_permissions = "dev"\n[permissions.dev]\nextends = ":workspace"\n');
    expect(problems).toEqual([]);
    expect(sandboxOf(config, { cwd: '/w', home: '/home/u' })).toMatchObject({
      name: 'dev',
      profile: builtInProfile(':workspace').profile,
    });
  });

  it('is told on which line a profile is wrong, and may write nothing', () => {
    const text =
      'default_permissions = "dev"\n[permissions.dev]\nextends = ":workspace"\n[permissions.dev.network]\nmode = "no"\n';
    const { config, problems } = read(text);
    expect(problems.map(({ key, line }) => [key, line])).toEqual([
      ['permissions.dev.network.mode', 5],
      ['default_permissions', 1],
    ]);
    expect(problems[1]?.problem.next).toContain('names a profile with an error');
    expect(config.default_permissions).toBe(':read-only');
  });

  it('is told which profiles there are when it names another', () => {
    const { config, problems } = read('default_permissions = "nope"\n[permissions.dev]\nextends = ":workspace"\n');
    expect(problems.map(({ key }) => key)).toEqual(['default_permissions']);
    expect(problems[0]?.problem.next).toContain(
      ':read-only, :workspace, :danger-full-access, :external. Your own: dev.',
    );
    expect(config.default_permissions).toBe(':read-only');
  });

  it('is told that profiles without default_permissions are not in force', () => {
    expect(only('[permissions.dev]\nextends = ":workspace"\n')).toMatchObject({ level: 'warning', line: 1 });
  });

  it('with both spellings of the sandbox is told which one has no effect', () => {
    const found = only('sandbox_mode = "danger-full-access"\ndefault_permissions = ":workspace"\n');
    expect(found).toMatchObject({ level: 'warning', line: 2 });
    expect(found.problem.what).toContain('sandbox_mode has no effect, because default_permissions is set.');
  });
});

describe('the reference', () => {
  it('on the page is the one in the code', () => {
    const page = readFileSync(new URL('../../../docs/config.md', import.meta.url), 'utf8');
    expect(page, 'run: node scripts/config-reference.mjs').toBe(referencePage());
  });

  it('gives defaults that are possible as they are written there', () => {
    for (const section of referenceSections()) {
      for (const row of section.rows) {
        if (row.unsaid === '') continue;
        const key = row.key.replaceAll(/<\w+>/g, 'x');
        const { config, problems } = read(`${key} = ${row.unsaid}\n`);
        expect(problems, row.key).toEqual([]);
        if (section.table.includes('<') || key === 'default_permissions') continue;
        expect(config, row.key).toEqual(defaultConfig());
      }
    }
  });
});
