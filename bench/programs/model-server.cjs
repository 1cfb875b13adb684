// A model that does what it is told, on loopback. It holds each request until its parent says how to answer, and
// clocks from the end of one answer to the arrival of the next request.

const http = require('node:http');

let answeredAt = null;
let count = 0;
/** The request that waits for its answer. */
let held = null;

const server = http.createServer((request, response) => {
  const arrivedAt = performance.now();
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    // What asks without tools wants a title or the like, and is no step of the conversation.
    if (!Array.isArray(body.tools) || body.tools.length === 0) return answer(response, message('ok'));
    held = response;
    process.send({ kind: 'asked', sinceAnswerMs: answeredAt === null ? null : arrivedAt - answeredAt });
  });
});
server.on('connection', (socket) => socket.setNoDelay(true));
server.listen(0, '127.0.0.1', () => process.send({ kind: 'listening', port: server.address().port }));

process.on('message', (told) => {
  const response = held;
  held = null;
  if (response === null) throw new Error('nothing was asked that could be answered');
  const item = told.kind === 'call' ? call(told.name, told.args) : message(told.text);
  const text = streamOf(item);
  answeredAt = performance.now();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(text);
});
process.on('disconnect', () => {
  server.closeAllConnections();
  server.close();
});

function message(text) {
  return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] };
}

function call(name, args) {
  return { type: 'function_call', name, arguments: JSON.stringify(args), call_id: `call_${count}` };
}

function answer(response, item) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(streamOf(item));
}

/** One whole answer of the Responses API as server-sent events. */
function streamOf(item) {
  count += 1;
  const id = `resp_${count}`;
  const whole = { id: `item_${count}`, ...item, status: 'completed' };
  const usage = { input_tokens: 100, output_tokens: 20, total_tokens: 120 };
  return [
    { type: 'response.created', response: { id, status: 'in_progress' } },
    { type: 'response.output_item.added', output_index: 0, item: { ...whole, status: 'in_progress', content: [] } },
    { type: 'response.output_item.done', output_index: 0, item: whole },
    { type: 'response.completed', response: { id, status: 'completed', output: [whole], usage } },
  ]
    .map((event, index) => `event: ${event.type}\ndata: ${JSON.stringify({ sequence_number: index, ...event })}\n\n`)
    .join('');
}
