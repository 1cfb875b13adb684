// Which answers a question takes, by which keys, and which of them is the one that Enter gives.

import type { DecisionKind, GrantValue, QuestionValue } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';

export type ChoiceKey = 'y' | 's' | 'w' | 'n' | 't' | 'd';

export interface Choice {
  readonly key: ChoiceKey;
  /** What it decides; null for a look at the details. */
  readonly decision: DecisionKind | null;
  /** What comes between the key and its effect. */
  readonly step: 'decide' | 'confirm' | 'reason' | 'details';
  readonly text: string;
  /** For narrow windows. */
  readonly short: string;
}

/** In the order of the card. No key does anything that is not in this list. */
export function choicesOf(question: QuestionValue): readonly Choice[] {
  const offered = question.offers.map((decision) =>
    question.subject.kind === 'start' ? startChoice(decision) : choiceOf(decision, question),
  );
  const details: Choice = { key: 'd', decision: null, step: 'details', text: 'details', short: 'details' };
  const isRefusable = question.offers.includes('refused');
  const reason: Choice = {
    key: 't',
    decision: 'refused',
    step: 'reason',
    text: 'no, and tell the model why',
    short: 'no, and why',
  };
  return [...offered, ...(isRefusable ? [reason] : []), details];
}

/** The smallest yes. Running without the sandbox never is, so a question that offers nothing less stands on no. */
export function defaultChoice(choices: readonly Choice[]): ChoiceKey {
  return (
    (
      choices.find(({ step, decision }) => step === 'decide' && decision !== 'refused') ??
      choices.find(({ key }) => key === 'n')
    )?.key ?? 'd'
  );
}

/** Nothing was blocked: the command may run as it is, inside the sandbox, or not. */
function startChoice(decision: DecisionKind): Choice {
  switch (decision) {
    case 'once':
      return { key: 'y', decision, step: 'decide', text: 'run it, inside the sandbox', short: 'run it' };
    case 'session':
      return {
        key: 's',
        decision,
        step: 'decide',
        text: 'run it, and do not ask about exactly this command in this session',
        short: 'and this session',
      };
    case 'unsandboxed':
      return {
        key: 'w',
        decision,
        step: 'confirm',
        text: 'run it without the sandbox (asked again)',
        short: 'no sandbox…',
      };
    case 'refused':
      return { key: 'n', decision, step: 'decide', text: 'no', short: 'no' };
    default:
      return assertNever(decision);
  }
}

/** Choices that Up and Down go through. */
export function neighbour(choices: readonly Choice[], from: ChoiceKey, step: 1 | -1): ChoiceKey {
  const at = choices.findIndex(({ key }) => key === from);
  return choices[Math.min(choices.length - 1, Math.max(0, at + step))]?.key ?? from;
}

function choiceOf(decision: DecisionKind, question: QuestionValue): Choice {
  const next = question.attempt + 1;
  switch (decision) {
    case 'once': {
      const run = next > 1 ? `then run attempt ${next}` : 'then run it';
      const network = next > 1 ? `for attempt ${next} only` : 'for this run only';
      const short = next > 1 ? `once, attempt ${next}` : 'once';
      return { key: 'y', decision, step: 'decide', ...allowing(question, `once, ${run}`, network, short) };
    }
    case 'session':
      return {
        key: 's',
        decision,
        step: 'decide',
        ...allowing(question, 'for this session', 'for this session', 'this session'),
      };
    case 'unsandboxed':
      return {
        key: 'w',
        decision,
        step: 'confirm',
        text: 'run once without the sandbox (asked again)',
        short: 'no sandbox…',
      };
    case 'refused':
      return { key: 'n', decision, step: 'decide', text: 'no', short: 'no' };
    default:
      return assertNever(decision);
  }
}

/** `allow this write once, …`; opening the network is said in its full size. */
function allowing(
  { subject }: QuestionValue,
  until: string,
  networkUntil: string,
  short: string,
): { text: string; short: string } {
  const grants = subject.kind === 'denial' ? subject.denial.grants : [];
  if (grants.some(({ kind }) => kind === 'network')) {
    const others = grants.length > 1 ? ' and the rest' : '';
    return {
      text: `open the whole network${others} ${networkUntil}`,
      short: `whole network, ${short.replace('once, ', '')}`,
    };
  }
  const [first] = grants;
  if (first === undefined || grants.length > 1)
    return { text: `allow ${grants.length > 1 ? `these ${grants.length}` : 'this'} ${until}`, short };
  return { text: `allow this ${nounOf(first)} ${until}`, short };
}

function nounOf(grant: GrantValue): string {
  switch (grant.kind) {
    case 'write':
    case 'read':
      return grant.kind;
    case 'unix_socket':
      return 'connection';
    case 'network':
      return 'network access';
    case 'unsandboxed':
      return 'run';
    default:
      return assertNever(grant);
  }
}
