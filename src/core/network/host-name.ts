// Which host is meant: one canonical spelling for each, whatever a command or a person wrote.

import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

/** A host and a port of it. `host` is canonical: a name in lower case ASCII, or an address without brackets. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** RFC 1035, 2.3.4: what fits into a DNS message, in octets. */
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;

const AUTHORITY = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::([0-9]{1,5}))?$/;

/**
 * The canonical spelling of a host, null when it is none. Names lose their trailing dot and become lower case ASCII
 * (IDNA). `127.1`, `0x7f000001` and `::ffff:7f00:1` all become `127.0.0.1`: what a resolver takes for an address must
 * not pass for a name.
 */
export function canonicalHost(text: string): string | null {
  const bare = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  // A zone (`fe80::1%eth0`) names an interface of this machine, nothing a list could mean.
  if (isIPv6(bare)) return bare.includes('%') ? null : canonicalIPv6(bare);
  // The converter below reads an escape as the character it stands for, and leaves off what follows these.
  if (/[\s\0-\x20%/\\?#@:[\]]/.test(text)) return null;
  const ascii = domainToASCII(text).replace(/\.$/, '');
  if (isIP(ascii) !== 0) return ascii;
  return isName(ascii) ? ascii : null;
}

/** Reads `host:port`, or `host` when there is a port to fall back on. Null when it is neither. */
export function parseTarget(text: string, defaultPort: number | null): Target | null {
  const [, written, digits] = AUTHORITY.exec(text) ?? [];
  if (written === undefined) return null;
  const host = canonicalHost(written);
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === null || port === null || port < 1 || port > 65535) return null;
  return { host, port };
}

/** `host:port`, an IPv6 address in brackets. */
export function targetText({ host, port }: Target): string {
  return `${bracketed(host)}:${port}`;
}

/** As it stands in URLs and Host headers. */
export function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** The eight groups of an IPv6 address. */
export function ipv6Groups(canonical: string): readonly number[] {
  const [left = '', right] = canonical.split('::');
  const head = groupsOf(left);
  if (right === undefined) return head;
  const tail = groupsOf(right);
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** The IPv4 address in two groups of an IPv6 address. */
export function embeddedIPv4(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

function canonicalIPv6(address: string): string {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [a, b, c, d, e, f, high = 0, low = 0] = ipv6Groups(canonical);
  const isMapped = [a, b, c, d, e].every((group) => group === 0) && f === 0xffff;
  return isMapped ? embeddedIPv4(high, low) : canonical;
}

function groupsOf(part: string): number[] {
  return part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
}

function isName(ascii: string): boolean {
  if (ascii.length > LONGEST_NAME) return false;
  return ascii.split('.').every((label) => label.length <= LONGEST_LABEL && /^[a-z0-9_-]+$/.test(label));
}
