// What the proxy itself says to an HTTP client: blocked, failed, not understood.

import { STATUS_CODES } from 'node:http';
import type { Failure } from './gate.ts';
import { type Target, targetText } from './host-name.ts';
import type { BlockReason, NetworkProtocol } from './network-policy.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const BLOCK_HEADERS: Record<BlockReason, string> = {
  not_allowed: 'blocked-by-allowlist',
  not_allowed_local: 'blocked-by-allowlist',
  denied: 'blocked-by-denylist',
  method_not_allowed: 'blocked-by-method-policy',
  socks_disabled: 'blocked-by-policy',
};

const BLOCK_MESSAGES: Record<BlockReason, string> = {
  not_allowed: 'The permission profile does not list it. Add it to `domains`, or allow it when codex asks.',
  not_allowed_local:
    'It leads to this machine or a private network. Only its own address, or localhost, in `domains` opens that.',
  denied: 'The permission profile denies it in `domains`.',
  method_not_allowed:
    'The network mode is limited: plain http with GET, HEAD or OPTIONS. Set `mode = "full"` to allow the rest.',
  socks_disabled: 'The permission profile does not allow SOCKS. Set `enable_socks5 = true`, or use HTTP_PROXY.',
};

/** 403, with the fields that the published program answers with. */
export function blockedAnswer(target: Target, protocol: NetworkProtocol, reason: BlockReason): Answer {
  const { host, port } = target;
  return jsonAnswer(
    403,
    {
      status: 'blocked',
      host,
      reason,
      decision: 'deny',
      source: reason === 'method_not_allowed' ? 'mode_guard' : 'baseline_policy',
      protocol,
      port,
      message: `codex blocked ${targetText(target)}. ${BLOCK_MESSAGES[reason]}`,
    },
    { 'x-proxy-error': BLOCK_HEADERS[reason] },
  );
}

/** 502: it is allowed, and could not be reached. */
export function failedAnswer(target: Target, protocol: NetworkProtocol, { reason, why }: Failure): Answer {
  const { host, port } = target;
  const message = `codex could not reach ${targetText(target)}: ${why}.`;
  return jsonAnswer(502, { status: 'failed', host, reason, protocol, port, message }, {});
}

/** The request itself cannot be served. `why` is a whole sentence. */
export function refusedAnswer(status: 400 | 408 | 413 | 431 | 503, why: string): Answer {
  return jsonAnswer(status, { status: 'refused', message: why }, {});
}

/** The bytes of an answer that ends its connection. */
export function answerText({ status, headers, body }: Answer): string {
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}

function jsonAnswer(status: number, fields: Readonly<Record<string, unknown>>, headers: Answer['headers']): Answer {
  const body = `${JSON.stringify(fields)}\n`;
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  };
}
