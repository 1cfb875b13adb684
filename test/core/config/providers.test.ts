import { describe, expect, it } from 'vitest';
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

  it('keeps every variable that holds a key away from commands, of providers not in use, too', () => {
    const config = configOf(
      '[model_providers.a]\nenv_key = "A"\nenv_http_headers = { H = "B" }\n' +
        '[mcp_servers.s]\nurl = "http://h/"\nbearer_token_env_var = "C"\nenv_http_headers = { H = "D" }\n',
    );
    expect(keyNamesOf(config)).toEqual(['CODEX_API_KEY', 'OPENAI_API_KEY', 'A', 'B', 'C', 'D']);
  });
});
