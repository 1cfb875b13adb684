// A model behind a server: one request becomes one response, over as many tries as it takes and is sensible.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { Problem } from '../../problem/index.ts';
import type { ModelChoice } from '../config/providers.ts';
import { LONGEST_ASKED_WAIT_MS, waitBeforeRetry } from './backoff.ts';
import { chatWire } from './chat-wire.ts';
import { freshCalls } from './fresh-calls.ts';
import type { ModelEvent, ModelRequest, Provider } from './provider.ts';
import { type ProviderFacts, problemOfFailure } from './provider-problems.ts';
import { refusesImages } from './refused-images.ts';
import { askedWaitMs, failureOf, isTooLong, mayHelpToRetry, type ResponseFailure } from './response-failure.ts';
import type { ResponseItem } from './response-item.ts';
import { responsesWire } from './responses-wire.ts';
import { holdsCall, type StreamEnd, type StreamReading, type Wire } from './wire.ts';

/** The largest delay a timer of Node takes. The client's own limit is put there; the idle time-out is ours. */
const NEVER_MS = 2 ** 31 - 1;

const WIRES: Readonly<Record<ModelChoice['wire'], Wire>> = { responses: responsesWire, chat: chatWire };

export interface ModelProviderOptions {
  /** Holds the key, under the name `choice.key` says, and CODEX_EXTRA_CA. Read at each request, kept nowhere. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In [0, 1): spreads retries. Math.random unless a test says otherwise. */
  readonly chance?: () => number;
}

/** Opens nothing until the first request. */
export function createModelProvider(choice: ModelChoice, options: ModelProviderOptions): Provider {
  const chance = options.chance ?? Math.random;
  const facts: ProviderFacts = {
    id: choice.id,
    baseUrl: choice.baseUrl,
    model: choice.model,
    keyEnv: choice.key?.env ?? null,
    wire: choice.wire,
  };
  let client: OpenAI | null = null;

  async function* respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const key = choice.key === null ? null : (options.env[choice.key.env] ?? '');
    const secrets = [key ?? '', ...Object.values(choice.headers)].filter((secret) => secret.length >= 6);
    const opened = client ?? (await openClient(choice, key, options.env.CODEX_EXTRA_CA ?? ''));
    if ('what' in opened) {
      yield { type: 'failed', problem: opened, code: null };
      return;
    }
    client = opened;

    const kept: ResponseItem[] = [];
    const calls = freshCalls(request.input);
    let requestRetries = 0;
    let streamRetries = 0;
    for (;;) {
      if (signal.aborted) return;
      const reading: StreamReading = {
        tag: `a${randomUUID().slice(0, 8)}`,
        window: choice.contextWindow,
        kept,
        open: new Set(),
        freeform: new Set(request.tools.flatMap(({ type, name }) => (type === 'custom' ? [name] : []))),
      };
      const end = yield* calls.over(tryOnce(client, choice, request, reading, signal));
      if (signal.aborted) return;
      if (end.kind === 'complete') return;
      // A finished call will run: its answer, not another try, is how this conversation goes on.
      if (holdsCall(kept)) return;
      if (end.kind === 'incomplete') {
        yield { type: 'failed', problem: incompleteProblem(end.reason, choice.model), code: null };
        return;
      }

      const { failure } = end;
      const problem = problemOfFailure(failure, facts, secrets);
      const hadStream = failure.kind !== 'unreachable' && failure.kind !== 'status';
      const retry = hadStream ? ++streamRetries : ++requestRetries;
      const of = hadStream ? choice.streamRetries : choice.requestRetries;
      const askedMs = askedWaitMs(failure);
      if (retry > of || !mayHelpToRetry(failure) || (askedMs !== null && askedMs > LONGEST_ASKED_WAIT_MS)) {
        const code = isTooLong(failure) ? 'context_length' : refusesImages(failure) ? 'images' : null;
        yield { type: 'failed', problem: afterTries(problem, requestRetries + streamRetries), code };
        return;
      }
      const waitMs = waitBeforeRetry(retry, askedMs, chance());
      yield { type: 'retry', attempt: retry, of, waitMs, problem, abandoned: [...reading.open] };
      if (!(await waited(waitMs, signal))) return;
    }
  }

  return { id: choice.id, model: choice.model, respond };
}

type TryEnd =
  | Extract<StreamEnd, { kind: 'complete' | 'incomplete' }>
  | { readonly kind: 'failed'; readonly failure: ResponseFailure };

async function* tryOnce(
  client: OpenAI,
  choice: ModelChoice,
  request: ModelRequest,
  reading: StreamReading,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, TryEnd> {
  const startedAt = Date.now();
  const wire = WIRES[choice.wire];
  const watch = watchIdle(choice.idleTimeoutMs, signal);
  let hadAnswer = false;
  try {
    const events = await client.post<AsyncIterable<unknown>>(wire.path, {
      body: wire.body(choice, { ...request, input: [...request.input, ...reading.kept] }),
      stream: true,
      signal: watch.signal,
    });
    hadAnswer = true;
    const end = yield* wire.read(watch.over(events), reading);
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

interface IdleWatch {
  /** Aborted by the caller's signal, by silence, and at the end. */
  readonly signal: AbortSignal;
  over(events: AsyncIterable<unknown>): AsyncIterable<unknown>;
  /** Set when it was silence. */
  failure(): ResponseFailure | null;
  dispose(): void;
}

/** Silence is judged while waiting for the server only: a slow reader of ours is not the server's fault. */
function watchIdle(idleMs: number, outer: AbortSignal): IdleWatch {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  let wasSilent = false;
  const arm = (): NodeJS.Timeout =>
    setTimeout(
      () => {
        wasSilent = true;
        controller.abort();
      },
      Math.min(idleMs, NEVER_MS),
    );
  let timer = arm();
  return {
    signal: controller.signal,
    async *over(events) {
      const iterator = events[Symbol.asyncIterator]();
      let hasEnded = false;
      try {
        for (;;) {
          clearTimeout(timer);
          timer = arm();
          const next = await iterator.next();
          clearTimeout(timer);
          hasEnded = next.done === true;
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        clearTimeout(timer);
        if (!hasEnded && !controller.signal.aborted && !(await endsSoon(iterator))) abort();
        await iterator.return?.();
      }
    },
    failure: () => (wasSilent ? { kind: 'silent', idleMs } : null),
    dispose() {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}

/** How long a stream may take to close after its last event. */
const LINGER_MS = 100;

/** A stream read to its very end leaves its connection for the next request, which saves a handshake. */
async function endsSoon(iterator: AsyncIterator<unknown>): Promise<boolean> {
  const patience = new AbortController();
  const drained = async (): Promise<boolean> => {
    while (!patience.signal.aborted) if ((await iterator.next()).done === true) return true;
    return false;
  };
  // Trouble after the last event is nobody's trouble any more: the connection is closed, and a new one opened.
  const outOfPatience = waited(LINGER_MS, patience.signal).then(() => false);
  const hasEnded = await Promise.race([drained().catch(() => false), outOfPatience]);
  patience.abort();
  return hasEnded;
}

/** Every default that the library would take from the environment is given, so that none of it goes astray. */
async function openClient(choice: ModelChoice, key: string | null, extraCa: string): Promise<OpenAI | Problem> {
  // Behind the first frame: TLS and the library take longer to load than the screen.
  const [{ OpenAI }, { openModelFetch }] = await Promise.all([import('openai'), import('./model-fetch.ts')]);
  const fetch = openModelFetch({
    extraCaFile: extraCa === '' ? null : extraCa,
    allowedHeaders: new Set(Object.keys(choice.headers).map((name) => name.toLowerCase())),
  });
  if (!fetch.ok) return fetch.problem;
  return new OpenAI({
    baseURL: choice.baseUrl,
    // The library insists on a key; without one of ours its header is taken out again.
    apiKey: key ?? 'none',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: NEVER_MS,
    logLevel: 'off',
    defaultHeaders: { ...(key === null ? { Authorization: null } : {}), ...choice.headers },
    defaultQuery: { ...choice.query },
    fetch: fetch.value,
  });
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
  return { ...problem, why: [problem.why, `Tried ${tries} times.`].filter((part) => part !== '').join(' ') };
}

/** False when the wait was called off. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    // Only an abort ends this sleep early.
    return false;
  }
}
