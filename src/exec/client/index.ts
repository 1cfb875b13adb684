// What the other rooms may know of servers that run commands elsewhere.

export type { ClientOptions, ClientState, ExecClient } from './client.ts';
export type { RemoteProcessListener } from './delivery.ts';
export {
  type EnvironmentConnection,
  type EnvironmentConnectionOptions,
  type EnvironmentState,
  openEnvironmentConnection,
} from './environment-connection.ts';
export type { RemoteExit } from './event-order.ts';
export type { FileReader, FileWriter } from './file-blocks.ts';
export type { HttpHead, HttpRequest, RemoteHttp } from './http.ts';
export type { HttpBody } from './http-streams.ts';
export { type CallProblem, callProblemText } from './problem.ts';
export type { RemoteProcess } from './processes.ts';
export type { CallResult, RemoteInfo } from './results.ts';
export { type CallParams, spellSandbox } from './spelling.ts';
export { type StdioOptions, stdioTransport } from './stdio.ts';
export { CLIENT_TIMES, type ClientTimes } from './times.ts';
export type { OpenTransport, Transport, TransportListener } from './transport.ts';
export { type WebSocketOptions, webSocketTransport } from './websocket.ts';
