// Each call of a conversation has a name of its own: some servers give one name to several.

import { randomUUID } from 'node:crypto';
import type { ModelEvent } from './provider.ts';
import type { ResponseItem } from './response-item.ts';

export interface FreshCalls {
  /** The same stream, in which a call with a name that was used before has a new one. */
  over<End>(stream: AsyncGenerator<ModelEvent, End>): AsyncGenerator<ModelEvent, End>;
}

export function freshCalls(conversation: readonly ResponseItem[]): FreshCalls {
  const used = new Set(conversation.flatMap(({ call_id: call }) => (typeof call === 'string' ? [call] : [])));
  return {
    async *over(stream) {
      for (;;) {
        const next = await stream.next();
        if (next.done === true) return next.value;
        yield next.value.type === 'item' ? { ...next.value, item: renamed(next.value.item, used) } : next.value;
      }
    },
  };
}

function renamed(item: ResponseItem, used: Set<string>): ResponseItem {
  const { call_id: call, type } = item;
  if (typeof call !== 'string' || !type.endsWith('_call')) return item;
  const name = call === '' || used.has(call) ? `call_${randomUUID()}` : call;
  used.add(name);
  return name === call ? item : { ...item, call_id: name };
}
