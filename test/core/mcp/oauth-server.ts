// An MCP server that wants a login, with the server of that login beside it, on loopback.

import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OAuthServer {
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  /** `GET /authorize` and the like, in order. */
  readonly asked: readonly string[];
  readonly forms: readonly URLSearchParams[];
  /** Answers a path otherwise than usual. */
  instead(path: string, answer: (response: ServerResponse, request: IncomingMessage) => void): void;
  /** Tokens that were given are good no more. */
  expire(): void;
  close(): Promise<void>;
}

/** `says`: the port of the addresses it tells, where it is not its own. */
export async function openOAuthServer({ expiresIn = 3600, says = 0 } = {}): Promise<OAuthServer> {
  const asked: string[] = [];
  const forms: URLSearchParams[] = [];
  const others = new Map<string, (response: ServerResponse, request: IncomingMessage) => void>();
  const challenges = new Map<string, string>();
  const clients = new Map<string, string[]>();
  let good = new Set<string>();
  let refreshTokens = new Set<string>();
  let origin = '';
  const json = (response: ServerResponse, document: object, status = 200) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));

  function give(response: ServerResponse): void {
    const [access, refresh] = [`access-${randomBytes(8).toString('hex')}`, `refresh-${randomBytes(8).toString('hex')}`];
    good.add(access);
    refreshTokens.add(refresh);
    json(response, { access_token: access, refresh_token: refresh, token_type: 'Bearer', expires_in: expiresIn });
  }

  function token(form: URLSearchParams, response: ServerResponse): void {
    forms.push(form);
    if (form.get('grant_type') === 'refresh_token') {
      // Each is good once.
      return refreshTokens.delete(form.get('refresh_token') ?? '')
        ? give(response)
        : json(response, { error: 'invalid_grant' }, 400) && undefined;
    }
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (challenges.get(form.get('code') ?? '') !== challenge)
      return void json(response, { error: 'invalid_grant' }, 400);
    give(response);
  }

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const address = new URL(request.url ?? '', origin);
    asked.push(`${request.method} ${address.pathname}`);
    const other = others.get(address.pathname);
    if (other !== undefined) return other(response, request);
    switch (address.pathname) {
      case '/.well-known/oauth-protected-resource/mcp':
        return json(response, {
          resource: `${origin}/mcp`,
          authorization_servers: [`${origin}/`],
          scopes_supported: ['read'],
        });
      case '/.well-known/oauth-authorization-server':
        return json(response, {
          issuer: origin,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          registration_endpoint: `${origin}/register`,
          response_types_supported: ['code'],
          code_challenge_methods_supported: ['S256'],
        });
      case '/register': {
        const client = JSON.parse(body);
        const id = `client-${clients.size}`;
        clients.set(id, client.redirect_uris);
        return json(response, { ...client, client_id: id }, 201);
      }
      case '/authorize': {
        const given = address.searchParams;
        const redirect = given.get('redirect_uri') ?? '';
        const known = clients.get(given.get('client_id') ?? '');
        if (known !== undefined && !known.includes(redirect)) return response.writeHead(400).end();
        const code = randomBytes(8).toString('hex');
        challenges.set(code, given.get('code_challenge') ?? '');
        const back = new URL(redirect);
        back.searchParams.set('code', code);
        back.searchParams.set('state', given.get('state') ?? '');
        return response.writeHead(302, { location: back.href }).end();
      }
      case '/token':
        return token(new URLSearchParams(body), response);
      case '/mcp': {
        const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
        if (!good.has(bearer)) return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
        if (request.method !== 'POST') return response.writeHead(405).end();
        const { id, method, params } = JSON.parse(body);
        if (id === undefined) return response.writeHead(202).end();
        const capabilities = { tools: {} };
        const result =
          method === 'initialize'
            ? { protocolVersion: params.protocolVersion, capabilities, serverInfo: { name: 'o', version: '1' } }
            : method === 'tools/list'
              ? { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }
              : { content: [{ type: 'text', text: 'done' }] };
        return json(response, { jsonrpc: '2.0', id, result });
      }
      default:
        return response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${says === 0 ? port : says}`;
  return {
    port,
    url: `${origin}/mcp`,
    origin,
    asked,
    forms,
    instead: (path, answer) => void others.set(path, answer),
    expire: () => {
      good = new Set();
    },
    close: () =>
      new Promise((resolve) => {
        refreshTokens = new Set();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
