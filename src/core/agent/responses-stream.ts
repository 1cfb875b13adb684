// Reads one stream of response events: what is kept from it, and whether it came to its end.

import * as v from 'valibot';
import type { ModelEvent } from './provider.ts';
import { type ResponseFailure, waitInWords } from './response-failure.ts';
import { type ResponseItem, responseItemFrom } from './response-item.ts';
import type { StreamEnd, StreamReading } from './wire.ts';

const index = v.optional(v.number(), 0);

/** The events that mean something here. All others of the API are details of what these say in the end. */
const StreamEvent = v.variant('type', [
  v.object({ type: v.literal('response.output_text.delta'), output_index: index, delta: v.string() }),
  v.object({ type: v.literal('response.refusal.delta'), output_index: index, delta: v.string() }),
  v.object({
    type: v.literal('response.reasoning_summary_text.delta'),
    output_index: index,
    summary_index: index,
    delta: v.string(),
  }),
  v.object({ type: v.literal('response.output_item.done'), output_index: index, item: v.unknown() }),
  v.object({ type: v.literal('response.completed'), response: v.unknown() }),
  v.object({ type: v.literal('response.incomplete'), response: v.unknown() }),
  v.object({ type: v.literal('response.failed'), response: v.unknown() }),
  v.object({ type: v.literal('error'), code: v.nullish(v.string()), message: v.nullish(v.string()) }),
]);

const Usage = v.object({ usage: v.object({ input_tokens: v.number(), output_tokens: v.number() }) });
const Failed = v.object({ error: v.object({ code: v.nullish(v.string()), message: v.nullish(v.string()) }) });
const Incomplete = v.object({ incomplete_details: v.object({ reason: v.string() }) });

/** Yields what can be shown and kept, returns how it ended. Throws what the stream throws. */
export async function* readResponsesStream(
  events: AsyncIterable<unknown>,
  reading: StreamReading,
): AsyncGenerator<ModelEvent, StreamEnd> {
  // Reasoning alone cannot be sent back: a server wants the item that follows it, too. So it waits for that one.
  const waiting: ModelEvent[] = [];
  const parts = new Map<number, number>();
  let wasEmpty = true;
  for await (const raw of events) {
    wasEmpty = false;
    const parsed = v.safeParse(StreamEvent, raw);
    if (!parsed.success) continue;
    const event = parsed.output;
    switch (event.type) {
      case 'response.output_text.delta':
      case 'response.refusal.delta': {
        const name = `${reading.tag}.${event.output_index}`;
        reading.open.add(name);
        if (event.delta !== '') yield { type: 'text', item: name, text: event.delta };
        break;
      }
      case 'response.reasoning_summary_text.delta': {
        const name = `${reading.tag}.${event.output_index}`;
        reading.open.add(name);
        // Parts of a summary are paragraphs.
        const isNext = (parts.get(event.output_index) ?? 0) < event.summary_index;
        parts.set(event.output_index, event.summary_index);
        if (event.delta !== '') yield { type: 'reasoning', item: name, text: `${isNext ? '\n\n' : ''}${event.delta}` };
        break;
      }
      case 'response.output_item.done': {
        const item = responseItemFrom(event.item);
        if (item === null) break;
        const id = `${reading.tag}.${event.output_index}`;
        waiting.push({ type: 'item', id, item });
        reading.open.delete(id);
        if (item.type === 'reasoning') break;
        const query = searchIn(item);
        if (query !== null) yield { type: 'search', id, query };
        yield* handOver(waiting, reading.kept);
        break;
      }
      case 'response.completed':
        yield* handOver(waiting, reading.kept);
        yield* usageOf(event.response, reading.window);
        return { kind: 'complete' };
      case 'response.incomplete': {
        yield* handOver(waiting, reading.kept);
        yield* usageOf(event.response, reading.window);
        const details = v.safeParse(Incomplete, event.response);
        return { kind: 'incomplete', reason: details.success ? details.output.incomplete_details.reason : '' };
      }
      case 'response.failed': {
        const details = v.safeParse(Failed, event.response);
        return failed(details.success ? details.output.error : {});
      }
      case 'error':
        return failed(event);
    }
  }
  return { kind: 'open', wasEmpty };
}

/** What the provider looked for on the web; null for any other item. */
function searchIn({ type, action }: ResponseItem): string | null {
  if (type !== 'web_search_call' || typeof action !== 'object' || action === null || !('query' in action)) return null;
  return typeof action.query === 'string' ? action.query : null;
}

function* handOver(waiting: ModelEvent[], kept: ResponseItem[]): Generator<ModelEvent> {
  for (const event of waiting.splice(0)) {
    if (event.type === 'item') kept.push(event.item);
    yield event;
  }
}

function* usageOf(response: unknown, window: number | null): Generator<ModelEvent> {
  const parsed = v.safeParse(Usage, response);
  if (!parsed.success) return;
  const { input_tokens, output_tokens } = parsed.output.usage;
  yield { type: 'usage', used: input_tokens + output_tokens, window };
}

function failed(error: { readonly code?: string | null | undefined; readonly message?: string | null | undefined }) {
  const detail = error.message ?? '';
  const failure: ResponseFailure = { kind: 'failed', code: error.code ?? '', detail, waitMs: waitInWords(detail) };
  return { kind: 'failed', failure } as const;
}
