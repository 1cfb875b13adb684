// What does a person at a terminal see, and when? A pseudo-terminal whose reader stamps what arrives.

import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { StringDecoder } from 'node:string_decoder';
import { ReadStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';

const require = createRequire(import.meta.url);

/** A first frame is more than a cursor and a blank row. */
const FRAME_CHARACTERS = 20;
/** Longer than anything measured here takes on a busy machine: whatever has not come by then never will. */
const PATIENCE_MS = 30_000;
/** After SIGTERM a program may still write its record. */
const GRACE_MS = 5_000;

export const COLS = 100;
export const ROWS = 30;

/** What a terminal answers at once. Programs wait for it: some with their first frame, ours with its second next one. */
const ANSWERS = [
  [/\x1b\[0?c/g, '\x1b[?62;22c'],
  [/\x1b\[5n/g, '\x1b[0n'],
  [/\x1b\[6n/g, '\x1b[1;1R'],
  [/\x1b\[\?u/g, '\x1b[?0u'],
  [/\x1b\]10;\?(?:\x07|\x1b\\)/g, '\x1b]10;rgb:dddd/dddd/dddd\x1b\\'],
  [/\x1b\]11;\?(?:\x07|\x1b\\)/g, '\x1b]11;rgb:1111/1111/1111\x1b\\'],
];

/** The characters a person sees of `bytes`, in the order they came. */
export function visible(bytes) {
  return stripVTControlCharacters(bytes).replace(/[\x00-\x1f\x7f]/g, '');
}

/**
 * Starts `argv` as the leader of a terminal of its own. ECHO is off from the beginning: what comes back after a key
 * is the program's own doing and not the kernel's.
 */
export function openTerminal({ argv, env, cwd }) {
  const { native } = require('node-pty');
  const { master, slave: inherited, pty } = native.open(COLS, ROWS);
  const slave = openSync(pty, constants.O_RDWR | constants.O_NOCTTY);
  closeSync(inherited);
  spawnSync('stty', ['-F', pty, '-echo']);

  const startedAt = performance.now();
  const child = spawn('setsid', ['-c', ...argv], { stdio: [slave, slave, slave], env, cwd });
  closeSync(slave);
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  const decoder = new StringDecoder('utf8');
  let received = '';
  let unanswered = '';
  let bytes = 0;
  let lastAt = startedAt;
  const watchers = new Set();
  const stream = new ReadStream(master);
  stream.on('data', (chunk) => {
    lastAt = performance.now();
    bytes += chunk.length;
    const text = decoder.write(chunk);
    received += text;
    answer(text);
    for (const watcher of [...watchers]) watcher();
  });
  stream.on('error', () => {}); // EIO: how a terminal says that its last user closed it.
  const closed = new Promise((resolve) => stream.once('close', resolve));

  /** A question may be cut in two by a read: the end of the last chunk is looked at again with the next one. */
  const answer = (text) => {
    unanswered += text;
    let end = 0;
    const found = ANSWERS.flatMap(([question, reply]) =>
      [...unanswered.matchAll(question)].map((at) => ({ at, reply })),
    );
    for (const { at, reply } of found.sort((a, b) => a.at.index - b.at.index)) {
      end = at.index + at[0].length;
      writeSync(master, reply);
    }
    unanswered = unanswered.slice(end).slice(-32);
  };

  /** The time at which `isThere`, looked at after each chunk, came true. */
  const until = (isThere, what) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (!isThere()) return;
        clearTimeout(limit);
        watchers.delete(look);
        resolve(lastAt);
      };
      const limit = setTimeout(() => {
        watchers.delete(look);
        reject(new Error(`${argv[0]}: ${what} did not come; it wrote:\n${visible(received).slice(-2000)}`));
      }, PATIENCE_MS);
      watchers.add(look);
      look();
    });

  const end = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const limit = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exited;
    clearTimeout(limit);
    stream.destroy();
    await closed;
  };

  return {
    /** `setsid` becomes the program: it is the program's own pid. */
    pid: child.pid,
    startedAt,
    bytes: () => bytes,
    text: () => visible(received),
    send: (text) => void writeSync(master, text),
    isRaw: () => spawnSync('stty', ['-F', pty, '-a']).stdout.toString().includes('-icanon'),
    /** Ms from the start until 20 characters were to be seen. */
    async firstFrame() {
      const at = await until(() => visible(received).replaceAll(' ', '').length >= FRAME_CHARACTERS, 'a first frame');
      return at - startedAt;
    },
    /** Ms from the start until `text` was to be seen. */
    async sees(text) {
      return (await until(() => visible(received).includes(text), JSON.stringify(text))) - startedAt;
    },
    /** Types one letter that is not expected otherwise; ms until it comes back. */
    async echoOf(letter) {
      const from = received.length;
      const typedAt = performance.now();
      writeSync(master, letter);
      return (await until(() => visible(received.slice(from)).includes(letter), `the letter ${letter}`)) - typedAt;
    },
    /** Resolves when nothing was written for `ms`. */
    async quiet(ms) {
      while (performance.now() - lastAt < ms) await sleep(ms - (performance.now() - lastAt));
    },
    end,
  };
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(1, ms)));
}
