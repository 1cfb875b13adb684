// How does the verdict that a sandbox stopped something travel to our own client? As JSON, with paths as URIs.

import { assertNever } from '../../problem/index.ts';
import type { BlockedAccess, Denial, Grant, Operation } from '../../sandbox/index.ts';
import { type PathUri, pathUri } from '../protocol/path-uri.ts';

/** `target` is a URI for files and sockets, a host or a program's name for anything else. */
export interface WireAccess {
  readonly operation: Operation;
  readonly target: string;
}

export type WireGrant =
  | { readonly kind: 'write' | 'read' | 'unix_socket'; readonly path: PathUri }
  | Extract<Grant, { kind: 'host' | 'local_port' | 'network' | 'unsandboxed' }>;

export interface WireDenial extends WireAccess {
  readonly certainty: Denial['certainty'];
  readonly evidence: string;
  readonly because: string;
  readonly grants: readonly WireGrant[];
  readonly also: readonly WireAccess[];
}

export function wireDenial({ certainty, evidence, because, grants, also, ...access }: Denial): WireDenial {
  return {
    ...wireAccess(access),
    certainty,
    evidence,
    because,
    grants: grants.map(wireGrant),
    also: also.map(wireAccess),
  };
}

function wireAccess({ operation, target }: BlockedAccess): WireAccess {
  switch (operation) {
    case 'write':
    case 'create':
    case 'delete':
    case 'read':
    case 'unix_socket':
      return { operation, target: pathUri(target) };
    case 'connect':
    case 'privilege':
      return { operation, target };
    default:
      return assertNever(operation);
  }
}

function wireGrant(grant: Grant): WireGrant {
  switch (grant.kind) {
    case 'write':
    case 'read':
    case 'unix_socket':
      return { kind: grant.kind, path: pathUri(grant.path) };
    case 'host':
    case 'local_port':
    case 'network':
    case 'unsandboxed':
      return grant;
    default:
      return assertNever(grant);
  }
}
