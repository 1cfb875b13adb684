// When is a call about a process answered, and with what? The ids under which a model finds its processes again.

import { randomBytes, randomInt } from 'node:crypto';
import type { Questions } from '../approvals/questions.ts';
import { commandAnswer } from '../tools/index.ts';
import { type Preface, prefaceOf } from './call-answer.ts';
import type { SessionProcess } from './process.ts';
import { waitToAnswer } from './wait.ts';

export interface AnswerTerms {
  /** How long a call waits for the end; null: until it comes. */
  readonly yieldMs: number | null;
  /** In tokens. */
  readonly budget: number;
  readonly signal: AbortSignal;
}

export interface ProcessAnswers {
  /** The answer about a command, when it is due: its output since the last one, and how it stands. */
  whenDue(process: SessionProcess, terms: AnswerTerms): Promise<string>;
  /** Waits for the end; null when the turn was stopped before it came. */
  whenFinished(process: SessionProcess, signal: AbortSignal): Promise<Preface | null>;
  /** The process with this session id, while its end was not told. */
  find(sessionId: number): SessionProcess | undefined;
  /** Those a model can still ask about, by their session ids. */
  known(): ReadonlyMap<number, SessionProcess>;
}

/** Session ids as models know them from elsewhere: four or five digits. */
const [LOWEST_SESSION_ID, HIGHEST_SESSION_ID] = [1000, 99_999];

export function openProcessAnswers(questions: Questions, profileName: string): ProcessAnswers {
  /** Processes whose end was not told yet, by the id that was told instead. */
  const sessions = new Map<number, SessionProcess>();

  function sessionIdOf(process: SessionProcess): number {
    for (const [id, known] of sessions) if (known === process) return id;
    let id: number;
    do id = randomInt(LOWEST_SESSION_ID, HIGHEST_SESSION_ID + 1);
    while (sessions.has(id));
    sessions.set(id, process);
    return id;
  }

  function forget(process: SessionProcess): void {
    for (const [id, known] of sessions) if (known === process) sessions.delete(id);
  }

  function wait(process: SessionProcess, yieldMs: number | null, signal: AbortSignal) {
    process.lastUsedAt = Date.now();
    const { number } = process.request;
    return waitToAnswer(process, { yieldMs, isQuestionOpen: () => questions.isOpenFor(number), signal });
  }

  return {
    find: (sessionId) => sessions.get(sessionId),
    known: () => sessions,
    async whenDue(process, { yieldMs, budget, signal }) {
      const startedAt = performance.now();
      await wait(process, yieldMs, signal);
      const { finished } = process;
      const preface = finished === null ? { sentences: [], hasOutput: true } : prefaceOf(finished, profileName);
      const unread = process.unread.take();
      if (finished !== null) forget(process);
      if (!preface.hasOutput) return preface.sentences.join('\n');
      const exit = finished?.exit ?? process.exit;
      return commandAnswer({
        chunkId: randomBytes(3).toString('hex'),
        wallTimeMs: performance.now() - startedAt,
        state:
          finished !== null && exit !== null
            ? { kind: 'exited', code: exit.code }
            : { kind: 'running', sessionId: sessionIdOf(process) },
        output: unread,
        maxOutputTokens: budget,
        outputFile: process.outputFile,
        preface: preface.sentences,
      });
    },
    async whenFinished(process, signal) {
      await wait(process, null, signal);
      const { finished } = process;
      return finished === null ? null : prefaceOf(finished, profileName);
    },
  };
}
