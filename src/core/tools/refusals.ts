// The sentences for a command that was refused, blocked or not run. The first one is the same for a person and a
// model; the further ones are the model's alone. A command that failed by itself gets none of them.

import { assertNever } from '../../problem/index.ts';
import type { BlockedAccess, Denial } from '../../sandbox/index.ts';
import type { DecisionKind } from '../bus/contract.ts';

export interface Refusal {
  /** For the screen and the model. */
  readonly first: string;
  /** For the model: what happened, what not to try. */
  readonly more: readonly string[];
}

/** What a person was asked about. */
export type RefusedRequest =
  | { readonly kind: 'access'; readonly access: BlockedAccess }
  | { readonly kind: 'unsandboxed' }
  | { readonly kind: 'permission' }
  | { readonly kind: 'start' };

/** Two words and a name: `write /srv/x`, `connect registry.example:443`. */
export function accessInWords(access: BlockedAccess): string {
  switch (access.operation) {
    case 'write':
    case 'create':
    case 'delete':
    case 'read':
    case 'connect':
      return `${access.operation} ${access.target}`;
    case 'unix_socket':
      return `connect the socket ${access.target}`;
    case 'privilege':
      return `use ${access.target}`;
    default:
      return assertNever(access.operation);
  }
}

/** A person said no. `reason` is what they want the model to know, `''` when they said nothing. */
export function refusedByPerson(request: RefusedRequest, reason: string): Refusal {
  const ran = request.kind === 'access';
  const told = reason.trim();
  return {
    first: `Refused: the person did not allow this command to ${refusedDeed(request)}.`,
    more: [
      `It was not run${ran ? ' again' : ''}. Do not repeat it and do not get the same result in another way; go on without it, or ask.`,
      ...(told === '' ? [] : [`The person said: "${told}".`]),
    ],
  };
}

function refusedDeed(request: RefusedRequest): string {
  switch (request.kind) {
    case 'access':
      return accessInWords(request.access);
    case 'unsandboxed':
      return 'run without the sandbox';
    case 'permission':
      return 'have more than its profile gives';
    case 'start':
      return 'run';
    default:
      return assertNever(request);
  }
}

/** The sandbox stopped something and nobody was asked. `notAsked` says why not, e.g. `approval policy: never`. */
export function blockedBySandbox(denial: Denial, profile: string, notAsked: string): Refusal {
  return {
    first: `Blocked by the sandbox: ${accessInWords(denial)} is outside what this command may touch (profile ${profile}).`,
    more: [
      `The command ran, its output is below, and the blocked access did not take place. Nobody was asked (${notAsked}).`,
      denial.certainty === 'likely' ? 'This is likely, judged from the output.' : 'This is certain.',
    ],
  };
}

/** Nothing can run here. `cause` is a clause without a full stop. */
export function sandboxUnavailable(cause: string): Refusal {
  return {
    first: `Not run: the sandbox cannot start on this machine (${withoutStop(cause)}).`,
    more: ['Nothing was executed. The person is shown how to fix it; do not look for a way around it.'],
  };
}

/** Policy, not a person, says no before anything ran. `why` is a clause without a full stop. */
export function refusedByPolicy(why: string): Refusal {
  return {
    first: `Not run: ${withoutStop(why)}.`,
    more: ['Do not try another way to the same end; go on without it, or say what is needed.'],
  };
}

/** Said once, above the outcome of the last attempt, when an earlier one was blocked and then allowed. */
export function allowedAfterBlock(access: BlockedAccess, decision: Exclude<DecisionKind, 'refused'>): string {
  const blocked = `The first attempt was blocked by the sandbox (${accessInWords(access)})`;
  switch (decision) {
    case 'once':
      return `${blocked}; the person allowed it once.`;
    case 'session':
      return `${blocked}; the person allowed it for this session.`;
    case 'preset':
      return `${blocked}; the person allowed what this kind of work needs, for this session.`;
    case 'always':
      return `${blocked}; the person allowed it always.`;
    case 'unsandboxed':
      return `${blocked}; the person allowed one run without the sandbox.`;
    default:
      return assertNever(decision);
  }
}

/** The line above the output of a command that ended because a person stopped the turn. */
export const stoppedByPerson = 'The person stopped this turn. The output until then follows.';

/** The turn goes on. */
export const commandStoppedByPerson = 'The person stopped this command.';

/** A session bears so many processes of a model. */
export const endedForOthers =
  'Ended: more than 64 commands were running, and this one was used longest ago. Run fewer at a time.';

/** All sentences of a refusal, for the model. */
export function refusalText(refusal: Refusal): string {
  return [refusal.first, ...refusal.more].join('\n');
}

function withoutStop(clause: string): string {
  return clause.trim().replace(/\.+$/, '');
}
