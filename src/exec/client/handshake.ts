// How does a connection become a session?

import { fail, ok, type Result } from '../../problem/index.ts';
import { CODES } from '../protocol/failure.ts';
import { decode } from '../protocol/readers.ts';
import type { Link } from './link.ts';
import { type CallProblem, callProblemText } from './problem.ts';
import { RESULTS, type RemoteInfo } from './results.ts';

/** What the published client calls itself: servers may know it by that name. */
const CLIENT_NAME = 'codex-environment';

export interface Session {
  readonly id: string;
  readonly info: RemoteInfo;
}

/** `isFinal`: another try would end the same way. */
export interface HandshakeProblem {
  readonly isFinal: boolean;
  readonly message: string;
}

/** Takes up the session `resume`, or begins a new one when that is null. */
export async function shakeHands(link: Link, resume: string | null): Promise<Result<Session, HandshakeProblem>> {
  const answer = await link.call('initialize', { clientName: CLIENT_NAME, resumeSessionId: resume });
  if (!answer.ok) return fail(handshakeProblem(answer.problem));
  const read = decode(RESULTS.initialize, answer.value);
  if (!read.ok) return fail({ isFinal: true, message: `initialize was answered wrongly: ${read.problem.message}` });
  link.notify('initialized', {});
  const { sessionId, environmentInfo } = read.value;
  if (environmentInfo !== null) return ok({ id: sessionId, info: environmentInfo });
  const asked = await link.call('environment/info', null);
  if (!asked.ok) return fail(handshakeProblem(asked.problem));
  const info = decode(RESULTS['environment/info'], asked.value);
  if (!info.ok)
    return fail({ isFinal: true, message: `environment/info was answered wrongly: ${info.problem.message}` });
  return ok({ id: sessionId, info: info.value });
}

/** A server that has not yet noticed the end of the old connection will; whatever else it refuses stays refused. */
function handshakeProblem(problem: CallProblem): HandshakeProblem {
  const isFinal = problem.kind === 'refused' && problem.code !== CODES.attached;
  return { isFinal, message: callProblemText(problem) };
}
