// What takes the place of a conversation that no longer fits: which messages stay as they are, and the summary.

import { isMessage, type ResponseItem, textOf, userMessage } from '../agent/index.ts';
import { tokensOfText, withinTokens } from './estimate.ts';

/** What a model is asked for. `hint`: what the person wants kept above all, `''` without any. */
export function summaryRequest(prompt: string | null, hint: string): ResponseItem {
  const asked = hint === '' ? [] : [`Above all keep: ${hint}`];
  return userMessage([prompt ?? SUMMARISE, ...asked].join('\n\n'));
}

const SUMMARISE = `This conversation is about to be replaced by a summary that you write now. Whoever goes on after it knows only that
summary and the person's own messages. Write down, in short plain sentences under these heads:

Goal: what the person wants, with every constraint and preference they named, in their own words where words matter.
Facts: what was found out that is needed again: names, numbers, paths with lines, commands that work, errors and causes.
Done: which files were changed and how, what was run and how it came out.
Decisions: what was decided and why, what was tried and given up, what the person refused.
Running: commands that go on in the background, with their session ids.
Next: what is left, in order, with the very next step first.

Leave out greetings, and output that can be had again by running a command. Call no tools.`;

const LEAD = `The conversation up to here was replaced by this summary, which you wrote. The person's messages above are their own
words, some of them older than the summary.`;

export interface CompactionFacts {
  readonly items: readonly ResponseItem[];
  readonly summary: string;
  /** From `WorkingState`. */
  readonly state: string;
  /** Tokens the model can hold; null: not known. */
  readonly window: number | null;
}

/** Of the person's messages so many tokens stay; of a single one no more than a part of that. */
const KEPT_TOKENS = 20_000;
const LONGEST_MESSAGE = 5_000;
const LONGEST_SUMMARY = 12_000;
const LONGEST_STATE = 4_000;

/** Of a small window no more than this part is taken by what stays, and again by the summary. */
const PART_OF_WINDOW = 0.15;

/** Every item of it is a message of the user's side: no call can miss its answer. The first message always stays. */
export function compactedItems({ items, summary, state, window }: CompactionFacts): readonly ResponseItem[] {
  const most = (tokens: number): number =>
    Math.min(tokens, window === null ? tokens : Math.ceil(window * PART_OF_WINDOW));
  const messages = items.filter(isPersons).map((item) => withinTokens(textOf(item), most(LONGEST_MESSAGE)));
  const parts = [
    LEAD,
    withinTokens(summary.trim(), most(LONGEST_SUMMARY)),
    ...(state === '' ? [] : [`What the program knows for certain:\n${withinTokens(state, most(LONGEST_STATE))}`]),
  ];
  return [
    ...newestWithFirst(messages, most(KEPT_TOKENS)).map((text) => userMessage(text)),
    userMessage(parts.join('\n\n')),
  ];
}

/**
 * What a person wrote: not a summary of before, whose content is in the new one, and not the skills they called, which
 * a model finds in their files again.
 */
function isPersons(item: ResponseItem): boolean {
  const text = textOf(item);
  return (
    isMessage(item) && item.role === 'user' && text !== '' && !/^<skill name="/.test(text) && !text.startsWith(LEAD)
  );
}

function newestWithFirst(messages: readonly string[], most: number): readonly string[] {
  const [first, ...rest] = messages;
  if (first === undefined) return [];
  let left = most - tokensOfText(first);
  const kept: string[] = [];
  for (const message of rest.reverse()) {
    left -= tokensOfText(message);
    if (left < 0) break;
    kept.unshift(message);
  }
  return [first, ...kept];
}

/**
 * What can be left out of a conversation that is too long even to be summarised: the oldest half of what is no message
 * of the person's, so that no call stands without its answer. Null: there is nothing more to leave out.
 */
export function shortened(items: readonly ResponseItem[]): readonly ResponseItem[] | null {
  const others = items.filter((item) => !isPersons(item)).length;
  if (others === 0) return null;
  let toDrop = Math.ceil(others / 2);
  const dropped = new Set<string>();
  return items.filter((item) => {
    if (isPersons(item)) return true;
    const call = typeof item.call_id === 'string' ? item.call_id : null;
    // An answer goes with its call.
    if (call !== null && dropped.has(call)) return false;
    if (toDrop <= 0) return true;
    toDrop -= 1;
    if (call !== null) dropped.add(call);
    return false;
  });
}
