// The floor of a command elsewhere: a message arrives, a program is started with pipes, its end is sent back.

const { spawn } = require('node:child_process');
const { WebSocketServer, WebSocket } = require('ws');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const [file, ...args] = JSON.parse(data.toString());
    const child = spawn(file, args, { cwd: '/', env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
    child.once('exit', () => socket.send('ended'));
  });
});

/** Its own client would take turns with it: the one who asks is another copy of this program. */
const [url] = process.argv.slice(2);
if (url === undefined) server.once('listening', () => process.send({ url: `ws://127.0.0.1:${server.address().port}` }));
else {
  server.close();
  const socket = new WebSocket(url, { perMessageDeflate: false });
  process.on('message', ({ argv }) => {
    const startedAt = performance.now();
    socket.once('message', () => process.send({ ms: performance.now() - startedAt }));
    socket.send(JSON.stringify(argv));
  });
  socket.once('open', () => process.send({}));
}
process.on('disconnect', () => process.exit(0));
