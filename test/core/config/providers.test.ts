import { describe, expect, it } from 'vitest';
import type { StoredLogin } from '../../../src/core/auth/index.ts';
import { keyNamesOf, readConfig, resolveProvider } from '../../../src/core/config/index.ts';

function configOf(text: string) {
  const { config, problems } = readConfig(text, 'config.toml');
  expect(problems).toEqual([]);
  return config;
}

function resolve(text: string, env: Record<string, string> = {}) {
  const result = resolveProvider(configOf(text), env);
  if (!result.ok) throw new Error(result.problem.what);
  return result.value;
}

function refusal(text: string, env: Record<string, string> = {}) {
  const result = resolveProvider(configOf(text), env);
  if (result.ok) throw new Error('expected a problem');
  return result.problem;
}

describe('the provider', () => {
  it('is the shell when nothing is set up, or when it is asked for', () => {
    expect(resolve('')).toEqual({ kind: 'shell' });
    expect(resolve('', { OPENAI_API_KEY: '' })).toEqual({ kind: 'shell' });
    expect(resolve('model_provider = "shell"', { OPENAI_API_KEY: 'k' })).toEqual({ kind: 'shell' });
  });

  it('is OpenAI when there is a key for it, without any configuration, and the key itself is not in the answer', () => {
    const choice = resolve('', { OPENAI_API_KEY: 'the-key', OPENAI_PROJECT: 'p1' });
    expect(choice).toMatchObject({
      kind: 'model',
      wire: 'responses',
      searches: true,
      options: { webSearch: 'cached' },
      contextWindow: 400_000,
      id: 'openai',
      name: 'OpenAI',
      baseUrl: 'https://api.openai.com/v1',
      key: { kind: 'variable', name: 'OPENAI_API_KEY' },
      headers: { 'OpenAI-Project': 'p1' },
    });
    expect(JSON.stringify(choice)).not.toContain('the-key');
  });

  it.each([
    ['ollama', 'http://localhost:11434/v1'],
    ['lmstudio', 'http://localhost:1234/v1'],
    ['llamacpp', 'http://localhost:8080/v1'],
    ['vllm', 'http://localhost:8000/v1'],
  ])('%s needs nothing, not even the name of a model, and gets no key', (id, baseUrl) => {
    const env = { OPENAI_API_KEY: 'not for it' };
    expect(resolve(`model = "m"\nmodel_provider = "${id}"`, env)).toMatchObject({
      id,
      wire: 'chat',
      searches: false,
      baseUrl,
      key: null,
      headers: {},
    });
    expect(resolve(`model_provider = "${id}"`, env)).toMatchObject({ kind: 'unpicked', id, baseUrl, key: null });
  });

  it('of a person’s own has everything its table says', () => {
    const choice = resolve(
      `model = "m"
model_provider = "mine"
[model_providers.mine]
name = "Mine"
base_url = "https://models.example/v1/"
env_key = "MINE_KEY"
http_headers = { A = "1", B = "2" }
env_http_headers = { B = "B_VALUE", C = "NOT_SET" }
query_params = { api-version = "7" }
request_max_retries = 1
stream_max_retries = 0
stream_idle_timeout_ms = 9
wire_api = "chat"
`,
      { MINE_KEY: 'k', B_VALUE: 'from the environment' },
    );
    expect(choice).toEqual({
      kind: 'model',
      wire: 'chat',
      searches: false,
      options: { effort: null, summary: 'auto', verbosity: null, maxOutputTokens: null, webSearch: 'cached' },
      id: 'mine',
      name: 'Mine',
      model: 'm',
      baseUrl: 'https://models.example/v1',
      key: { kind: 'variable', name: 'MINE_KEY' },
      headers: { A: '1', B: 'from the environment' },
      query: { 'api-version': '7' },
      requestRetries: 1,
      streamRetries: 0,
      idleTimeoutMs: 9,
      contextWindow: null,
    });
  });

  it('that is moved to another server does not take the first one’s key along, unless that is said', () => {
    const moved = 'model_provider = "openai"\n[model_providers.openai]\nbase_url = "https://other.example/v1"\n';
    const env = { OPENAI_API_KEY: 'k' };
    expect(resolve(moved, env)).toMatchObject({ baseUrl: 'https://other.example/v1', key: null });
    expect(resolve(`${moved}requires_openai_auth = true\n`, env)).toMatchObject({
      key: { kind: 'variable', name: 'OPENAI_API_KEY' },
    });
  });

  it.each([
    ['model_provider = "olama"', 'There is no model provider "olama".', 'Did you mean model_provider = "ollama"?'],
    ['model_provider = "constructor"', 'There is no model provider "constructor".', '[model_providers.constructor]'],
    ['model = "m"\nmodel_provider = "x"\n[model_providers.x]\n', 'Model provider x has no address.', 'base_url'],
    [
      'model = "m"\nmodel_provider = "x"\n[model_providers.x]\nbase_url = "localhost:1"',
      'not possible: localhost:1',
      'http://',
    ],
    [
      'model = "m"\nmodel_provider = "x"\n[model_providers.x]\nbase_url = "http://h"\nenv_key = "X_KEY"',
      'X_KEY is not set',
      'export X_KEY=',
    ],
    ['model_provider = "openai"', 'OPENAI_API_KEY is not set', 'export OPENAI_API_KEY='],
  ])('%j is refused with what is missing', (text, what, next) => {
    const problem = refusal(text);
    expect(problem.what).toContain(what);
    expect(problem.next).toContain(next);
  });

  const KEY_FILE = { kind: 'key', file: '/h/auth.json' } as const;
  const UNUSABLE = { kind: 'unusable', problem: { what: 'open to others', why: '', next: 'chmod 600' } } as const;
  const OTHER = { kind: 'chatgpt', file: '/h/auth.json' } as const;

  function keyOf(text: string, env: Record<string, string>, login: StoredLogin) {
    const result = resolveProvider(configOf(text), env, login);
    if (!result.ok) return result.problem;
    return result.value.kind === 'shell' ? 'shell' : result.value.key;
  }

  it('takes the key of codex-cli’s variable, then the stored one, then everybody’s', () => {
    const all = { CODEX_API_KEY: 'a', OPENAI_API_KEY: 'b' };
    const stored = { kind: 'file', path: '/h/auth.json' };
    expect(keyOf('', all, KEY_FILE)).toEqual({ kind: 'variable', name: 'CODEX_API_KEY' });
    expect(keyOf('', { OPENAI_API_KEY: 'b' }, KEY_FILE)).toEqual(stored);
    expect(keyOf('', {}, KEY_FILE)).toEqual(stored);
    expect(keyOf('', { OPENAI_API_KEY: 'b' }, { kind: 'none' })).toEqual({ kind: 'variable', name: 'OPENAI_API_KEY' });
    const mine = 'model = "m"\nmodel_provider = "x"\n[model_providers.x]\nbase_url = "http://h"\n';
    expect(keyOf(mine, all, KEY_FILE)).toBe(null);
    expect(keyOf(`${mine}requires_openai_auth = true\n`, {}, KEY_FILE)).toEqual(stored);
  });

  it('does not take another key in silence where the stored one is open to others', () => {
    expect(keyOf('', { OPENAI_API_KEY: 'b' }, UNUSABLE)).toEqual(UNUSABLE.problem);
    expect(keyOf('', { CODEX_API_KEY: 'a' }, UNUSABLE)).toMatchObject({ name: 'CODEX_API_KEY' });
    expect(keyOf('model_provider = "shell"', {}, UNUSABLE)).toBe('shell');
  });

  it('has no use for a ChatGPT login, and says so where OpenAI is asked for', () => {
    expect(keyOf('', {}, OTHER)).toBe('shell');
    expect(keyOf('model_provider = "openai"', {}, OTHER)).toMatchObject({
      why: expect.stringContaining('ChatGPT login in /h/auth.json'),
      next: expect.stringContaining('codex login --with-api-key'),
    });
    expect(keyOf('', { OPENAI_API_KEY: 'b' }, OTHER)).toMatchObject({ name: 'OPENAI_API_KEY' });
  });

  it('takes a key that is written down, without it being in the answer, or a program that prints it', () => {
    const table = 'model = "m"\nmodel_provider = "x"\n[model_providers.x]\nbase_url = "http://h"\n';
    const written = resolve(`${table}experimental_bearer_token = "tok-secret"`);
    expect(JSON.stringify(written)).not.toContain('tok-secret');
    const key = written.kind === 'model' && written.key?.kind === 'written' ? written.key.read() : '';
    expect(key).toBe('tok-secret');
    const program = '[model_providers.x.auth]\ncommand = "get-token"\nargs = ["--now"]\ntimeout_ms = 9\n';
    expect(resolve(`${table}${program}`)).toMatchObject({
      key: { kind: 'program', program: { argv: ['get-token', '--now'], limitMs: 9, refreshMs: 300_000 } },
    });
    expect(refusal(`${table}env_key = "A"\n${program}`).what).toContain('more than one place for its key');
    expect(refusal(`${table}env_key = "A"\nenv_key_instructions = "See the wiki."`).why).toBe('See the wiki.');
  });

  it('that is OpenAI moves with openai_base_url, and keeps its key', () => {
    const moved = resolve('openai_base_url = "https://proxy.example/v1/"', { OPENAI_API_KEY: 'k' });
    expect(moved).toMatchObject({ id: 'openai', baseUrl: 'https://proxy.example/v1', key: { name: 'OPENAI_API_KEY' } });
  });

  it('searches the web as far as the configuration has it', () => {
    const search = (text: string) => {
      const choice = resolve(text, { OPENAI_API_KEY: 'k' });
      return choice.kind === 'model' ? [choice.searches, choice.options.webSearch, choice.options.search] : [];
    };
    expect(search('')).toEqual([true, 'cached', undefined]);
    expect(search('web_search = "live"\n[tools.web_search]\ncontext_size = "low"\n')).toEqual([
      true,
      'live',
      { context_size: 'low' },
    ]);
    expect(search('web_search = "live"\n[tools]\nweb_search = false\n')).toEqual([true, 'disabled', undefined]);
  });

  it('keeps every variable that holds a key away from commands, of providers not in use, too', () => {
    const config = configOf(
      '[model_providers.a]\nenv_key = "A"\nenv_http_headers = { H = "B" }\n' +
        '[mcp_servers.s]\nurl = "http://h/"\nbearer_token_env_var = "C"\nenv_http_headers = { H = "D" }\n',
    );
    expect(keyNamesOf(config)).toEqual(['CODEX_API_KEY', 'OPENAI_API_KEY', 'A', 'B', 'C', 'D']);
  });
});
