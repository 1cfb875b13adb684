// What does a server need of those that do the work? One function for each method.

import type { Result } from '../../problem/index.ts';
import type { RpcFailure } from '../protocol/failure.ts';
import type { Method, NotificationName, Params, Results } from '../protocol/messages.ts';

export type Outcome<M extends Method> = Result<Results[M], RpcFailure>;

/** At once where nothing has to be waited for. */
export type Answer<M extends Method> = Outcome<M> | Promise<Outcome<M>>;

/** What others do for a connection: files, HTTP, configuration and its roots. */
export type FamilyMethod =
  | Extract<Method, `fs/${string}`>
  | 'http/request'
  | 'environmentConfig/read'
  | 'capabilityRoots/discoverV1';

export type FamilyCalls = { readonly [M in FamilyMethod]?: (params: Params<M>) => Promise<Outcome<M>> };

/** Everything of one connection that goes with it: handles, streams, watches. */
export interface Family {
  /** A method that is not here is not known to this server. */
  readonly calls: FamilyCalls;
  closeAll(): Promise<void>;
}

/**
 * Sends a notification of one of these. Resolves, where a promise is returned, when the peer has taken enough to go on.
 */
export type Tell = (method: NotificationName, params: object) => Promise<void> | undefined;

/** Opens what a new connection needs. */
export type OpenFamily = (tell: Tell) => Family;
