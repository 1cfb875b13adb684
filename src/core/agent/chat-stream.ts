// Reads one stream of chat completion chunks: servers agree on little more than that there are some.

import { type GatheredCall, gatherCalls } from './chat-calls.ts';
import { STREAM_DONE } from './event-frames.ts';
import { countOf, type Fields, fieldsOf, isFields, listOf, textOf } from './loose-fields.ts';
import type { ModelEvent, TokenCounts } from './provider.ts';
import { type ResponseFailure, waitInWords } from './response-failure.ts';
import type { ResponseItem } from './response-item.ts';
import { asFreeform } from './served-item.ts';
import { openThinkMarks, withoutThoughts } from './think-marks.ts';
import { MOST_CALLS, MOST_TEXT, type StreamEnd, type StreamReading, TOO_MUCH } from './wire.ts';

export async function* readChatStream(
  events: AsyncIterable<unknown>,
  reading: StreamReading,
): AsyncGenerator<ModelEvent, StreamEnd> {
  const said = `${reading.tag}.0`;
  const thought = `${reading.tag}.r`;
  const marks = openThinkMarks();
  const calls = gatherCalls();
  const answer: string[] = [];
  const thoughts: string[] = [];
  let length = 0;
  let finish: string | null = null;
  let usage: TokenCounts | null = null;
  let isDone = false;
  let hasSaid = false;
  let wasEmpty = true;

  function* tell(thoughtNow: string, saidNow: string): Generator<ModelEvent> {
    if (thoughtNow !== '') {
      reading.open.add(thought);
      thoughts.push(thoughtNow);
      yield { type: 'reasoning', item: thought, text: thoughtNow, isRaw: true };
    }
    // A line of nothing between thoughts and calls is no answer.
    if (saidNow !== '' && (hasSaid || saidNow.trim() !== '')) {
      hasSaid = true;
      reading.open.add(said);
      answer.push(saidNow);
      yield { type: 'text', item: said, text: saidNow };
    }
  }

  for await (const raw of events) {
    const chunk = fieldsOf(raw);
    if (chunk.object === STREAM_DONE) {
      isDone = true;
      break;
    }
    const failure = failureIn(chunk);
    if (failure !== null) return { kind: 'failed', failure };
    if (!isFields(raw)) continue;
    wasEmpty = false;
    usage = countsIn(chunk.usage) ?? usage;
    const choice = fieldsOf(listOf(chunk.choices)[0]);
    // A server that does not stream says it all in one message.
    const delta = fieldsOf(choice.delta ?? choice.message);
    const thinking = thoughtIn(delta);
    const content = contentIn(delta.content);
    const parts = marks.take(content.said || textOf(delta.refusal));
    const pieces = [...listOf(delta.tool_calls), ...(isFields(delta.function_call) ? [delta.function_call] : [])];
    for (const piece of pieces) length += calls.take(piece);
    length += thinking.length + content.thought.length + parts.thought.length + parts.said.length;
    if (length > MOST_TEXT || calls.count() > MOST_CALLS) return { kind: 'failed', failure: TOO_MUCH };
    yield* tell(thinking + content.thought + parts.thought, parts.said);
    if (typeof choice.finish_reason === 'string' && choice.finish_reason !== '') {
      finish = choice.finish_reason;
      // How much it was may still come.
      reading.isEnding = true;
    }
  }

  if (finish === 'error') return broken('The server ended its answer with an error.');
  if (finish === null && (!isDone || wasEmpty)) return { kind: 'open', wasEmpty };
  const rest = marks.end();
  yield* tell(rest.thought, rest.said);
  const gathered = calls.all();
  if (gathered.some(({ name }) => name === '')) return broken('A call names no tool.');
  const isCut = finish === 'length' || finish === 'content_filter';
  // Half a call is none: it would do something else than was meant.
  const made = isCut ? gathered.filter(({ isWhole }) => isWhole) : gathered;
  reading.open.clear();
  for (const [id, item] of itemsOf(answer.join(''), thoughts.join(''), made, reading)) {
    reading.kept.push(item);
    yield { type: 'item', id, item };
  }
  if (usage !== null) {
    yield { type: 'usage', used: usage.input + usage.output, window: reading.window(), tokens: usage };
  }
  if (isCut) return { kind: 'incomplete', reason: finish === 'length' ? 'max_output_tokens' : 'content_filter' };
  return { kind: 'complete' };
}

function broken(detail: string): StreamEnd {
  return { kind: 'failed', failure: { kind: 'garbled', detail } };
}

/** Errors that the client library does not take for one. */
function failureIn(chunk: Fields): ResponseFailure | null {
  const isError = chunk.object === 'error' || chunk.type === 'error';
  const said = isError ? chunk : fieldsOf(fieldsOf(listOf(chunk.choices)[0]).error);
  const detail = textOf(said.message);
  if (detail === '' && !isError) return null;
  return { kind: 'failed', code: textOf(said.code) || textOf(said.type), detail, waitMs: waitInWords(detail) };
}

/** The same thought under two names, where a server serves clients of both kinds. */
function thoughtIn(delta: Fields): string {
  const plain = [delta.reasoning_content, delta.reasoning, delta.thinking].map(textOf).find((text) => text !== '');
  if (plain !== undefined) return plain;
  const details = listOf(delta.reasoning_details).map(fieldsOf);
  return details.map(({ text, summary }) => textOf(text) || textOf(summary)).join('');
}

/** A text, or parts of which some are thoughts. */
function contentIn(content: unknown): { readonly thought: string; readonly said: string } {
  if (!Array.isArray(content)) return { thought: '', said: textOf(content) };
  const parts = content.map(fieldsOf);
  const joined = (type: string): string =>
    parts.flatMap((part) => (part.type === type ? [textOf(part[type]) || partsOf(part[type])] : [])).join('');
  return { thought: joined('thinking'), said: joined('text') };
}

function partsOf(value: unknown): string {
  return listOf(value)
    .map((part) => textOf(fieldsOf(part).text))
    .join('');
}

function countsIn(value: unknown): TokenCounts | null {
  if (!isFields(value)) return null;
  const count = (found: unknown): number => countOf(found) ?? 0;
  const counts = {
    input: count(value.prompt_tokens),
    cached: count(fieldsOf(value.prompt_tokens_details).cached_tokens ?? value.prompt_cache_hit_tokens),
    output: count(value.completion_tokens),
    reasoning: count(fieldsOf(value.completion_tokens_details).reasoning_tokens),
  };
  return counts.input + counts.output === 0 ? null : counts;
}

function itemsOf(
  answer: string,
  thoughts: string,
  calls: readonly GatheredCall[],
  reading: StreamReading,
): readonly (readonly [id: string, item: ResponseItem])[] {
  const text = withoutThoughts(answer);
  const message: ResponseItem = {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
  // Some models want to read what they thought before they called something; see `chat-wire.ts`.
  const reasoning: ResponseItem = {
    type: 'reasoning',
    summary: [],
    content: [{ type: 'reasoning_text', text: thoughts }],
  };
  return [
    ...(thoughts === '' || calls.length === 0 ? [] : [[`${reading.tag}.r`, reasoning] as const]),
    ...(text.trim() === '' ? [] : [[`${reading.tag}.0`, message] as const]),
    ...calls.map((call, index) => [`${reading.tag}.c${index}`, callItem(call, reading.freeform)] as const),
  ];
}

function callItem({ id, name, args }: GatheredCall, freeform: ReadonlySet<string>): ResponseItem {
  return asFreeform({ type: 'function_call', name, arguments: args, call_id: id }, freeform);
}
