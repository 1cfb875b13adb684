// Asks a server that speaks Chat Completions through the provider, chunk by chunk, and sorts what came.

import type { ModelEvent, ModelRequest } from '../../src/core/agent/index.ts';
import { collect, itemsOf, providerAt, someRequest } from './model-requests.ts';
import { type Reply, raw } from './model-server.ts';

type Fields = Record<string, unknown>;

export function chunk(delta: Fields, finish: string | null = null): Fields {
  return { object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] };
}

/** A piece of a call; fields that are undefined are not sent. */
export function callPiece(fields: {
  readonly index?: number;
  readonly id?: string;
  readonly name?: string;
  readonly args?: unknown;
}): Fields {
  const { index, id, name, args } = fields;
  return { index, id, type: 'function', function: { name, arguments: args } };
}

/** One call in pieces, as most servers stream it. */
export function piecesOf(index: number, id: string, name: string, args: string, size = 3): Fields[] {
  const pieces = args.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
  return [
    chunk({ tool_calls: [callPiece({ index, id, name, args: '' })] }),
    ...pieces.map((piece) => chunk({ tool_calls: [callPiece({ index, args: piece })] })),
  ];
}

/** `done`: with its last event. `silent`: over without it. `cut`: the socket is destroyed. `stall`: it stays open. */
export function chat(chunks: readonly (Fields | string)[], end: 'done' | 'silent' | 'cut' | 'stall' = 'done'): Reply {
  const frames = chunks.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`);
  if (end === 'done') return raw([...frames, 'data: [DONE]\n\n']);
  return raw(frames, { end: end === 'silent' ? 'end' : end });
}

export async function askChat(
  url: string,
  more: Parameters<typeof providerAt>[1] = {},
  request: Partial<ModelRequest> = {},
): Promise<ModelEvent[]> {
  const provider = providerAt(url, { wire: 'chat', streamRetries: 0, ...more });
  return collect(provider.respond({ ...someRequest, ...request }, new AbortController().signal));
}

export const callsOf = (events: readonly ModelEvent[]) =>
  itemsOf(events).flatMap(({ type, name, arguments: args, input, call_id: id }) =>
    type.endsWith('_call') ? [{ name, input: args ?? input, id }] : [],
  );
