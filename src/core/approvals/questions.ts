// Questions that are open, and the one answer each of them gets.

import { createHash } from 'node:crypto';
import { LOCAL } from '../../exec/index.ts';
import { assertNever } from '../../problem/index.ts';
import type { Grant } from '../../sandbox/index.ts';
import { grantCovers } from '../../sandbox/index.ts';
import type { Ack, DecisionKind, EventBody, EventOf, QuestionValue } from '../bus/contract.ts';

export type Answer =
  | {
      readonly kind: 'decided';
      readonly decision: DecisionKind;
      readonly grants: readonly Grant[];
      readonly reason: string;
      readonly by: DecidedBy;
    }
  | { readonly kind: 'withdrawn' };

/** `policy`: nobody is there who could be asked. */
export type DecidedBy = EventOf<'question.decided'>['by'];

/** Who answers: whoever is there decides, and where nobody is each question is refused at once. */
export type Audience = 'person' | 'nobody';

export interface Questions {
  /** Publishes the question and waits, for days if need be, until it is decided or withdrawn. */
  ask(question: Omit<QuestionValue, 'question' | 'shown'>): Promise<Answer>;
  /** Compare and set: the first valid decision wins. */
  decide(question: string, decision: DecisionKind, reason: string, shown: string): Ack;
  /** No longer needed: its process or turn ended. */
  withdraw(of: (question: QuestionValue) => boolean, reason: string): void;
  /** Every open question about a command of this machine that these grants now cover is answered by them. */
  coverBy(grants: readonly Grant[], environment: string): void;
  isOpenFor(process: number): boolean;
}

interface Open {
  readonly value: QuestionValue;
  readonly settle: (answer: Answer) => void;
}

/** Said to the model and in the record. */
export const NOBODY = 'nobody can be asked in this session';

/** How many decided questions are remembered, to tell a late second answer who was first. */
const REMEMBERED_DECISIONS = 200;

export function openQuestions(
  emit: (event: EventBody) => void,
  nextId: () => string,
  audience: Audience = 'person',
): Questions {
  const open = new Map<string, Open>();
  const decided = new Map<string, DecisionKind>();

  function settle(entry: Open, decision: DecisionKind, reason: string, by: DecidedBy): void {
    const { question, process } = entry.value;
    const grants = grantsOf(entry.value, decision);
    open.delete(question);
    decided.set(question, decision);
    const oldest = decided.keys().next();
    if (decided.size > REMEMBERED_DECISIONS && !oldest.done) decided.delete(oldest.value);
    emit({ type: 'question.decided', question, process, decision, reason, grants: [...grants], by });
    entry.settle({ kind: 'decided', decision, grants, reason, by });
  }

  return {
    ask(asked) {
      const unsigned = { ...asked, question: nextId() };
      const value: QuestionValue = { ...unsigned, shown: digestOf(unsigned) };
      return new Promise((resolve) => {
        const entry: Open = { value, settle: resolve };
        open.set(value.question, entry);
        emit({ type: 'question.opened', ...value });
        if (audience === 'nobody') settle(entry, 'refused', NOBODY, 'policy');
      });
    },
    decide(question, decision, reason, shown) {
      const entry = open.get(question);
      const earlier = decided.get(question);
      if (earlier !== undefined)
        return refusal('already_decided', 'This question was already answered.', `answered: ${earlier}`);
      if (entry === undefined)
        return refusal('unknown_question', 'This question is not open.', 'it was withdrawn or never asked');
      if (shown !== entry.value.shown) return refusal('changed', 'The question changed since it was shown.', '');
      if (!entry.value.offers.includes(decision)) return refusal('not_now', 'This answer is not offered here.', '');
      settle(entry, decision, reason, 'person');
      return { ok: true };
    },
    withdraw(of, reason) {
      for (const entry of [...open.values()]) {
        if (!of(entry.value)) continue;
        open.delete(entry.value.question);
        emit({ type: 'question.withdrawn', question: entry.value.question, process: entry.value.process, reason });
        entry.settle({ kind: 'withdrawn' });
      }
    },
    coverBy(grants, environment) {
      for (const entry of [...open.values()]) {
        if ((entry.value.environment ?? LOCAL) !== environment) continue;
        const wanted = wantedGrants(entry.value.subject);
        if (wanted.length === 0) continue;
        const isCovered = wanted.every((needed) => grants.some((wide) => grantCovers(wide, needed)));
        if (isCovered) settle(entry, 'session', '', 'cover');
      }
    },
    isOpenFor: (process) => [...open.values()].some((entry) => entry.value.process === process),
  };
}

/** What a decision gives. A refusal gives nothing. */
function grantsOf(question: QuestionValue, decision: DecisionKind): readonly Grant[] {
  if (decision === 'unsandboxed') return [{ kind: 'unsandboxed' }];
  if (decision === 'preset') return question.preset?.grants ?? [];
  if (decision === 'refused') return [];
  return wantedGrants(question.subject);
}

/** What would be given by a yes to this question. */
function wantedGrants(subject: QuestionValue['subject']): readonly Grant[] {
  switch (subject.kind) {
    case 'denial':
      return subject.denial.grants;
    case 'permission':
      return subject.grants;
    case 'start':
    case 'escalation':
      return [];
    default:
      return assertNever(subject);
  }
}

/** Of everything that a person sees on the card, so that a stale screen cannot approve something else. */
function digestOf(question: Omit<QuestionValue, 'shown'>): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 16);
}

function refusal(code: Extract<Ack, { ok: false }>['code'], what: string, why: string): Ack {
  return { ok: false, code, problem: { what, why, next: '' } };
}
