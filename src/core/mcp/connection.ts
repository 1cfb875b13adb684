// One connection to an MCP server, from the first word to the last: what it offers, what it answers, why it ended.

import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  ErrorCode,
  McpError,
  type Progress,
  ResultSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { causeOf } from '../../problem/index.ts';
import { answerOf, type McpAnswer } from './answer.ts';
import type { JsonObject } from './json.ts';
import { distinctTools, type McpTool, offeredTool, TOOLS_OFFERED } from './offered-tools.ts';
import type { McpServerSettings } from './server-settings.ts';

/** How it is reached. */
export interface Line {
  readonly transport: Transport;
  /** What the transport knows of a failure, beyond its error. */
  readonly why: () => string;
  /** Ends the session at the server too, and everything that was started for it. */
  readonly close: () => Promise<void>;
  /** For when there is no time left. */
  readonly kill: () => void;
}

export interface McpConnection {
  readonly tools: readonly McpTool[];
  /** How many it named beyond those offered. */
  readonly toolsLeftOut: number;
  /** Asked again after the server said that they changed. */
  refresh(): Promise<void>;
  readonly isStale: boolean;
  /** Rejects with a McpError, or whatever the transport throws. */
  call(tool: string, given: JsonObject, around: CallAround): Promise<McpAnswer>;
  close(): Promise<void>;
}

export interface CallAround {
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

export interface ConnectionEvents {
  /** Once, also when we close it. */
  readonly ended: () => void;
}

const PAGES = 64;
const TOOLS_READ = 10_000;
const PROGRESS_CHARACTERS = 500;
const PROGRESS_MS = 100;
const PROGRESS_LINES = 1_000;

/** Rejects when it cannot be had within the time. The line is the caller's to close then. */
export async function connect(
  settings: McpServerSettings,
  line: Line,
  version: string,
  signal: AbortSignal,
  events: ConnectionEvents,
): Promise<McpConnection> {
  const client = new Client(
    { name: 'codex', version },
    // Answers are read here by hand. Compiling schemas of somebody else's into code is not wanted.
    {
      jsonSchemaValidator: {
        getValidator: () => () => ({ valid: false, data: undefined, errorMessage: 'not looked at' }),
      },
    },
  );
  let isEnded = false;
  let isStale = false;
  client.onclose = () => {
    isEnded = true;
    events.ended();
  };
  client.onerror = () => {
    // A stream that was cut is taken up again by the transport; a request that fails says so itself.
  };
  // Not offered, so a server that is well asks nobody. One that asks all the same is told that nobody answers.
  client.fallbackRequestHandler = async ({ method }) => {
    if (method === 'elicitation/create') return { action: 'decline' };
    throw new McpError(ErrorCode.MethodNotFound, 'Method not found');
  };
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    isStale = true;
  });

  const within = () => ({ signal: oneUse(signal), timeout: settings.startupMs });
  await untilAborted(client.connect(line.transport, within()), signal);
  let offered = await readTools(client, settings, within);
  return {
    get tools() {
      return offered.tools;
    },
    get toolsLeftOut() {
      return offered.leftOut;
    },
    get isStale() {
      return isStale && !isEnded;
    },
    async refresh() {
      isStale = false;
      offered = await readTools(client, settings, () => ({ timeout: settings.startupMs }));
    },
    async call(tool, given, { signal: wanted, progress }) {
      const teller = openProgressTeller(progress);
      const result = await client.request(
        { method: 'tools/call', params: { name: tool, arguments: { ...given } } },
        ResultSchema,
        {
          signal: oneUse(wanted),
          timeout: settings.toolMs,
          onprogress: teller,
        },
      );
      return answerOf(result);
    },
    close: () => line.close(),
  };
}

interface Offered {
  readonly tools: readonly McpTool[];
  readonly leftOut: number;
}

async function readTools(
  client: Client,
  settings: McpServerSettings,
  within: () => { signal?: AbortSignal; timeout: number },
): Promise<Offered> {
  if (client.getServerCapabilities()?.tools === undefined) return { tools: [], leftOut: 0 };
  const wanted: McpTool[] = [];
  const cursors = new Set<string>();
  let read = 0;
  let cursor: string | null = null;
  do {
    const params = cursor === null ? {} : { cursor };
    const page: JsonObject = await client.request({ method: 'tools/list', params }, ResultSchema, within());
    const named: readonly unknown[] = Array.isArray(page.tools) ? page.tools.slice(0, TOOLS_READ - read) : [];
    read += named.length;
    wanted.push(...named.map((it) => offeredTool(it, settings)).filter((it) => it !== null));
    cursor = typeof page.nextCursor === 'string' && !cursors.has(page.nextCursor) ? page.nextCursor : null;
    if (cursor !== null) cursors.add(cursor);
  } while (cursor !== null && cursors.size < PAGES && read < TOOLS_READ);
  const tools = distinctTools(wanted);
  return { tools: tools.slice(0, TOOLS_OFFERED), leftOut: Math.max(0, tools.length - TOOLS_OFFERED) };
}

/** The SDK leaves its listeners at a signal, which may live much longer than the request. */
function oneUse(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal]);
}

/** The transport's start is not bounded by the SDK. */
export function untilAborted<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    wanted.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * What a failed request says of the server. `refused`: it is well, and said no; `cut`: this answer was lost, and if the
 * server is gone the connection says so; `forgotten`: it knows our session no more, and did nothing.
 */
export type Failure = 'needs_login' | 'timeout' | 'refused' | 'cut' | 'forgotten' | 'unreachable';

export function failureOf(error: unknown): Failure {
  if (error instanceof UnauthorizedError) return 'needs_login';
  if (error instanceof StreamableHTTPError) {
    if (error.code === 401) return 'needs_login';
    return error.code === 404 ? 'forgotten' : 'refused';
  }
  if (!(error instanceof McpError)) return 'unreachable';
  if (error.code === ErrorCode.RequestTimeout) return 'timeout';
  return error.code === ErrorCode.ConnectionClosed ? 'cut' : 'refused';
}

/** Of what the server wrote, no more than a person reads. */
export function sentenceOf(error: unknown): string {
  const cause =
    error instanceof Error && error.cause instanceof Error
      ? `${causeOf(error)}: ${error.cause.message}`
      : causeOf(error);
  return cause
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' ')
    .slice(0, 1_000)
    .trim();
}

/** As often as a person can read it, and never so much that the answer finds no place behind it. */
function openProgressTeller(tell: (text: string) => void): (progress: Progress) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let told = 0;
  return (progress) => {
    const now = performance.now();
    if (now - toldAt < PROGRESS_MS || told === PROGRESS_LINES) return;
    toldAt = now;
    told += 1;
    tell(progressText(progress));
  };
}

function progressText({ progress, total, message }: Progress): string {
  const share = total === undefined ? `${progress}` : `${progress}/${total}`;
  return (message === undefined || message === '' ? share : `${share} ${message}`).slice(0, PROGRESS_CHARACTERS);
}
