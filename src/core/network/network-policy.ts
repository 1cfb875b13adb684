// What the network of one command is: the snapshot that its permission and its environment are both made from.

import { isIP } from 'node:net';
import { fail, ok, type Result } from '../../problem/index.ts';
import { type DomainPolicy, type HostBlock, judgeAddresses, judgeHost } from './domain-policy.ts';
import { parseTarget, type Target } from './host-name.ts';
import { isLocalAddress } from './local-address.ts';

export interface NetworkPolicy {
  readonly domains: DomainPolicy;
  /** `limited`: nothing but plain http with GET, HEAD and OPTIONS. */
  readonly mode: 'full' | 'limited';
  readonly isSocksEnabled: boolean;
  /** The proxy behind ours, null when we connect ourselves. */
  readonly upstream: UpstreamProxy | null;
}

export interface UpstreamProxy extends Target {
  /** The value of Proxy-Authorization, null when it asks for none. */
  readonly authorization: string | null;
}

/** `https` is whatever goes through CONNECT. */
export type NetworkProtocol = 'http' | 'https' | 'socks5';

export type BlockReason = HostBlock | 'method_not_allowed' | 'socks_disabled';

/** How a target is reached: ourselves at one of these addresses, or by name through the proxy behind ours. */
export type Route =
  | { readonly kind: 'direct'; readonly addresses: readonly string[]; readonly port: number }
  | { readonly kind: 'upstream'; readonly proxy: UpstreamProxy; readonly target: Target };

export type Admission =
  | { readonly kind: 'blocked'; readonly reason: BlockReason }
  /** Allowed, but its name has no address. */
  | { readonly kind: 'unresolved'; readonly why: string }
  | { readonly kind: 'admitted'; readonly route: Route };

/** What is asked for. `method` is null for a tunnel, whose inside nobody sees. */
export interface Attempt {
  readonly target: Target;
  readonly protocol: NetworkProtocol;
  readonly method: string | null;
}

const LIMITED_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** The first half of an admission, before anything is looked up: null when nothing stands against it. */
export function judgeAttempt(policy: NetworkPolicy, { target, protocol, method }: Attempt): BlockReason | null {
  const verdict = judgeHost(policy.domains, target);
  if (verdict.decision === 'blocked') return verdict.reason;
  if (protocol === 'socks5' && !policy.isSocksEnabled) return 'socks_disabled';
  // Inside TLS, and in any other tunnel, methods cannot be seen: `limited` would be a word without effect there.
  if (policy.mode === 'limited' && (method === null || !LIMITED_METHODS.includes(method))) return 'method_not_allowed';
  return null;
}

/** What looking the host up gave: its addresses, or why there are none. */
export type Lookup = Result<readonly string[], string>;

/** True when the target is an address already: there is nothing to look up. */
export function isAddress({ host }: Target): boolean {
  return isIP(host) !== 0;
}

/** The second half: from the addresses of an allowed host to the way there. The addresses judged are the ones used. */
export function routeTo(policy: NetworkPolicy, target: Target, lookup: Lookup): Admission {
  const { domains, upstream } = policy;
  const { host, port } = target;
  // What is local is local to us: another proxy would look for it on its own side.
  const isOurs = host === 'localhost' || (isAddress(target) && isLocalAddress(host));
  if (!isAddress(target) && lookup.ok) {
    const verdict = judgeAddresses(domains, host, lookup.value);
    if (verdict.decision === 'blocked') return { kind: 'blocked', reason: verdict.reason };
  }
  // The proxy behind ours looks names up itself, often ones that only it can: no address here is no obstacle. It gets
  // the name because many decide by it.
  if (upstream !== null && !isOurs) return { kind: 'admitted', route: { kind: 'upstream', proxy: upstream, target } };
  if (!lookup.ok) return { kind: 'unresolved', why: lookup.problem };
  if (lookup.value.length === 0) return { kind: 'unresolved', why: 'it has no address' };
  return { kind: 'admitted', route: { kind: 'direct', addresses: lookup.value, port } };
}

/** Reads the URL of the proxy behind ours: `http://[user:password@]host:port`. */
export function parseUpstreamProxy(url: string): Result<UpstreamProxy> {
  const [, login, authority = ''] = /^http:\/\/(?:([^@/]*)@)?([^@/?#]+)\/?$/i.exec(url) ?? [];
  const target = parseTarget(authority, 80);
  const credentials = login === undefined ? null : decoded(login);
  if (target !== null && (login === undefined || credentials !== null)) {
    const authorization = credentials === null ? null : `Basic ${Buffer.from(credentials).toString('base64')}`;
    return ok({ ...target, authorization });
  }
  return fail({
    // The URL may carry a password: only its end is repeated.
    what: `The proxy \`${url.slice(url.lastIndexOf('@') + 1)}\` cannot be used.`,
    why: 'The proxy behind the one of codex is spoken to in plain HTTP.',
    next: 'Write it like http://127.0.0.1:3128 or http://user:password@proxy.example.com:8080.',
  });
}

/** `user:password` without its escapes; null when one is broken. */
function decoded(login: string): string | null {
  try {
    return decodeURIComponent(login.includes(':') ? login : `${login}:`);
  } catch {
    // A malformed escape throws: nothing to read.
    return null;
  }
}
