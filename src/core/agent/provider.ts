// The contract between a session and whatever decides what happens next: a model behind a server, or no model at all.

import type { Problem } from '../../problem/index.ts';
import type { Json, ResponseItem } from './response-item.ts';

/** A tool that takes arguments, as it is described to a model. `parameters` is a JSON schema. */
export interface FunctionTool {
  readonly type: 'function';
  readonly name: string;
  readonly description: string;
  readonly strict: false;
  readonly parameters: { readonly [key: string]: Json };
}

/** A tool that takes one text, in a language of its own. */
export interface FreeformTool {
  readonly type: 'custom';
  readonly name: string;
  readonly description: string;
  readonly format: { readonly type: 'grammar'; readonly syntax: 'lark'; readonly definition: string };
}

export type ToolSchema = FunctionTool | FreeformTool;

export interface ModelRequest {
  readonly instructions: string;
  /** The whole conversation, oldest first: nothing is stored at the server. */
  readonly input: readonly ResponseItem[];
  readonly tools: readonly ToolSchema[];
  /** Machines that a command can name; empty where there is no choice. */
  readonly environments: readonly string[];
  /** A JSON schema that the answer must fulfil. */
  readonly outputSchema?: { readonly [key: string]: Json };
  /** The same for all requests of a session: what a server remembers is found again by it. */
  readonly cacheKey?: string;
}

/** Tokens of one response. `cached` is a part of `input`, `reasoning` one of `output`. */
export interface TokenCounts {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

export type ModelEvent =
  /** A piece of an answer while it is written. `item` is unique over all responses. */
  | { readonly type: 'text'; readonly item: string; readonly text: string }
  /** A piece of what the model says of its thinking. `item` as above. `isRaw`: the thoughts themselves, no summary. */
  | { readonly type: 'reasoning'; readonly item: string; readonly text: string; readonly isRaw?: true }
  /** The provider searched the web. */
  | { readonly type: 'search'; readonly id: string; readonly query: string }
  /** A finished item, to be kept and sent back in the next request. `id` is the `item` of its `text` events. */
  | { readonly type: 'item'; readonly id: string; readonly item: ResponseItem }
  /** Tokens in the conversation after this response, and what the model can hold when that is known. */
  | {
      readonly type: 'usage';
      readonly used: number;
      readonly window: number | null;
      /** What this response alone took; unsaid where the server does not count. */
      readonly tokens?: TokenCounts;
    }
  /**
   * The try failed and another one starts after `waitMs`: retry number `attempt`, from 1, of at most `of`. The text
   * of the items in `abandoned` will not be finished; the next try writes under other names.
   */
  | {
      readonly type: 'retry';
      readonly attempt: number;
      readonly of: number;
      readonly waitMs: number;
      readonly problem: Problem;
      readonly abandoned: readonly string[];
    }
  /** Nothing more will come, and not because the response is complete. What was finished before still counts. */
  | { readonly type: 'failed'; readonly problem: Problem; readonly code: 'context_length' | 'images' | null };

export interface Provider {
  /** `shell`, or the name of a model provider in the configuration. */
  readonly id: string;
  /** Null where there is no model. */
  readonly model: string | null;
  /**
   * One response. The stream ends when it is complete, when it failed (`failed` is its last event), and without a
   * word when `signal` is aborted. It throws for defects only.
   */
  respond(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}
