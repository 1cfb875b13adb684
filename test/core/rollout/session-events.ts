// Event sequences that a session can make, from random numbers: nothing ends before it began, ids are never used twice.

import fc from 'fast-check';
import type { EventBody, EventOf, Outcome } from '../../../src/core/bus/contract.ts';

interface Step {
  readonly what: number;
  readonly pick: number;
  readonly text: string;
  readonly bytes: Uint8Array;
}

interface Running {
  attempt: number;
  from: number;
  isClosed: boolean;
  isExited: boolean;
  question: string | null;
  call: string;
}

export const OPENED: EventOf<'session.opened'> = {
  type: 'session.opened',
  cwd: '/home/u/proj',
  provider: 'shell',
  model: null,
  profile: ':workspace',
  network: 'restricted',
  version: '0.1.0',
  earlierItems: 0,
};

const problem = { what: 'w', why: '', next: 'n' };
const denial: NonNullable<EventOf<'process.closed'>['denial']> = {
  operation: 'write',
  target: '/etc/nope',
  certainty: 'certain',
  evidence: 'touch: …',
  because: 'it is closed',
  grants: [{ kind: 'write', path: '/etc/nope' }],
  also: [{ operation: 'connect', target: 'host:443' }],
};
const outcomes: readonly Outcome[] = ['ok', 'failed', 'blocked', 'refused', 'stopped', 'killed'];
/** Bytes that cut code points in every way when they are taken in pieces. */
const TEXT = Buffer.from('plain é 漢字 🙂\x1b[31m\0\r\n', 'utf8');

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.nat(19),
  pick: fc.nat(1_000),
  text: fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.constant('\ud83d'), fc.constant('\u2028\0"')),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 30 }),
    fc.tuple(fc.nat(TEXT.length - 1), fc.nat(6)).map(([at, n]) => new Uint8Array(TEXT.subarray(at, at + n + 1))),
  ),
});

/** At any point of a session: things may still be open at the end. */
export const sessionEvents: fc.Arbitrary<EventBody[]> = fc
  .array(step, { maxLength: 80 })
  .map((steps) => eventsOf(steps));

function eventsOf(steps: readonly Step[]): EventBody[] {
  const events: EventBody[] = [OPENED];
  const running = new Map<number, Running>();
  const queued: string[] = [];
  const calls: string[] = [];
  const answers = new Map<string, { turn: string; text: string }>();
  let turn: string | null = null;
  let made = 0;
  const next = (): number => {
    made += 1;
    return made;
  };
  for (const { what, pick, text, bytes } of steps) {
    const here: string = turn ?? 't0';
    const numbers = [...running.keys()];
    const process = numbers[pick % Math.max(1, numbers.length)] ?? 0;
    const known = running.get(process);
    switch (what) {
      case 0:
        if (turn !== null) {
          const outcome = (['completed', 'interrupted', 'failed'] as const)[pick % 3]!;
          const ending = { durationMs: pick, commands: pick % 4, tokens: pick % 2 === 0 ? null : pick };
          events.push({ type: 'turn.ended', turn, outcome, ...ending, problem: outcome === 'failed' ? problem : null });
          turn = null;
          // What was not finished by then never is.
          answers.clear();
        } else {
          turn = `t${next()}`;
          events.push({ type: 'turn.started', turn });
        }
        break;
      case 1:
        events.push({ type: 'message.added', item: `m${next()}`, turn: here, text });
        break;
      case 2:
        queued.push(`q${next()}`);
        events.push({ type: 'message.queued', message: queued.at(-1)!, text });
        break;
      case 3:
        if (queued.length > 0) {
          const message = queued.shift()!;
          events.push({ type: 'message.unqueued', message, reason: pick % 2 === 0 ? 'sent' : 'returned' });
        }
        break;
      case 4:
      case 5: {
        const item = [...answers.keys()][pick % 3] ?? `a${next()}`;
        const answer = answers.get(item) ?? { turn: here, text: '' };
        events.push({ type: 'answer.delta', item, turn: answer.turn, from: answer.text.length, text });
        answers.set(item, { ...answer, text: answer.text + text });
        break;
      }
      case 6: {
        const [item, answer] = [...answers][0] ?? [`a${next()}`, { turn: here, text }];
        answers.delete(item);
        events.push({ type: 'answer.completed', item, turn: answer.turn, text: answer.text });
        break;
      }
      case 7:
        events.push({ type: 'usage.updated', used: pick, window: pick % 2 === 0 ? null : pick * 2 });
        break;
      case 8:
        calls.push(`c${next()}`);
        events.push({ type: 'call.started', turn: here, call: calls.at(-1)!, name: 'exec_command', arguments: text });
        break;
      case 9:
        if (calls.length > 0) events.push({ type: 'call.answered', turn: here, call: calls.shift()!, output: text });
        break;
      case 10:
      case 11: {
        const number = next();
        const call = `c${next()}`;
        running.set(number, { attempt: 1, from: 0, isClosed: false, isExited: false, question: null, call });
        events.push(startOf(number, 1, call, here, text, pick));
        break;
      }
      case 12:
      case 13:
      case 14:
        if (known !== undefined && !known.isClosed) {
          const stream = (['stdout', 'stdout', 'stderr'] as const)[pick % 3]!;
          events.push({ type: 'process.output', process, attempt: known.attempt, from: known.from, stream, bytes });
          known.from += bytes.length;
        }
        break;
      case 15:
        if (known !== undefined && !known.isExited) {
          known.isExited = true;
          events.push({
            type: 'process.exited',
            process,
            attempt: known.attempt,
            exit: { kind: 'code', code: pick % 3 },
          });
        }
        break;
      case 16:
        if (known !== undefined && !known.isClosed) {
          known.isClosed = true;
          known.isExited = true;
          const outcome = outcomes[pick % outcomes.length]!;
          events.push({
            type: 'process.closed',
            process,
            attempt: known.attempt,
            exit: pick % 2 === 0 ? { kind: 'code', code: pick } : { kind: 'signal', signal: 'SIGTERM', code: 143 },
            outcome,
            bytes: known.from,
            lines: 0,
            durationMs: pick,
            denial: outcome === 'blocked' ? denial : null,
          });
        }
        break;
      case 17:
        if (known?.isClosed === true && known.question === null) {
          known.question = `q${next()}`;
          events.push(questionOf(known.question, process, known.attempt, pick));
        } else if (known?.question != null) {
          events.push(answerTo(known.question, process, pick, text));
          known.question = null;
          known.attempt += 1;
          known.isClosed = false;
          known.isExited = false;
          known.from = 0;
          events.push(startOf(process, known.attempt, known.call, here, text, pick));
        }
        break;
      case 18:
        if (known?.isClosed === true && known.question === null) {
          running.delete(process);
          const outcome = outcomes[pick % outcomes.length]!;
          events.push({ type: 'process.finished', process, call: known.call, outcome, problem: null });
        }
        break;
      default:
        events.push(...others(pick, known === undefined ? null : process));
    }
  }
  return events;
}

function startOf(process: number, attempt: number, call: string, turn: string, text: string, pick: number): EventBody {
  return {
    type: 'process.started',
    process,
    call,
    turn,
    attempt,
    command: text,
    argv: ['/bin/bash', '-lc', text],
    cwd: '/home/u/a b',
    ...(pick % 5 === 0 ? { environment: 'devbox' } : {}),
    origin: pick % 2 === 0 ? 'person' : 'model',
    stdio: pick % 2 === 0 ? { kind: 'pty', cols: 80, rows: 24 } : { kind: 'pipe', stdin: 'open' },
    profile: ':workspace',
    grants: attempt > 1 ? denial.grants : [],
  };
}

function questionOf(question: string, process: number, attempt: number, pick: number): EventBody {
  return {
    type: 'question.opened',
    question,
    process,
    attempt,
    subject: pick % 2 === 0 ? { kind: 'denial', denial } : { kind: 'escalation', justification: 'needed' },
    command: 'touch /etc/nope',
    cwd: '/',
    ...(pick % 5 === 0 ? { environment: 'devbox' } : {}),
    profile: ':workspace',
    offers: ['once', 'refused'],
    preset: null,
    always: null,
    shown: 'd41d8c',
  };
}

function answerTo(question: string, process: number, pick: number, reason: string): EventBody {
  if (pick % 4 === 0) return { type: 'question.withdrawn', question, process, reason };
  const decision = pick % 2 === 0 ? 'once' : 'refused';
  return { type: 'question.decided', question, process, decision, reason, grants: denial.grants, by: 'person' };
}

function others(pick: number, process: number | null): EventBody[] {
  if (process === null || pick % 8 === 0) return [{ type: 'notice', level: 'warning', problem }];
  switch (pick % 8) {
    case 1:
      return [{ type: 'process.waiting', process, wait: { hidden: true } }];
    case 2:
      return [{ type: 'process.suspended', process, isSuspended: pick % 3 === 0 }];
    case 3:
      return [{ type: 'process.signalled', process, signal: 'interrupt' }];
    case 4:
      return [{ type: 'process.resized', process, cols: pick, rows: 24 }];
    case 5:
      return [{ type: 'process.backgrounded', process }];
    case 6:
      return [{ type: 'process.foregrounded', process }];
    default:
      return pick % 3 === 0
        ? [{ type: 'environment.picked', environment: pick % 2 === 0 ? 'devbox' : 'local', cwd: `/srv/${pick}` }]
        : [{ type: 'session.moved', cwd: `/home/u/${pick}` }];
  }
}
