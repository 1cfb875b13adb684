import { describe, expect, it } from 'vitest';
import { problemOfFailure } from '../../../src/core/agent/provider-problems.ts';
import {
  failureOf,
  isTooLong,
  mayHelpToRetry,
  type ResponseFailure,
  waitInWords,
} from '../../../src/core/agent/response-failure.ts';

const refusal = (detail: string, status = 400, code = ''): ResponseFailure => ({
  kind: 'status',
  status,
  code,
  detail,
  waitMs: null,
});

describe('a conversation that is too long', () => {
  it.each([
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 128001 tokens.",
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.",
    'The decoder prompt (length 5021) is longer than the maximum model length of 4096.',
    'the request exceeds the available context size. try increasing the context size or enable context shift',
    'request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it',
    'prompt too long; exceeded max context length by 812 tokens',
    'the input length exceeds the context length',
    'Trying to keep the first 6172 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
    'The number of tokens to keep from the initial prompt is greater than the context length.',
    "This endpoint's maximum context length is 32768 tokens.",
    'prompt is too long: 210000 tokens > 200000 maximum',
    'The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).',
    "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
    'Please reduce the length of the messages or completion.',
    'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
  ])('is recognised: %s', (sentence) => {
    for (const failure of [refusal(sentence), refusal(sentence, 500)]) {
      expect(isTooLong(failure)).toBe(true);
      expect(mayHelpToRetry(failure)).toBe(false);
    }
    expect(isTooLong({ kind: 'failed', code: '', detail: sentence, waitMs: null })).toBe(true);
  });

  it.each([
    'Rate limit reached for gpt-5 on tokens per min (TPM): Limit 30000, Used 29000, Requested 5000.',
    'Invalid value for max_tokens: it is too large.',
    'The model `x` does not exist.',
    'string too long. Expected a string with maximum length 64, but got a string with length 70 instead.',
    'Invalid image: the file is too large.',
    '',
  ])('is not what this says: %s', (sentence) => {
    expect(isTooLong(refusal(sentence))).toBe(false);
    expect(isTooLong(refusal('maximum context length is 5', 429))).toBe(false);
  });
});

describe('the wait a server asks for', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const waitOf = (headers: Record<string, string>, message = 'slow down', status = 429): number | null => {
    const error = Object.assign(new Error(`${status} ${message}`), { status, headers: new Headers(headers) });
    const failure = failureOf(error, false, 0, now);
    return failure.kind === 'status' ? failure.waitMs : null;
  };

  it.each([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:20 GMT' }, 20_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:00 GMT' }, 0],
    [{ 'retry-after-ms': '120', 'retry-after': '9' }, 120],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-4' }, null],
    [{}, null],
  ])('is in the headers: %j', (headers, expected) => {
    expect(waitOf(headers)).toBe(expected);
  });

  it.each([
    ['Please try again in 20s.', 20_000],
    ['Please try again in 1.898s. Visit …', 1898],
    ['try again in 35 ms', 35],
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 1m30.5s', 90_500],
    ['try again after 2 seconds', 2000],
    ['Please retry later', null],
    ['try again in a moment', null],
  ])('is in the sentence: %s', (sentence, expected) => {
    expect(waitInWords(sentence)).toBe(expected);
    expect(waitOf({}, sentence)).toBe(expected);
    expect(waitOf({ 'retry-after': '1' }, sentence)).toBe(1000);
  });
});

describe('what each server says of a conversation that does not fit', () => {
  it.each([
    ['OpenAI', 'Your input exceeds the context window of this model.', 'context_length_exceeded'],
    ['vLLM', "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens", ''],
    ['llama.cpp', 'the request exceeds the available context size, try increasing it', ''],
    ['llama.cpp, newer', 'request (9000 tokens) is larger', 'exceed_context_size_error'],
    ['Ollama', 'input length exceeds maximum context length', ''],
    ['LM Studio', 'The number of tokens to keep from the initial prompt is greater than the context length', ''],
    ['Anthropic', 'prompt is too long: 210000 tokens > 200000 maximum', 'invalid_request_error'],
    ['Anthropic, with an answer', 'input length and `max_tokens` exceed context limit: 1 + 2 > 2', ''],
    ['Gemini', 'The input token count (9) exceeds the maximum number of tokens allowed (8).', ''],
    ['OpenRouter', "This endpoint's maximum context length is 8192 tokens. However, you requested about 9", ''],
    ['Groq', 'Please reduce the length of the messages or completion.', 'context_length_exceeded'],
    ['a gateway', 'The request is too large for this model.', 'request_too_large'],
    ['somebody whose context is full', 'The context window is full', ''],
  ])('is recognised from %s, as a refusal and as trouble, and not tried again', (_, detail, code) => {
    const said: ResponseFailure = { kind: 'failed', code, detail, waitMs: null };
    for (const failure of [refusal(detail, 400, code), refusal(detail, 500, code), said]) {
      expect(isTooLong(failure)).toBe(true);
      expect(mayHelpToRetry(failure)).toBe(false);
      expect(problemOfFailure(failure, facts, []).what).toBe('This session is longer than m can hold.');
    }
  });

  it.each<[ResponseFailure]>([
    [refusal('Request too large for gpt-4o on tokens per min (TPM): Limit 30000. The input is too long.', 429)],
    [refusal('Rate limit', 429, 'rate_limit_exceeded')],
    [refusal('slot context is gone', 500)],
    [{ kind: 'failed', code: 'rate_limit_exceeded', detail: 'your prompt is too long for this minute', waitMs: 5 }],
    [{ kind: 'failed', code: '', detail: 'Rate limit reached: prompt is too long for 1 min (TPM)', waitMs: 5 }],
  ])('is not a limit of a rate, or other trouble: %j', (failure) => {
    expect(isTooLong(failure)).toBe(false);
    expect(mayHelpToRetry(failure)).toBe(true);
  });
});

describe('a model that is not there', () => {
  it.each([
    ['ollama', refusal('model "m:7b" not found, try pulling it first', 404), 'ollama pull m:7b'],
    ['ollama', refusal('model "m:7b" not found, try pulling it first', 400), 'ollama pull m:7b'],
    ['lmstudio', refusal('No models loaded. Please load a model', 404), 'lms get m:7b'],
    ['lmstudio', refusal('No models loaded.', 400), 'lms get m:7b'],
    ['vllm', refusal('The model `m:7b` does not exist.', 404, 'NotFoundError'), 'vllm serve m:7b'],
    ['mine', refusal('x', 404, 'model_not_found'), '--model'],
  ])('is told with the way to get it: %s', (id, failure, way) => {
    const problem = problemOfFailure(failure, { ...facts, id, model: 'm:7b' }, []);
    expect(problem.what).toMatch(/ has no model m:7b\.$/);
    expect(problem.next).toContain(way);
  });

  it('is not told in words that a shell would act on, nor with ways of no server', () => {
    const failure = refusal('model not found', 404);
    const next = (id: string, model: string) => problemOfFailure(failure, { ...facts, id, model }, []).next;
    expect(next('ollama', 'x; rm -rf ~')).not.toContain('rm -rf');
    expect(next('constructor', 'm')).toContain('--model');
    const refused = problemOfFailure(
      { kind: 'unreachable', code: 'ECONNREFUSED', detail: '' },
      { ...facts, id: 'constructor' },
      [],
    );
    expect(refused.next).toContain('Check base_url of model provider constructor');
  });

  it.each([404, 405])('and a path that is not there (%i) name the other protocol', (status) => {
    const chat = problemOfFailure(refusal('404 page not found', status), { ...facts, id: 'ollama', wire: 'chat' }, []);
    expect(chat.what).toContain('or no Chat Completions');
    expect(chat.next).toContain('wire_api = "responses"');
    const responses = problemOfFailure(refusal('', status), { ...facts, id: 'mine', wire: 'responses' }, []);
    expect(responses.what).toContain('or no Responses API');
    expect(responses.next).toContain('wire_api = "chat" in [model_providers.mine]');
  });
});

const facts = {
  id: 'x',
  name: 'X',
  baseUrl: 'https://h/v1',
  model: 'm',
  wire: 'chat',
  keyName: 'X_KEY',
  isStoredKey: false,
  has: [],
} as const;

describe('a refusal', () => {
  it.each([
    [400, 'registry.ollama.ai/library/gemma:2b does not support tools', 'cannot use tools', 'Take a model'],
    [500, 'tools param requires --jinja flag', 'cannot use tools', '--jinja'],
    [
      400,
      '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
      'cannot use tools',
      'vllm',
    ],
    [402, 'Insufficient Balance', 'no quota left', ''],
    [403, 'Country, region, or territory not supported', 'refused the request (403)', 'X_KEY'],
    [401, 'bad key', 'refused the key in X_KEY (401)', 'Set another one'],
    [413, 'Request Entity Too Large', 'longer than m can hold', 'new session'],
    [
      400,
      'Your organization must be verified to generate reasoning summaries.',
      'refused the request (400)',
      'model_reasoning_summary',
    ],
  ])('with %i and "%s" is not tried again, and says what helps', (status, detail, what, next) => {
    const failure = refusal(detail, status);
    const problem = problemOfFailure(failure, facts, []);
    expect(problem.what).toContain(what);
    expect(problem.next).toContain(next);
    expect(mayHelpToRetry(failure)).toBe(false);
  });

  it('while a model is loaded is waited for', () => {
    const error = Object.assign(new Error('503 Loading model'), { status: 503, headers: new Headers() });
    const failure = failureOf(error, false, 0, 0);
    expect(failure).toMatchObject({ kind: 'status', waitMs: 8000 });
    expect(mayHelpToRetry(failure)).toBe(true);
  });
});

describe('a problem with a certificate', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'not valid today', 'clock'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'for another name', 'base_url'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'not trusted', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'not trusted', 'NODE_EXTRA_CA_CERTS'],
    ['EPROTO', 'No secure connection', 'http://'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'No secure connection', 'http://'],
  ])('%s says what is wrong with it, and is not tried again', (code, what, next) => {
    const failure: ResponseFailure = { kind: 'unreachable', code, detail: 'tls' };
    const problem = problemOfFailure(failure, facts, []);
    expect(problem.what).toContain(what);
    expect(problem.next).toContain(next);
    expect(mayHelpToRetry(failure)).toBe(false);
  });
});
