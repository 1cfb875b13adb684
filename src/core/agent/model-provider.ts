// A model behind a server: one request becomes one response, over as many tries as it takes and is sensible.

import { randomUUID } from 'node:crypto';
import type OpenAI from 'openai';
import { fail, type Problem, type Result } from '../../problem/index.ts';
import { nameOfSource, openKeyReader } from '../auth/index.ts';
import type { ModelChoice, UnpickedChoice } from '../config/providers.ts';
import { LONGEST_ASKED_WAIT_MS, waitBeforeRetry } from './backoff.ts';
import { chatWire } from './chat-wire.ts';
import { freshCalls } from './fresh-calls.ts';
import { waited, watchIdle } from './idle-watch.ts';
import { LIST_PATIENCE_MS, listModels, picked } from './model-list.ts';
import type { ModelEvent, ModelRequest, Provider } from './provider.ts';
import { getterOf, keyHeaders, openClient } from './provider-client.ts';
import { asSentence, type ProviderFacts, problemOfFailure, retryNotice } from './provider-problems.ts';
import { refusesImages } from './refused-images.ts';
import {
  askedWaitMs,
  failureOf,
  isMissingModel,
  isTooLong,
  mayHelpToRetry,
  type ResponseFailure,
} from './response-failure.ts';
import type { ResponseItem } from './response-item.ts';
import { responsesWire } from './responses-wire.ts';
import { holdsCall, type StreamEnd, type StreamReading, type Wire } from './wire.ts';

const WIRES: Readonly<Record<ModelChoice['wire'], Wire>> = { responses: responsesWire, chat: chatWire };

export interface ModelProviderOptions {
  /** Holds the keys that are in variables, CODEX_EXTRA_CA, and what names a proxy. Read at each request, kept nowhere. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In [0, 1): spreads retries. Math.random unless a test says otherwise. */
  readonly chance?: () => number;
}

/** Opens nothing until the first request. */
export function createModelProvider(choice: ModelChoice, options: ModelProviderOptions): Provider {
  const chance = options.chance ?? Math.random;
  const facts = factsOf(choice, choice.model);
  const keys = openKeyReader(choice.key, options.env);
  const windows = openWindow(choice);
  // Where nobody says which session it is: what this one is asked belongs together.
  const cacheKey = randomUUID();
  let client: OpenAI | null = null;

  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const opened = client === null ? await openClient(choice, options.env) : { ok: true as const, value: client };
    if (!opened.ok) {
      yield { type: 'failed', problem: opened.problem, code: null };
      return;
    }
    client = opened.value;

    const kept: ResponseItem[] = [];
    const calls = freshCalls(request.input);
    let requestRetries = 0;
    let streamRetries = 0;
    let hasNewKey = false;
    for (;;) {
      if (signal.aborted) return;
      const key = await keys.read(signal);
      if (signal.aborted) return;
      if (!key.ok) {
        yield { type: 'failed', problem: key.problem, code: null };
        return;
      }
      const secrets = [key.value, ...Object.values(choice.headers)].filter((secret) => secret.length >= 6);
      windows.ask(client, key.value);
      const reading: StreamReading = {
        tag: `a${randomUUID().slice(0, 8)}`,
        window: windows.known,
        kept,
        open: new Set(),
        freeform: new Set(request.tools.flatMap(({ type, name }) => (type === 'custom' ? [name] : []))),
        isEnding: false,
      };
      const end = yield* calls.over(
        tryOnce({ client, choice, key: key.value, request: { cacheKey, ...request }, reading, signal }),
      );
      if (signal.aborted) return;
      if (end.kind === 'complete') return;
      // A finished call will run: its answer, not another try, is how this conversation goes on.
      if (holdsCall(kept)) return;
      if (end.kind === 'incomplete') {
        yield { type: 'failed', problem: incompleteProblem(end.reason, choice.model), code: null };
        return;
      }

      const { failure } = end;
      if (failure.kind === 'status' && failure.status === 401 && !hasNewKey && keys.refused(key.value)) {
        hasNewKey = true;
        continue;
      }
      const hadStream = failure.kind !== 'unreachable' && failure.kind !== 'status';
      const retry = hadStream ? ++streamRetries : ++requestRetries;
      const of = hadStream ? choice.streamRetries : choice.requestRetries;
      const askedMs = askedWaitMs(failure);
      if (retry > of || !mayHelpToRetry(failure) || (askedMs !== null && askedMs > LONGEST_ASKED_WAIT_MS)) {
        const has = isMissingModel(failure) ? await namesAt(client, choice, key.value, signal) : [];
        if (signal.aborted) return;
        const problem = problemOfFailure(failure, { ...facts, has }, secrets);
        const code = isTooLong(failure) ? 'context_length' : refusesImages(failure) ? 'images' : null;
        yield { type: 'failed', problem: afterTries(problem, requestRetries + streamRetries), code };
        return;
      }
      const problem = problemOfFailure(failure, facts, secrets);
      const waitMs = waitBeforeRetry(retry, askedMs, chance());
      const notice = retryNotice(problem, waitMs, retry, of);
      yield { type: 'retry', attempt: retry, of, waitMs, problem: notice, abandoned: [...reading.open] };
      if (!(await waited(waitMs, signal))) return;
    }
  }

  return { id: choice.id, model: choice.model, respond };
}

export interface Picking {
  /** The model that was used last. */
  readonly preferred?: string | null;
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

/** Asks the server which models it has, and takes one: see `picked`. */
export async function pickModel(
  choice: UnpickedChoice,
  options: ModelProviderOptions,
  { preferred = null, patienceMs = LIST_PATIENCE_MS, signal: outer }: Picking = {},
): Promise<Result<ModelChoice>> {
  const timeout = AbortSignal.timeout(patienceMs);
  const signal = outer === undefined ? timeout : AbortSignal.any([outer, timeout]);
  const client = await openClient(choice, options.env);
  if (!client.ok) return client;
  const key = await openKeyReader(choice.key, options.env).read(signal);
  if (!key.ok) return key;
  const startedAt = Date.now();
  try {
    return picked(choice, await listModels(choice.id, getterOf(client.value, choice, key.value), signal), preferred);
  } catch (error) {
    const failure: ResponseFailure = signal.aborted
      ? { kind: 'silent', idleMs: patienceMs }
      : failureOf(error, false, Date.now() - startedAt, Date.now());
    const secrets = [key.value, ...Object.values(choice.headers)].filter((secret) => secret.length >= 6);
    return fail(problemOfFailure(failure, factsOf(choice, null), secrets));
  }
}

function factsOf(choice: ModelChoice | UnpickedChoice, model: string | null): ProviderFacts {
  const { id, name, baseUrl, wire, key } = choice;
  const keyName = key === null ? null : nameOfSource(key);
  return { id, name, baseUrl, model, wire, keyName, isStoredKey: key?.kind === 'file', has: [] };
}

/** For a sentence: what there is in place of a model that is not there. */
async function namesAt(
  client: OpenAI,
  choice: ModelChoice,
  key: string,
  outer: AbortSignal,
): Promise<readonly string[]> {
  try {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(LIST_PATIENCE_MS)]);
    const models = await listModels('', getterOf(client, choice, key), signal);
    return models.map(({ id }) => id);
  } catch {
    // The sentence does without.
    return [];
  }
}

/** What the model can hold, asked of its server where nobody here knows. */
function openWindow(choice: ModelChoice) {
  let tokens = choice.contextWindow;
  let isAsked = tokens !== null || choice.id === 'openai';

  async function ask(client: OpenAI, key: string): Promise<void> {
    try {
      const models = await listModels(choice.id, getterOf(client, choice, key), AbortSignal.timeout(LIST_PATIENCE_MS));
      tokens = models.find(({ id }) => id === choice.model)?.window ?? null;
    } catch {
      // Not known, then.
    }
  }

  return {
    known: (): number | null => tokens,
    /** Once, beside the first request. */
    ask(client: OpenAI, key: string): void {
      if (isAsked) return;
      isAsked = true;
      void ask(client, key);
    },
  };
}

interface Try {
  readonly client: OpenAI;
  readonly choice: ModelChoice;
  readonly key: string;
  readonly request: ModelRequest;
  readonly reading: StreamReading;
  readonly signal: AbortSignal;
}

type TryEnd =
  | Extract<StreamEnd, { kind: 'complete' | 'incomplete' }>
  | { readonly kind: 'failed'; readonly failure: ResponseFailure };

async function* tryOnce({ client, choice, key, request, reading, signal }: Try): AsyncGenerator<ModelEvent, TryEnd> {
  const startedAt = Date.now();
  const wire = WIRES[choice.wire];
  const watch = watchIdle(choice.idleTimeoutMs, signal);
  let hadAnswer = false;
  try {
    const events = await client.post<AsyncIterable<unknown>>(wire.path, {
      body: wire.body(choice, { ...request, input: [...request.input, ...reading.kept] }),
      stream: true,
      signal: watch.signal,
      headers: { Accept: 'text/event-stream', ...keyHeaders(choice, key) },
    });
    hadAnswer = true;
    const end = yield* wire.read(
      watch.over(events, () => reading.isEnding),
      reading,
    );
    if (end.kind !== 'open') return end;
    // The client library ends an aborted stream as if it were over; only the event of that name means it is.
    return { kind: 'failed', failure: watch.failure() ?? brokenOff(startedAt, end.wasEmpty) };
  } catch (error) {
    const failure = watch.failure() ?? failureOf(error, hadAnswer, Date.now() - startedAt, Date.now());
    return { kind: 'failed', failure };
  } finally {
    watch.dispose();
  }
}

function brokenOff(startedAt: number, wasEmpty: boolean): ResponseFailure {
  return wasEmpty
    ? { kind: 'garbled', detail: 'The answer held no event.' }
    : { kind: 'cut', afterMs: Date.now() - startedAt, detail: 'The stream ended before its response did.' };
}

function incompleteProblem(reason: string, model: string): Problem {
  const isLength = reason === 'max_output_tokens';
  return {
    what: isLength
      ? `${model} reached the longest answer it can give.`
      : `${model} stopped in the middle of its answer.`,
    why: isLength || reason === '' ? '' : `The provider says: ${reason}.`,
    next: isLength ? 'Ask it to go on.' : 'Ask again in other words.',
  };
}

function afterTries(problem: Problem, tries: number): Problem {
  if (tries <= 1) return problem;
  return {
    ...problem,
    why: [asSentence(problem.why), `Tried ${tries} times.`].filter((part) => part !== '').join(' '),
  };
}
