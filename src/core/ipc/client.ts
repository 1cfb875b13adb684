// How is a session of another process held from here? By the same door as one's own, with a way to learn that it is gone.

import path from 'node:path';
import * as v from 'valibot';
import { assertNever, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { Ack, type AnswerTo, type BusEvent, type Command, type Door, type Query } from '../bus/index.ts';
import { noAnswer, readAnswer } from './answers.ts';
import { enter } from './enter.ts';
import { openPrivateFolder } from './private-folder.ts';
import { openSilenceWatch } from './silence.ts';
import {
  type ByeReason,
  type ClientFrame,
  IN_FLIGHT,
  type OwnerFacts,
  type OwnerFrame,
  readEvent,
  spell,
} from './wire.ts';

/** An owner that lives answers within milliseconds, also in a flood. */
const ENTER_MS = 2000;

/** Of what may be in flight, kept free for what must not wait behind writes to a program that does not read. */
const KEPT_FOR_URGENT = 8;

/** Commands and queries that wait here: some seconds of typing to an owner that does not answer. */
const WAITING = 1000;

export interface AttachOptions {
  /** The effective one of this process. */
  readonly uid: number;
  /** Of this program. */
  readonly version: string;
  /** A listener threw: a defect of the front end. */
  readonly onDefect: (error: unknown) => void;
}

/** Why nothing more comes. */
export type Lost =
  /** We closed it. */
  | { readonly kind: 'left' }
  /** The session ended in order. */
  | { readonly kind: 'ended'; readonly reason: ByeReason }
  /** The owner closed this connection; the session goes on. */
  | { readonly kind: 'turned_away'; readonly problem: Problem }
  /** The owner is gone without a word: killed, or its machine is. What ran is lost; the record has the rest. */
  | { readonly kind: 'died' };

/**
 * A session in another process. Once it is lost, commands fail, queries are answered with nothing, and listeners hear
 * no more; nothing hangs.
 *
 * `subscribe` gives first what leads to the same fold as all events from `from` on: those themselves, or, where they are
 * too many, fewer that say the same. Their numbers do not go back, but may skip and repeat, and output may begin with
 * bytes known already (see its `from`). Then live events come gapless. After falling far behind the same happens again
 * from where the listener stood.
 */
export interface AttachedDoor extends Door {
  /** As of the moment of attaching. */
  readonly facts: OwnerFacts;
  readonly lost: Promise<Lost>;
  /** Tells when its process does not answer (it was stopped), and when it does again. */
  onSilence(listener: (isSilent: boolean) => void): void;
  /** Leaves the session, which goes on. */
  close(): void;
}

/** Attaches to the session that listens at `socketPath`. */
export async function attach(socketPath: string, options: AttachOptions): Promise<Result<AttachedDoor>> {
  const where = path.dirname(socketPath);
  const folder = openPrivateFolder({ path: where, uid: options.uid, whenMissing: 'refuse', parent: 'shared' });
  if (!folder.ok) return fail(cannotAttach(folder.problem, 'Only its user can attach to it.'));
  const conversation = openConversation(options.onDefect);
  try {
    const entered = await enter({
      folder: folder.value,
      name: path.basename(socketPath),
      version: options.version,
      limitMs: ENTER_MS,
      onFrame: conversation.hear,
      onEnd: conversation.end,
    });
    switch (entered.kind) {
      case 'welcome': {
        const { socket, facts } = entered;
        conversation.speakThrough((bytes) => socket.write(bytes));
        const close = (): void => {
          conversation.lose({ kind: 'left' });
          socket.destroy();
        };
        const { door, lost, onSilence } = conversation;
        return ok({ ...door, facts, lost, onSilence, close });
      }
      case 'dead':
      case 'missing':
        return fail(cannotAttach('It has ended.', 'Resume it from its record.'));
      case 'silent':
        return fail(cannotAttach('Its process does not answer.', 'It may be stopped. Try again, or end it.'));
      case 'turned_away':
        return fail(turnedAway(entered.message));
      case 'cut':
        return fail(cannotAttach('It closed the connection.', ''));
      case 'odd':
        return fail(cannotAttach(entered.why, ''));
      default:
        return assertNever(entered);
    }
  } finally {
    folder.value.close();
  }
}

interface Conversation {
  readonly door: Door;
  readonly lost: Promise<Lost>;
  onSilence(listener: (isSilent: boolean) => void): void;
  speakThrough(write: (bytes: Buffer) => void): void;
  hear(frame: OwnerFrame): void;
  end(wasGarbled: boolean): void;
  lose(how: Lost): void;
}

interface Asked {
  readonly frame: ClientFrame;
  /** `answer` null: none will come, for the reason given. */
  readonly settle: (answer: unknown, why: Problem) => void;
}

interface Listening {
  /** Number of the event it has to hear next. */
  next: number;
  readonly listener: (event: BusEvent) => void;
}

function openConversation(onDefect: (error: unknown) => void): Conversation {
  const listening = new Map<number, Listening>();
  const inFlight = new Map<number, Asked>();
  const waiting: { readonly id: number; readonly asked: Asked }[] = [];
  let write: (bytes: Buffer) => void = () => {};
  let made = 0;
  let hears: Listening | undefined;
  let hearsAs = 0;
  let how: Lost | null = null;
  let tellSilence: (isSilent: boolean) => void = () => {};
  let tellLost: (how: Lost) => void = () => {};
  const lost = new Promise<Lost>((resolve) => {
    tellLost = resolve;
  });

  const say = (frame: ClientFrame): void => write(spell(frame));

  const silence = openSilenceWatch({
    isOwed: () => inFlight.size > 0,
    knock: () => ask(true, (id) => ({ t: 'query', id, query: noOutput }), ignore),
    tell: (isSilent) => tellSilence(isSilent),
  });

  function ask(isUrgent: boolean, spellAs: (id: number) => ClientFrame, settle: Asked['settle']): void {
    if (how !== null) return settle(null, isLost);
    made += 1;
    const asked = { frame: spellAs(made), settle };
    if (inFlight.size < (isUrgent ? IN_FLIGHT : IN_FLIGHT - KEPT_FOR_URGENT)) send(made, asked);
    else if (waiting.length < WAITING) waiting.push({ id: made, asked });
    else settle(null, isFull);
  }

  function send(id: number, asked: Asked): void {
    inFlight.set(id, asked);
    say(asked.frame);
    silence.asked();
  }

  function settle(id: number, answer: unknown, why: Problem): void {
    const asked = inFlight.get(id);
    if (asked === undefined) return;
    inFlight.delete(id);
    asked.settle(answer, why);
    if (inFlight.size >= IN_FLIGHT - KEPT_FOR_URGENT) return;
    const next = waiting.shift();
    if (next !== undefined) send(next.id, next.asked);
  }

  function tell(subscriber: Listening, event: BusEvent | null): void {
    if (event === null) return;
    try {
      subscriber.listener(event);
    } catch (error) {
      onDefect(error);
    }
  }

  function hear(frame: OwnerFrame): void {
    switch (frame.t) {
      case 'to':
        hearsAs = frame.sub;
        hears = listening.get(hearsAs);
        return;
      case 'event': {
        const read = readEvent(frame.event);
        if (hears === undefined || read === null || read.seq < hears.next) return;
        hears.next = read.seq + 1;
        return tell(hears, read.event);
      }
      case 'past':
        if (hears !== undefined) tell(hears, readEvent(frame.event)?.event ?? null);
        return;
      case 'caught_up':
        if (hears !== undefined) hears.next = frame.next;
        return;
      case 'lagged':
        if (hears !== undefined) say({ t: 'subscribe', sub: hearsAs, from: hears.next });
        return;
      case 'ack':
        return settle(frame.id, frame.ack, isLost);
      case 'answer':
        return settle(frame.id, frame.answer, isLost);
      case 'unanswered':
        return settle(frame.id, null, frame.problem);
      case 'bye':
        return lose({ kind: 'ended', reason: frame.reason });
      case 'error':
        return lose({ kind: 'turned_away', problem: turnedAway(frame.message) });
      case 'hello':
      case 'welcome':
        return;
      default:
        return assertNever(frame);
    }
  }

  function lose(why: Lost): void {
    if (how !== null) return;
    how = why;
    silence.close();
    write = () => {};
    listening.clear();
    hears = undefined;
    const unanswered = [...inFlight.values(), ...waiting.map(({ asked }) => asked)];
    inFlight.clear();
    waiting.length = 0;
    for (const asked of unanswered) asked.settle(null, isLost);
    tellLost(why);
  }

  return {
    lost,
    lose,
    hear(frame) {
      hear(frame);
      if (how === null) silence.heard();
    },
    onSilence(listener) {
      tellSilence = listener;
    },
    speakThrough(through) {
      if (how === null) write = through;
    },
    end(wasGarbled) {
      lose(wasGarbled ? { kind: 'turned_away', problem: garbled } : { kind: 'died' });
    },
    door: {
      command: (command: Command) =>
        new Promise<Ack>((resolve) => {
          const failed = (problem: Problem): void => resolve({ ok: false, code: 'failed', problem });
          ask(
            isUrgent(command),
            (id) => ({ t: 'command', id, command }),
            (answer, why) => (v.is(Ack, answer) ? resolve(answer) : failed(why)),
          );
        }),
      query: <Q extends Query>(query: Q) =>
        new Promise<AnswerTo<Q>>((resolve) => {
          const type: Q['type'] = query.type;
          ask(
            false,
            (id) => ({ t: 'query', id, query }),
            (answer) => resolve(readAnswer(type, answer) ?? noAnswer[type]()),
          );
        }),
      subscribe(from, listener) {
        if (how !== null) return () => {};
        made += 1;
        const sub = made;
        const next = Math.max(1, from);
        listening.set(sub, { next, listener });
        say({ t: 'subscribe', sub, from: next });
        return () => {
          if (!listening.delete(sub)) return;
          if (hearsAs === sub) hears = undefined;
          say({ t: 'unsubscribe', sub });
        };
      },
    },
  };
}

/** The cheapest question. */
const noOutput: Query = { type: 'output', process: 1, attempt: 1, from: 0, to: 0 };

const ignore = (): void => {};

/** What a person presses to stop something, or to answer. */
function isUrgent({ type }: Command): boolean {
  return type === 'interrupt' || type === 'process.signal' || type === 'decide' || type === 'close';
}

const isLost: Problem = {
  what: 'The session cannot be reached any more.',
  why: 'Its connection is closed.',
  next: 'Resume it from its record.',
};

const isFull: Problem = {
  what: 'The session does not answer.',
  why: `${WAITING} things wait for it already.`,
  next: 'Wait, or leave it.',
};

const garbled: Problem = {
  what: 'The connection to the session was closed.',
  why: 'What came from it is not the language of this program.',
  next: 'Attach again.',
};

function turnedAway(message: string): Problem {
  return { what: 'The session closed the connection.', why: message, next: 'It goes on where it was started.' };
}

function cannotAttach(why: string, next: string): Problem {
  return { what: 'This session cannot be attached to.', why, next };
}
