// What a model is told of a session, oldest first, and how full its memory is with it.

import type { ResponseItem } from '../agent/index.ts';
import { tokensOf, tokensOfAll } from './estimate.ts';

export interface Conversation {
  readonly items: readonly ResponseItem[];
  add(item: ResponseItem): void;
  /** What a provider counted after its response: everything up to now. */
  counted(used: number, window: number | null): void;
  /** Tokens, counted by the provider as far as it did, estimated from there on. */
  tokens(): number;
  /** So full that the next request may not fit. */
  isNearLimit(): boolean;
  /** Goes on with these instead; their tokens are estimated until a provider counts. */
  replace(items: readonly ResponseItem[]): void;
}

export interface ConversationLimits {
  /** Tokens at which it is to be summarised, as configured; null: by what the model can hold. */
  readonly limit: number | null;
  /** Tokens the model can hold; null: not known, unless a provider says so. */
  readonly window: number | null;
}

/** Summarised at this part of what the model can hold: there must be room for the summary, and for an answer. */
const FULL_FROM = 0.85;

export function openConversation(earlier: readonly ResponseItem[], limits: ConversationLimits): Conversation {
  let items: ResponseItem[] = [...earlier];
  let known = tokensOfAll(items);
  let { window } = limits;

  function limit(): number | null {
    const byWindow = window === null ? null : Math.floor(window * FULL_FROM);
    if (limits.limit === null) return byWindow;
    return byWindow === null ? limits.limit : Math.min(limits.limit, byWindow);
  }

  return {
    get items() {
      return items;
    },
    add(item) {
      items.push(item);
      known += tokensOf(item);
    },
    counted(used, told) {
      known = used;
      window = told ?? window;
    },
    tokens: () => known,
    isNearLimit() {
      const most = limit();
      return most !== null && known >= most;
    },
    replace(replacement) {
      items = [...replacement];
      known = tokensOfAll(items);
    },
  };
}
