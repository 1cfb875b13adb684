// The bytes of SOCKS5 (RFC 1928), read and written purely.

import { canonicalHost, type Target } from './host-name.ts';

export const SOCKS_VERSION = 5;

/** RFC 1928, 6. */
export const SOCKS_REPLY = {
  succeeded: 0,
  failed: 1,
  notAllowed: 2,
  hostUnreachable: 4,
  refused: 5,
  commandNotSupported: 7,
  addressNotSupported: 8,
} as const;

export type SocksReply = (typeof SOCKS_REPLY)[keyof typeof SOCKS_REPLY];

/** `more`: the message is not complete. `length`: how many bytes it took. */
export type SocksRead<T> =
  | { readonly kind: 'more' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'read'; readonly value: T; readonly length: number };

export interface SocksGreeting {
  /** One of the ways the client offers is none at all. */
  readonly isOpenOffered: boolean;
}

export type SocksRequest =
  | { readonly kind: 'connect'; readonly target: Target }
  | { readonly kind: 'unsupported'; readonly reply: SocksReply };

const NO_AUTHENTICATION = 0;
const CONNECT = 1;

/** What precedes the address: version, command, reserved, type of address. */
const REQUEST_HEAD = 4;
const PORT_LENGTH = 2;

export function readGreeting(bytes: Buffer): SocksRead<SocksGreeting> {
  const [version, count] = bytes;
  if (version !== undefined && version !== SOCKS_VERSION) return { kind: 'wrong' };
  if (count === undefined || bytes.length < 2 + count) return { kind: 'more' };
  const offered = bytes.subarray(2, 2 + count);
  return { kind: 'read', value: { isOpenOffered: offered.includes(NO_AUTHENTICATION) }, length: 2 + count };
}

export function readRequest(bytes: Buffer): SocksRead<SocksRequest> {
  const [version, command, reserved, type, first] = bytes;
  if ((version ?? SOCKS_VERSION) !== SOCKS_VERSION || (reserved ?? 0) !== 0) return { kind: 'wrong' };
  if (type === undefined || first === undefined) return { kind: 'more' };
  const unsupported = (reply: SocksReply): SocksRead<SocksRequest> => ({
    kind: 'read',
    value: { kind: 'unsupported', reply },
    length: bytes.length,
  });
  const [start, size] = placeOfAddress(type, first);
  if (size === null) return unsupported(SOCKS_REPLY.addressNotSupported);
  const end = start + size;
  if (bytes.length < end + PORT_LENGTH) return { kind: 'more' };
  // BIND and UDP ASSOCIATE would need a way in, or one that no verdict on a single host covers.
  if (command !== CONNECT) return unsupported(SOCKS_REPLY.commandNotSupported);
  const host = canonicalHost(addressText(type, bytes.subarray(start, end)));
  const port = bytes.readUInt16BE(end);
  if (host === null || port === 0) return unsupported(SOCKS_REPLY.failed);
  return { kind: 'read', value: { kind: 'connect', target: { host, port } }, length: end + PORT_LENGTH };
}

/** The answer to a greeting: no authentication, or none of what was offered. */
export function methodAnswer({ isOpenOffered }: SocksGreeting): Uint8Array {
  return Uint8Array.of(SOCKS_VERSION, isOpenOffered ? NO_AUTHENTICATION : 0xff);
}

/** The answer to a request. The address it may name is nobody's business: it is left at 0.0.0.0:0. */
export function replyBytes(reply: SocksReply): Uint8Array {
  return Uint8Array.of(SOCKS_VERSION, reply, 0, 1, 0, 0, 0, 0, 0, 0);
}

/** Where the address stands; no size for a type that is none. A name has its length in front of it. */
function placeOfAddress(type: number, first: number): [start: number, size: number | null] {
  switch (type) {
    case 1:
      return [REQUEST_HEAD, 4];
    case 3:
      return [REQUEST_HEAD + 1, first];
    case 4:
      return [REQUEST_HEAD, 16];
    default:
      return [REQUEST_HEAD, null];
  }
}

function addressText(type: number, address: Buffer): string {
  if (type === 1) return address.join('.');
  if (type === 3) return address.toString('latin1');
  const groups = Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16));
  return groups.join(':');
}
