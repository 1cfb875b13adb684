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
  if (told.kind === 'write') return write(response, told);
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

/** A message whose pieces come at their times. */
function write(response, { pieces, ms }) {
  count += 1;
  const ids = { response: `resp_${count}`, item: `item_${count}` };
  const whole = { id: ids.item, ...message(pieces.join('')), status: 'completed' };
  let sequence = 0;
  const send = (type, fields) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  send('response.created', { response: { id: ids.response, status: 'in_progress' } });
  send('response.output_item.added', { output_index: 0, item: { ...whole, status: 'in_progress', content: [] } });
  const startedAt = performance.now();
  let sent = 0;
  const next = () => {
    const due = Math.min(pieces.length, Math.ceil((pieces.length * (performance.now() - startedAt)) / ms));
    for (; sent < due; sent += 1) {
      send('response.output_text.delta', { output_index: 0, content_index: 0, item_id: ids.item, delta: pieces[sent] });
    }
    if (sent < pieces.length) return setTimeout(next, Math.max(1, ms / pieces.length));
    const endedAt = performance.timeOrigin + performance.now();
    send('response.output_item.done', { output_index: 0, item: whole });
    const usage = { input_tokens: 100, output_tokens: 8000, total_tokens: 8100 };
    send('response.completed', { response: { id: ids.response, status: 'completed', output: [whole], usage } });
    response.end();
    process.send({ kind: 'written', endedAt });
  };
  next();
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
