// Reads one stream of response events: what is kept from it, and whether it came to its end.

import { countOf, type Fields, fieldsOf, isFields, listOf, textOf } from './loose-fields.ts';
import type { ModelEvent, TokenCounts } from './provider.ts';
import { type ResponseFailure, waitInWords } from './response-failure.ts';
import type { ResponseItem } from './response-item.ts';
import { asFreeform, isCutCall, servedItem } from './served-item.ts';
import { MOST_CALLS, MOST_TEXT, type StreamEnd, type StreamReading, TOO_MUCH } from './wire.ts';

/** Yields what can be shown and kept, returns how it ended. Throws what the stream throws. */
export async function* readResponsesStream(
  events: AsyncIterable<unknown>,
  reading: StreamReading,
): AsyncGenerator<ModelEvent, StreamEnd> {
  // Reasoning alone cannot be sent back: a server wants the item that follows it, too. So it waits for that one.
  const waiting: ModelEvent[] = [];
  const names = itemNames(reading.tag);
  const parts = new Map<string, number>();
  const said = new Set<string>();
  let length = 0;
  let items = 0;
  let wasEmpty = true;

  for await (const raw of events) {
    if (!isFields(raw)) continue;
    wasEmpty = false;
    // A server that does not stream sends the response itself.
    const event: Fields = raw.object === 'response' && raw.type === undefined ? eventOfWhole(raw) : raw;
    switch (event.type) {
      case 'response.output_text.delta':
      case 'response.refusal.delta': {
        const text = textOf(event.delta);
        const item = names.of(event);
        reading.open.add(item);
        length += text.length;
        if (length > MOST_TEXT) return { kind: 'failed', failure: TOO_MUCH };
        if (text !== '') yield { type: 'text', item, text };
        break;
      }
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta': {
        const text = textOf(event.delta);
        const item = names.of(event);
        reading.open.add(item);
        length += text.length;
        if (length > MOST_TEXT) return { kind: 'failed', failure: TOO_MUCH };
        const isRaw = event.type === 'response.reasoning_text.delta';
        // Parts of a summary are paragraphs.
        const part = countOf(isRaw ? event.content_index : event.summary_index) ?? 0;
        const isNext = (parts.get(item) ?? part) < part;
        parts.set(item, part);
        if (text === '') break;
        yield { type: 'reasoning', item, text: `${isNext ? '\n\n' : ''}${text}`, ...(isRaw ? { isRaw } : {}) };
        break;
      }
      case 'response.output_item.done': {
        const item = servedItem(event.item);
        if (item === null) return garbled('An item is none.');
        items += 1;
        if (wasSaid(item, said)) break;
        const id = names.finish(event, textOf(item.id));
        reading.open.delete(id);
        // Half a call would do something else than was meant.
        if (!isCutCall(item)) yield* keep(id, item);
        break;
      }
      case 'response.completed':
      case 'response.incomplete': {
        const response = fieldsOf(event.response);
        // Some servers say only here what the items are.
        const unsaid = items === 0 ? listOf(response.output) : [];
        for (const [index, value] of unsaid.entries()) {
          const item = servedItem(value);
          if (item === null) return garbled('An item is none.');
          if (!isCutCall(item) && !wasSaid(item, said)) yield* keep(names.of({ output_index: index }), item);
        }
        yield* handOver(waiting, reading.kept);
        reading.open.clear();
        yield* usageOf(response, reading);
        if (event.type === 'response.completed') return { kind: 'complete' };
        return { kind: 'incomplete', reason: textOf(fieldsOf(response.incomplete_details).reason) };
      }
      case 'response.failed':
        return failed(fieldsOf(fieldsOf(event.response).error));
      case 'error':
        return failed(event);
    }
    if (items > MOST_ITEMS) return { kind: 'failed', failure: TOO_MUCH };
  }
  return { kind: 'open', wasEmpty };

  function* keep(id: string, item: ResponseItem): Generator<ModelEvent> {
    waiting.push({ type: 'item', id, item: asFreeform(item, reading.freeform) });
    if (item.type === 'reasoning') return;
    const query = searchIn(item);
    if (query !== null) yield { type: 'search', id, query };
    yield* handOver(waiting, reading.kept);
  }
}

const MOST_ITEMS = 4 * MOST_CALLS;

/**
 * Names by the place in the output, or by the id of the item where no place is said. A place that is used again, or
 * that no server names, is another item's.
 */
function itemNames(tag: string) {
  const finished = new Map<string, number>();
  const begun = new Set<string>();
  const placeOf = ({ output_index, item_id }: Fields): string =>
    String(countOf(output_index) ?? (textOf(item_id) || '0'));
  const nameOf = (place: string): string => {
    const before = finished.get(place) ?? 0;
    return before === 0 ? `${tag}.${place}` : `${tag}.${place}.${before}`;
  };
  return {
    of(event: Fields): string {
      const place = placeOf(event);
      begun.add(place);
      return nameOf(place);
    },
    /** The same, which from now on is another item's if it is said again. `id`: what the item itself says. */
    finish(event: Fields, id: string): string {
      const place = countOf(event.output_index) === null && begun.has(id) ? id : placeOf(event);
      const name = nameOf(place);
      finished.set(place, (finished.get(place) ?? 0) + 1);
      return name;
    },
  };
}

/** The same item said twice is one. Without an id of its own only a call can be known again. */
function wasSaid(item: ResponseItem, said: Set<string>): boolean {
  const { id, call_id, type, status: _, ...rest } = item;
  if (textOf(id) === '' && textOf(call_id) === '') return false;
  const key = JSON.stringify([type, id ?? null, call_id ?? null, rest]);
  if (said.has(key)) return true;
  said.add(key);
  return false;
}

function eventOfWhole(response: Fields): Fields {
  const status = textOf(response.status);
  return {
    type: status === 'failed' || status === 'incomplete' ? `response.${status}` : 'response.completed',
    response,
  };
}

/** What the provider looked for on the web; null for any other item, and for a page it only opened. */
function searchIn({ type, action }: ResponseItem): string | null {
  if (type !== 'web_search_call') return null;
  const { query, queries } = fieldsOf(action);
  const all = listOf(queries).map(textOf);
  return textOf(query) || all.filter((one) => one !== '').join(', ') || null;
}

function* handOver(waiting: ModelEvent[], kept: ResponseItem[]): Generator<ModelEvent> {
  for (const event of waiting.splice(0)) {
    if (event.type === 'item') kept.push(event.item);
    yield event;
  }
}

function* usageOf({ usage }: Fields, reading: StreamReading): Generator<ModelEvent> {
  if (!isFields(usage)) return;
  const count = (found: unknown): number => countOf(found) ?? 0;
  const tokens: TokenCounts = {
    input: count(usage.input_tokens),
    cached: count(fieldsOf(usage.input_tokens_details).cached_tokens),
    output: count(usage.output_tokens),
    reasoning: count(fieldsOf(usage.output_tokens_details).reasoning_tokens),
  };
  if (tokens.input + tokens.output === 0) return;
  yield { type: 'usage', used: tokens.input + tokens.output, window: reading.window(), tokens };
}

function garbled(detail: string): StreamEnd {
  return { kind: 'failed', failure: { kind: 'garbled', detail } };
}

function failed(error: Fields): StreamEnd {
  const detail = textOf(error.message);
  const code = textOf(error.code) || textOf(error.type).replace(/^error$/, '');
  const failure: ResponseFailure = { kind: 'failed', code, detail, waitMs: waitInWords(detail) };
  return { kind: 'failed', failure };
}
