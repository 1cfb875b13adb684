// Where is the server to be reached? What stands behind `--listen`.

import { isIP, isIPv4 } from 'node:net';
import { fail, ok, type Result } from '../../problem/index.ts';

export type ListenTarget =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** One connection on stdin and stdout. */
  | { readonly kind: 'stdio' }
  /** A socket that only this user reaches; `path` null: under a fresh name in the user's folder for sockets. */
  | { readonly kind: 'unix'; readonly path: string | null };

/** Any free port of this machine's loopback. */
export const DEFAULT_LISTEN_URL = 'ws://127.0.0.1:0';

const LAST_PORT = 65_535;

/** The problem is the sentence for the person who typed it. */
export function readListenTarget(url: string): Result<ListenTarget, string> {
  if (url === 'stdio' || url === 'stdio://') return ok({ kind: 'stdio' });
  if (url === 'unix:' || url === 'unix://') return ok({ kind: 'unix', path: null });
  if (url.startsWith('unix://')) {
    const path = url.slice('unix://'.length);
    return path.startsWith('/')
      ? ok({ kind: 'unix', path })
      : fail(`invalid unix --listen URL ${url}; expected unix: or unix:///absolute/path`);
  }
  if (!url.startsWith('ws://'))
    return fail(`unsupported --listen URL ${url}; expected ws://IP:PORT, unix:, unix:///path or stdio`);
  const [, bracketed, plain, digits] = /^ws:\/\/(?:\[([^\]]+)\]|([^:/]+)):(\d{1,5})$/.exec(url) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  const isAddress = bracketed === undefined ? isIPv4(host) : isIP(host) === 6;
  return isAddress && port <= LAST_PORT
    ? ok({ kind: 'tcp', host, port })
    : fail(`invalid websocket --listen URL ${url}; expected ws://IP:PORT`);
}

/** Only programs of this machine reach it. */
export function isLoopback(host: string): boolean {
  return host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** `ws://127.0.0.1:38151`, `ws://[::1]:38151`. */
export function listenUrl(host: string, port: number): string {
  return `ws://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
