// How a server is spoken to: the body of a request, and what its stream means. There are two protocols for it.

import type { ModelChoice } from '../config/providers.ts';
import type { ModelEvent, ModelRequest } from './provider.ts';
import type { ResponseFailure } from './response-failure.ts';
import { callOf, type Json, type ResponseItem } from './response-item.ts';

export interface Wire {
  /** Below the provider's address. */
  readonly path: string;
  body(choice: ModelChoice, request: ModelRequest): { readonly [key: string]: Json };
  /** Yields what can be shown and kept, returns how it ended. Throws what the stream throws. */
  read(events: AsyncIterable<unknown>, reading: StreamReading): AsyncGenerator<ModelEvent, StreamEnd>;
}

export interface StreamReading {
  /** Unique per try: prefix of the names of streamed items. */
  readonly tag: string;
  /** Tokens the model can hold, as far as that is known by now. */
  readonly window: () => number | null;
  /** The items handed over so far, over all tries. */
  readonly kept: ResponseItem[];
  /** Names of items whose text has begun and not ended. */
  readonly open: Set<string>;
  /** Names of tools that take a text instead of arguments. */
  readonly freeform: ReadonlySet<string>;
  /** All was said that has to be: what still comes is not waited for long. */
  isEnding: boolean;
}

export type StreamEnd =
  | { readonly kind: 'complete' }
  /** Cut off by a limit of the model; `reason` is the server's word. */
  | { readonly kind: 'incomplete'; readonly reason: string }
  | { readonly kind: 'failed'; readonly failure: ResponseFailure }
  /** No event said that it is over. `wasEmpty`: there was none at all, as from something that is no model server. */
  | { readonly kind: 'open'; readonly wasEmpty: boolean };

/** Whether a call was handed over: it will run, so asking again would run it twice. */
export function holdsCall(items: readonly ResponseItem[]): boolean {
  return items.some((item) => callOf(item) !== null || item.type === 'local_shell_call');
}

/** Text of one response: more than any model writes. */
export const MOST_TEXT = 64 * 1024 * 1024;

/** Calls of one response: each may become a process. */
export const MOST_CALLS = 256;

export const TOO_MUCH: ResponseFailure = {
  kind: 'oversized',
  detail: 'The answer is longer than 64 MiB, or has more than 256 calls.',
};
