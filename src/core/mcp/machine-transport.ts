// A program on another machine that speaks MCP on its input and output: started through its server, also over cuts.

import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { MachineServices, RunningService, ServiceStart } from '../../exec/index.ts';
import { problemText } from '../../problem/index.ts';
import { LAST_WORDS_BYTES, openMessageLines, UNREAD_BYTES } from './message-lines.ts';

/** A message is one write where it is no larger than this. */
const WRITE_BYTES = 256 * 1024;

/** As for a program here. */
const STREAMS_MS = 250;

/** For the answer that it was ended: a machine that cannot be reached ends it by itself, some time later. */
const END_MS = 1_000;

/** A state with a life: the SDK hangs its listeners on it. */
export class MachineTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #services: MachineServices;
  readonly #program: ServiceStart;
  #service: RunningService | null = null;
  #isClosed = false;
  #why = '';
  #lastWords = Buffer.alloc(0);
  #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #isSending = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(services: MachineServices, program: ServiceStart) {
    this.#services = services;
    this.#program = program;
  }

  /** What is known of why it does not answer; its last words on stderr. */
  get why(): string {
    const said = this.#lastWords.toString('utf8').trim();
    return [this.#why, said].filter((it) => it !== '').join('\n');
  }

  async start(): Promise<void> {
    const lines = openMessageLines();
    const started = await this.#services.start(this.#program, {
      output: (bytes, stream) => {
        if (this.#isClosed) return;
        if (stream === 'stderr') return this.#hearLastWords(bytes);
        const messages = lines.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
        if (typeof messages === 'string') return this.#fail(messages);
        for (const message of messages) this.onmessage?.(message);
      },
      exited: (code) => {
        if (this.#why === '') this.#why = `It ended with exit code ${code}.`;
        setTimeout(() => this.#close(), STREAMS_MS).unref();
      },
      closed: () => this.#close(),
      lost: (problem) => {
        this.#why = problemText(problem);
        this.#close();
      },
    });
    if (!started.ok) {
      this.#why = problemText(started.problem);
      throw new Error(this.#why);
    }
    this.#service = started.value;
    // Closed while it was being started.
    if (this.#isClosed) this.#end();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed || this.#service === null) throw new Error('It has ended.');
    if (this.#unsentBytes > UNREAD_BYTES) throw new Error('It does not read what it is sent.');
    const line = Buffer.from(`${JSON.stringify(message)}\n`);
    this.#unsent.push(line);
    this.#unsentBytes += line.length;
    // Not waited for: a server that reads nothing is found by the time its answer takes.
    void this.#pump(this.#service);
  }

  async close(): Promise<void> {
    this.#close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS);
    });
    await Promise.race([this.#ended, late]);
    clearTimeout(timer);
  }

  /** Its machine ends it when nobody comes back; here nothing is left. */
  kill(): void {
    this.#end();
  }

  async #pump(service: RunningService): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let line = this.#unsent.shift(); line !== undefined && !this.#isClosed; line = this.#unsent.shift()) {
      for (let at = 0; at < line.length && !this.#isClosed; at += WRITE_BYTES) {
        const written = await service.write(line.subarray(at, at + WRITE_BYTES));
        // Nothing more is sent: half a line would spoil the next one.
        if (!written.ok) return this.#failUnlessEnded(problemText(written.problem));
      }
      this.#unsentBytes -= line.length;
    }
    this.#isSending = false;
  }

  /** How it ended says more, and comes at once. */
  #failUnlessEnded(why: string): void {
    setTimeout(() => {
      if (!this.#isClosed) this.#fail(this.#why === '' ? why : this.#why);
    }, STREAMS_MS).unref();
  }

  #hearLastWords(bytes: Uint8Array): void {
    this.#lastWords = Buffer.from(Buffer.concat([this.#lastWords, bytes]).subarray(-LAST_WORDS_BYTES));
  }

  #fail(why: string): void {
    this.#why = why;
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#unsent = [];
    this.#end();
    this.onclose?.();
  }

  #end(): void {
    if (this.#service !== null) this.#ended = this.#service.end();
  }
}
