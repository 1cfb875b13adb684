// Which hosts, ports and sockets a Seatbelt policy opens.

import { isWithin } from '../profile/paths.ts';
import type { NetworkAccess } from '../profile/profile.ts';
import { globFilter, isWithinMatch } from './macos-patterns.ts';
import { policyNetwork } from './macos-policy.ts';
import { type Filter, type Parameters, rules } from './macos-rules.ts';

export interface NetworkWish {
  readonly network: NetworkAccess;
  /** Where the proxy of a proxied command listens on loopback; null: there is none, and nothing is reached. */
  readonly proxyPort: number | null;
  readonly localBinding: boolean;
  readonly localPorts: readonly number[];
  readonly sockets: SocketWish;
}

export interface SocketWish {
  readonly all: boolean;
  readonly listed: readonly string[];
  /** Closed in spite of what is listed, sockets and places of files alike. */
  readonly closed: readonly string[];
  readonly closedGlobs: readonly string[];
}

export function networkPolicy(wish: NetworkWish, parameters: Parameters): readonly string[] {
  return [...hostRules(wish), ...socketRules(wish, parameters)];
}

/**
 * An outbound rule says where to, never where from: before it is connected a socket has any address, which a `local`
 * filter takes for its own. Names are looked up by the proxy, so port 53 stays closed beside it.
 */
function hostRules({ network, proxyPort, localBinding, localPorts }: NetworkWish): readonly string[] {
  if (network === 'enabled') return [policyNetwork];
  const isProxied = network === 'proxied' && proxyPort !== null;
  return [
    ...(isProxied ? [serverRule(proxyPort)] : []),
    ...(localBinding ? localServerRules : localPorts.map(serverRule)),
  ];
}

function serverRule(port: number): string {
  return `(allow network-outbound (remote ip "localhost:${port}"))`;
}

/** Programs that speak both versions of IP bind as IPv4 within IPv6, which `localhost` does not cover: hence `*`. */
const localServerRules = [
  '(allow network-bind (local ip "*:*"))',
  '(allow network-inbound (local ip "localhost:*"))',
  '(allow network-outbound (remote ip "localhost:*"))',
] as const;

/** Without this no socket can be made that a path could then be checked of. */
const socketFamily = '(allow system-socket (socket-domain AF_UNIX))';

/** How names are looked up where the network is open, and the only socket that comes with it. */
const nameService = '(remote unix-socket (literal "/private/var/run/mDNSResponder"))';

function socketRules({ network, sockets }: NetworkWish, parameters: Parameters): readonly string[] {
  const isEnabled = network === 'enabled';
  const listed = sortedSet(sockets.listed);
  const opened = (socket: string): Filter => `(subpath ${parameters.of('UNIX_SOCKET_PATH', socket)})`;
  const isAnyOpen = sockets.all || listed.length > 0;
  if (!isAnyOpen && !isEnabled) return [];

  const opening = sockets.all
    ? ['(allow network-bind (local unix-socket))', '(allow network-outbound (remote unix-socket))']
    : [
        ...(isEnabled ? closedByDefault : []),
        ...(isEnabled ? [`(allow network-outbound ${nameService})`] : []),
        ...listed.flatMap((socket) => [...bindRules([opened(socket)]), ...connectRules([opened(socket)])]),
      ];
  if (!isAnyOpen) return [socketFamily, ...opening];

  const isReachable = (place: string): boolean =>
    sockets.all || listed.some((it) => isWithin(place, it) || isWithin(it, place));
  const closed = sortedSet(sockets.closed).filter(isReachable);
  // Who lists the very socket, or one below what is closed, means it.
  const isReopened = (socket: string): boolean =>
    closed.some((place) => isWithin(socket, place)) || isWithinMatch(socket, sockets.closedGlobs);
  const closedFilters = [
    ...closed.map((place): Filter => `(subpath ${parameters.of('DENIED', place)})`),
    ...sockets.closedGlobs.map(globFilter),
  ];
  const reopened = listed.filter(isReopened);
  return [
    socketFamily,
    ...opening,
    ...bindRules(closedFilters, 'deny'),
    ...connectRules(closedFilters, 'deny'),
    ...bindRules(reopened.map(opened)),
    ...connectRules(reopened.map(opened)),
  ];
}

/** The whole network would open every socket of the machine with it. */
const closedByDefault = [
  '(deny network-bind (local unix-socket))',
  '(deny network-outbound (remote unix-socket))',
] as const;

function bindRules(filters: readonly Filter[], verdict: 'allow' | 'deny' = 'allow'): readonly string[] {
  return rules(
    verdict,
    ['network-bind'],
    filters.map((it) => `(local unix-socket ${it})`),
  );
}

function connectRules(filters: readonly Filter[], verdict: 'allow' | 'deny' = 'allow'): readonly string[] {
  return rules(
    verdict,
    ['network-outbound'],
    filters.map((it) => `(remote unix-socket ${it})`),
  );
}

/** Equal lists give equal bytes, whoever wrote them and in whatever order. */
function sortedSet(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort();
}
