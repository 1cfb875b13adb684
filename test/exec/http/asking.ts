// The requests of one connection, as a server of the protocol makes them, with everything that was told written down.

import { openAffinityCookies } from '../../../src/exec/http/affinity-cookies.ts';
import { type BodyDelta, openHttpCalls } from '../../../src/exec/http/calls.ts';
import { PARAMS, type Params } from '../../../src/exec/protocol/messages.ts';
import { decode } from '../../../src/exec/protocol/readers.ts';

export type Outcome = Awaited<ReturnType<ReturnType<typeof openHttpCalls>['request']>>;

export interface Asking {
  /** In the order of the wire. */
  readonly told: BodyDelta[];
  ask(url: string, more?: Readonly<Record<string, unknown>>): Promise<Outcome>;
  /** All deltas of that id, once the last has come. */
  stream(requestId: string): Promise<readonly BodyDelta[]>;
  /** Resolves once `isReached` holds, which is looked at after each delta. */
  until(isReached: () => boolean): Promise<void>;
  close(): void;
}

interface Options {
  readonly env?: NodeJS.ProcessEnv;
  readonly ca?: readonly string[];
  readonly tell?: (delta: BodyDelta) => void | Promise<void>;
}

export function openAsking({ env = {}, ca = [], tell = () => {} }: Options = {}): Asking {
  const told: BodyDelta[] = [];
  const waiting = new Set<() => void>();
  const calls = openHttpCalls({
    env,
    ca,
    cookies: openAffinityCookies(),
    tell(delta) {
      told.push(delta);
      for (const look of waiting) look();
      return tell(delta);
    },
  });
  const until = (isReached: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isReached()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const of = (requestId: string): BodyDelta[] => told.filter((delta) => delta.requestId === requestId);

  return {
    told,
    ask: (url, more = {}) => calls.request(paramsOf(url, more)),
    async stream(requestId) {
      await until(() => of(requestId).at(-1)?.done === true);
      return of(requestId);
    },
    until,
    close: calls.closeAll,
  };
}

/** As they come from the wire. */
export function paramsOf(url: string, more: Readonly<Record<string, unknown>> = {}): Params<'http/request'> {
  const params = decode(PARAMS['http/request'], { method: 'GET', url, requestId: 'r', ...more });
  if (!params.ok) throw new Error(params.problem.message);
  return params.value;
}

/** One line for an outcome: the status and the body, or the code and the message. */
export function said(outcome: Outcome): string {
  if (!outcome.ok) return `${outcome.problem.code} ${outcome.problem.message}`;
  return `${outcome.value.status} ${Buffer.from(outcome.value.bodyBase64, 'base64').toString()}`;
}
