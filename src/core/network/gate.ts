// From what a command asks for to a connection: judged, recorded, opened, in this order.

import type net from 'node:net';
import type { Target } from './host-name.ts';
import {
  type Attempt,
  type BlockReason,
  isAddress,
  judgeAttempt,
  type Lookup,
  type NetworkPolicy,
  type NetworkProtocol,
  routeTo,
} from './network-policy.ts';
import { type Dial, openUpstream, type UpstreamFailure } from './upstream.ts';

/** One host asked for, and what came of it: the certain evidence of a denial. */
export type DecisionRecord<C> = {
  /** Whose connection it was. */
  readonly client: C;
  readonly host: string;
  readonly port: number;
  readonly protocol: NetworkProtocol;
  /** Milliseconds since 1970. */
  readonly at: number;
} & (
  | { readonly decision: 'allowed'; readonly reason: 'allowed' }
  | { readonly decision: 'blocked'; readonly reason: BlockReason }
);

export type Failure = UpstreamFailure | { readonly reason: 'unresolved'; readonly why: string };

export type Reached =
  | { readonly kind: 'connected'; readonly socket: net.Socket }
  | { readonly kind: 'blocked'; readonly reason: BlockReason }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface GateOptions<C> {
  /** Asked anew for each request, so that a grant counts from the next one on. */
  readonly policyFor: (client: C) => NetworkPolicy;
  readonly onDecision: (record: DecisionRecord<C>) => void;
  readonly lookUp: (host: string) => Promise<Lookup>;
  readonly dial: Dial;
  readonly connectMs: number;
  readonly now: () => number;
}

export type Gate<C> = (client: C, attempt: Attempt, signal: AbortSignal) => Promise<Reached>;

export function openGate<C>(options: GateOptions<C>): Gate<C> {
  const { policyFor, onDecision, lookUp, dial, connectMs, now } = options;

  return async (client, attempt, signal) => {
    const { target, protocol } = attempt;
    const about = { client, ...target, protocol };
    const block = (reason: BlockReason): Reached => {
      onDecision({ ...about, at: now(), decision: 'blocked', reason });
      return { kind: 'blocked', reason };
    };

    const policy = policyFor(client);
    const reason = judgeAttempt(policy, attempt);
    if (reason !== null) return block(reason);
    const admission = routeTo(policy, target, await addressesOf(target, lookUp));
    if (admission.kind === 'blocked') return block(admission.reason);
    onDecision({ ...about, at: now(), decision: 'allowed', reason: 'allowed' });
    if (admission.kind === 'unresolved') {
      return { kind: 'failed', failure: { reason: 'unresolved', why: admission.why } };
    }
    const opened = await openUpstream(admission.route, { dial, connectMs, signal });
    return opened.ok ? { kind: 'connected', socket: opened.value } : { kind: 'failed', failure: opened.problem };
  };
}

async function addressesOf(target: Target, lookUp: (host: string) => Promise<Lookup>): Promise<Lookup> {
  return isAddress(target) ? { ok: true, value: [target.host] } : lookUp(target.host);
}
