// What may start without asking, what must be asked, what is not even asked: decided purely.

import type { Denial } from '../../sandbox/index.ts';
import type { DecisionKind, Origin, QuestionSubject } from '../bus/contract.ts';

/**
 * When people are asked. `untrusted`: before every command of a model. `on-request`: when something was blocked or a
 * model asks for more. `never`: not at all; what is blocked stays blocked.
 */
export type ApprovalPolicy = 'untrusted' | 'on-request' | 'never';

export type Verdict =
  | { readonly kind: 'allow' }
  | { readonly kind: 'ask'; readonly subject: QuestionSubject; readonly offers: readonly DecisionKind[] }
  | { readonly kind: 'refuse'; readonly why: string };

export interface StartFacts {
  readonly origin: Origin;
  /** The model's reason when it asks to run without the sandbox; null when it does not ask. */
  readonly escalation: string | null;
  /** This exact command was allowed for the session before. */
  readonly isAllowedAlready: boolean;
}

/** Judges a command before its first attempt. A person's own command is never asked about. */
export function judgeStart(policy: ApprovalPolicy, facts: StartFacts): Verdict {
  if (facts.escalation !== null) {
    return policy === 'never'
      ? { kind: 'refuse', why: 'approval policy never: nobody may be asked to run it without the sandbox' }
      : {
          kind: 'ask',
          subject: { kind: 'escalation', justification: facts.escalation },
          offers: ['unsandboxed', 'refused'],
        };
  }
  if (facts.origin === 'person' || policy !== 'untrusted' || facts.isAllowedAlready) return { kind: 'allow' };
  return { kind: 'ask', subject: { kind: 'start' }, offers: ['once', 'session', 'refused'] };
}

/** What may be offered after a denial, the smallest first. Null: nobody is asked. */
export function offersAfterDenial(policy: ApprovalPolicy, denial: Denial): readonly DecisionKind[] | null {
  if (policy === 'never') return null;
  return denial.grants.length > 0 ? ['once', 'session', 'unsandboxed', 'refused'] : ['unsandboxed', 'refused'];
}
