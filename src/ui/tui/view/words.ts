// How accesses, grants and decisions are said: the same words in panes, cards, items and toasts.

import type { BlockedAccessValue, Decision, GrantValue, NetworkState } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import { visible } from '../terminal/width.ts';
import { withTilde } from './paths.ts';

/** `write /srv/x`, `connect to registry.example:443`. */
export function accessWords({ operation, target }: BlockedAccessValue, home: string): string {
  const shown = visible(withTilde(target, home));
  switch (operation) {
    case 'write':
    case 'create':
    case 'delete':
    case 'read':
      return `${operation} ${shown}`;
    case 'connect':
      return `connect to ${shown}`;
    case 'unix_socket':
      return `connect to the socket ${shown}`;
    case 'privilege':
      return `more privileges for ${shown}`;
    default:
      return assertNever(operation);
  }
}

/** The first access and how many more there were. */
export function accessesWords(first: BlockedAccessValue, also: readonly BlockedAccessValue[], home: string): string {
  const words = accessWords(first, home);
  return also.length === 0 ? words : `${words} and ${also.length} more`;
}

/** What a grant covers, with its reach. */
export function grantWords(grant: GrantValue, home: string): string {
  switch (grant.kind) {
    case 'write':
      return `write ${visible(withTilde(grant.path, home))} and below`;
    case 'read':
      return `read ${visible(withTilde(grant.path, home))} and below`;
    case 'unix_socket':
      return `connect to ${visible(withTilde(grant.path, home))}${ROOT_SOCKETS.test(grant.path) ? ' (equals root on this machine)' : ''}`;
    case 'host':
      return `connect to ${visible(hostWords(grant))}${grant.port === null ? ', every port' : ''}`;
    case 'local_port':
      return `connect to localhost:${grant.port}, a server of this machine`;
    case 'network':
      return 'the whole network, every host and port';
    case 'unsandboxed':
      return 'everything you can, without the sandbox';
    default:
      return assertNever(grant);
  }
}

/** A grant's short name, where its reach was said before: `write /srv/x`. */
export function grantName(grant: GrantValue, home: string): string {
  switch (grant.kind) {
    case 'write':
    case 'read':
      return `${grant.kind} ${visible(withTilde(grant.path, home))}`;
    case 'unix_socket':
      return `connect to the socket ${visible(withTilde(grant.path, home))}`;
    case 'host':
      return `connect to ${visible(hostWords(grant))}`;
    case 'local_port':
      return `connect to localhost:${grant.port}`;
    case 'network':
      return 'the whole network';
    case 'unsandboxed':
      return 'no sandbox';
    default:
      return assertNever(grant);
  }
}

/** `example.com:443`, `[::1]:80`, `example.com`. */
function hostWords({ host, port }: { readonly host: string; readonly port: number | null }): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === null ? name : `${name}:${port}`;
}

/** Sockets of programs that run anything as root for whoever reaches them. */
const ROOT_SOCKETS = /\/(?:docker|podman|containerd\/containerd|crio\/crio)\.sock$/;

export function grantsWords(grants: readonly GrantValue[], home: string): string {
  return grants.map((grant) => grantWords(grant, home)).join(', ');
}

/** What was decided, as it is said in the item: `you allowed it once`. */
export function decisionWords({ decision, preset, by }: Decision): string {
  switch (by) {
    case 'person':
      break;
    case 'policy':
      return decision === 'refused' ? 'refused by policy' : 'allowed by policy';
    case 'cover':
      return 'covered by your answer';
    default:
      return assertNever(by);
  }
  switch (decision) {
    case 'once':
      return 'you allowed it once';
    case 'session':
      return 'you allowed it for this session';
    case 'preset':
      return preset === null ? 'you allowed a preset' : `you allowed preset ${visible(preset)}`;
    case 'always':
      return 'you allowed it always';
    case 'unsandboxed':
      return 'you allowed one run without the sandbox';
    case 'refused':
      return 'you refused it';
    default:
      return assertNever(decision);
  }
}

const NETWORK_WORDS: Readonly<Record<NetworkState, string>> = {
  restricted: 'no network',
  proxied: 'listed hosts',
  enabled: 'network',
  external: 'guarded from outside',
  unsandboxed: 'no sandbox',
};

/** What a session's commands find of the network, in two words. */
export function networkWords(network: NetworkState): string {
  return NETWORK_WORDS[network];
}
