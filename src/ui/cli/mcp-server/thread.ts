// One session that another agent drives: its turns one after the other, its questions, and what is told of it.

import type { BusEvent, Door, EventOf, QuestionValue } from '../../../core/bus/index.ts';
import { fail, ok, type Problem, type Result } from '../../../problem/index.ts';
import { type EventFeed, openEventFeed } from '../event-feed.ts';
import { decisionOf, questionFor } from './elicitation.ts';
import type { Protocol, ToolRequest } from './mcp-protocol.ts';
import { openPublishedEvents } from './published-events.ts';

/** A session as whoever opened it hands it over. */
export interface OpenedThread {
  readonly session: string;
  readonly record: string | null;
  readonly door: Door;
  /** Resolves when it has ended in order. */
  readonly ended: Promise<void>;
}

export interface Thread {
  /** One turn, after those that were asked for before. */
  run(prompt: string, request: ToolRequest): Promise<Result<string>>;
  /** Resolves when the session has ended. */
  close(): Promise<void>;
  readonly isBusy: boolean;
  readonly isOver: boolean;
}

export function openThread(opened: OpenedThread, protocol: Protocol): Thread {
  const { door, session } = opened;
  const feed: EventFeed = openEventFeed(door);
  const published = openPublishedEvents(opened.record);
  const questions = new Map<string, AbortController>();
  let request: ToolRequest | null = null;
  let turnEnded: (end: EventOf<'turn.ended'> | 'returned' | null) => void = () => {};
  let own: OwnTurn | null = null;
  let turn = '';
  let progress = 0;
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  let isFollowing = false;
  let isOver = false;

  async function tell(event: BusEvent): Promise<void> {
    const msg = published.take(event);
    if (event.type === 'turn.started') turn = event.turn;
    if (msg === null || request === null) return;
    const meta = { requestId: request.requestId, threadId: session };
    await protocol.notify('codex/event', { _meta: meta, id: turn, msg });
    if (request?.progressToken == null || !PROGRESS.includes(event.type)) return;
    progress += 1;
    await protocol.notify('notifications/progress', { progressToken: request.progressToken, progress });
  }

  async function ask(question: QuestionValue): Promise<void> {
    const withdrawn = new AbortController();
    questions.set(question.question, withdrawn);
    const { message, facts } = questionFor(question);
    const about = { ...facts, threadId: session };
    const action = await protocol.elicit({ message, facts: about, signal: withdrawn.signal });
    if (withdrawn.signal.aborted) return;
    await door.command({
      type: 'decide',
      question: question.question,
      decision: decisionOf(action, question),
      reason: '',
      shown: question.shown,
    });
  }

  function settled(question: string): void {
    questions.get(question)?.abort();
    questions.delete(question);
  }

  /** From the first turn on: before it there is no request that anything could be told about. */
  async function follow(): Promise<void> {
    isFollowing = true;
    for (let event = await feed.next(); event !== null; event = await feed.next()) {
      await tell(event);
      if (event.type === 'question.decided' || event.type === 'question.withdrawn') settled(event.question);
      if (event.type === 'turn.ended' && event.turn === own?.turn) turnEnded(event);
    }
  }

  /** Which turn is that of the running call? A person may be attached, and have turns of their own. */
  function recognize(event: BusEvent): void {
    if (own === null || own.turn !== null) return;
    switch (event.type) {
      case 'message.queued':
        if (own.isSubmitting) own.message ??= event.message;
        return;
      case 'message.unqueued':
        if (event.message !== own.message) return;
        if (event.reason === 'returned') turnEnded('returned');
        else own.isNext = true;
        return;
      case 'turn.started':
        if (own.isNext || (own.isSubmitting && own.message === null)) own.turn = event.turn;
        return;
    }
  }

  // Heard at once: a client that reads slowly must still see that a question was withdrawn.
  door.subscribe(1, (event) => {
    recognize(event);
    if (event.type === 'question.opened' && protocol.canElicit()) void ask(event);
    if (event.type === 'question.decided' || event.type === 'question.withdrawn') settled(event.question);
  });
  void opened.ended.then(() => {
    isOver = true;
    feed.end();
    turnEnded(null);
  });

  async function runNow(prompt: string, asked: ToolRequest): Promise<Result<string>> {
    if (asked.signal.aborted) return fail(interrupted());
    if (isOver) return fail(sessionOver());
    request = asked;
    if (!isFollowing) void follow();
    const interrupt = (): void => void door.command({ type: 'interrupt' });
    const mine: OwnTurn = { isSubmitting: true, message: null, isNext: false, turn: null };
    own = mine;
    const end = new Promise<EventOf<'turn.ended'> | 'returned' | null>((resolve) => {
      turnEnded = resolve;
    });
    asked.signal.addEventListener('abort', interrupt, { once: true });
    try {
      const ack = await door.command({ type: 'submit', text: prompt });
      mine.isSubmitting = false;
      if (!ack.ok) return fail(ack.problem);
      if (mine.turn === null && mine.message === null) return fail(emptyPrompt());
      return resultOf(await end, published.answer);
    } finally {
      asked.signal.removeEventListener('abort', interrupt);
      request = null;
      own = null;
    }
  }

  return {
    get isBusy() {
      return waiting > 0;
    },
    get isOver() {
      return isOver;
    },
    run(prompt, asked) {
      waiting += 1;
      const result = last.then(() => runNow(prompt, asked));
      last = result.finally(() => {
        waiting -= 1;
      });
      return result;
    },
    async close() {
      await door.command({ type: 'close', reason: 'quit' });
      await opened.ended;
    },
  };
}

/** The turn of the call that runs: what was submitted may wait behind others first. */
interface OwnTurn {
  isSubmitting: boolean;
  /** Where it waits. */
  message: string | null;
  /** It was taken from there. */
  isNext: boolean;
  turn: string | null;
}

/** What shows a client that something goes on. */
const PROGRESS: readonly BusEvent['type'][] = ['answer.completed', 'process.started', 'process.finished'];

function resultOf(end: EventOf<'turn.ended'> | 'returned' | null, answer: string | null): Result<string> {
  if (end === 'returned') return fail(interrupted());
  switch (end?.outcome) {
    case 'completed':
      return ok(answer ?? '');
    case undefined:
      return fail(sessionOver());
    case 'interrupted':
      return fail(interrupted());
    default:
      return fail(end?.problem ?? { what: 'The turn failed.', why: '', next: '' });
  }
}

function emptyPrompt(): Problem {
  return { what: 'The prompt is empty.', why: '', next: '' };
}

function interrupted(): Problem {
  return { what: 'The turn was interrupted.', why: '', next: '' };
}

function sessionOver(): Problem {
  return { what: 'The session was ended.', why: '', next: 'codex-reply opens it again from its record.' };
}
