// Why did a call to a server not succeed?

import type { RpcFailure } from '../protocol/failure.ts';

/**
 * `refused`: the server said no, with its code. `lost`: the connection went while the call was under way, and whether it
 * was done is unknown. `failed`: the connection is over, and this text stays the same for every later call. `late`: no
 * answer in time. `full`: a bound of ours. `input`: the process takes no more input. `unsupported`: the server does not
 * have it. `malformed`: what came is not what the protocol says. `gone`: output was dropped before it could be read.
 * `cancelled`: the caller gave it up.
 */
export type CallProblem =
  | { readonly kind: 'refused'; readonly code: number; readonly message: string }
  | { readonly kind: Exclude<ProblemKind, 'refused'>; readonly message: string };

type ProblemKind =
  | 'refused'
  | 'lost'
  | 'failed'
  | 'late'
  | 'full'
  | 'input'
  | 'unsupported'
  | 'malformed'
  | 'gone'
  | 'cancelled';

/** What every text of a lost connection begins with, as the published client says it. */
export const DISCONNECTED = 'exec-server transport disconnected';

export const lost = (): CallProblem => ({ kind: 'lost', message: DISCONNECTED });

export const refused = ({ code, message }: RpcFailure): CallProblem => ({ kind: 'refused', code, message });

/** One sentence for a person, with the code that a server gave. */
export function callProblemText(problem: CallProblem): string {
  return problem.kind === 'refused'
    ? `exec-server rejected request (${problem.code}): ${problem.message}`
    : problem.message;
}

/** Whether the server may have done what was asked although no answer came. */
export function isOutcomeUnknown(problem: CallProblem): boolean {
  return problem.kind === 'lost' || problem.kind === 'late' || problem.kind === 'malformed';
}
