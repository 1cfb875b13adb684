// What is sent back to a model when a recorded session goes on? The response items that still count, ready to send.

import { LOST_ANSWER } from './lost.ts';
import { isObject, type JsonObject, listIn, numberIn, parseLine, textIn } from './record.ts';

const OUTPUT_OF_CALL: Readonly<Record<string, string>> = {
  function_call: 'function_call_output',
  custom_tool_call: 'custom_tool_call_output',
  local_shell_call: 'function_call_output',
};

/**
 * Response items in order: those of the newest compaction and everything after it, rolled-back turns left out. A call
 * without an output gets one that says it was lost, an output without its call is left out: a model's server refuses
 * both.
 */
export function historyOf(lines: Iterable<string>): JsonObject[] {
  let items: JsonObject[] = [];
  for (const line of lines) {
    const record = parseLine(line);
    if (record === 'blank' || record === 'damaged') continue;
    const { type, payload } = record;
    if (type === 'response_item' && textIn(payload, 'type') !== null) items.push(payload);
    if (type === 'compacted') items = compactedItems(payload);
    if (type === 'event_msg' && payload.type === 'thread_rolled_back') {
      items = withoutLastTurns(items, numberIn(payload, 'num_turns') ?? 0);
    }
  }
  return withPairs(items);
}

function compactedItems(payload: JsonObject): JsonObject[] {
  const replacement = listIn(payload, 'replacement_history').filter(isObject);
  if (replacement.length > 0) return replacement;
  // The oldest form has only the summary.
  const text = textIn(payload, 'message') ?? '';
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }];
}

function withoutLastTurns(items: readonly JsonObject[], turns: number): JsonObject[] {
  let end = items.length;
  for (let left = turns; left > 0 && end > 0; left -= 1) {
    const before = items.slice(0, end).findLastIndex((item) => item.role === 'user');
    end = Math.max(0, before);
  }
  return items.slice(0, end);
}

function withPairs(items: readonly JsonObject[]): JsonObject[] {
  const outputs = new Set(Object.values(OUTPUT_OF_CALL));
  const open = new Set<string>();
  const answered = new Set<string>();
  const kept = items.filter((item) => {
    const call = textIn(item, 'call_id');
    const type = textIn(item, 'type') ?? '';
    if (call === null) return true;
    if (outputs.has(type)) {
      const isFirst = open.delete(call);
      if (isFirst) answered.add(call);
      return isFirst;
    }
    if (OUTPUT_OF_CALL[type] === undefined) return true;
    const isNew = !open.has(call) && !answered.has(call);
    open.add(call);
    return isNew;
  });
  return kept.flatMap((item) => {
    const call = textIn(item, 'call_id');
    const outputType = OUTPUT_OF_CALL[textIn(item, 'type') ?? ''];
    const isLost = call !== null && outputType !== undefined && !answered.has(call);
    return isLost ? [item, { type: outputType, call_id: call, output: LOST_ANSWER }] : [item];
  });
}
