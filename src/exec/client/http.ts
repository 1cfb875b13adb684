// How are HTTP requests made from the machine of a server?

import { fail, ok, type Result } from '../../problem/index.ts';
import { NOTIFICATIONS } from '../protocol/messages.ts';
import { decode } from '../protocol/readers.ts';
import type { Connection } from './connection.ts';
import { type HttpBody, openHttpStreams } from './http-streams.ts';
import { type CallProblem, lost } from './problem.ts';
import type { CallResult } from './results.ts';
import type { CallParams } from './spelling.ts';

export type HttpRequest = Omit<CallParams<'http/request'>, 'requestId' | 'streamResponse'>;

export interface HttpHead {
  readonly status: number;
  readonly headers: CallResult<'http/request'>['headers'];
}

export interface RemoteHttp {
  /** The whole answer at once; for small ones. */
  request(request: HttpRequest): Promise<Result<HttpHead & { readonly body: Uint8Array }, CallProblem>>;
  /** The body piece by piece. It is failed with `lost` when the connection goes. */
  stream(request: HttpRequest): Promise<Result<HttpHead & { readonly body: HttpBody }, CallProblem>>;
}

export interface HttpTenant extends RemoteHttp {
  notified(method: string, params: unknown): string | null | undefined;
  interrupted(): void;
  openCount(): number;
}

export function openRemoteHttp(connection: () => Connection): HttpTenant {
  const streams = openHttpStreams();
  let requests = 0;

  const send = (
    request: HttpRequest,
    requestId: string,
    streamResponse: boolean,
  ): Promise<Result<CallResult<'http/request'>, CallProblem>> => {
    const needsVariables = request.headers.some(({ valueEnvVar }) => valueEnvVar !== null);
    // Left out, the header would go without its secret.
    if (needsVariables && !connection().info.capabilities.httpHeaderEnvVars)
      return Promise.resolve(fail(variablesUnsupported));
    return connection().call('http/request', { ...request, requestId, streamResponse });
  };

  return {
    async request(request) {
      const answer = await send(request, `http-${++requests}`, false);
      if (!answer.ok) return answer;
      const { status, headers, bodyBase64 } = answer.value;
      return ok({ status, headers, body: Buffer.from(bodyBase64, 'base64') });
    },
    async stream(request) {
      const requestId = `http-${++requests}`;
      const body = streams.open(requestId);
      const answer = await send(request, requestId, true);
      if (answer.ok) return ok({ status: answer.value.status, headers: answer.value.headers, body });
      body.cancel();
      return answer;
    },
    notified(method, params) {
      if (method !== 'http/request/bodyDelta') return undefined;
      const read = decode(NOTIFICATIONS[method], params);
      if (!read.ok) return read.problem.message;
      streams.take(read.value);
      return null;
    },
    interrupted: () => streams.failAll(lost()),
    openCount: streams.openCount,
  };
}

const variablesUnsupported: CallProblem = {
  kind: 'unsupported',
  message: 'the server cannot put variables of its environment into headers',
};
