// How the scripted model server says a reply in Chat Completions.

import type { Reply } from './model-server.ts';

type Fields = Record<string, unknown>;

/** The frames of one stream, `[DONE]` included where the reply is complete. */
export function* chatFrames(reply: Extract<Reply, { kind: 'stream' }>, number: number): Generator<string> {
  const id = `chatcmpl_${number}`;
  const chunk = (delta: Fields, finish: string | null = null): string =>
    frame({ id, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] });
  yield chunk({ role: 'assistant', content: '' });
  const { end, parts } = reply;
  let calls = 0;
  for (const [at, { item, deltas }] of parts.entries()) {
    const isHalf = end === 'cut inside the last' && at === parts.length - 1;
    for (const content of deltas) yield chunk({ content });
    if (item.type !== 'function_call' && item.type !== 'custom_tool_call') continue;
    const index = calls++;
    const args = item.type === 'function_call' ? String(item.arguments) : JSON.stringify({ input: item.input });
    const half = Math.ceil(args.length / 2);
    yield chunk({
      tool_calls: [{ index, id: item.call_id, type: 'function', function: { name: item.name, arguments: '' } }],
    });
    yield chunk({ tool_calls: [{ index, function: { arguments: args.slice(0, half) } }] });
    if (!isHalf) yield chunk({ tool_calls: [{ index, function: { arguments: args.slice(half) } }] });
  }
  if (end === 'garbage') yield 'data: {"choices": [{"del\n\n';
  else if (typeof end === 'object' && 'failed' in end) yield frame({ error: end.failed });
  else if (end === 'complete' || end === 'linger' || typeof end === 'object') {
    const reason = typeof end === 'object' ? 'length' : calls > 0 ? 'tool_calls' : 'stop';
    yield chunk({}, reason);
    const { input, output } = reply.usage;
    yield frame({
      id,
      choices: [],
      usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output },
    });
    yield 'data: [DONE]\n\n';
  }
}

function frame(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}
