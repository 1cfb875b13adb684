// How does a path travel? As an absolute `file:` URI, whose meaning only the machine that holds the file decides.

import { isUtf8 } from 'node:buffer';
import { fail, ok, type Result } from '../../problem/index.ts';
import { invalidParams, invalidRequest, type RpcFailure } from './failure.ts';

declare const canonical: unique symbol;

/** Canonical: no dot segments, no empty ones, no trailing slash but the root's. It may be of another platform. */
export type PathUri = string & { readonly [canonical]: true };

const SCHEME = 'file:';

/** A separator that only shows after decoding would move the boundary between two names. */
const HIDDEN_SEPARATOR = /%2f/i;

/** Reads what a peer sent. A bare path is never taken: it would mean something else on each machine. */
export function readPathUri(value: string): Result<PathUri, RpcFailure> {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    const why = /^\s*[a-z][a-z0-9+.-]*:/i.test(value) ? 'not a URI' : 'relative URL without a base';
    return fail(invalidParams(`invalid URI: ${why}`));
  }
  if (url.protocol !== SCHEME)
    return fail(invalidParams(`unsupported path URI scheme \`${url.protocol.slice(0, -1)}\``));
  const { href, host } = url;
  const fragment = href.indexOf('#');
  const query = href.indexOf('?');
  if (query !== -1 && (fragment === -1 || query < fragment))
    return fail(invalidParams('query parameters are not allowed in path URIs'));
  if (fragment !== -1) return fail(invalidParams('fragments are not allowed in path URIs'));
  if (HIDDEN_SEPARATOR.test(url.pathname))
    return fail(invalidParams('an encoded separator is not allowed in path URIs'));
  const uri = uriOfSegments(host, segmentsOf(url.pathname));
  return uri.includes('%00') ? fail(invalidParams(isInvalidHere(uri))) : ok(uri);
}

/** The path on this machine, byte for byte. Fails for a URI of another platform. */
export function nativeBytes(uri: PathUri): Result<Buffer, RpcFailure> {
  const { host, pathname } = new URL(uri);
  if (host !== '' || /^\/[A-Za-z]:(?:\/|$)/.test(pathname)) return fail(invalidRequest(isInvalidHere(uri)));
  return ok(Buffer.from(`/${segmentsOf(pathname).map(latin1OfSegment).join('/')}`, 'latin1'));
}

/** The same as text. Fails also for a name that is not UTF-8, which only calls on files can carry. */
export function nativePath(uri: PathUri): Result<string, RpcFailure> {
  const bytes = nativeBytes(uri);
  if (!bytes.ok) return bytes;
  return isUtf8(bytes.value) ? ok(bytes.value.toString()) : fail(invalidRequest(isInvalidHere(uri)));
}

/** The URI of an absolute path of this machine: text, or bytes that need not be UTF-8. */
export function pathUri(place: string | Uint8Array): PathUri {
  const bytes = typeof place === 'string' ? Buffer.from(place) : Buffer.from(place);
  const names = bytes.toString('latin1').split('/');
  return uriOfSegments('', names.filter((name) => name !== '').map(encodedSegment));
}

/** The URI of an entry of a folder. */
export function childUri(folder: PathUri, name: string | Uint8Array): PathUri {
  const bytes = typeof name === 'string' ? Buffer.from(name) : Buffer.from(name);
  const end = encodedSegment(bytes.toString('latin1'));
  return (folder.endsWith('/') ? folder + end : `${folder}/${end}`) as PathUri;
}

/** Null for a root. */
export function parentUri(uri: PathUri): PathUri | null {
  const { host, pathname } = new URL(uri);
  const segments = segmentsOf(pathname);
  if (segments.length === 0) return null;
  return uriOfSegments(host, segments.slice(0, -1));
}

function uriOfSegments(host: string, segments: readonly string[]): PathUri {
  return `file://${host}/${segments.map((it) => encodedSegment(latin1OfSegment(it))).join('/')}` as PathUri;
}

function segmentsOf(pathname: string): string[] {
  return pathname.split('/').filter((segment) => segment !== '');
}

/** Decoded, a character for each byte. What is no escape stands for itself. */
function latin1OfSegment(segment: string): string {
  return segment.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Of a character for each byte. */
function encodedSegment(latin1: string): string {
  return latin1.replace(
    /[\x00-\x20"#%<>?\\^`{}\x7f-\xff]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

function isInvalidHere(uri: string): string {
  const shown = uri.replace(
    /^(file:\/\/\/)([a-z])(?=:)/,
    (_, before: string, drive: string) => before + drive.toUpperCase(),
  );
  return `'${shown}' is invalid on '${process.platform === 'darwin' ? 'macos' : process.platform}'`;
}
