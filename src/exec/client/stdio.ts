// How does the client talk to a server that is a child of ours: `ssh HOST codex exec-server --listen stdio`?

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { causeOf, fail, ok } from '../../problem/index.ts';
import { readEnvelope } from '../protocol/envelope.ts';
import { LIMITS } from '../protocol/messages.ts';
import { type LineReader, openLineReader } from './line-reader.ts';
import { shownText } from './shown-text.ts';
import type { OpenTransport, Transport, TransportListener } from './transport.ts';

/** A login banner, `echo` in a shell's start file: so much of it is passed over before the first message. */
const BANNER_BYTES = 64 * 1024;

/** What of it, and of the end of stderr, is shown when the child ends. */
const SHOWN_BYTES = 2 * 1024;

/** From SIGTERM to SIGKILL. */
const GRACE_MS = 2000;

/** A program that left the group may hold the streams of a child that ended. */
const STREAMS_MS = 500;

export interface StdioOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** All of the child's environment: secrets of ours must have been taken out. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Each call starts a child of its own, in a process group of its own. */
export function stdioTransport({ program, args, env, cwd }: StdioOptions): OpenTransport {
  return async (listener, signal) => {
    if (signal.aborted) return fail('cancelled');
    let child: ChildProcessWithoutNullStreams;
    try {
      child = spawn(program, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    } catch (error) {
      // An argument that no program can get.
      return fail(`cannot start ${program}: ${causeOf(error)}`);
    }
    const problem = await new Promise<string | null>((resolve) => {
      child.once('spawn', () => resolve(null));
      child.once('error', (error) => resolve(error.message));
    });
    if (problem !== null) return fail(`cannot start ${program} in ${cwd}: ${problem}`);
    return ok(childTransport(child, program, listener));
  };
}

function childTransport(
  child: ChildProcessWithoutNullStreams,
  program: string,
  listener: TransportListener,
): Transport {
  let banner = '';
  let hasSpoken = false;
  let errors = '';
  let receivedBytes = 0;
  let fault: string | null = null;
  let isOver = false;
  let graceTimer: NodeJS.Timeout | null = null;
  let isGone: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    isGone = resolve;
  });

  const end = (): void => {
    if (isOver) return;
    isOver = true;
    if (graceTimer !== null) clearTimeout(graceTimer);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    isGone();
    listener.ended(endText(program, fault ?? exitText(child), errors, hasSpoken ? '' : banner));
  };
  /** SIGTERM to all that belongs to the child, and SIGKILL to what is left of it. */
  const stop = (): void => {
    signalGroup(child, 'SIGTERM');
    graceTimer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  };
  const breakOff = (why: string): void => {
    fault ??= why;
    stop();
  };
  const takeLine = (line: string): void => {
    if (fault !== null || line.trim() === '') return;
    hasSpoken ||= readEnvelope(line).ok;
    if (hasSpoken) return listener.message(line);
    banner += `${line}\n`;
    if (banner.length > BANNER_BYTES) breakOff('it printed 64 KiB that are no messages');
  };

  const lines: LineReader = openLineReader(LIMITS.messageBytes, takeLine, () => breakOff('it sent a line over 64 MiB'));
  child.stdout.on('data', (bytes: Buffer) => {
    receivedBytes += bytes.length;
    lines.add(bytes);
  });
  child.stderr.on('data', (bytes: Buffer) => {
    errors = (errors + bytes.toString()).slice(-SHOWN_BYTES);
  });
  child.stdin.on('error', () => {
    // It reads no more, so it has ended or is about to: its exit tells.
  });
  child.once('exit', () => {
    signalGroup(child, 'SIGKILL');
    setTimeout(end, STREAMS_MS).unref();
  });
  child.once('close', end);

  return {
    send(text) {
      if (!isOver) child.stdin.write(`${text}\n`);
    },
    waitingBytes: () => child.stdin.writableLength,
    receivedBytes: () => receivedBytes,
    ping: null,
    pause: () => void child.stdout.pause(),
    resume: () => void child.stdout.resume(),
    close() {
      if (isOver) return gone;
      child.stdout.resume();
      child.stdin.end();
      stop();
      return gone;
    },
  };
}

/** The group outlives its first process, so it is asked for even after that one ended. */
function signalGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

function exitText(child: ChildProcessWithoutNullStreams): string {
  if (child.signalCode !== null) return `it was ended by ${child.signalCode}`;
  return child.exitCode === null ? 'it closed its output' : `it ended with exit code ${child.exitCode}`;
}

function endText(program: string, why: string, errors: string, banner: string): string {
  const said = [shownText(errors), shownText(banner.slice(0, SHOWN_BYTES))].filter((text) => text !== '');
  return [`${program}: ${why}`, ...said].join('; ');
}
