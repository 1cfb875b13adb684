// Where does an answer send the request next, and what of it goes along?

import { fail, ok, type Result } from '../../problem/index.ts';
import { internal, type RpcFailure } from '../protocol/failure.ts';
import { type Header, isWebUrl, type Outgoing, withoutCredentials } from './outgoing.ts';

/** More is a circle, or a server that wants to keep us busy. */
export const MOST_REDIRECTS = 10;

/** The others below 400 are answers. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Meant for the first origin alone; `host` would even name it. */
const FOR_ONE_ORIGIN = new Set([
  'authorization',
  'cookie',
  'cookie2',
  'host',
  'proxy-authorization',
  'www-authenticate',
]);

/** Said of the body. */
const OF_THE_BODY = new Set(['content-type', 'content-encoding']);

/** The next request; null when the answer stands as it is: no redirect, or to nowhere that could be read. */
export function redirected(
  from: Outgoing,
  status: number,
  location: string | null,
): Result<Outgoing | null, RpcFailure> {
  if (!REDIRECTS.has(status) || location === null || !URL.canParse(location, from.url.href)) return ok(null);
  const url = withoutCredentials(new URL(location, from.url));
  if (!isWebUrl(url)) {
    const scheme = url.protocol.slice(0, -1);
    return fail(internal(`http/request failed: redirect target uses unsupported URL scheme: ${scheme}`));
  }
  const method = methodAfter(status, from.method);
  const body = method === from.method ? from.body : null;
  const isKept = ({ name }: Header): boolean =>
    name !== 'referer' &&
    (url.origin === from.url.origin || !FOR_ONE_ORIGIN.has(name)) &&
    (method === from.method || !OF_THE_BODY.has(name));
  const referer = refererOf(from.url, url);
  const added = referer === null ? [] : [{ name: 'referer', value: referer }];
  return ok({ method, url, headers: [...from.headers.filter(isKept), ...added], body });
}

/** RFC 9110, 15.4: 307 and 308 change nothing, 303 asks for the outcome, and 301 and 302 have always done so for POST. */
function methodAfter(status: number, method: string): string {
  if (status === 303) return method === 'HEAD' ? method : 'GET';
  return status < 303 && method === 'POST' ? 'GET' : method;
}

/** Another origin learns no path, and one in the clear learns nothing from one that was not. */
function refererOf(from: URL, to: URL): string | null {
  if (from.protocol === 'https:' && to.protocol === 'http:') return null;
  if (from.origin !== to.origin) return `${from.origin}/`;
  const page = new URL(from);
  page.hash = '';
  return page.href;
}
