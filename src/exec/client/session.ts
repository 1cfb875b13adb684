// How is a session opened on a connection of its own, and how is it found again after the connection was lost?

import { setTimeout as wait } from 'node:timers/promises';
import { fail, ok, type Result } from '../../problem/index.ts';
import { type HandshakeProblem, type Session, shakeHands } from './handshake.ts';
import { type Link, type LinkEnd, type LinkListener, type LinkOptions, openLink } from './link.ts';
import { DISCONNECTED } from './problem.ts';

export interface OpenedSession {
  readonly link: Link;
  readonly session: Session;
}

/** What comes on the connection is handed on from its first moment: a busy process would fill the way of the answer. */
export async function openSession(
  options: LinkOptions,
  resume: string | null,
  listener: LinkListener,
  signal: AbortSignal,
): Promise<Result<OpenedSession, HandshakeProblem>> {
  let end: LinkEnd | null = null;
  const ended = (told: LinkEnd): void => {
    end = told;
    listener.ended(told);
  };
  const opened = await openLink(options, { notified: listener.notified, ended }, signal);
  if (!opened.ok) return fail({ isFinal: false, message: opened.problem });
  const link = opened.value;
  const cancel = (): void => void link.end('cancelled');
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const session = await shakeHands(link, resume);
  signal.removeEventListener('abort', cancel);
  if (session.ok) return ok({ link, session: session.value });
  // Why the connection ended says more than that it did.
  const told = end as LinkEnd | null;
  const gone = link.end('the handshake failed');
  // Who cancels wants to know when nothing is left of it.
  if (signal.aborted) await gone;
  if (told === null) return session;
  return fail({ isFinal: told.kind === 'fault', message: `${DISCONNECTED}: ${told.why}` });
}

export interface RecoveryOptions {
  readonly recoveryMs: number;
  readonly retryMs: number;
  /** Takes up the session on a new connection. */
  readonly reopen: (signal: AbortSignal) => Promise<Result<OpenedSession, HandshakeProblem>>;
  /** Brings what is running up to date. False: the connection went meanwhile. */
  readonly catchUp: (link: Link) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Tries until the session is back; the problem is the reason why it will not be. */
export async function recoverSession(options: RecoveryOptions): Promise<Result<Link, string>> {
  const { recoveryMs, retryMs, reopen, catchUp, signal } = options;
  const over = new AbortController();
  const stop = (): void => over.abort();
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, recoveryMs);
  try {
    while (!over.signal.aborted) {
      const opened = await reopen(over.signal);
      if (opened.ok) {
        const { link } = opened.value;
        const cancel = (): void => void link.end('cancelled');
        over.signal.addEventListener('abort', cancel, { once: true });
        const isCaughtUp = await catchUp(link);
        over.signal.removeEventListener('abort', cancel);
        if (isCaughtUp && !link.isOver()) return ok(link);
        void link.end('recovery begins anew');
      } else if (opened.problem.isFinal) {
        return fail(opened.problem.message);
      }
      // Aborted: the loop ends.
      await wait(retryMs, null, { signal: over.signal }).catch(() => null);
    }
    return fail(signal.aborted ? 'cancelled' : `recovery timed out after ${recoveryMs / 1000}s`);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
