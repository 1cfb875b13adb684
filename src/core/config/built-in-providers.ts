// Model providers that need no table in the configuration.

/** Taken by the OpenAI provider when no model is named. */
const DEFAULT_OPENAI_MODEL = 'gpt-5.2-codex';

export interface BuiltInProvider {
  readonly name: string;
  readonly baseUrl: string;
  readonly wire: 'responses' | 'chat';
  /** Variable that holds the key; null: none is sent. */
  readonly keyEnv: string | null;
  /** Variable that moves it elsewhere; null: none does. */
  readonly baseUrlEnv: string | null;
  readonly model: string | null;
  /** Headers whose values are in variables. */
  readonly envHeaders: Readonly<Record<string, string>>;
}

/** A server on this machine, at the port it takes unless told otherwise. */
function local(name: string, port: number): BuiltInProvider {
  const baseUrl = `http://localhost:${port}/v1`;
  return { name, baseUrl, wire: 'chat', keyEnv: null, baseUrlEnv: null, model: null, envHeaders: {} };
}

export const builtInProviders: Readonly<Record<string, BuiltInProvider>> = {
  openai: {
    name: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    wire: 'responses',
    keyEnv: 'OPENAI_API_KEY',
    baseUrlEnv: 'OPENAI_BASE_URL',
    model: DEFAULT_OPENAI_MODEL,
    envHeaders: { 'OpenAI-Organization': 'OPENAI_ORGANIZATION', 'OpenAI-Project': 'OPENAI_PROJECT' },
  },
  ollama: local('Ollama', 11434),
  lmstudio: local('LM Studio', 1234),
  llamacpp: local('llama.cpp', 8080),
  vllm: local('vLLM', 8000),
};
