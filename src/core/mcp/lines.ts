// How a server is reached: a program of ours, or an address; here, or through another machine.

import path from 'node:path';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type AffinityCookies,
  type MachineServices,
  openAffinityCookies,
  type ReadyEnvironment,
  type Variables,
} from '../../exec/index.ts';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { openModelFetch } from '../agent/index.ts';
import { withAffinity } from './affinity-fetch.ts';
import { withBearer } from './bearer.ts';
import { childEnvironment, environmentElsewhere } from './child-environment.ts';
import { ChildTransport, type EndTimes } from './child-transport.ts';
import type { Line } from './connection.ts';
import type { Credentials } from './credentials.ts';
import { boundedFetch } from './http-fetch.ts';
import { openMachineFetch } from './machine-fetch.ts';
import { MachineTransport } from './machine-transport.ts';
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

export interface Reached {
  /** Null: this one. */
  readonly machine: ReadyEnvironment | null;
  /** Of its start; null when it has started. */
  readonly timeLeft: () => number | null;
}

export interface ProgramAround {
  readonly name: string;
  readonly person: Variables;
  readonly keyNames: readonly string[];
  /** The folder the session works in. */
  readonly cwd: string;
  readonly endTimes?: EndTimes | undefined;
}

export function programLine(place: ProgramPlace, around: ProgramAround, { machine }: Reached): Result<Line> {
  const { command, args } = place;
  const { name, person, keyNames, cwd, endTimes } = around;
  if (machine === null) {
    const folder = place.cwd === null ? cwd : path.resolve(cwd, place.cwd);
    const env = childEnvironment(person, place, keyNames);
    return ok(lineOf(new ChildTransport({ command, args, cwd: folder, env }, endTimes)));
  }
  if (machine.services === null) return fail(noServices(name, machine));
  const transport = new MachineTransport(machine.services, {
    argv: [command, ...args],
    cwd: place.cwd ?? machine.facts.cwd,
    variables: environmentElsewhere(person, place, keyNames),
    // As the published client calls them.
    label: 'mcp-stdio',
  });
  return ok(lineOf(transport));
}

function lineOf(transport: ChildTransport | MachineTransport): Line {
  return { transport, why: () => transport.why, close: () => transport.close(), kill: () => transport.kill() };
}

export interface HttpAround {
  readonly name: string;
  readonly env: Variables;
  readonly credentials: Credentials;
  /** Of all servers that are reached from one machine. */
  readonly cookies: AffinityCookies;
}

export function httpLine(
  place: HttpPlace,
  { name, env, credentials, cookies }: HttpAround,
  { machine, timeLeft }: Reached,
): Result<Line> {
  const isHere = machine === null;
  const headers = headersOf(name, place, env, isHere);
  if (!headers.ok) return headers;
  const names = Object.keys(headers.value);
  if (!isHere && machine.services === null) return fail(noServices(name, machine));
  const plain =
    machine?.services == null
      ? openServerFetch(names, env, cookies)
      : ok(
          openFetchOn(machine.services, { headerNames: names, tokenVariable: place.tokenVariable, timeLeft, cookies }),
        );
  if (!plain.ok) return plain;
  const hasToken = place.tokenVariable !== null || new Headers(headers.value).has('authorization');
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
    answers: 'plain',
    extraCaFile: env.CODEX_EXTRA_CA ?? env.NODE_EXTRA_CA_CERTS ?? null,
    allowedHeaders: new Set([...PROTOCOL_HEADERS, ...headerNames.map((it) => it.toLowerCase())]),
    env,
  });
  if (!opened.ok) return opened;
  const plain: FetchLike = (url, init) => {
    // Forms of a login come as such.
    const body = init?.body instanceof URLSearchParams ? init.body.toString() : init?.body;
    return opened.value(url, { ...init, ...(body === undefined ? {} : { body }) });
  };
  return ok(withAffinity(plain, cookies));
}

export interface FetchOnAround {
  readonly headerNames: readonly string[];
  readonly tokenVariable: string | null;
  readonly timeLeft: () => number | null;
  readonly cookies: AffinityCookies;
}

/** The same from another machine. */
export function openFetchOn(
  services: MachineServices,
  { headerNames, tokenVariable, timeLeft, cookies }: FetchOnAround,
): FetchLike {
  const allowedHeaders = new Set([...PROTOCOL_HEADERS, ...headerNames.map((it) => it.toLowerCase())]);
  return withAffinity(openMachineFetch({ services, allowedHeaders, tokenVariable, timeLeft }), cookies);
}

/** Where everything a login asks for is asked from. */
export function openLoginFetch(env: Variables, services: MachineServices | null): Result<FetchLike> {
  if (services === null) return openServerFetch([], env);
  const cookies = openAffinityCookies();
  return ok(openFetchOn(services, { headerNames: [], tokenVariable: null, timeLeft: () => null, cookies }));
}

function noServices(name: string, { name: machine }: ReadyEnvironment): Problem {
  return { what: `MCP server ${name} cannot be reached through ${machine}.`, why: 'It is this machine.', next: '' };
}

/** On another machine the token is one of that machine. */
function headersOf(name: string, place: HttpPlace, env: Variables, isHere: boolean): Result<Record<string, string>> {
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
  if (place.tokenVariable !== null && isHere) {
    const token = env[place.tokenVariable] ?? '';
    if (!/^[\x21-\x7e]+$/.test(token)) {
      const what = `MCP server ${name} needs its token in ${place.tokenVariable}, which holds none.`;
      return fail({ what, why: '', next: `Set ${place.tokenVariable}, or correct bearer_token_env_var in ${at}.` });
    }
    headers.set('authorization', `Bearer ${token}`);
  }
  return ok(Object.fromEntries(headers));
}
