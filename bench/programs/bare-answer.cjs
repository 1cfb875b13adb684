// The floor of showing an answer: asks the model once when a line is typed, and writes the text as it comes.

const http = require('node:http');

const { port } = new URL(process.argv[2]);
process.stdout.write('ready to ask something: \r\n');
process.stdin.once('data', () => {
  const request = http.request({ host: '127.0.0.1', port, path: '/v1/responses', method: 'POST' }, (response) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk) => {
      const frames = (rest + chunk).split('\n\n');
      rest = frames.pop();
      for (const frame of frames) {
        const event = JSON.parse(frame.slice(frame.indexOf('data: ') + 6));
        if (event.type === 'response.output_text.delta') process.stdout.write(event.delta);
      }
    });
  });
  request.end(JSON.stringify({ tools: [{ type: 'function', name: 'none' }] }));
});
process.once('SIGTERM', () => process.exit(0));
