// May a command reach this host? Patterns, grants and the verdict, decided purely.

import { isIP } from 'node:net';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { canonicalHost, parseTarget, type Target, targetText } from './host-name.ts';
import { isLocalAddress, isLoopback } from './local-address.ts';

export type DomainAccess = 'allow' | 'deny';

/**
 * Which hosts are open. Made by `parseDomainPolicy` and `withGrant` alone: sorted, without what another entry or a
 * denial covers, so that two policies with the same meaning are equal.
 */
export interface DomainPolicy {
  /** `host`, `*.domain` (what is below it), `**.domain` (itself too), `*` (everything). */
  readonly allow: readonly string[];
  /** The same, and it beats `allow`. */
  readonly deny: readonly string[];
  /** `host:port`: open at this port only. */
  readonly ports: readonly string[];
}

/** One host a person opened. `port` null: every port of it. */
export interface HostGrant {
  readonly host: string;
  readonly port: number | null;
}

/** `not_allowed_local`: it leads to this machine or a private network, which only its own literal in the list opens. */
export type HostBlock = 'not_allowed' | 'not_allowed_local' | 'denied';

export type HostVerdict =
  | { readonly decision: 'allowed' }
  | { readonly decision: 'blocked'; readonly reason: HostBlock };

const ALLOWED: HostVerdict = { decision: 'allowed' };

/** What patterns cover, taken apart: every host, all that is below a domain, single hosts. */
interface Cover {
  readonly isEvery: boolean;
  readonly below: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
}

/** Reads the entries of the table `domains` of a profile, in any order. */
export function parseDomainPolicy(domains: Iterable<readonly [string, DomainAccess]>): Result<DomainPolicy> {
  const covers: Record<DomainAccess, Cover[]> = { allow: [], deny: [] };
  for (const [pattern, access] of domains) {
    const cover = parsePattern(pattern);
    if (!cover.ok) return cover;
    covers[access].push(cover.value);
  }
  return ok(canonicalPolicy(union(covers.allow), union(covers.deny), []));
}

/** Reads `host` or `host:port`. No patterns: what a person opens with one key is one host. */
export function parseHostGrant(text: string): Result<HostGrant> {
  const host = canonicalHost(text);
  if (host !== null) return ok({ host, port: null });
  const target = parseTarget(text, null);
  if (target !== null) return ok(target);
  return fail({
    what: `\`${text}\` names no host.`,
    why: 'A grant opens one host, or one port of it.',
    next: 'Write it like example.com or example.com:443.',
  });
}

/** The policy with one more host open. What is denied stays denied. */
export function withGrant(policy: DomainPolicy, { host, port }: HostGrant): DomainPolicy {
  const allow = coverOf(policy.allow);
  return port === null
    ? canonicalPolicy({ ...allow, hosts: new Set([...allow.hosts, host]) }, coverOf(policy.deny), policy.ports)
    : canonicalPolicy(allow, coverOf(policy.deny), [...policy.ports, targetText({ host, port })]);
}

/** Judges a host before anything is looked up. */
export function judgeHost(policy: DomainPolicy, { host, port }: Target): HostVerdict {
  const canonical = canonicalHost(host);
  if (canonical === null) return blocked('not_allowed');
  if (covers(coverOf(policy.deny), canonical)) return blocked('denied');
  if (allows(coverOf(policy.allow), canonical)) return ALLOWED;
  if (policy.ports.includes(targetText({ host: canonical, port }))) return ALLOWED;
  return blocked(isLocalLiteral(canonical) ? 'not_allowed_local' : 'not_allowed');
}

/**
 * Judges what the name of an allowed host resolved to. One bad address is enough: a name that leads to both sides is
 * how the wall is climbed. `localhost` may lead to loopback only.
 */
export function judgeAddresses(policy: DomainPolicy, host: string, addresses: readonly string[]): HostVerdict {
  const deny = coverOf(policy.deny);
  const canonical = addresses.map(canonicalHost);
  if (canonical.some((address) => address !== null && deny.hosts.has(address))) return blocked('denied');
  const isOpen = (address: string | null): boolean =>
    address !== null && (host === 'localhost' ? isLoopback(address) : !isLocalAddress(address));
  return canonical.every(isOpen) ? ALLOWED : blocked('not_allowed_local');
}

function blocked(reason: HostBlock): HostVerdict {
  return { decision: 'blocked', reason };
}

function parsePattern(pattern: string): Result<Cover> {
  if (pattern === '') return fail(patternProblem(pattern, 'It is empty.'));
  if (/\s/.test(pattern)) return fail(patternProblem(pattern, 'It contains a blank.'));
  if (pattern === '*') return ok({ isEvery: true, below: new Set(), hosts: new Set() });
  const [, stars = '', written = ''] = /^(\*\*\.|\*\.)?(.*)$/s.exec(pattern) ?? [];
  const host = canonicalHost(written);
  if (host === null) return fail(patternProblem(pattern, whyNoHost(written)));
  if (stars === '') return ok({ isEvery: false, below: new Set(), hosts: new Set([host]) });
  if (isIP(host) !== 0) return fail(patternProblem(pattern, 'Nothing is below an address.'));
  return ok({ isEvery: false, below: new Set([host]), hosts: new Set(stars === '**.' ? [host] : []) });
}

function whyNoHost(written: string): string {
  if (written.includes('://')) return 'It has a scheme.';
  if (written.includes('*')) return 'A star stands only in front: *.domain, **.domain or * alone.';
  if (parseTarget(written, null) !== null) return 'It has a port.';
  return 'It is no name of a host.';
}

function patternProblem(pattern: string, why: string): Problem {
  return {
    what: `The domain pattern \`${pattern}\` cannot be used.`,
    why,
    next: 'Write example.com, *.example.com (what is below it), **.example.com (itself too) or * (everything).',
  };
}

function union(covers: readonly Cover[]): Cover {
  return {
    isEvery: covers.some((cover) => cover.isEvery),
    below: new Set(covers.flatMap((cover) => [...cover.below])),
    hosts: new Set(covers.flatMap((cover) => [...cover.hosts])),
  };
}

/** Leaves off what changes no verdict, then spells and sorts the rest. */
function canonicalPolicy(allow: Cover, deny: Cover, ports: readonly string[]): DomainPolicy {
  const denied = smallest(deny, covers);
  const open = smallest(allow, allows);
  const left: Cover = {
    isEvery: open.isEvery && !denied.isEvery,
    below: new Set([...open.below].filter((domain) => !coversBelow(denied, domain))),
    hosts: new Set([...open.hosts].filter((host) => !covers(denied, host))),
  };
  const stays = (text: string): boolean => {
    const host = parseTarget(text, null)?.host;
    return host !== undefined && !covers(denied, host) && !allows(left, host);
  };
  return { allow: patternsOf(left), deny: patternsOf(denied), ports: [...new Set(ports)].filter(stays).sort() };
}

/** Without the entries that wider entries of the same cover contain. */
function smallest(cover: Cover, contains: (cover: Cover, host: string) => boolean): Cover {
  const wide: Cover = { ...cover, hosts: new Set() };
  return {
    isEvery: cover.isEvery,
    below: new Set([...cover.below].filter((domain) => !cover.isEvery && !isBelow(cover, domain))),
    hosts: new Set([...cover.hosts].filter((host) => !contains(wide, host))),
  };
}

function patternsOf({ isEvery, below, hosts }: Cover): string[] {
  return [
    ...(isEvery ? ['*'] : []),
    ...[...below].map((domain) => (hosts.has(domain) ? `**.${domain}` : `*.${domain}`)),
    ...[...hosts].filter((host) => !below.has(host)),
  ].sort();
}

/** The other way round, for patterns that are canonical already. */
function coverOf(patterns: readonly string[]): Cover {
  const wild = patterns.filter((pattern) => pattern.startsWith('*.') || pattern.startsWith('**.'));
  const domainOf = (pattern: string): string => pattern.slice(pattern.indexOf('.') + 1);
  return {
    isEvery: patterns.includes('*'),
    below: new Set(wild.map(domainOf)),
    hosts: new Set([
      ...wild.filter((pattern) => pattern.startsWith('**.')).map(domainOf),
      ...patterns.filter((pattern) => !pattern.startsWith('*')),
    ]),
  };
}

function covers(cover: Cover, host: string): boolean {
  return cover.isEvery || cover.hosts.has(host) || isBelow(cover, host);
}

/** As `covers`, but a star opens neither this machine nor a private network. */
function allows(cover: Cover, host: string): boolean {
  return isLocalLiteral(host) ? cover.hosts.has(host) : covers(cover, host);
}

function coversBelow(cover: Cover, domain: string): boolean {
  return cover.isEvery || cover.below.has(domain) || isBelow(cover, domain);
}

/** True when a domain above the host is covered with all that is below it. */
function isBelow(cover: Cover, host: string): boolean {
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    if (cover.below.has(host.slice(dot + 1))) return true;
  }
  return false;
}

function isLocalLiteral(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && isLocalAddress(host));
}
