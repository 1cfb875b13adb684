// A failed response in words a person can act on: which server, what it said, what to type.

import { assertNever, type Problem } from '../../problem/index.ts';
import { isTlsTrouble, type ResponseFailure } from './response-failure.ts';

/** What the words need to know of a provider. */
export interface ProviderFacts {
  readonly id: string;
  readonly baseUrl: string;
  readonly model: string;
  readonly wire: 'responses' | 'chat';
  /** Name of the variable the key is in; null when the provider wants none. */
  readonly keyEnv: string | null;
}

const KEPT = 'The message is kept; send it again.';

/** Servers quote what they were sent: a sentence of theirs is shown in one line of at most this many characters. */
const MAX_DETAIL = 300;

/** How to start the servers people run on their own machine. */
const START: Readonly<Record<string, string>> = {
  ollama: 'Start it with: ollama serve',
  lmstudio: 'Start it with: lms server start',
  llamacpp: 'Start it with: llama-server -m MODEL.gguf',
  vllm: 'Start it with: vllm serve MODEL',
};

const UNREACHABLE_WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused: nothing listens there.',
  ENOTFOUND: 'No such host is known.',
  EAI_AGAIN: 'The name could not be looked up: there may be no network.',
  ENETUNREACH: 'The network cannot be reached.',
  EHOSTUNREACH: 'The host cannot be reached.',
  ETIMEDOUT: 'The connection timed out.',
  ECONNRESET: 'The connection was closed.',
};

/** `secrets` never appear in the result, whatever the server quotes. */
export function problemOfFailure(
  failure: ResponseFailure,
  provider: ProviderFacts,
  secrets: readonly string[],
): Problem {
  const detail = (text: string): string => withoutSecrets(oneLine(text), secrets);
  switch (failure.kind) {
    case 'unreachable':
      if (isTlsTrouble(failure.code)) {
        return {
          what: `The certificate of ${provider.baseUrl} is not trusted.`,
          why: detail(failure.detail),
          next: 'If your network has a certificate authority of its own, name its PEM file in NODE_EXTRA_CA_CERTS.',
        };
      }
      return {
        what: `The model server at ${provider.baseUrl} does not answer.`,
        why: UNREACHABLE_WHY[failure.code] ?? detail(failure.detail),
        next: [START[provider.id] ?? `Check base_url of model provider ${provider.id}.`, KEPT].join(' '),
      };
    case 'status':
      return problemOfStatus(failure, provider, detail(failure.detail));
    case 'cut':
      return {
        what: `The connection to ${provider.baseUrl} was lost after ${seconds(failure.afterMs)}.`,
        why: detail(failure.detail),
        next: KEPT,
      };
    case 'silent':
      return {
        what: `The model server at ${provider.baseUrl} has sent nothing for ${seconds(failure.idleMs)}.`,
        why: '',
        next: `${KEPT} A slow server needs a larger stream_idle_timeout_ms.`,
      };
    case 'garbled':
      return {
        what: `The model server at ${provider.baseUrl} sent something that is not a response.`,
        why: detail(failure.detail),
        next: 'Check that base_url ends where its /responses begins (often /v1) and that it speaks the Responses API.',
      };
    case 'failed':
      return {
        what: `${provider.model} could not answer${failure.code === '' ? '' : ` (${failure.code})`}.`,
        why: detail(failure.detail),
        next: failure.code === 'context_length_exceeded' ? 'Start a new session, or continue with less.' : KEPT,
      };
    default:
      return assertNever(failure);
  }
}

function problemOfStatus(
  failure: Extract<ResponseFailure, { kind: 'status' }>,
  provider: ProviderFacts,
  detail: string,
): Problem {
  const { status } = failure;
  if (status === 401 || status === 403) {
    return {
      what:
        provider.keyEnv === null
          ? `The model server at ${provider.baseUrl} wants a key (${status}).`
          : `The provider refused the key in ${provider.keyEnv} (${status}).`,
      why: detail,
      next:
        provider.keyEnv === null
          ? `Name its variable: env_key in [model_providers.${provider.id}].`
          : 'Set another one and send the message again; it is kept.',
    };
  }
  if (failure.code === 'insufficient_quota') {
    return { what: 'The account of this key has no quota left.', why: detail, next: KEPT };
  }
  if (failure.code === 'context_length_exceeded') {
    return {
      what: `This session is longer than ${provider.model} can hold.`,
      why: detail,
      next: 'Start a new session, or continue with less.',
    };
  }
  if (status === 429) {
    const wait = failure.waitMs === null ? 'slower requests' : `a wait of ${seconds(failure.waitMs)}`;
    return { what: `The provider asks for ${wait} (429).`, why: detail, next: KEPT };
  }
  if (status === 404) {
    return {
      what: `${provider.baseUrl} has no model ${provider.model}, or no Responses API (404).`,
      why: detail,
      next: 'Check model and base_url in config.toml.',
    };
  }
  if (status >= 300 && status < 400) {
    return {
      what: `${provider.baseUrl} points to another address (${status}); a key is not sent along.`,
      why: detail,
      next: 'Put the new address into base_url.',
    };
  }
  if (status >= 500) {
    return { what: `The model server at ${provider.baseUrl} is in trouble (${status}).`, why: detail, next: KEPT };
  }
  return {
    what: `The model server at ${provider.baseUrl} refused the request (${status}).`,
    why: detail,
    next: `Check model (${provider.model}) and the settings of model provider ${provider.id}.`,
  };
}

function seconds(ms: number): string {
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

function oneLine(text: string): string {
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL)}…` : line;
}

/** Besides the very key: anything that looks like one, since a server may quote it with its middle starred out. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[key]');
  return clean.replace(/\bsk-[\w*.-]{6,}/g, '[key]');
}
