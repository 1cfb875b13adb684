// A client of an exec-server that does as little as one can, so that what is measured is the server.

const { WebSocket } = require('ws');

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin' };
/** Frames above are output: their base64 is counted and not read. */
const PARSED_BYTES = 4096;

let socket = null;
let lastId = 0;
let lastProcess = 0;
/** By process id: what to do with each of its events. */
const listeners = new Map();
const answers = new Map();

process.on('message', (told) => {
  perform(told).then(
    (result) => process.send(result),
    (error) => process.send({ failed: String(error.stack) }),
  );
});
process.on('disconnect', () => process.exit(0));

function perform(told) {
  switch (told.kind) {
    case 'open':
      return open(told.url);
    case 'one':
      return timed(() => run(told.argv));
    case 'burst':
      return timed(() => burst(told));
    case 'pour':
      return timed(() => run(told.argv));
    default:
      return Promise.reject(new Error(`what is ${told.kind}?`));
  }
}

async function open(url) {
  socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
  socket.on('message', receive);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  await call('initialize', { clientName: 'bench', resumeSessionId: null });
  socket.send(JSON.stringify({ method: 'initialized', params: {} }));
  return {};
}

function receive(data) {
  if (data.length > PARSED_BYTES) return countOutput(data);
  const message = JSON.parse(data.toString());
  if (message.id !== undefined) {
    const { resolve, reject } = answers.get(message.id);
    answers.delete(message.id);
    return message.error === undefined ? resolve(message.result) : reject(new Error(message.error.message));
  }
  const { processId, chunk = '' } = message.params;
  listeners.get(processId)?.(message.method, Buffer.byteLength(chunk, 'base64'));
}

function countOutput(data) {
  const head = data.latin1Slice(0, 1024);
  const processId = /"processId":"([^"]*)"/.exec(head)[1];
  const from = head.indexOf('"chunk":"') + '"chunk":"'.length;
  const to = data.indexOf('"', from);
  const padding = data[to - 2] === 61 ? 2 : data[to - 1] === 61 ? 1 : 0;
  listeners.get(processId)?.('process/output', ((to - from) / 4) * 3 - padding);
}

function call(method, params) {
  lastId += 1;
  const id = lastId;
  socket.send(JSON.stringify({ id, method, params }));
  return new Promise((resolve, reject) => answers.set(id, { resolve, reject }));
}

/** Resolves with the bytes it printed: at its exit, or at the end of its output when it printed something. */
function run(argv) {
  lastProcess += 1;
  const processId = `bench-${lastProcess}`;
  let bytes = 0;
  const over = new Promise((resolve, reject) => {
    listeners.set(processId, (method, length) => {
      bytes += length;
      const isEnd = method === 'process/closed' || (method === 'process/exited' && bytes === 0);
      if (!isEnd) return;
      listeners.delete(processId);
      resolve(bytes);
    });
    const start = { processId, argv, cwd: 'file:///', env: ENVIRONMENT, tty: false, pipeStdin: false, arg0: null };
    call('process/start', start).catch(reject);
  });
  return over;
}

async function burst({ argv, calls, width }) {
  let left = calls;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await run(argv);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return 0;
}

async function timed(task) {
  const startedAt = performance.now();
  const bytes = await task();
  return { ms: performance.now() - startedAt, bytes };
}
