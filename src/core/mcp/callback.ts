// Where a browser is sent back to after a login: one address on loopback, for one answer.

import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';

export interface CallbackWanted {
  /** Null: any free one. */
  readonly port: number | null;
  /** What the browser is told instead of the loopback address. */
  readonly url: string | null;
}

export interface Callback {
  /** What the login asks to be sent back to. */
  readonly redirectUrl: string;
  /** The code of the first answer with exactly this state. Rejects when it says that there is none, and on the signal. */
  code(state: string, signal: AbortSignal): Promise<string>;
  /** The same with an address that a person copied out of a browser. False: it is not the one. */
  answer(address: string): boolean;
  close(): void;
}

const PATH = '/callback';
const HEAD_BYTES = 16 * 1024;

export async function openCallback({ port, url }: CallbackWanted): Promise<Callback> {
  const wantedPath = url === null ? PATH : new URL(url).pathname;
  let hear: (query: URLSearchParams) => boolean = () => false;
  const server = createServer({ maxHeaderSize: HEAD_BYTES, requestTimeout: 5_000 }, (request, response) => {
    const address = addressOf(request.url ?? '');
    const isAnswer = request.method === 'GET' && address?.pathname === wantedPath && hear(address.searchParams);
    response.writeHead(isAnswer ? 200 : 400, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'close',
    });
    response.end(
      isAnswer ? 'codex has heard it. You can close this page.\n' : 'This is not the answer codex waits for.\n',
    );
  });
  const bound = await listen(server, port ?? 0);
  return {
    redirectUrl: url ?? `http://127.0.0.1:${bound}${PATH}`,
    code: (state, signal) =>
      new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason);
        if (signal.aborted) abort();
        signal.addEventListener('abort', abort, { once: true });
        hear = (query) => {
          // Anybody can send a browser here: what has another state is not about us.
          if (!isSame(query.get('state') ?? '', state)) return false;
          const [code, error] = [query.get('code'), query.get('error')];
          if (error !== null) reject(new Error(refusal(error, query.get('error_description'))));
          else if (code === null || code === '') return false;
          else resolve(code);
          hear = () => false;
          return true;
        };
      }),
    answer: (address) => {
      const parsed = URL.canParse(address) ? new URL(address) : null;
      return parsed !== null && parsed.pathname === wantedPath && hear(parsed.searchParams);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function addressOf(target: string): URL | null {
  return URL.canParse(target, 'http://127.0.0.1') ? new URL(target, 'http://127.0.0.1') : null;
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refusal(error: string, description: string | null): string {
  return `${error}${description === null ? '' : `: ${description}`}`.replace(/\p{C}/gu, ' ').slice(0, 500);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
