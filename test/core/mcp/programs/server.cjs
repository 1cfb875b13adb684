// An MCP server of lines of JSON. Its argument says how it behaves; what it notes goes to the file in NOTES.

const fs = require('node:fs');
const { spawn } = require('node:child_process');

const how = process.argv[2] ?? 'good';
const note = (text) => process.env.NOTES && fs.appendFileSync(process.env.NOTES, `${text}\n`);
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const object = { type: 'object', properties: { text: { type: 'string' } } };

note(`pid ${process.pid}`);
process.stdin.on('end', () => note('input ended'));
if (how === 'hangs') {
  // Neither the end of its input nor a signal ends it, and it has somebody who is as stubborn.
  const script = 'trap "" TERM; while :; do sleep 1; done';
  const other = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'inherit', 'inherit'] });
  note(`grandchild ${other.pid}`);
  process.on('SIGTERM', () => note('term'));
  setInterval(() => {}, 1000);
}
if (how === 'says why') {
  process.stderr.write(`${'x'.repeat(40_000)}\nthe database is locked\n`);
  process.exitCode = 3;
  setTimeout(() => process.exit(3), 20);
}
if (how === 'noise first') process.stdout.write('Welcome!\n{"not": "a message"}\n\n[1,2]\n');
if (how === 'floods') {
  const line = `${'noise '.repeat(10_000)}\n`;
  const more = () => {
    while (process.stdout.write(line));
    process.stdout.once('drain', more);
  };
  more();
}
if (how === 'endless line') {
  const more = () => {
    while (process.stdout.write('{'.repeat(65_536)));
    process.stdout.once('drain', more);
  };
  more();
}

const TOOLS = {
  good: [
    { name: 'echo', description: 'Says it again.', inputSchema: object, annotations: { readOnlyHint: true } },
    { name: 'write', inputSchema: object, annotations: { destructiveHint: true } },
    { name: 'env', inputSchema: object },
    { name: 'slow', inputSchema: object },
    { name: 'refuse', inputSchema: object },
    { name: 'fail', inputSchema: object },
    { name: 'picture', inputSchema: object },
    { name: 'later', inputSchema: object },
  ],
  names: [
    { name: 'a b', inputSchema: object },
    { name: 'a.b', inputSchema: object },
    { name: 'a_b', inputSchema: object },
    { name: 'a_b', description: 'the second of that name', inputSchema: object },
    { name: 'é'.repeat(90), inputSchema: object },
    { name: '__proto__', inputSchema: object },
    { name: '', inputSchema: object },
    { name: 7, inputSchema: object },
    null,
    { name: 'odd', inputSchema: 'none', description: { not: 'text' } },
    { name: 'wordy', description: 'w'.repeat(50_000), inputSchema: object },
    { name: 'wide', inputSchema: { type: 'object', properties: { a: { enum: ['v'.repeat(20_000)] } } } },
    { name: 'deep', inputSchema: JSON.parse(`${'{"a":'.repeat(90)}{}${'}'.repeat(90)}`) },
  ],
};

function listed(params) {
  if (how === 'many') {
    const from = Number(params.cursor ?? 0);
    const tools = Array.from({ length: 500 }, (_, i) => ({ name: `t${from + i}`, inputSchema: object }));
    return { tools, ...(from + 500 < 5_000 ? { nextCursor: String(from + 500) } : {}) };
  }
  if (how === 'names') return { tools: TOOLS.names };
  if (how === 'circles') return { tools: TOOLS.good, nextCursor: 'again' };
  if (how === 'grows' && fs.existsSync(process.env.GROWN)) {
    return { tools: [...TOOLS.good, { name: 'new', inputSchema: object }] };
  }
  return { tools: TOOLS.good };
}

const text = (it) => ({ content: [{ type: 'text', text: it }] });

function called(id, { name, arguments: given, _meta: meta }) {
  note(`call ${name}`);
  if (how === 'dies') {
    process.stderr.write('out of luck\n');
    process.exit(9);
  }
  if (how === 'grows' && name === 'write') {
    fs.writeFileSync(process.env.GROWN, '');
    send({ method: 'notifications/tools/list_changed' });
  }
  if (how === 'deaf' && name === 'write') process.stdin.pause();
  if (how === 'asks') {
    const schema = { type: 'object', properties: { name: { type: 'string' } } };
    const asked =
      name === 'echo' ? ['elicitation/create', { message: 'Who?', requestedSchema: schema }] : ['roots/list', {}];
    const [method, params] = asked;
    waiting.set('q', id);
    return send({ id: 'q', method, params });
  }
  if (how === 'chatty') return chatter(id, meta.progressToken);
  if (how === 'huge') return send({ id, result: text('z'.repeat(10 * 1024 * 1024)) });
  if (how === 'large') return send({ id, result: text(`begin${'z'.repeat(5 * 1024 * 1024)}end`) });
  if (how === 'twice') {
    send({ id: 4242, result: text('for nobody') });
    send({ id: id + 1000, result: text('for nobody yet') });
    send({ id, result: text('first') });
    return send({ id, result: text('second') });
  }
  if (name === 'later') {
    // When somebody lets it go.
    const look = setInterval(() => {
      if (!fs.existsSync(process.env.GROWN)) return;
      clearInterval(look);
      send({ id, result: text('at last') });
    }, 5);
    return;
  }
  if (name === 'env') return send({ id, result: text(JSON.stringify({ ...process.env, cwd: process.cwd() })) });
  if (name === 'refuse') return send({ id, error: { code: -32602, message: 'wrong arguments' } });
  if (name === 'fail') return send({ id, result: { ...text('it did not work'), isError: true } });
  if (name === 'picture') {
    const image = { type: 'image', mimeType: 'image/png', data: 'iVBORw0KGgo=' };
    const resource = { type: 'resource', resource: { uri: 'file:///a', text: 'of a resource' } };
    return send({ id, result: { content: [image, { ...image, data: 'not base64!' }, resource] } });
  }
  if (name === 'slow') {
    send({
      method: 'notifications/progress',
      params: { progressToken: meta.progressToken, progress: 1, total: 2, message: 'half' },
    });
    return;
  }
  send({ id, result: text(String(given.text)) });
}

/** Very many words about how far it is, then the answer. */
function chatter(id, progressToken) {
  let said = 0;
  const more = () => {
    while (said < 100_000) {
      let lines = '';
      for (const end = said + 1_000; said < end; said++) {
        const params = { progressToken, progress: said, total: 100_000 };
        lines += `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params })}\n`;
      }
      if (!process.stdout.write(lines)) return process.stdout.once('drain', more);
    }
    send({ method: 'notifications/tools/list_changed' });
    send({ id, result: text('enough') });
  };
  more();
}

function initialized(id, { protocolVersion, clientInfo }) {
  note(`client ${clientInfo.name}`);
  const capabilities = { tools: { listChanged: true } };
  send({ id, result: { protocolVersion, capabilities, serverInfo: { name: 'test', version: '1' } } });
}

const waiting = new Map();

function heard({ id, method, params = {}, result, error }) {
  if (method === undefined) return send({ id: waiting.get(id), result: text(result?.action ?? error.message) });
  if (method === 'initialize') {
    if (['silent', 'says why', 'endless line'].includes(how)) return;
    setTimeout(initialized, how === 'slow to start' ? 1_500 : 0, id, params);
  } else if (method === 'tools/list') {
    send({ id, result: listed(params) });
  } else if (method === 'tools/call') {
    called(id, params);
  } else if (method === 'notifications/cancelled') {
    note('cancelled');
  } else if (id !== undefined) {
    send({ id, result: {} });
  }
}

let rest = '';
process.stdin.setEncoding('utf8').on('data', (piece) => {
  const lines = (rest + piece).split('\n');
  rest = lines.pop();
  for (const line of lines) heard(JSON.parse(line));
});
