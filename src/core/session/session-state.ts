// What is a session doing, in a word, for somebody who looks from outside?

import type { BusEvent, Door } from '../bus/contract.ts';

export interface SessionState {
  readonly state: 'idle' | 'running' | 'waiting';
  /** Ms since 1970. */
  readonly since: number;
  /** The first message, or `''`. */
  readonly title: string;
}

/** As much of a first message as a list shows. */
const TITLE_LENGTH = 200;

/** Follows the session from its first event on; the result tells how it is now. */
export function watchState(door: Door): () => SessionState {
  const questions = new Set<string>();
  const processes = new Set<number>();
  let turn: string | null = null;
  let title = '';
  let now: SessionState = { state: 'idle', since: Date.now(), title };

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
        processes.add(event.process);
        break;
      case 'process.finished':
        processes.delete(event.process);
        break;
      case 'question.opened':
        questions.add(event.question);
        break;
      case 'question.decided':
      case 'question.withdrawn':
        questions.delete(event.question);
        break;
    }
    const state = questions.size > 0 ? 'waiting' : turn !== null || processes.size > 0 ? 'running' : 'idle';
    now = { state, since: state === now.state ? now.since : event.at, title };
  };
  door.subscribe(1, follow);
  return () => now;
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
