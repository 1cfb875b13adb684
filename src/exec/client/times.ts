// How long does the client wait for what? One table, so that a test can make all of it short.

/** All in milliseconds. */
export interface ClientTimes {
  /** Until a connection is open. */
  readonly connectMs: number;
  /** Until `initialize` is answered. */
  readonly initializeMs: number;
  /** From a disconnect until the client gives up. Below the 80 s that a server keeps a session. */
  readonly recoveryMs: number;
  /** Between two tries to come back. */
  readonly retryMs: number;
  /** Until a short call is answered. */
  readonly callMs: number;
  /** Until the server says whether it is ready. */
  readonly statusMs: number;
  /** Between two signs of life that are asked for; two unanswered ones mean that the connection is dead. */
  readonly pingMs: number;
  /** How long a hole in a process's events may stay before the server is asked for what is missing. */
  readonly gapMs: number;
}

/** Those of the published client where it has them. */
export const CLIENT_TIMES: ClientTimes = {
  connectMs: 10_000,
  initializeMs: 10_000,
  recoveryMs: 45_000,
  retryMs: 100,
  callMs: 30_000,
  statusMs: 10_000,
  pingMs: 15_000,
  gapMs: 100,
};
