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
