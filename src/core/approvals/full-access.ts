// Which grants give away everything, whatever they are called?

import path from 'node:path';
import type { Grant } from '../../sandbox/index.ts';

/** The person's own folders, for telling which grants give away more than they say. */
export interface Homes {
  readonly home: string;
  readonly codexHome: string;
}

/** Files that are read as instructions the next time a shell, ssh or codex itself starts. */
const START_UP_FILES = [
  '.bashrc',
  '.bash_profile',
  '.bash_login',
  '.profile',
  '.zshrc',
  '.zshenv',
  '.zprofile',
  '.ssh',
];

/** Whoever speaks to a container engine is root on this machine, or the person. */
const ENGINE_SOCKETS = /\/(docker|podman|containerd|crio)\.sock$/;

/** Where a container engine listens when it is told to listen on a port. */
export function isEnginePort(port: number): boolean {
  return port === 2375 || port === 2376;
}

/** A grant that is full access in effect is given for one attempt at most. */
export function equalsFullAccess(grant: Grant, { home, codexHome }: Homes): boolean {
  if (grant.kind === 'unix_socket') return ENGINE_SOCKETS.test(grant.path);
  if (grant.kind === 'local_port') return isEnginePort(grant.port);
  if (grant.kind !== 'write') return grant.kind === 'unsandboxed';
  const guarded = [codexHome, ...START_UP_FILES.map((name) => path.join(home, name))];
  return guarded.some((file) => contains(file, grant.path) || contains(grant.path, file));
}

function contains(folder: string, inside: string): boolean {
  return inside === folder || inside.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
