// How does an owner talk with one client? It lets it in when it has proven itself, answers it, and sends what it can take.

import type { Socket } from 'node:net';
import { causeOf, type Problem } from '../../problem/index.ts';
import type { Door, Query } from '../bus/index.ts';
import { openFrameReader } from './frames.ts';
import type { PrivateFolder } from './private-folder.ts';
import { newChallenge, removeProof, takeProof } from './proof.ts';
import type { SessionLog } from './session-log.ts';
import { openSubscription, type Subscription } from './subscription.ts';
import {
  type ByeReason,
  type ClientFrame,
  type ErrorCode,
  IN_FLIGHT,
  type OwnerFacts,
  type OwnerFrame,
  readClientFrame,
  readCommand,
  readQuery,
  spell,
  WIRE_VERSION,
} from './wire.ts';

/** For the hello, and again for the proof: a program that means it needs some milliseconds. */
const HANDSHAKE_MS = 2000;

/** For the other end to read why it was turned away, or the last events. */
const LAST_WORDS_MS = 1000;

/** Events are written together up to this size: one call of the kernel, one wake-up of the client. */
const BATCH_BYTES = 64 * 1024;

/** Answers that a client does not read: beyond this nothing more is read from it. */
const UNREAD_BYTES = 1024 * 1024;

/** More than a program has views. */
const SUBSCRIPTIONS = 16;

export interface PeerSurroundings {
  readonly door: Door;
  readonly log: SessionLog;
  readonly folder: PrivateFolder;
  readonly uid: number;
  /** Of this program. */
  readonly version: string;
  readonly facts: () => OwnerFacts;
  readonly onProven: () => void;
  /** It is not served any more; `onClosed` follows when its last word was sent. */
  readonly onLeft: () => void;
  readonly onClosed: () => void;
  readonly onDefect: (error: unknown) => void;
}

export interface Peer {
  /** There may be something new to send. */
  pump(): void;
  /** Sends what is left and a last word, as far as the client reads it. */
  end(reason: ByeReason): void;
  turnAway(code: ErrorCode, message: string): void;
}

type Stage =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'proving'; readonly challenge: string }
  | { readonly kind: 'in' }
  /** What it says is not listened to any more. */
  | { readonly kind: 'leaving' };

export function openPeer(socket: Socket, around: PeerSurroundings): Peer {
  const { door, log, folder } = around;
  const subscriptions = new Map<number, { readonly source: Subscription; readonly stop: () => void }>();
  const queries: { readonly id: number; readonly query: Query }[] = [];
  let stage: Stage = { kind: 'greeting' };
  let deadline = setTimeout(() => turnAway('too_late', 'Nothing was said in time.'), HANDSHAKE_MS);
  let inFlight = 0;
  let isAnswering = false;
  /** The kernel took all that was written. */
  let isDrained = true;
  let spokenTo: number | null = null;
  let bye: ByeReason | null = null;

  function write(bytes: Buffer, whenTaken?: () => void): void {
    if (!socket.writable) return whenTaken?.();
    isDrained = socket.write(bytes, () => whenTaken?.()) && isDrained;
    if (socket.writableLength > UNREAD_BYTES) socket.pause();
  }

  const say = (frame: OwnerFrame): void => write(spell(frame));

  function turnAway(code: ErrorCode, message: string): void {
    if (stage.kind === 'leaving') return;
    leave({ t: 'error', code, message });
  }

  function leave(lastWord: OwnerFrame): void {
    forgetProof();
    stage = { kind: 'leaving' };
    stopListening();
    around.onLeft();
    restartDeadline(LAST_WORDS_MS, () => socket.destroy());
    // What still comes is read and dropped: closing with something unread could lose the last word.
    socket.resume();
    if (socket.writable) socket.end(spell(lastWord));
    else socket.destroy();
  }

  function restartDeadline(ms: number, whenOver: () => void): void {
    clearTimeout(deadline);
    deadline = setTimeout(whenOver, ms);
  }

  function stopListening(): void {
    for (const { stop } of subscriptions.values()) stop();
    subscriptions.clear();
    queries.length = 0;
  }

  function forgetProof(): void {
    if (stage.kind === 'proving') removeProof(folder, stage.challenge);
  }

  function hear(text: string): void {
    if (stage.kind === 'leaving') return;
    const frame = readClientFrame(text);
    if (frame === null) return turnAway('garbage', 'This is nothing that a client says.');
    if (frame.t === 'version') return turnAway('version', otherVersion(around.version));
    switch (stage.kind) {
      case 'greeting': {
        if (frame.t !== 'hello') return turnAway('garbage', 'The first word is a hello.');
        const challenge = newChallenge();
        stage = { kind: 'proving', challenge };
        restartDeadline(HANDSHAKE_MS, () => turnAway('too_late', 'No proof came in time.'));
        return say({ t: 'hello', codex: WIRE_VERSION, version: around.version, challenge });
      }
      case 'proving': {
        if (frame.t !== 'proof') return turnAway('garbage', 'After the hello comes the proof.');
        const doubt = takeProof(folder, stage.challenge, around.uid);
        if (doubt !== null) return turnAway('not_proven', 'It was not proven that this is the same user.');
        clearTimeout(deadline);
        stage = { kind: 'in' };
        reader.trust();
        say({ t: 'welcome', facts: around.facts() });
        return around.onProven();
      }
      case 'in':
        return serve(frame);
    }
  }

  function serve(frame: ClientFrame): void {
    switch (frame.t) {
      case 'hello':
      case 'proof':
        return turnAway('garbage', 'That was said before.');
      case 'subscribe':
        return subscribe(frame.sub, Math.max(1, frame.from));
      case 'unsubscribe':
        subscriptions.get(frame.sub)?.stop();
        subscriptions.delete(frame.sub);
        return;
      case 'command':
        return command(frame.id, frame.command);
      case 'query': {
        const query = readQuery(frame.query);
        if (query === null) return say({ t: 'unanswered', id: frame.id, problem: unknown('query', around.version) });
        if (inFlight >= IN_FLIGHT) return say({ t: 'unanswered', id: frame.id, problem: tooMany });
        inFlight += 1;
        queries.push({ id: frame.id, query });
        return answerNext();
      }
    }
  }

  function subscribe(sub: number, from: number): void {
    const known = subscriptions.get(sub);
    if (known === undefined && subscriptions.size >= SUBSCRIPTIONS) {
      return turnAway('garbage', 'These are more subscriptions than a program has views.');
    }
    const stop = known?.stop ?? log.watch();
    subscriptions.set(sub, { source: openSubscription(log, from), stop });
    pump();
  }

  function command(id: number, value: unknown): void {
    const wanted = readCommand(value);
    if (wanted === null) {
      return say({ t: 'ack', id, ack: { ok: false, code: 'failed', problem: unknown('command', around.version) } });
    }
    if (inFlight >= IN_FLIGHT) return say({ t: 'ack', id, ack: { ok: false, code: 'not_now', problem: tooMany } });
    inFlight += 1;
    settled(() => door.command(wanted)).then((done) => {
      inFlight -= 1;
      say({ t: 'ack', id, ack: done.ok ? done.value : { ok: false, code: 'failed', problem: broken(done.error) } });
    });
  }

  /** One after the other, the next when the client has taken the answer: a client that does not read holds one of them. */
  function answerNext(): void {
    const next = isAnswering ? undefined : queries.shift();
    if (next === undefined) return;
    isAnswering = true;
    settled(() => door.query(next.query)).then((done) => {
      const { id } = next;
      const frame: OwnerFrame = done.ok
        ? { t: 'answer', id, answer: done.value }
        : { t: 'unanswered', id, problem: broken(done.error) };
      write(spell(frame), () => {
        inFlight -= 1;
        isAnswering = false;
        answerNext();
      });
    });
  }

  type Settled<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

  async function settled<T>(ask: () => Promise<T>): Promise<Settled<T>> {
    try {
      return { ok: true, value: await ask() };
    } catch (error) {
      around.onDefect(error);
      return { ok: false, error };
    }
  }

  function pump(): void {
    let hadSome = true;
    while (hadSome && isDrained && socket.writable && stage.kind === 'in') {
      hadSome = false;
      for (const [sub, { source }] of subscriptions) {
        if (!isDrained) return;
        hadSome = sendBatch(sub, source) || hadSome;
      }
    }
    const isLagging = [...subscriptions.values()].some(({ source }) => source.isLagging);
    if (bye !== null && isDrained && !isLagging && stage.kind === 'in') leave({ t: 'bye', reason: bye });
  }

  function sendBatch(sub: number, source: Subscription): boolean {
    const batch: Buffer[] = [];
    for (let bytes = 0; bytes < BATCH_BYTES; ) {
      const frame = source.take();
      if (frame === null) break;
      batch.push(frame);
      bytes += frame.length;
    }
    if (batch.length === 0) return false;
    if (spokenTo !== sub) batch.unshift(spell({ t: 'to', sub }));
    spokenTo = sub;
    write(Buffer.concat(batch));
    return true;
  }

  const reader = openFrameReader({
    text: hear,
    wrong: (what) =>
      turnAway(what, what === 'too_large' ? 'This is longer than a frame may be.' : 'This cannot be put together.'),
  });

  socket.on('data', (chunk: Buffer) => {
    if (stage.kind !== 'leaving') reader.push(chunk);
  });
  socket.on('drain', () => {
    isDrained = true;
    socket.resume();
    pump();
  });
  // The client is gone; 'close' follows.
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(deadline);
    forgetProof();
    stage = { kind: 'leaving' };
    stopListening();
    around.onLeft();
    around.onClosed();
  });

  return {
    pump,
    end(reason) {
      if (stage.kind === 'leaving') return;
      if (stage.kind !== 'in') return leave({ t: 'bye', reason });
      bye = reason;
      restartDeadline(LAST_WORDS_MS, () => socket.destroy());
      pump();
    },
    turnAway,
  };
}

const tooMany: Problem = {
  what: 'Too much was asked for at once.',
  why: `${IN_FLIGHT} things are not answered yet.`,
  next: 'Try again.',
};

function broken(error: unknown): Problem {
  return { what: 'The session could not do this.', why: causeOf(error), next: '' };
}

function unknown(kind: 'command' | 'query', version: string): Problem {
  return {
    what: `The session does not know this ${kind}.`,
    why: `It runs in version ${version} of the program.`,
    next: 'Close the session and resume it, to have it in the version that is installed.',
  };
}

function otherVersion(version: string): string {
  return `This session runs in version ${version}, which speaks version ${WIRE_VERSION} of the protocol.`;
}
