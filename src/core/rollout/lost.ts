// The owner died here: which events say so, for everything that was under way?

import type { EventBody } from '../bus/contract.ts';
import { type Decoding, follow, type OpenProcess } from './decode-state.ts';

/** What a model, and a person, is told instead of the answer of a call that never got one. */
export const LOST_ANSWER = 'Lost: the program that ran this ended before it was done. It was not started again.';

const WITHDRAWN = 'the program that asked has ended';

/** Ends everything open in an order a live session could have ended it. */
export function settleLost(decoding: Decoding): void {
  for (const [question, process] of [...decoding.questions]) {
    follow(decoding, { type: 'question.withdrawn', question, process, reason: WITHDRAWN });
  }
  for (const [process, known] of [...decoding.processes]) {
    decoding.lost += 1;
    for (const event of endOf(process, known, decoding.lastAt)) follow(decoding, event);
  }
  for (const [item, answer] of [...decoding.answers]) {
    const type = answer.isReasoning ? 'reasoning.completed' : 'answer.completed';
    follow(decoding, { type, item, turn: answer.turn, text: answer.text });
  }
  for (const [call, started] of [...decoding.calls]) {
    follow(decoding, { type: 'call.answered', turn: started.turn, call, output: LOST_ANSWER });
  }
  endOpenTurn(decoding);
  for (const message of [...decoding.queued]) {
    follow(decoding, { type: 'message.unqueued', message, reason: 'returned' });
  }
}

export function endOpenTurn(decoding: Decoding): void {
  const { turn } = decoding;
  if (turn === null) return;
  follow(decoding, {
    type: 'turn.ended',
    turn: turn.turn,
    outcome: 'lost',
    durationMs: Math.max(0, decoding.lastAt - turn.startedAt),
    commands: turn.commands,
    tokens: null,
    problem: null,
  });
}

function endOf(process: number, known: OpenProcess, at: number): EventBody[] {
  const finished: EventBody = {
    type: 'process.finished',
    process,
    call: known.started.call,
    outcome: 'lost',
    problem: null,
  };
  if (known.isClosed) return [finished];
  const closed: EventBody = {
    type: 'process.closed',
    process,
    attempt: known.attempt,
    // Nobody saw it end: -1 is no exit code of any program, and the one codex-cli writes for this.
    exit: known.exit ?? { kind: 'code', code: -1 },
    outcome: 'lost',
    bytes: known.nextByte,
    lines: known.lines + (known.isLineOpen ? 1 : 0),
    durationMs: Math.max(0, at - known.startedAt),
    denial: null,
  };
  return [closed, finished];
}
