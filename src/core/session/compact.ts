// Has a conversation summarised by the model itself, and goes on with the summary.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { isMessage, type Provider, type ResponseItem, textOf } from '../agent/index.ts';
import type { EventBody, EventOf } from '../bus/contract.ts';
import { type Conversation, compactedItems, shortened, summaryRequest } from '../context/index.ts';

export interface CompactSurroundings {
  readonly provider: Provider;
  /** As in `TurnSurroundings`. */
  readonly session: string;
  readonly conversation: Conversation;
  readonly turn: string;
  readonly by: EventOf<'context.compacted'>['by'];
  /** What the person wants kept above all, `''` without any. */
  readonly hint: string;
  /** Asked instead of our own words; null: those. */
  readonly prompt: string | null;
  readonly instructions: string;
  /** What the program knows for certain, see `WorkingState`. */
  readonly state: string;
  /** Tokens the model can hold; null: not known. */
  readonly window: number | null;
  readonly emit: (event: EventBody) => void;
  /** On disk before the conversation is replaced. */
  readonly record: (summary: string, replacement: readonly ResponseItem[]) => void;
  readonly signal: AbortSignal;
}

/** How often a conversation that is too long for its own summary is made shorter. */
const MOST_CUTS = 6;

/** Fails with a reason for the person; the conversation is then as it was. Stopped by `signal`, it changed nothing. */
export async function compact(around: CompactSurroundings): Promise<Result<null>> {
  const { conversation, turn, by, emit } = around;
  const before = conversation.tokens();
  const summary = await summarise(around);
  if (!summary.ok) return summary;
  if (around.signal.aborted) return ok(null);
  const { window, state } = around;
  const replacement = compactedItems({ items: conversation.items, summary: summary.value, state, window });
  around.record(summary.value, replacement);
  conversation.replace(replacement);
  emit({ type: 'context.compacted', turn, by, before, after: conversation.tokens(), summary: summary.value });
  return ok(null);
}

async function summarise(around: CompactSurroundings): Promise<Result<string>> {
  let items: readonly ResponseItem[] = around.conversation.items;
  for (let cuts = 0; ; cuts += 1) {
    const said = await askOnce(items, around);
    if (said.kind === 'summary') return said.text === '' && !around.signal.aborted ? fail(noSummary) : ok(said.text);
    const shorter = said.isTooLong && cuts < MOST_CUTS ? shortened(items) : null;
    if (shorter === null) return fail(said.problem);
    items = shorter;
  }
}

type Said =
  | { readonly kind: 'summary'; readonly text: string }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly isTooLong: boolean };

async function askOnce(items: readonly ResponseItem[], around: CompactSurroundings): Promise<Said> {
  const { provider, session, instructions, prompt, hint, signal, emit } = around;
  const input = [...items, summaryRequest(prompt, hint)];
  const texts: string[] = [];
  const request = { instructions, input, tools: [], environments: [], cacheKey: session };
  for await (const event of provider.respond(request, signal)) {
    if (event.type === 'item' && isMessage(event.item)) texts.push(textOf(event.item));
    if (event.type === 'retry') emit({ type: 'notice', level: 'info', problem: event.problem });
    if (event.type === 'failed')
      return { kind: 'failed', problem: event.problem, isTooLong: event.code === 'context_length' };
  }
  return { kind: 'summary', text: texts.join('\n\n').trim() };
}

const noSummary: Problem = {
  what: 'The conversation was not summarised.',
  why: 'The model wrote nothing.',
  next: '/compact tries again.',
};
