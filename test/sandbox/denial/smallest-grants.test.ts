// How little has to be opened for what was stopped.

import { describe, expect, it } from 'vitest';
import {
  type BlockedAccess,
  type BoundProfile,
  type Grant,
  hostText,
  smallestGrants,
} from '../../../src/sandbox/index.ts';
import { nothingOpen } from '../sandboxed.ts';

const folders = ['/', '/w', '/w/.git', '/opt', '/opt/d', '/home/u', '/home/u/.codex', '/run', '/w/.agents'];
const files = [
  '/opt/d/f',
  '/home/u/.codex/config.toml',
  '/home/u/.codex/auth.json',
  '/run/x.sock',
  '/w/.git/config',
  '/proc/sys/vm/x',
];
const disk = {
  exists: (it: string) => [...folders, ...files].includes(it),
  isFolder: (it: string) => folders.includes(it),
};

const profile: typeof nothingOpen = {
  ...nothingOpen,
  name: ':workspace',
  writableRoots: [{ path: '/w', readOnly: ['/w/.agents', '/w/.git'] }],
  denied: ['/home/u/.codex/auth.json', '/etc/key'],
  keptFolder: '/home/u/.codex',
};

const access = (operation: BlockedAccess['operation'], target: string): BlockedAccess => ({ operation, target });
const grantsFor = (...blocked: readonly BlockedAccess[]): string[] =>
  smallestGrants(blocked, profile, disk).map((grant) => {
    if ('path' in grant) return `${grant.kind} ${grant.path}`;
    if (grant.kind === 'local_port') return `${grant.kind} ${grant.port}`;
    return grant.kind === 'host' ? `host ${hostText(grant)}` : grant.kind;
  });

describe('the smallest grant', () => {
  it.each<[BlockedAccess['operation'], string, string[]]>([
    ['write', '/opt/d/f', ['write /opt/d/f']],
    ['create', '/opt/d/new', ['write /opt/d']],
    ['create', '/opt/d', ['write /opt/d']],
    ['create', '/opt/a/b/c', ['write /opt']],
    ['delete', '/opt/d/f', ['write /opt/d']],
    ['write', '/w/.git/config', ['write /w/.git']],
    ['create', '/w/.git/refs/heads/x', ['write /w/.git']],
    ['create', '/w/.agents/skills/x', ['write /w/.agents']],
    ['read', '/etc/key', ['read /etc/key']],
    ['connect', 'h.test:443', ['host h.test:443']],
    ['connect', '127.0.0.1:5432', ['local_port 5432']],
    ['connect', 'localhost', ['network']],
    // Its server need not be reached under another address of the loopback.
    ['connect', '127.0.0.53:53', ['network']],
    ['unix_socket', '/run/x.sock', ['unix_socket /run/x.sock']],
    ['unix_socket', '/run/later.sock', ['unix_socket /run']],
    ['write', '/home/u/.codex/config.toml', ['write /home/u/.codex/config.toml']],
    ['create', '/home/u/note', ['write /home/u']],
  ])('for %s %s is %o', (operation, target, grants) => {
    expect(grantsFor(access(operation, target))).toEqual(grants);
  });

  it.each<[BlockedAccess['operation'], string, string]>([
    ['privilege', 'mount', 'a privilege over the machine'],
    ['create', '/x', 'the root folder as a whole'],
    ['create', '/home/u/.codex/new', 'our own folder as a whole'],
    ['read', '/home/u/.codex/auth.json', 'our own keys'],
    ['write', '/home/u/.codex/auth.json', 'our own keys'],
    ['write', '/proc/sys/vm/x', 'the settings of the kernel'],
    ['unix_socket', 'docker', 'a socket without a path'],
  ])('for %s %s does not exist: it is %s', (operation, target) => {
    expect(grantsFor(access(operation, target))).toEqual([]);
  });

  it('names what covers the rest once', () => {
    expect(
      grantsFor(
        access('write', '/opt/d/f'),
        access('create', '/opt/d/n'),
        access('connect', '127.0.0.1:1'),
        access('connect', 'localhost:2'),
      ),
    ).toEqual(['write /opt/d', 'local_port 1', 'local_port 2']);
  });

  it('is the whole network for a host that is open already: the program knows no proxies', () => {
    const rules = {
      hosts: [],
      granted: [{ host: 'h.test', port: 22 }],
      mode: 'full',
      socks: true,
      upstreamProxy: true,
    } as const;
    const proxied: BoundProfile = { ...profile, network: 'proxied', proxy: rules };
    expect(smallestGrants([access('connect', 'h.test:22')], proxied, disk)).toEqual([{ kind: 'network' }]);
    expect(smallestGrants([access('connect', 'h.test:443')], proxied, disk)).toMatchObject([{ kind: 'host' }]);
    const listed: BoundProfile = { ...proxied, proxy: { ...rules, hosts: [{ pattern: '**.test', access: 'allow' }] } };
    expect(smallestGrants([access('connect', 'h.test:443')], listed, disk)).toEqual([{ kind: 'network' }]);
  });

  it.each<[target: string, grant: Grant]>([
    ['h.test:443', { kind: 'host', host: 'h.test', port: 443 }],
    ['H.test', { kind: 'host', host: 'h.test', port: null }],
    ['[::1]:80', { kind: 'local_port', port: 80 }],
    ['localhost:5432', { kind: 'local_port', port: 5432 }],
    ['ping', { kind: 'network' }],
  ])('behind a proxy is the host alone, where one is known: %s', (target, grant) => {
    const proxied: BoundProfile = { ...profile, network: 'proxied' };
    expect(smallestGrants([access('connect', target)], proxied, disk)).toEqual([grant]);
  });

  it('is nothing where there is no sandbox', () => {
    expect(smallestGrants([access('write', '/x')], { type: 'disabled', name: 'x' }, disk)).toEqual([]);
  });
});
