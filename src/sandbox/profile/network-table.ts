// What does a table [permissions.NAME.network] say, and what do several of them say together?

import type { HostRule, NetworkProfile } from './profile.ts';
import { isTable, isWholePath, relativeText, reportUnknown, type Say, type Tables, tableAt } from './profile-issue.ts';

/** Null: it says nothing, and what it extends counts. */
export interface NetworkTable {
  readonly enabled: boolean | null;
  readonly hosts: readonly HostRule[];
  readonly sockets: ReadonlyMap<string, 'allow' | 'deny'>;
  readonly allSockets: boolean | null;
  readonly mode: 'full' | 'limited' | null;
  readonly socks: boolean | null;
  readonly upstreamProxy: boolean | null;
  readonly localBinding: boolean | null;
  readonly localPorts: ReadonlyMap<number, 'allow' | 'deny'>;
}

const NETWORK_KEYS = [
  'enabled',
  'domains',
  'unix_sockets',
  'allow_unix_sockets',
  'dangerously_allow_all_unix_sockets',
  'mode',
  'proxy_url',
  'enable_socks5',
  'socks_url',
  'enable_socks5_udp',
  'allow_upstream_proxy',
  'dangerously_allow_non_loopback_proxy',
  'allow_local_binding',
  'local_ports',
  'mitm',
];

export function readNetwork(network: Tables, say: Say): NetworkTable {
  const at = (key: string) => ['network', key];
  reportUnknown(network, NETWORK_KEYS, ['network'], say);
  const flag = (key: string): boolean | null => {
    const value = network[key];
    if (value === undefined || typeof value === 'boolean') return value ?? null;
    say('error', at(key), `${key} = ${JSON.stringify(value)} is not possible.`, '', 'Allowed: true, false.');
    return null;
  };
  const mode = network.mode;
  if (mode !== undefined && mode !== 'full' && mode !== 'limited')
    say('error', at('mode'), `mode = ${JSON.stringify(mode)} is not possible.`, '', 'Allowed: "full", "limited".');
  for (const key of ['proxy_url', 'socks_url'])
    if (network[key] !== undefined)
      say('warning', at(key), `${key} has no effect.`, 'Each command is told a port of its own for the proxy.', '');
  for (const key of ['enable_socks5_udp', 'dangerously_allow_non_loopback_proxy'])
    if (flag(key) === true)
      say('error', at(key), `${key} cannot be carried out.`, 'The proxy has no such way.', 'Take the line out.');
  const mitm = network.mitm;
  if (isTable(mitm) && mitm.enabled === true)
    say(
      'error',
      at('mitm'),
      'mitm cannot be carried out.',
      'The proxy never opens a TLS connection.',
      'Take the table out.',
    );
  return {
    enabled: flag('enabled'),
    hosts: readHosts(network.domains, at('domains'), say),
    sockets: readSockets(network, say),
    allSockets: flag('dangerously_allow_all_unix_sockets'),
    mode: mode === 'full' || mode === 'limited' ? mode : null,
    socks: flag('enable_socks5'),
    upstreamProxy: flag('allow_upstream_proxy'),
    localBinding: flag('allow_local_binding'),
    localPorts: readPorts(network.local_ports, at('local_ports'), say),
  };
}

function readPorts(value: unknown, path: readonly string[], say: Say): ReadonlyMap<number, 'allow' | 'deny'> {
  const ports = new Map<number, 'allow' | 'deny'>();
  if (value === undefined) return ports;
  if (!isTable(value)) {
    say('error', path, 'local_ports is a table.', '', 'Write { "5432" = "allow" }.');
    return ports;
  }
  for (const [port, access] of Object.entries(value)) {
    const at = [...path, port];
    const number = /^[1-9]\d{0,4}$/.test(port) ? Number(port) : 0;
    if (number < 1 || number > 65_535) say('error', at, `"${port}" is no port.`, '', 'Allowed: 1 to 65535.');
    else if (access === 'allow' || access === 'deny') ports.set(number, access);
    else say('error', at, `"${port}" = ${JSON.stringify(access)} is not possible.`, '', 'Allowed: "allow", "deny".');
  }
  return ports;
}

function readHosts(value: unknown, path: readonly string[], say: Say): HostRule[] {
  if (value === undefined) return [];
  if (!isTable(value)) {
    say('error', path, 'domains is a table.', '', 'Write { "example.com" = "allow" }.');
    return [];
  }
  return Object.entries(value).flatMap(([pattern, access]) => {
    const at = [...path, pattern];
    const wrong = wrongPattern(pattern);
    if (wrong !== null)
      say('error', at, `"${pattern}" is no host: ${wrong}.`, '', 'Write example.com, *.example.com or **.example.com.');
    else if (access === 'allow' || access === 'deny')
      return [{ pattern: pattern.toLowerCase().replace(/\.$/, ''), access }];
    else say('error', at, `"${pattern}" = ${JSON.stringify(access)} is not possible.`, '', 'Allowed: "allow", "deny".');
    return [];
  });
}

function wrongPattern(pattern: string): string | null {
  if (pattern.trim() === '') return 'it is empty';
  if (/\s/.test(pattern)) return 'it holds a blank';
  if (pattern.includes('/')) return 'a scheme or a path belongs to an address';
  if (/^[^:[\]]+:\d+$/.test(pattern)) return 'a port belongs to an address';
  if (/\*/.test(pattern.replace(/^\*\*?(?:\.|$)/, ''))) return 'a star stands only in front';
  return null;
}

function readSockets(network: Tables, say: Say): ReadonlyMap<string, 'allow' | 'deny'> {
  const sockets = new Map<string, 'allow' | 'deny'>();
  const legacy = network.allow_unix_sockets;
  if (legacy !== undefined) {
    const path = ['network', 'allow_unix_sockets'];
    if (!Array.isArray(legacy)) say('error', path, 'allow_unix_sockets is a list of paths.', '', '');
    else
      legacy.forEach((socket: unknown, index) => {
        if (typeof socket === 'string' && isWholePath(socket)) sockets.set(socket, 'allow');
        else say('error', [...path, String(index)], relativeText(String(socket)), '', 'Write the whole path.');
      });
  }
  const table = tableAt(network, 'unix_sockets', say, ['network']) ?? {};
  for (const [socket, access] of Object.entries(table)) {
    const path = ['network', 'unix_sockets', socket];
    if (!isWholePath(socket)) say('error', path, relativeText(socket), '', 'Write the whole path.');
    else if (access === 'allow') sockets.set(socket, 'allow');
    else if (access === 'deny' || access === 'none') sockets.set(socket, 'deny');
    else
      say('error', path, `"${socket}" = ${JSON.stringify(access)} is not possible.`, '', 'Allowed: "allow", "deny".');
  }
  return sockets;
}

/** The parent's network with each table over it, the last one winning key by key. */
export function mergedNetwork(base: NetworkProfile, tables: readonly NetworkTable[], say: Say): NetworkProfile {
  const last = <T>(pick: (table: NetworkTable) => T | null): T | null =>
    tables.map(pick).findLast((it) => it !== null) ?? null;
  const hosts = new Map(base.hosts.map(({ pattern, access }) => [pattern, access]));
  const sockets = new Map<string, 'allow' | 'deny'>(base.unixSockets.map((socket) => [socket, 'allow']));
  const ports = new Map<number, 'allow' | 'deny'>(base.localPorts.map((port) => [port, 'allow']));
  for (const table of tables) {
    for (const { pattern, access } of table.hosts) hosts.set(pattern, access);
    for (const [socket, access] of table.sockets) sockets.set(socket, access);
    for (const [port, access] of table.localPorts) ports.set(port, access);
  }
  const enabled = last(({ enabled: it }) => it);
  const mode = last(({ mode: it }) => it) ?? base.mode;
  const isManaged = hosts.size > 0 || mode === 'limited';
  if (enabled === false && isManaged) {
    const why = 'enabled = false closes the network, whatever else is written.';
    say(
      'error',
      ['network', hosts.size > 0 ? 'domains' : 'mode'],
      'it can have no effect.',
      why,
      'Take one of the two out.',
    );
  }
  const rules = [...hosts].map(([pattern, access]): HostRule => ({ pattern, access }));
  const unlisted = mode === 'limited' && hosts.size === 0 ? [{ pattern: '*', access: 'allow' } as const] : [];
  return {
    access:
      isManaged && enabled !== false
        ? 'proxied'
        : enabled === true
          ? 'enabled'
          : enabled === false
            ? 'restricted'
            : base.access,
    hosts: [...rules, ...unlisted].sort((a, b) => (a.pattern < b.pattern ? -1 : 1)),
    mode,
    socks: last(({ socks }) => socks) ?? base.socks,
    upstreamProxy: last(({ upstreamProxy }) => upstreamProxy) ?? base.upstreamProxy,
    localBinding: last(({ localBinding }) => localBinding) ?? base.localBinding,
    localPorts: [...ports].flatMap(([port, access]) => (access === 'allow' ? [port] : [])),
    unixSockets: [...sockets].flatMap(([socket, access]) => (access === 'allow' ? [socket] : [])).sort(),
    deniedUnixSockets: [...sockets].flatMap(([socket, access]) => (access === 'deny' ? [socket] : [])).sort(),
    allUnixSockets: last(({ allSockets }) => allSockets) ?? base.allUnixSockets,
  };
}
