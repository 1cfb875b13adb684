// A failed response in words a person can act on: which server, what it said, what to type.

import { assertNever, type Problem } from '../../problem/index.ts';
import { PROXY_FAILED } from './proxy-choice.ts';
import { isMissingModel, isTlsTrouble, isTooLong, type ResponseFailure, toolsWay } from './response-failure.ts';

/** What the words need to know of a provider. */
export interface ProviderFacts {
  readonly id: string;
  readonly name: string;
  readonly baseUrl: string;
  /** Null while none is picked. */
  readonly model: string | null;
  readonly wire: 'responses' | 'chat';
  /** What the key is in, for people; null when the provider wants none. */
  readonly keyName: string | null;
  /** It was stored by `codex login`. */
  readonly isStoredKey: boolean;
  /** Models the server has, where that was asked. */
  readonly has: readonly string[];
}

export const KEPT = 'The message is kept; send it again.';

/** Servers quote what they were sent: a sentence of theirs is shown in one line of at most this many characters. */
const MAX_DETAIL = 300;

/** How to start the servers people run on their own machine. */
const START: Readonly<Record<string, string>> = {
  ollama: 'Start it with: ollama serve',
  lmstudio: 'Start it with: lms server start',
  llamacpp: 'Start it with: llama-server -m MODEL.gguf',
  vllm: 'Start it with: vllm serve MODEL',
};

/** How a model gets there. */
const GET_MODEL: Readonly<Record<string, (model: string) => string>> = {
  ollama: (model) => `Get it with: ollama pull ${model}`,
  lmstudio: (model) => `Get it with: lms get ${model}`,
  llamacpp: (model) => `Start it with that one: llama-server -m MODEL.gguf --alias ${model}`,
  vllm: (model) => `Start it with that one: vllm serve ${model}`,
};

/** More names of models than these are no help. */
const MOST_NAMES = 8;

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
      if (failure.code === PROXY_FAILED) return problemOfProxy(provider, detail(failure.detail));
      if (isTlsTrouble(failure.code)) return problemOfTls(failure.code, provider, detail(failure.detail));
      return {
        what:
          wayToStart(provider.id) === null
            ? `The model server at ${provider.baseUrl} does not answer.`
            : `${provider.name} does not answer at ${provider.baseUrl}.`,
        why: UNREACHABLE_WHY[failure.code] ?? detail(failure.detail),
        next: sentences(kept(provider), wayToStart(provider.id) ?? `Check base_url of model provider ${provider.id}.`),
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
        next:
          provider.model === null
            ? 'See what it is busy with, or name a model with --model.'
            : `${KEPT} A slow server needs a larger stream_idle_timeout_ms.`,
      };
    case 'garbled':
      return {
        what: `The model server at ${provider.baseUrl} sent something that is not a response.`,
        why: detail(failure.detail),
        next: `Check that base_url ends where its ${pathOf(provider)} begins (often /v1) and that it speaks ${protocolOf(provider)}.${otherWire(provider)}`,
      };
    case 'oversized':
      return {
        what: `The model server at ${provider.baseUrl} sent more than any model says.`,
        why: detail(failure.detail),
        next: KEPT,
      };
    case 'failed':
      if (isTooLong(failure)) return tooLong(provider, detail(failure.detail));
      return {
        what: `${provider.model ?? provider.name} could not answer${failure.code === '' ? '' : ` (${detail(failure.code)})`}.`,
        why: detail(failure.detail),
        next: KEPT,
      };
    default:
      return assertNever(failure);
  }
}

/** One line while it goes on by itself: there is nothing for a person to do. */
export function retryNotice({ what, why }: Problem, waitMs: number, retry: number, of: number): Problem {
  const trouble = why === '' ? what : `${what.replace(/\.$/, '')}: ${asSentence(why)}`;
  return { what: `${trouble} Trying again in ${seconds(waitMs)} (${retry} of ${of}).`, why: '', next: '' };
}

/** What a server says ends as it likes. */
export function asSentence(text: string): string {
  return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`;
}

function problemOfStatus(
  failure: Extract<ResponseFailure, { kind: 'status' }>,
  provider: ProviderFacts,
  detail: string,
): Problem {
  const { status } = failure;
  if (status === 401) return problemOfKey(status, provider, detail);
  if (status === 403) {
    return provider.keyName === null
      ? problemOfKey(status, provider, detail)
      : {
          what: `The provider refused the request (403).`,
          why: detail,
          next: `The key in ${provider.keyName} may have no right to ${provider.model ?? 'this'}.`,
        };
  }
  if (failure.code === 'insufficient_quota' || status === 402) {
    return {
      what: 'The account of this key has no quota left.',
      why: detail,
      next: 'See to its plan or its bill at the provider, or set another key; the message is kept.',
    };
  }
  if (isTooLong(failure)) return tooLong(provider, detail);
  const way = toolsWay(failure.detail);
  if (way !== null) {
    return { what: `${provider.model ?? provider.name} cannot use tools there.`, why: detail, next: way };
  }
  if (status === 429) {
    const wait = failure.waitMs === null ? 'slower requests' : `a wait of ${seconds(failure.waitMs)}`;
    return { what: `The provider asks for ${wait} (429).`, why: detail, next: kept(provider) };
  }
  if (isMissingModel(failure) && provider.model !== null) return missingModel(provider.model, provider, detail);
  if (status === 404 || status === 405) {
    return {
      what: `${provider.baseUrl} has no model ${provider.model ?? ''}, or no ${protocolOf(provider)} (${status}).`,
      why: detail,
      next: `Check model, and base_url: it ends where ${pathOf(provider)} begins, often with /v1.${otherWire(provider)}`,
    };
  }
  if (status === 407) return problemOfProxy(provider, detail);
  if (status >= 300 && status < 400) {
    return {
      what: `${provider.baseUrl} points to another address (${status}); a key is not sent along.`,
      why: detail,
      next: 'Put the new address into base_url.',
    };
  }
  if (status >= 500) {
    return {
      what: `The model server at ${provider.baseUrl} is in trouble (${status}).`,
      why: detail,
      next: kept(provider),
    };
  }
  return {
    what: `The model server at ${provider.baseUrl} refused the request (${status}).`,
    why: detail,
    next: /verified to (?:generate|stream)/i.test(detail)
      ? 'Until it is: model_reasoning_summary = "none" in config.toml.'
      : `Check model (${provider.model ?? 'none is named'}) and the settings of model provider ${provider.id}.`,
  };
}

function problemOfProxy(provider: ProviderFacts, why: string): Problem {
  return {
    what: `No way to ${provider.baseUrl}: the proxy does not open one.`,
    why,
    next: sentences('Correct the variable, or name the server in NO_PROXY.', kept(provider)),
  };
}

function problemOfTls(code: string, { baseUrl }: ProviderFacts, why: string): Problem {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return {
      what: `The certificate of ${baseUrl} is not valid today.`,
      why,
      next: 'See whether the clock of this machine is right; if it is, only the owner of the server can renew it.',
    };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return { what: `The certificate of ${baseUrl} is for another name.`, why, next: 'Check the host in base_url.' };
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code))
    return {
      what: `The certificate of ${baseUrl} is not trusted.`,
      why,
      next: 'If your network has a certificate authority of its own, name its PEM file in NODE_EXTRA_CA_CERTS.',
    };
  return {
    what: `No secure connection to ${baseUrl} comes about.`,
    why,
    next: 'A server without TLS wants a base_url that begins with http://.',
  };
}

function problemOfKey(status: number, provider: ProviderFacts, why: string): Problem {
  const { baseUrl, keyName, id } = provider;
  if (keyName === null)
    return {
      what: `The model server at ${baseUrl} wants a key (${status}).`,
      why,
      next: `Name its variable: env_key in [model_providers.${id}].`,
    };
  const how = provider.isStoredKey ? 'Store another one (codex login --with-api-key)' : 'Set another one';
  return {
    what: `The provider refused the key in ${keyName} (${status}).`,
    why,
    next: `${how} and send the message again; it is kept.`,
  };
}

function missingModel(model: string, { id, name, baseUrl, has }: ProviderFacts, why: string): Problem {
  const shown = has.slice(0, MOST_NAMES).map(plainName).join(', ');
  const others = has.length === 0 ? '' : `It has ${shown}${has.length > MOST_NAMES ? ', …' : ''}.`;
  return {
    what: wayToStart(id) === null ? `${baseUrl} has no model ${model}.` : `${name} has no model ${model}.`,
    why: others === '' ? why : others,
    next: wayToGet(id, model) ?? 'Name another one with --model, or set model in config.toml.',
  };
}

function tooLong({ model }: ProviderFacts, why: string): Problem {
  return {
    what: `This session is longer than ${model} can hold.`,
    why,
    next: 'Start a new session, or continue with less.',
  };
}

function wayToStart(id: string): string | null {
  return Object.hasOwn(START, id) ? (START[id] ?? null) : null;
}

/** A line to be copied into a shell holds no name that means something to it. */
function wayToGet(id: string, model: string): string | null {
  return /^[\w.:/@-]+$/.test(model) && Object.hasOwn(GET_MODEL, id) ? (GET_MODEL[id]?.(model) ?? null) : null;
}

/** Before a model is picked there is no message. */
function kept({ model }: ProviderFacts): string {
  return model === null ? '' : KEPT;
}

function sentences(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

const PROTOCOLS: Readonly<Record<ProviderFacts['wire'], { readonly name: string; readonly path: string }>> = {
  responses: { name: 'Responses API', path: '/responses' },
  chat: { name: 'Chat Completions', path: '/chat/completions' },
};

function pathOf({ wire }: ProviderFacts): string {
  return PROTOCOLS[wire].path;
}

function protocolOf({ wire }: ProviderFacts): string {
  return PROTOCOLS[wire].name;
}

/** For a server of the other kind; OpenAI's speaks both. */
function otherWire({ id, wire }: ProviderFacts): string {
  if (id === 'openai') return '';
  const other = wire === 'chat' ? 'responses' : 'chat';
  return ` A server that speaks ${PROTOCOLS[other].name} wants wire_api = "${other}" in [model_providers.${id}].`;
}

/** As a server names it, which may be anything. */
function plainName(name: string): string {
  return oneLine(name).slice(0, 80);
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
