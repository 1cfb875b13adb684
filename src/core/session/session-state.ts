// What is a session doing, in a word, for somebody who looks from outside?

import { assertNever } from '../../problem/index.ts';
import type { BusEvent, EventOf } from '../bus/contract.ts';
import type { Door } from '../bus/door.ts';
import { accessInWords } from '../tools/index.ts';

export interface SessionState {
  readonly state: 'idle' | 'running' | 'waiting';
  /** Ms since 1970. */
  readonly since: number;
  /** What it waits for (`write /srv/x`) or runs, in a line; `''` when it is idle. */
  readonly about: string;
  /** The first message, or `''`. */
  readonly title: string;
}

/** As much of a first message as a list shows. */
const TITLE_LENGTH = 200;

/** Follows the session from its first event on; the result tells how it is now. */
export function watchState(door: Door): () => SessionState {
  const questions = new Map<string, string>();
  const processes = new Map<number, string>();
  let turn: string | null = null;
  let title = '';
  let now: SessionState = { state: 'idle', since: Date.now(), about: '', title };

  const follow = (event: BusEvent): void => {
    switch (event.type) {
      case 'message.added':
        if (title === '') title = event.text.slice(0, TITLE_LENGTH);
        break;
      case 'turn.started':
        turn = event.turn;
        break;
      case 'turn.ended':
        turn = null;
        break;
      case 'process.started':
        processes.set(event.process, line(event.command));
        break;
      case 'process.finished':
        processes.delete(event.process);
        break;
      case 'question.opened':
        questions.set(event.question, aboutOf(event));
        break;
      case 'question.decided':
      case 'question.withdrawn':
        questions.delete(event.question);
        break;
    }
    const state = questions.size > 0 ? 'waiting' : turn !== null || processes.size > 0 ? 'running' : 'idle';
    const [about = ''] = state === 'waiting' ? questions.values() : state === 'running' ? processes.values() : [];
    now = { state, since: state === now.state ? now.since : event.at, about, title };
  };
  door.subscribe(1, follow);
  return () => now;
}

function aboutOf({ subject, command }: EventOf<'question.opened'>): string {
  switch (subject.kind) {
    case 'denial':
      return line(accessInWords(subject.denial));
    case 'escalation':
      return line(`${command} without the sandbox`);
    case 'permission':
    case 'start':
      return line(command);
    default:
      return assertNever(subject);
  }
}

function line(text: string): string {
  return (text.trim().split('\n', 1)[0] ?? '').slice(0, TITLE_LENGTH);
}

/** How often a session without a terminal looks whether it is still needed. */
const LOOK_MS = 5_000;

/** Resolves when nothing went on and nobody was attached for so long. */
export function untilUnneeded(
  state: () => SessionState,
  attached: () => number,
  forMs: number,
  now: () => number = Date.now,
): Promise<void> {
  let neededAt = now();
  return new Promise((resolve) => {
    const look = (): void => {
      const isNeeded = state().state !== 'idle' || attached() > 0;
      if (isNeeded) neededAt = now();
      const left = forMs - (now() - neededAt);
      if (left <= 0) resolve();
      else setTimeout(look, isNeeded ? Math.min(LOOK_MS, forMs) : Math.min(LOOK_MS, left));
    };
    look();
  });
}
