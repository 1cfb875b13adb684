// Reads one stream of chat completion chunks: servers agree on little more than that there are some.

import * as v from 'valibot';
import type { ModelEvent } from './provider.ts';
import type { ResponseItem } from './response-item.ts';
import { MOST_TEXT, type StreamEnd, type StreamReading, TOO_MUCH } from './wire.ts';

const text = v.optional(v.nullable(v.string()));

const CallDelta = v.object({
  index: v.optional(v.nullable(v.number())),
  id: text,
  function: v.optional(v.nullable(v.object({ name: text, arguments: v.optional(v.unknown()) }))),
});

const Chunk = v.object({
  choices: v.optional(
    v.nullable(
      v.array(
        v.object({
          delta: v.optional(
            v.nullable(
              v.object({
                content: text,
                refusal: text,
                reasoning_content: text,
                reasoning: text,
                tool_calls: v.optional(v.nullable(v.array(CallDelta))),
              }),
            ),
          ),
          finish_reason: text,
        }),
      ),
    ),
  ),
  usage: v.optional(
    v.nullable(v.object({ prompt_tokens: v.optional(v.number(), 0), completion_tokens: v.optional(v.number(), 0) })),
  ),
});

interface CallParts {
  id: string;
  name: string;
  readonly args: string[];
}

export async function* readChatStream(
  events: AsyncIterable<unknown>,
  reading: StreamReading,
): AsyncGenerator<ModelEvent, StreamEnd> {
  const said = `${reading.tag}.0`;
  const thought = `${reading.tag}.r`;
  const split = openThinkSplit();
  const calls = new Map<number, CallParts>();
  let answer = '';
  let length = 0;
  let finish: string | null = null;
  let usage: { readonly used: number } | null = null;
  let wasEmpty = true;

  for await (const raw of events) {
    const chunk = v.safeParse(Chunk, raw);
    if (!chunk.success) continue;
    wasEmpty = false;
    const { choices, usage: counted } = chunk.output;
    if (counted) usage = { used: counted.prompt_tokens + counted.completion_tokens };
    const [choice] = choices ?? [];
    if (choice === undefined) continue;
    finish = choice.finish_reason ?? finish;
    const { delta } = choice;
    if (!delta) continue;
    const thinking = delta.reasoning_content ?? delta.reasoning ?? '';
    const parts = split(delta.content ?? delta.refusal ?? '');
    length += thinking.length + parts.thought.length + parts.said.length;
    for (const one of delta.tool_calls ?? []) length += addDelta(calls, one);
    if (length > MOST_TEXT) return { kind: 'failed', failure: TOO_MUCH };
    const thoughtNow = thinking + parts.thought;
    if (thoughtNow !== '') {
      reading.open.add(thought);
      yield { type: 'reasoning', item: thought, text: thoughtNow };
    }
    if (parts.said !== '') {
      reading.open.add(said);
      answer += parts.said;
      yield { type: 'text', item: said, text: parts.said };
    }
  }

  const hasContent = answer.trim() !== '' || calls.size > 0;
  if (finish === null && (!hasContent || !areWhole(calls))) return { kind: 'open', wasEmpty };
  reading.open.clear();
  for (const [id, item] of itemsOf(said, answer, calls, reading)) {
    reading.kept.push(item);
    yield { type: 'item', id, item };
  }
  if (usage !== null) yield { type: 'usage', used: usage.used, window: reading.window };
  if (finish === 'length') return { kind: 'incomplete', reason: 'max_output_tokens' };
  if (finish === 'content_filter') return { kind: 'incomplete', reason: finish };
  return { kind: 'complete' };
}

/**
 * Adds a piece of a call; the index says which, where it is said. Without one a new id or a second name begins the next
 * call. Gives the length of what was added.
 */
function addDelta(calls: Map<number, CallParts>, delta: v.InferOutput<typeof CallDelta>): number {
  const name = delta.function?.name ?? '';
  const id = delta.id ?? '';
  const at = delta.index ?? placeWithout(calls, id, name);
  const known = calls.get(at) ?? { id: '', name: '', args: [] };
  calls.set(at, known);
  if (known.id === '') known.id = id;
  // Most say it once; some in pieces, some whole in each chunk.
  if (name !== '' && name !== known.name) known.name = known.args.length === 0 ? known.name + name : known.name;
  const args = delta.function?.arguments;
  const piece = args === undefined || args === null ? '' : typeof args === 'string' ? args : JSON.stringify(args);
  if (piece !== '') known.args.push(piece);
  return piece.length;
}

function placeWithout(calls: ReadonlyMap<number, CallParts>, id: string, name: string): number {
  const last = Math.max(-1, ...calls.keys());
  const known = calls.get(last);
  if (known === undefined) return 0;
  const isNext = id === '' ? name !== '' && known.args.length > 0 : known.id !== '' && known.id !== id;
  return isNext ? last + 1 : last;
}

/** The server stopped without a word: only calls that can be read were said to their end. */
function areWhole(calls: ReadonlyMap<number, CallParts>): boolean {
  return [...calls.values()].every(({ args }) => {
    try {
      JSON.parse(args.join('') || '{}');
      return true;
    } catch {
      // Cut in the middle.
      return false;
    }
  });
}

function itemsOf(
  said: string,
  answer: string,
  calls: ReadonlyMap<number, CallParts>,
  reading: StreamReading,
): readonly (readonly [id: string, item: ResponseItem])[] {
  const message: ResponseItem = {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text: answer, annotations: [] }],
  };
  const ordered = [...calls].sort(([one], [other]) => one - other);
  return [
    ...(answer.trim() === '' ? [] : [[said, message] as const]),
    ...ordered.map(([index, call]) => [`${reading.tag}.c${index}`, callItem(call, reading.freeform)] as const),
  ];
}

function callItem({ id, name, args }: CallParts, freeform: ReadonlySet<string>): ResponseItem {
  const written = args.join('');
  const input = freeform.has(name) ? inputIn(written) : null;
  return input === null
    ? { type: 'function_call', name, arguments: written, call_id: id }
    : { type: 'custom_tool_call', name, input, call_id: id };
}

/** The only argument of a tool that takes a text; what is no such argument is the text. */
function inputIn(written: string): string {
  try {
    const value: unknown = JSON.parse(written);
    const input: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'input') : undefined;
    return typeof input === 'string' ? input : written;
  } catch {
    // Written as it is meant.
    return written;
  }
}

const OPENING = '<think>';
const CLOSING = '</think>';

/** Some models write their thoughts in front of the answer, between two marks. The marks may come in pieces. */
function openThinkSplit(): (piece: string) => { readonly thought: string; readonly said: string } {
  let state: 'start' | 'thinking' | 'saying' = 'start';
  let held = '';
  return (piece) => {
    held += piece;
    let thought = '';
    if (state === 'start') {
      const begun = held.trimStart();
      if (begun.startsWith(OPENING)) {
        state = 'thinking';
        held = begun.slice(OPENING.length);
      } else if (!OPENING.startsWith(begun)) state = 'saying';
    }
    if (state === 'thinking') {
      const end = held.indexOf(CLOSING);
      if (end >= 0) {
        thought = held.slice(0, end);
        held = held.slice(end + CLOSING.length).trimStart();
        state = 'saying';
      } else {
        // What may be the beginning of the mark waits.
        const safe = held.length - (CLOSING.length - 1);
        if (safe > 0) {
          thought = held.slice(0, safe);
          held = held.slice(safe);
        }
      }
    }
    if (state !== 'saying') return { thought, said: '' };
    const said = held;
    held = '';
    return { thought, said };
  };
}
