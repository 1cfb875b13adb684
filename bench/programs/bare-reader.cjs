// The floor of a command: the same argv, started from a small Node with the same descriptors, its output counted and,
// when a file is named, written to it as it comes.

const { spawn } = require('node:child_process');
const { closeSync, constants, openSync, readSync, unlinkSync, writeSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { ReadStream } = require('node:tty');

/** Read by hand in one turn of the loop at most. */
const TURN_BYTES = 256 * 1024;
/** A read of a terminal gives no more. */
const PAGE_BYTES = 4096;
const buffer = Buffer.allocUnsafeSlow(64 * 1024);
const devNull = openSync('/dev/null', constants.O_RDWR);
let names = 0;

process.on('message', (told) => {
  run(told).then(
    (result) => process.send(result),
    (error) => process.send({ failed: String(error.stack) }),
  );
});

async function run({ argv, env, stdio, filter, keep = null }) {
  const pair = stdio === 'pty' ? openPair() : null;
  const { file, args, slots } = arrange(argv, pair, filter);
  const startedAt = performance.now();
  const child = spawn(file, args, { cwd: '/', env, stdio: slots, detached: true });
  if (pair !== null) closeSync(pair.slave);
  const exited = new Promise((resolve, reject) => {
    child.once('exit', (code) => resolve(code));
    child.once('error', reject);
  });
  const kept = keep === null ? null : openSync(keep, 'w', 0o600);
  const take = kept === null ? () => {} : (bytes) => writeSync(kept, bytes);
  const bytes = pair === null ? await countPipes(child, take) : await countTerminal(pair.master, take);
  if (kept !== null) closeSync(kept);
  const code = await exited;
  const ms = performance.now() - startedAt;
  for (const slot of slots.slice(3)) if (typeof slot === 'number' && slot !== devNull) closeSync(slot);
  return { ms, bytes, code };
}

function openPair() {
  const { native } = require('node-pty');
  const { master, slave, pty } = native.open(100, 30);
  const own = openSync(pty, constants.O_RDWR | constants.O_NOCTTY);
  closeSync(slave);
  return { master, slave: own };
}

/** Puts files of our own where the recorded argv names descriptors: covers, the status document, the filter. */
function arrange([file, ...recorded], pair, filter) {
  let covers = 0;
  while (recorded[covers * 2] === '--args') covers += 1;
  const args = recorded.slice(covers * 2);
  const slots = pair === null ? ['ignore', 'pipe', 'pipe'] : [pair.slave, pair.slave, pair.slave];
  const place = (index, slot) => {
    while (slots.length < index) slots.push('ignore');
    slots[index] = slot;
  };
  const isFree = (number) => number !== pair?.master;
  const [status, program] = [3, 4, 5].filter(isFree);
  place(status, nameless(null));
  place(program, nameless(Buffer.from(filter, 'base64')));
  const masters = pair === null || covers === 0 ? [] : [pair.master];
  for (const master of masters) place(master, devNull);
  for (const [option, index] of [
    ['--json-status-fd', status],
    ['--seccomp', program],
  ]) {
    args[args.indexOf(option) + 1] = String(index);
  }
  return { file, args: [...masters.flatMap((master) => ['--args', String(master)]), ...args], slots };
}

function nameless(content) {
  names += 1;
  const name = path.join(tmpdir(), `codex-bench-${process.pid}-${names}`);
  const descriptor = openSync(name, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  if (content !== null) writeSync(descriptor, content);
  // A second descriptor, so that the filter is read from its beginning.
  const second = openSync(`/proc/self/fd/${descriptor}`, constants.O_RDWR);
  unlinkSync(name);
  closeSync(descriptor);
  return second;
}

function countPipes(child, take) {
  let bytes = 0;
  const count = (stream) =>
    new Promise((resolve) => {
      stream.on('data', (chunk) => {
        bytes += chunk.length;
        take(chunk);
      });
      stream.once('close', resolve);
    });
  return Promise.all([count(child.stdout), count(child.stderr)]).then(() => bytes);
}

/** `data` says that the terminal is readable, the rest is taken by hand; at the end too, where Node loses some. */
function countTerminal(master, take) {
  let bytes = 0;
  let filled = 0;
  const flush = () => {
    if (filled > 0) take(buffer.subarray(0, filled));
    filled = 0;
  };
  const drain = (limit) => {
    for (let taken = 0; taken < limit; ) {
      let length = 0;
      try {
        length = readSync(master, buffer, filled, buffer.length - filled, null);
      } catch {
        return; // EAGAIN: nothing now. EIO: nothing any more.
      }
      if (length === 0) return;
      taken += length;
      bytes += length;
      filled += length;
      if (buffer.length - filled < PAGE_BYTES) flush();
    }
  };
  const stream = new ReadStream(master);
  stream.on('data', (chunk) => {
    bytes += chunk.length;
    flush();
    take(chunk);
    drain(TURN_BYTES);
  });
  stream.on('end', () => drain(Number.POSITIVE_INFINITY));
  stream.on('error', () => {}); // EIO, as above.
  return new Promise((resolve) =>
    stream.once('close', () => {
      flush();
      resolve(bytes);
    }),
  );
}

process.on('disconnect', () => process.exit(0));
