// A small world on the disk for accesses to happen in: a workspace, what is beside it, and servers that say hello.

import { chmodSync, chownSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { isRoot, openPlace } from '../sandboxed.ts';

export interface World extends AsyncDisposable {
  readonly root: string;
  /** The port of a loopback server of the machine. */
  readonly port: number;
}

const files = [
  ...['ws/a.txt', 'ws/docs/guide.md', 'ws/a/b/docs/deep.md', 'ws/a/key', 'ws/vault/secret.txt', 'ws/vault/open/o.txt'],
  ...['ws/vault/open/shut/s.txt', 'ws/vault/shown/v.txt', 'ws/prod.env', 'ws/sub/dev.env', 'ws/sub/plain.txt'],
  ...['ws/env.d/keys.env/k.txt', 'ws/env.d/keys.env/public/p.txt', 'ws/.git/config', 'ws/.git/hooks/pre-commit'],
  ...['ws/nested/.git/config', 'ws/link-target/x.txt', 'second/s.txt', 'outside/o.txt', 'secret/a.txt'],
  ...['secret/open/b.txt', 'shown/x.txt', 'tmp/t.txt', 'home/.codex/auth.json', 'home/.codex/config.toml'],
  ...['home/.codex/codex_ts/auth.json', 'home/notes.txt', 'runtime/owner.txt'],
] as const;

const programs = ['ws/tool', 'ws/vault/tool', 'outside/tool'] as const;

const sockets = [
  ...['sock/listed.sock', 'sock/other.sock', 'sock/dir/in.sock', 'sock/dir/shut.sock', 'sock/dir/shut.d/in.sock'],
  ...['sock/dir/shut.d/again.sock', 'sock/closed-file.sock', 'ws/run/in.sock', 'ws/late.sock', 'secret/in.sock'],
] as const;

/** Made for `uid`, who owns all of it. */
export async function openWorld(uid: number): Promise<World> {
  const place = openPlace(uid);
  const root = realpathSync(place.path);
  const give = (name: string, mode: number): void => {
    chmodSync(path.join(root, name), mode);
    if (isRoot && uid !== 0) chownSync(path.join(root, name), uid, uid);
  };
  for (const name of [...files, ...programs, ...sockets]) place.folder(path.dirname(name));
  for (const name of files) {
    writeFileSync(path.join(root, name), 'text\n');
    give(name, 0o644);
  }
  for (const name of programs) {
    writeFileSync(path.join(root, name), '#!/bin/sh\nexit 0\n');
    give(name, 0o755);
  }
  const servers = await Promise.all([...sockets.map((name) => listening(path.join(root, name))), listening(0)]);
  for (const name of sockets) give(name, 0o777);
  const address = servers.at(-1)?.address();
  if (address === null || typeof address !== 'object') throw new Error('no port');
  return {
    root,
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      place[Symbol.dispose]();
    },
  };
}

function listening(where: string | 0): Promise<Server> {
  const server = createServer((socket) => {
    // The other end may be gone before it was greeted.
    socket.on('error', () => {});
    socket.end('hello');
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const listened = (): void => resolve(server);
    if (where === 0) server.listen(0, '127.0.0.1', listened);
    else server.listen(where, listened);
  });
}
