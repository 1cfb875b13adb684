// What a model is told about a process: the sentences above its output, decided from how it came out.

import { assertNever, problemText } from '../../problem/index.ts';
import {
  allowedAfterBlock,
  blockedBySandbox,
  commandStoppedByPerson,
  endedForOthers,
  type RefusedRequest,
  refusalText,
  refusedByPerson,
  refusedByPolicy,
  sandboxUnavailable,
  stoppedByPerson,
} from '../tools/index.ts';
import type { Finished, GivenAnswer, Stopper } from './process.ts';

/** Sentences to put above the output; `hasOutput` false when nothing ran and there is nothing else to tell. */
export interface Preface {
  readonly sentences: readonly string[];
  readonly hasOutput: boolean;
}

export function prefaceOf(finished: Finished, profile: string): Preface {
  const allowed = finished.answers.flatMap(({ closed, answer }) =>
    closed?.denial && answer.decision !== 'refused' ? [allowedAfterBlock(closed.denial, answer.decision)] : [],
  );
  const denial = finished.closed?.denial ?? null;
  switch (finished.outcome) {
    case 'ok':
      if (denial === null) return output(allowed);
      return output([
        ...allowed,
        refusalText(blockedBySandbox(denial, profile, 'the command ended with 0 all the same')),
      ]);
    case 'failed':
    case 'killed':
    case 'lost':
      return output(allowed);
    case 'stopped': {
      const why = stopSentence(finished.stoppedBy);
      return finished.closed === null ? nothing(why) : output([...allowed, ...why]);
    }
    case 'blocked': {
      if (denial === null) return output(allowed);
      const why = finished.stoppedBy === null ? 'the approval policy allows no question' : 'the turn was stopped';
      return output([...allowed, refusalText(blockedBySandbox(denial, profile, why))]);
    }
    case 'refused': {
      if (finished.notStarted === 'policy') return nothing([refusalText(refusedByPolicy(finished.problem?.why ?? ''))]);
      const last = finished.answers.at(-1);
      if (last?.answer.by === 'policy') return refusedForNobody(finished, last, profile);
      const text = refusalText(refusedByPerson(requestOf(finished), last?.answer.reason ?? ''));
      return finished.closed === null ? nothing([text]) : output([text]);
    }
    case 'not_started': {
      const problem = finished.problem ?? { what: 'Not run.', why: '', next: '' };
      const text =
        finished.notStarted === 'sandbox'
          ? refusalText(sandboxUnavailable(problem.why.split('\n')[0] || problem.what))
          : problemText(problem);
      return nothing([text]);
    }
    default:
      return assertNever(finished.outcome);
  }
}

/** A model that stopped its own command knows why. */
function stopSentence(by: Stopper | null): readonly string[] {
  switch (by) {
    case 'model':
      return [];
    case 'person':
      return [commandStoppedByPerson];
    case 'limit':
      return [endedForOthers];
    case 'turn':
    case null:
      return [stoppedByPerson];
    default:
      return assertNever(by);
  }
}

const WISHES = {
  denial: 'run',
  start: 'run',
  escalation: 'run without the sandbox',
  permission: 'have more than its profile gives',
} as const;

/** Nobody was there to be asked. */
function refusedForNobody(
  { closed }: Finished,
  { subject, answer: { reason } }: GivenAnswer,
  profile: string,
): Preface {
  if (closed?.denial) return output([refusalText(blockedBySandbox(closed.denial, profile, reason))]);
  const wish = WISHES[subject];
  return nothing([refusalText(refusedByPolicy(`${reason} whether this command may ${wish}`))]);
}

function requestOf({ answers, closed }: Finished): RefusedRequest {
  if (closed?.denial) return { kind: 'access', access: closed.denial };
  switch (answers.at(-1)?.subject) {
    case 'escalation':
      return { kind: 'unsandboxed' };
    case 'permission':
      return { kind: 'permission' };
    default:
      return { kind: 'start' };
  }
}

function output(sentences: readonly string[]): Preface {
  return { sentences, hasOutput: true };
}

function nothing(sentences: readonly string[]): Preface {
  return { sentences, hasOutput: false };
}
