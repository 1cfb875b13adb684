// A program that speaks MCP on its input and output: started in a group of its own, listened to, ended with all of it.

import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { coverDescriptors } from '../../exec/index.ts';
import { causeOf, errnoOf } from '../../problem/index.ts';
import { LAST_WORDS_BYTES, openMessageLines, UNREAD_BYTES } from './message-lines.ts';

export interface ChildProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** After its input was closed: when it is asked to end, and when it is ended. */
export interface EndTimes {
  readonly termMs: number;
  readonly killMs: number;
}

const END_TIMES: EndTimes = { termMs: 2_000, killMs: 4_000 };
const SILENT_TIMES: EndTimes = { termMs: 0, killMs: 500 };

/** Node reads 32 times in a turn of its loop; longer work than this ends the turn. */
const SLICE_MS = 4;

/** A program that left the group may hold the streams of one that ended. */
const STREAMS_MS = 250;

/** A state with a life: the SDK hangs its listeners on it. */
export class ChildTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #program: ChildProgram;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #isClosed = false;
  #hasSpoken = false;
  #why = '';
  #errors = Buffer.alloc(0);

  readonly #times: EndTimes;

  constructor(program: ChildProgram, times = END_TIMES) {
    this.#times = times;
    this.#program = program;
  }

  /** What is known of why it does not answer; its last words on stderr. */
  get why(): string {
    const said = this.#errors.toString('utf8').trim();
    return [this.#why, said].filter((it) => it !== '').join('\n');
  }

  async start(): Promise<void> {
    const child = this.#spawn();
    this.#child = child;
    const lines = openMessageLines();
    child.stdout?.on('data', (bytes: Buffer) => {
      if (this.#isClosed) return;
      const begunAt = performance.now();
      const messages = lines.push(bytes);
      if (typeof messages === 'string') return this.#fail(messages);
      if (messages.length > 0) this.#hasSpoken = true;
      for (const message of messages) this.onmessage?.(message);
      if (performance.now() - begunAt > SLICE_MS) letOthersIn(child.stdout);
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      this.#errors = Buffer.from(Buffer.concat([this.#errors, bytes]).subarray(-LAST_WORDS_BYTES));
    });
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      stream?.on('error', () => {
        // Its end tells more.
      });
    }
    this.#ended = new Promise((resolve) => {
      const isOver = () => {
        resolve();
        this.#close();
      };
      child.once('exit', (code, signal) => {
        if (this.#why === '')
          this.#why = signal === null ? `It ended with exit code ${code}.` : `It was ended by ${signal}.`;
        killGroup(child, 'SIGKILL');
        setTimeout(isOver, STREAMS_MS);
      });
      child.once('close', isOver);
      child.once('error', (error) => {
        if (child.pid === undefined) isOver();
        else this.onerror?.(error);
      });
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        this.#why = whyNotStarted(error, this.#program);
        reject(new Error(this.#why));
      });
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const input = this.#child?.stdin;
    if (this.#isClosed || input === null || input === undefined || input.destroyed) throw new Error('It has ended.');
    if (input.writableLength > UNREAD_BYTES) throw new Error('It does not read what it is sent.');
    // Not waited for: a server that reads nothing is found by the time its answer takes.
    input.write(`${JSON.stringify(message)}\n`);
  }

  /** Until all of its group has ended, `killMs` at most. */
  async close(): Promise<void> {
    this.#close();
    await this.#ended;
  }

  /** Its messages count no more; it gets its time to end. */
  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      child.stdin?.end();
      // What never said a word has nothing to put in order.
      const { termMs, killMs } = this.#hasSpoken ? this.#times : SILENT_TIMES;
      const timers = [
        setTimeout(() => killGroup(child, 'SIGTERM'), termMs),
        setTimeout(() => killGroup(child, 'SIGKILL'), killMs),
      ];
      child.once('exit', () => timers.forEach(clearTimeout));
      // What nobody reads must not keep it from ending.
      child.stdout?.resume();
    }
    void this.#ended.then(() => {
      for (const stream of [child?.stdin, child?.stdout, child?.stderr]) stream?.destroy();
    });
    this.onclose?.();
  }

  kill(): void {
    const child = this.#child;
    if (child !== null && child.exitCode === null && child.signalCode === null) killGroup(child, 'SIGKILL');
  }

  #fail(why: string): void {
    this.#why = why;
    this.kill();
    this.#close();
  }

  #spawn(): ChildProcess {
    const { command, args, cwd, env } = this.#program;
    const cover = coverDescriptors(['pipe', 'pipe', 'pipe']);
    try {
      return spawn(command, [...args], { cwd, env: { ...env }, detached: true, stdio: [...cover.slots] });
    } catch (error) {
      this.#why = causeOf(error);
      throw error;
    } finally {
      cover.close();
    }
  }
}

function letOthersIn(output: Readable | null): void {
  output?.pause();
  setImmediate(() => output?.resume());
}

/** The system names the program also where it is the folder that is missing. */
function whyNotStarted(error: Error, { command, cwd }: ChildProgram): string {
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) return `${cwd} is no folder.`;
  return errnoOf(error) === 'ENOENT' ? `${command} was not found.` : error.message;
}

/** The group outlives its first process, so it is asked for even after that one ended. */
function killGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
