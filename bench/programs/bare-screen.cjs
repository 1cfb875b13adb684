// The floor of a start and of a key: Node, one write of as many bytes as asked for, raw mode, an echo. Nothing else.

const { writeSync } = require('node:fs');

const bytes = Number(process.argv[2]);
writeSync(1, `${'bare '.repeat(Math.ceil(bytes / 5)).slice(0, bytes - 2)}\r\n`);
process.stdin.setRawMode(true);
process.stdin.on('data', (typed) => writeSync(1, typed));
