// Which answers a question takes, by which keys, and which of them is the one that Enter gives.

import type { DecisionKind, GrantValue, QuestionValue } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import { cutEnd, visible } from '../terminal/width.ts';

export type ChoiceKey = 'y' | 's' | 'p' | 'a' | 'w' | 'n' | 't' | 'd';

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

/** Wider answers stand further down, whatever order they are offered in. */
const ORDER: readonly DecisionKind[] = ['once', 'session', 'preset', 'always', 'unsandboxed', 'refused'];

/** So much of a preset's name stands where choices share a row. */
const SHORT_NAME_COLUMNS = 20;

/** In the order of the card. No key does anything that is not in this list. */
export function choicesOf(question: QuestionValue): readonly Choice[] {
  const isStart = question.subject.kind === 'start';
  const offered = ORDER.filter((decision) => question.offers.includes(decision)).flatMap((decision) => {
    const choice = (isStart ? startChoice(decision, question) : null) ?? choiceOf(decision, question);
    return choice === null ? [] : [choice];
  });
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

/** Nothing was blocked: the command may run as it is, inside the sandbox, or not. Null: said as after a denial. */
function startChoice(decision: DecisionKind, { deed }: QuestionValue): Choice | null {
  switch (decision) {
    case 'once':
      return { key: 'y', decision, step: 'decide', ...doingIt(deed) };
    case 'session': {
      const { short } = doingIt(deed);
      const text = `${short}, and do not ask about ${sameDeed(deed)} in this session`;
      return { key: 's', decision, step: 'decide', text, short: 'and this session' };
    }
    case 'unsandboxed':
      return {
        key: 'w',
        decision,
        step: 'confirm',
        text: 'run it without the sandbox (asked again)',
        short: 'no sandbox…',
      };
    case 'preset':
    case 'always':
    case 'refused':
      return null;
    default:
      return assertNever(decision);
  }
}

function doingIt(deed: QuestionValue['deed']): { readonly text: string; readonly short: string } {
  switch (deed) {
    case 'patch':
      return { text: 'change them, inside the sandbox', short: 'change them' };
    case 'tool':
      return { text: 'call it', short: 'call it' };
    case undefined:
      return { text: 'run it, inside the sandbox', short: 'run it' };
    default:
      return assertNever(deed);
  }
}

function sameDeed(deed: QuestionValue['deed']): string {
  switch (deed) {
    case 'patch':
      return 'other patches';
    case 'tool':
      return 'this tool';
    case undefined:
      return 'exactly this command';
    default:
      return assertNever(deed);
  }
}

/** Choices that Up and Down go through. */
export function neighbour(choices: readonly Choice[], from: ChoiceKey, step: 1 | -1): ChoiceKey {
  const at = choices.findIndex(({ key }) => key === from);
  return choices[Math.min(choices.length - 1, Math.max(0, at + step))]?.key ?? from;
}

/** Null for an answer whose content is not known: nobody could be shown what it does. */
function choiceOf(decision: DecisionKind, question: QuestionValue): Choice | null {
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
    case 'preset': {
      if (question.preset === null) return null;
      const name = visible(question.preset.name);
      const text = `preset "${name}" for this session (shown first)`;
      return { key: 'p', decision, step: 'confirm', text, short: `${cutEnd(name, SHORT_NAME_COLUMNS, '')}…` };
    }
    case 'always': {
      if (question.always === null) return null;
      const text = `always ${whatIsAllowed(question)} (shown first)`;
      return { key: 'a', decision, step: 'confirm', text, short: 'always…' };
    }
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
  question: QuestionValue,
  until: string,
  networkUntil: string,
  short: string,
): { text: string; short: string } {
  const what = whatIsAllowed(question);
  if (!opensNetwork(question)) return { text: `${what} ${until}`, short };
  return { text: `${what} ${networkUntil}`, short: `whole network, ${short.replace('once, ', '')}` };
}

function whatIsAllowed(question: QuestionValue): string {
  const grants = grantsAsked(question);
  const [first] = grants;
  if (opensNetwork(question)) return `open the whole network${grants.length > 1 ? ' and the rest' : ''}`;
  if (grants.length > 1) return `allow these ${grants.length}`;
  if (first !== undefined) return `allow this ${nounOf(first)}`;
  return question.subject.kind === 'start' ? 'run such commands' : 'allow this';
}

function opensNetwork(question: QuestionValue): boolean {
  return grantsAsked(question).some(({ kind }) => kind === 'network');
}

function grantsAsked({ subject }: QuestionValue): readonly GrantValue[] {
  if (subject.kind === 'denial') return subject.denial.grants;
  return subject.kind === 'permission' ? subject.grants : [];
}

function nounOf(grant: GrantValue): string {
  switch (grant.kind) {
    case 'write':
    case 'read':
      return grant.kind;
    case 'unix_socket':
    case 'host':
    case 'local_port':
      return 'connection';
    case 'network':
      return 'network access';
    case 'unsandboxed':
      return 'run';
    default:
      return assertNever(grant);
  }
}
