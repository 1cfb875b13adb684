// The exec-server: runs commands for a peer elsewhere, wherever the peer comes in.

import { fail, ok, type Result } from '../../problem/index.ts';
import type { Environment } from '../environment.ts';
import type { Variables } from '../shell-environment.ts';
import type { ServerTelemetry } from '../telemetry/telemetry.ts';
import type { Authenticate } from './authentication.ts';
import type { OpenFamily } from './calls.ts';
import type { ConnectionPlace } from './connection.ts';
import { type EnvironmentFacts, environmentInfo } from './environment-info.ts';
import { isLoopback } from './listen-target.ts';
import { openRetention } from './retention.ts';
import type { SandboxDefaults } from './sandbox-intent.ts';
import { openSessions } from './sessions.ts';
import { openWebListener, type WebListener } from './web-listener.ts';

export interface ExecServerOptions {
  /** Where commands run. It is the caller's to dispose. */
  readonly environment: Environment;
  /** What commands inherit, where a peer asks for that. */
  readonly env: Variables;
  readonly sandbox: SandboxDefaults;
  readonly facts: Omit<EnvironmentFacts, 'env'>;
  readonly openFamily: OpenFamily;
  readonly concurrentRequests: number;
  readonly telemetry: ServerTelemetry;
  /** For closed processes, and for sessions that nobody is attached to. */
  readonly retentionMs?: number;
}

/**
 * Longer than a client tries to come back (45 s), by more than both ends need to notice that they lost each other. As
 * long as the published server keeps them.
 */
const RETENTION_MS = 80_000;

export interface ExecServer {
  /** What a carrier needs to open a connection. */
  readonly place: ConnectionPlace;
  /** A listener for WebSockets; the caller binds it. `authenticate` null asks nobody. */
  listen(authenticate: Authenticate | null): WebListener;
  /** Ends all connections, and every command of every session. */
  close(): void;
}

export function openExecServer(options: ExecServerOptions): ExecServer {
  const { environment, env, sandbox, facts, openFamily, concurrentRequests, telemetry } = options;
  const { retentionMs = RETENTION_MS } = options;
  const closedProcesses = openRetention(retentionMs);
  const detachedSessions = openRetention(retentionMs);
  const sessions = openSessions(
    { environment, defaults: { env, sandbox }, retention: closedProcesses },
    detachedSessions,
  );
  const place = { sessions, info: environmentInfo({ ...facts, env }), openFamily, concurrentRequests, telemetry };
  const listeners = new Set<WebListener>();
  return {
    place,
    listen(authenticate) {
      const listener = openWebListener(authenticate, place);
      listeners.add(listener);
      return listener;
    },
    close() {
      for (const listener of listeners) listener.close();
      sessions.endAll();
      closedProcesses.stop();
      detachedSessions.stop();
    },
  };
}

/** Nobody but this machine's programs may come without showing who they are. */
export function mayListenOn(host: string, authenticate: Authenticate | null): Result<void, string> {
  if (authenticate !== null || isLoopback(host)) return ok(undefined);
  return fail(`refusing to listen on ${host} without authentication; add --ws-auth, or listen on a loopback address`);
}
