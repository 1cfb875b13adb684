// What grants widen, cover, and how they are said.

import { describe, expect, it } from 'vitest';
import {
  builtInProfile,
  closedNetwork,
  describeGrant,
  type Grant,
  grantCovers,
  widenProfile,
} from '../../../src/sandbox/index.ts';

const write = (path: string): Grant => ({ kind: 'write', path });
const host = (name: string, port: number | null): Grant => ({ kind: 'host', host: name, port });
const read = (path: string): Grant => ({ kind: 'read', path });

describe('a widened profile', () => {
  it('has the network and the sockets that were granted, and keeps the rest', () => {
    const { profile } = builtInProfile(':workspace');
    const widened = widenProfile(profile, [{ kind: 'network' }, { kind: 'unix_socket', path: '/run/x.sock' }]);
    expect(widened).toEqual({
      ...profile,
      network: { ...closedNetwork, access: 'enabled', unixSockets: ['/run/x.sock'] },
    });
  });

  it('is no sandbox at all once "without the sandbox" was granted', () => {
    expect(widenProfile(builtInProfile(':workspace').profile, [{ kind: 'unsandboxed' }, write('/x')])).toEqual({
      type: 'disabled',
    });
  });

  it('takes no write away where reading is granted', () => {
    const { profile } = builtInProfile(':read-only');
    const once = widenProfile(profile, [write('/opt')]);
    expect(widenProfile(once, [read('/opt')])).toEqual(once);
  });
});

it.each<[Grant, Grant, boolean]>([
  [write('/a'), write('/a/b'), true],
  [write('/a'), read('/a'), true],
  [read('/a'), write('/a'), false],
  [write('/a'), write('/ab'), false],
  [write('/a/b'), write('/a'), false],
  [write('/'), read('/etc/hosts'), true],
  [{ kind: 'unix_socket', path: '/run' }, { kind: 'unix_socket', path: '/run/x' }, true],
  [write('/run'), { kind: 'unix_socket', path: '/run/x' }, false],
  [{ kind: 'network' }, { kind: 'network' }, true],
  [{ kind: 'network' }, host('a.b', 443), true],
  [host('a.b', null), host('a.b', 443), true],
  [host('a.b', 443), host('a.b', null), false],
  [host('a.b', 443), host('a.b', 80), false],
  [host('a.b', null), host('c.b', 80), false],
  [{ kind: 'unsandboxed' }, { kind: 'network' }, true],
  [{ kind: 'network' }, { kind: 'unsandboxed' }, false],
])('%o covers %o: %s', (wide, narrow, covers) => {
  expect(grantCovers(wide, narrow)).toBe(covers);
});

it.each<[Grant, string]>([
  [write('/home/u/.npm'), 'write ~/.npm and below'],
  [read('/home/user2/x'), 'read /home/user2/x and below'],
  [{ kind: 'network' }, 'use the network'],
  [host('example.com', 443), 'connect to example.com:443'],
  [host('::1', 80), 'connect to [::1]:80'],
  [host('example.com', null), 'connect to example.com'],
  [{ kind: 'unix_socket', path: '/run/docker.sock' }, 'connect to the socket /run/docker.sock'],
  [{ kind: 'unsandboxed' }, 'run without the sandbox'],
])('%o is said as "%s"', (grant, words) => {
  expect(describeGrant(grant, '/home/u')).toBe(words);
});
