// How a server is reached: a program of ours, or an address.

import path from 'node:path';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Variables } from '../../exec/index.ts';
import { fail, ok, type Result } from '../../problem/index.ts';
import { openModelFetch } from '../agent/index.ts';
import { type AffinityCookies, openAffinityCookies, withAffinity } from './affinity-cookies.ts';
import { withBearer } from './bearer.ts';
import { childEnvironment } from './child-environment.ts';
import { ChildTransport } from './child-transport.ts';
import type { Line } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { boundedFetch } from './http-fetch.ts';
import type { HttpPlace, ProgramPlace } from './server-settings.ts';

/** A server that does not hear that we leave is left. */
const GOODBYE_MS = 1_000;

const PROTOCOL_HEADERS = [
  'accept',
  'content-type',
  'authorization',
  'cookie',
  'mcp-session-id',
  'mcp-protocol-version',
  'last-event-id',
];

export function programLine(place: ProgramPlace, person: Variables, keyNames: readonly string[], cwd: string): Line {
  const transport = new ChildTransport({
    command: place.command,
    args: place.args,
    cwd: place.cwd === null ? cwd : path.resolve(cwd, place.cwd),
    env: childEnvironment(person, place, keyNames),
  });
  return { transport, why: () => transport.why, close: () => transport.close(), kill: () => transport.kill() };
}

export interface HttpAround {
  readonly name: string;
  readonly env: Variables;
  readonly credentials: Credentials;
  /** Of all servers together. */
  readonly cookies: AffinityCookies;
}

export function httpLine(place: HttpPlace, { name, env, credentials, cookies }: HttpAround): Result<Line> {
  const headers = headersOf(name, place, env);
  if (!headers.ok) return headers;
  const plain = openServerFetch(Object.keys(headers.value), env, cookies);
  if (!plain.ok) return plain;
  const hasToken = new Headers(headers.value).has('authorization');
  const transport = new StreamableHTTPClientTransport(new URL(place.url), {
    fetch: boundedFetch(hasToken ? plain.value : withBearer(plain.value, { name, place, credentials })),
    requestInit: { headers: headers.value },
  });
  return ok({
    transport,
    why: () => '',
    kill: () => {},
    close: async () => {
      const timer = setTimeout(() => void transport.close(), GOODBYE_MS);
      await transport.terminateSession().catch(() => {});
      clearTimeout(timer);
      await transport.close();
    },
  });
}

/** Sends no header but these and those of the protocol, and follows no redirect. */
export function openServerFetch(
  headerNames: readonly string[],
  env: Variables,
  cookies: AffinityCookies = openAffinityCookies(),
): Result<FetchLike> {
  const opened = openModelFetch({
    extraCaFile: env.CODEX_EXTRA_CA ?? env.NODE_EXTRA_CA_CERTS ?? null,
    allowedHeaders: new Set([...PROTOCOL_HEADERS, ...headerNames.map((it) => it.toLowerCase())]),
    isPlain: true,
  });
  if (!opened.ok) return opened;
  const plain: FetchLike = (url, init) => {
    // Forms of a login come as such.
    const body = init?.body instanceof URLSearchParams ? init.body.toString() : init?.body;
    return opened.value(url, { ...init, ...(body === undefined ? {} : { body }) });
  };
  return ok(withAffinity(plain, cookies));
}

function headersOf(name: string, place: HttpPlace, env: Variables): Result<Record<string, string>> {
  const headers = new Headers();
  const at = `[mcp_servers.${name}]`;
  const variables = Object.entries(place.headerVariables).flatMap(([header, variable]): [string, string][] => {
    const value = env[variable];
    return value === undefined || value === '' ? [] : [[header, value]];
  });
  for (const [header, value] of [...Object.entries(place.headers), ...variables]) {
    try {
      headers.set(header, value);
    } catch {
      // Not the value: it may be a secret.
      return fail({
        what: `Header ${header} of MCP server ${name} is not possible.`,
        why: '',
        next: `Correct it in ${at}.`,
      });
    }
  }
  if (place.tokenVariable !== null) {
    const token = env[place.tokenVariable] ?? '';
    if (!/^[\x21-\x7e]+$/.test(token)) {
      const what = `MCP server ${name} needs its token in ${place.tokenVariable}, which holds none.`;
      return fail({ what, why: '', next: `Set ${place.tokenVariable}, or correct bearer_token_env_var in ${at}.` });
    }
    headers.set('authorization', `Bearer ${token}`);
  }
  return ok(Object.fromEntries(headers));
}
