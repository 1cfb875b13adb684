// How an attempt came out, decided from its end, the sandbox's verdict and what was asked of it.

import type { Closed } from '../../exec/index.ts';
import type { Outcome } from '../bus/contract.ts';

/** Deaths that somebody outside asks for; any other signal is the program's own failure. */
const SIGNALS_OF_OTHERS = new Set(['SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']);
const CODES_OF_OTHERS = new Set([129, 130, 131, 137, 143]);

/** `wasSignalled`: this session sent it a signal that ends programs. */
export function outcomeOf(closed: Pick<Closed, 'exit' | 'denial' | 'ran'>, wasSignalled: boolean): Outcome {
  if (!closed.ran) return 'not_started';
  const { exit } = closed;
  if (exit.code === 0 && exit.kind === 'code') return 'ok';
  const endedByOthers = exit.kind === 'signal' ? SIGNALS_OF_OTHERS.has(exit.signal) : CODES_OF_OTHERS.has(exit.code);
  if (endedByOthers) return wasSignalled ? 'stopped' : 'killed';
  if (closed.denial !== null) return 'blocked';
  return 'failed';
}
