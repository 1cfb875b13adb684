// What can be asked of a server, over one session?

import { ok, type Result } from '../../problem/index.ts';
import type { Method } from '../protocol/messages.ts';
import type { PathUri } from '../protocol/path-uri.ts';
import type { SandboxContext } from '../protocol/sandbox-context.ts';
import { bareTrace } from '../telemetry/bare-trace.ts';
import type { ClientTelemetry } from '../telemetry/telemetry.ts';
import { type Connection, openConnection } from './connection.ts';
import { openFlowGate } from './delivery.ts';
import { type FileReader, type FileWriter, openFileReader, openFileWriter } from './file-blocks.ts';
import { openRemoteHttp, type RemoteHttp } from './http.ts';
import { type MissingWatches, openMissingWatches } from './missing-watches.ts';
import type { CallProblem } from './problem.ts';
import { openProcesses, type Processes } from './processes.ts';
import type { CallResult, RemoteInfo } from './results.ts';
import type { CallParams } from './spelling.ts';
import { CLIENT_TIMES, type ClientTimes } from './times.ts';
import type { OpenTransport } from './transport.ts';

export interface ClientOptions {
  /** Opens a connection, each time anew. */
  readonly open: OpenTransport;
  /** False where a session ends with its connection: a server that is a child of ours. */
  readonly canResume: boolean;
  /** Who follows the calls; nobody, where it is left out. */
  readonly telemetry?: Promise<ClientTelemetry>;
  /** The connection was lost (false), or the session was found again. Not told at its beginning and its end. */
  readonly linked?: (isLinked: boolean) => void;
  readonly times?: Partial<ClientTimes>;
}

/** `recovering`: calls wait. `failed`: for ever; a new client is a new session. */
export type ClientState = ReturnType<Connection['state']>;

export interface ExecClient {
  /** Of the machine behind it, as it was told when the session began. */
  readonly info: RemoteInfo;
  state(): ClientState;
  /** Why every call fails; null while they do not. */
  failure(): CallProblem | null;
  call<M extends Method>(method: M, params: CallParams<M>): Promise<Result<CallResult<M>, CallProblem>>;
  /**
   * Starts a process. Its events may come before this resolves, as they do on the wire; when it resolves with a problem
   * nothing more comes, and a process that the server may have started all the same is ended.
   */
  readonly startProcess: Processes['start'];
  readonly http: RemoteHttp;
  readFile(path: PathUri, sandbox: SandboxContext | null): Promise<Result<FileReader, CallProblem>>;
  replaceFile(path: PathUri, sandbox: SandboxContext | null): Promise<Result<FileWriter, CallProblem>>;
  readonly watchMissing: MissingWatches['watch'];
  /** Ends the connection. What still runs is ended by the server, which waits some time for us to come back. */
  close(): Promise<void>;
}

/** The problem is one sentence without secrets. */
export async function connectClient(
  { open, canResume, telemetry, linked, times }: ClientOptions,
  signal: AbortSignal,
): Promise<Result<ExecClient, string>> {
  const followed = telemetry === undefined ? bareTrace(undefined) : await telemetry;
  const allTimes = { ...CLIENT_TIMES, ...times };
  let opened: Connection | null = null;
  const connection = (): Connection => {
    if (opened === null) throw new Error('used before it was connected');
    return opened;
  };
  const gate = openFlowGate(
    () => opened?.pause(),
    () => opened?.resume(),
  );
  const processes = openProcesses(connection, gate, allTimes.gapMs);
  const http = openRemoteHttp(connection);
  const watches = openMissingWatches(connection);

  const connected = await openConnection(
    { open, canResume, telemetry: followed, times: allTimes },
    {
      notified(method, params) {
        for (const { notified } of [processes, http, watches]) {
          const wrong = notified(method, params);
          if (wrong !== undefined) return wrong;
        }
        // Of a later version.
        return null;
      },
      interrupted() {
        http.interrupted();
        watches.interrupted();
        linked?.(false);
      },
      recovered: () => linked?.(true),
      catchUp: processes.catchUp,
      failed: processes.failed,
    },
    signal,
  );
  if (!connected.ok) return connected;
  opened = connected.value;
  const { info, state, failure, call, close } = opened;
  return ok({
    info,
    state,
    failure,
    call: (method, params) => call(method, params),
    startProcess: processes.start,
    http: { request: http.request, stream: http.stream },
    readFile: (path, sandbox) => openFileReader(connection(), path, sandbox),
    replaceFile: (path, sandbox) => openFileWriter(connection(), path, sandbox),
    watchMissing: watches.watch,
    close,
  });
}
