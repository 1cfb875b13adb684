// Which proxy a request goes through, as the person's environment says it: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY.

import { BlockList, isIP } from 'node:net';

/** The `code` of an error that is the proxy's. */
export const PROXY_FAILED = 'PROXY_FAILED';

export interface NamedProxy {
  /** The variable that names it. */
  readonly variable: string;
  /** As `parseUpstreamProxy` reads it; may hold a password. */
  readonly url: string;
  /** It is spoken to over TLS. */
  readonly isSecure: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Null: none. */
export function proxyFor(url: URL, env: Variables): NamedProxy | null {
  const kind = url.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  // As curl has it: a variable in small letters wins.
  const names = [kind, kind.toUpperCase(), 'all_proxy', 'ALL_PROXY'];
  const variable = names.find((name) => (env[name] ?? '').trim() !== '');
  if (variable === undefined || isExcepted(url, env.no_proxy || env.NO_PROXY || '')) return null;
  const [, scheme = 'http', rest = ''] =
    /^(?:([a-z][\w+.-]*):\/\/)?(.*?)\/?$/is.exec((env[variable] ?? '').trim()) ?? [];
  const isSecure = scheme.toLowerCase() === 'https';
  const ported = isSecure && !/:\d+$/.test(rest) ? `${rest}:443` : rest;
  return { variable, url: `${isSecure ? 'http' : scheme}://${ported}`, isSecure };
}

/** A server of this machine is not looked for from another one, whatever is set. */
function isExcepted(url: URL, exceptions: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  if (host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return true;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return exceptions.split(/[,\s]+/).some((entry) => entry !== '' && covers(entry.toLowerCase(), host, port));
}

/** `*`, a name and all below it (also as `.name` or `*.name`), an address, a block of addresses; perhaps with a port. */
function covers(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, plain = '', wanted = port] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  if (wanted !== port) return false;
  const named = (bracketed ?? plain).replace(/^\*?\./, '');
  if (isIP(host) !== 0) return named === host || isInBlock(named, host);
  return named !== '' && (host === named || host.endsWith(`.${named}`));
}

function isInBlock(block: string, address: string): boolean {
  const [, net = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(block) ?? [];
  const family = isIP(net);
  if (family === 0 || Number(bits) > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(net, Number(bits), family === 6 ? 'ipv6' : 'ipv4');
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
