// What bubblewrap is told, and in which order.

import { describe, expect, it } from 'vitest';
import { type BoundProfile, planLaunch } from '../../../src/sandbox/index.ts';
import { type LinuxFacts, nothingOpen } from '../sandboxed.ts';

type Managed = Extract<BoundProfile, { type: 'managed' }>;

const host: LinuxFacts = {
  platform: 'linux',
  arch: 'x64',
  uid: 1000,
  bubblewrap: { path: '/usr/bin/bwrap', version: '0.8.0', flags: ['--perms'] },
  setsid: '/usr/bin/setsid',
  canMountProc: true,
  procMasks: ['/proc/kcore'],
  resolvConf: '/run/resolve/resolv.conf',
  keptBelowRun: [],
};

const nothing = nothingOpen;

function options(profile: Partial<Managed>, facts: Partial<LinuxFacts> = {}, cwd = '/ws'): string {
  const plan = planLaunch({ ...nothing, ...profile }, cwd, { ...host, ...facts });
  if (!plan.ok || plan.value.backend !== 'bubblewrap') throw new Error('no plan');
  return plan.value.options.join(' ');
}

const refused = (profile: Partial<Managed>, cwd: string): string => {
  const plan = planLaunch({ ...nothing, ...profile }, cwd, host);
  return plan.ok ? '' : plan.problem.what;
};

describe('a Linux launch', () => {
  it('makes a closed profile with few mounts', () => {
    expect(options({})).toBe(
      '--unshare-user --unshare-all --new-session --die-with-parent --cap-drop ALL --ro-bind / / --dev /dev --proc /proc ' +
        '--ro-bind /dev/null /proc/1/mem --ro-bind /dev/null /proc/1/task/1/mem --tmpfs /run --remount-ro /run --chdir /ws',
    );
  });

  it('leaves the user namespace out for root, keeps five capabilities, and closes /proc/sys', () => {
    const words = options({}, { uid: 0 });
    expect(words).not.toContain('--unshare-user');
    expect(words).not.toContain('--unshare-all');
    expect(words.match(/--cap-add \w+/g)).toHaveLength(5);
    expect(words).toContain('--proc /proc --ro-bind /proc/sys /proc/sys');
    expect(words).toContain('--ro-bind /dev/null /proc/kcore');
  });

  it.each([0, 1000])('shares the network when it is enabled, with its name servers, as uid %i', (uid) => {
    const closed = options({}, { uid });
    const open = options({ network: 'enabled' }, { uid });
    const isCut = (words: string): boolean =>
      words.includes('--unshare-net') || (words.includes('--unshare-all') && !words.includes('--share-net'));
    expect([isCut(closed), isCut(open)]).toEqual([true, false]);
    expect(closed).not.toContain('resolv.conf');
    expect(open).toContain('--tmpfs /run --ro-bind /run/resolve/resolv.conf /run/resolve/resolv.conf');
  });

  it('mounts parents before children, and makes folders of ours read-only last', () => {
    const words = options({
      writableRoots: [
        { path: '/ws', readOnly: ['/ws/.git'] },
        { path: '/ws/.git/notes', readOnly: [] },
      ],
      hidden: ['/ws/secret'],
      denied: ['/etc/key'],
    });
    expect(words).toContain(
      '--bind /ws /ws --ro-bind /dev/null /etc/key --ro-bind /ws/.git /ws/.git --perms 000 --tmpfs /ws/secret ' +
        '--bind /ws/.git/notes /ws/.git/notes --remount-ro /run --remount-ro /ws/secret --chdir',
    );
  });

  it('pins every folder between a writable root and what is closed deeper inside it', () => {
    const words = options({ writableRoots: [{ path: '/ws', readOnly: ['/ws/a/b/docs'] }] });
    expect(words).toContain(
      '--bind /ws /ws --bind /ws/a /ws/a --bind /ws/a/b /ws/a/b --ro-bind /ws/a/b/docs /ws/a/b/docs',
    );
  });

  it('lets the way to what is opened below a hidden folder be walked', () => {
    const words = options({ hidden: ['/secret'], readable: ['/secret/open'] });
    expect(words).toContain('--perms 111 --tmpfs /secret --ro-bind /secret/open /secret/open');
  });

  it('does without modes where bubblewrap does not know them', () => {
    const words = options({ hidden: ['/secret'] }, { bubblewrap: { path: '/b', version: '0.4.1', flags: [] } });
    expect(words).toContain(' --tmpfs /secret ');
    expect(words).not.toContain('--perms');
  });

  it('mounts nothing for what lies below /run already, unless something there is open', () => {
    expect(options({ hidden: ['/run/user/1/codex'], denied: ['/run/key'] })).toBe(options({}));
    const words = options({ hidden: ['/run/u/codex'], writableRoots: [{ path: '/run/u', readOnly: [] }] });
    expect(words).toContain('--bind /run/u /run/u --perms 000 --tmpfs /run/u/codex');
  });

  it('keeps a working folder below /run reachable', () => {
    expect(options({}, {}, '/run/media/ws')).toContain('--tmpfs /run --ro-bind /run/media/ws /run/media/ws');
  });

  it('binds listed sockets after what hides their folder', () => {
    const words = options({
      unixSockets: ['/run/docker.sock', '/ws/s.sock'],
      writableRoots: [{ path: '/ws', readOnly: [] }],
    });
    expect(words).toContain('--bind /run/docker.sock /run/docker.sock --remount-ro /run');
    expect(words).not.toContain('s.sock');
  });

  it('opens the whole machine where / itself is writable', () => {
    expect(options({ writableRoots: [{ path: '/', readOnly: ['/root/.codex'] }] })).toContain(
      '--bind / / --dev /dev --proc /proc --ro-bind /dev/null /proc/1/mem --ro-bind /dev/null /proc/1/task/1/mem --tmpfs /run ' +
        '--bind /root /root --ro-bind /root/.codex /root/.codex',
    );
  });

  it('shows the machine its own /proc, read-only, where it may not mount one', () => {
    const words = options({}, { canMountProc: false, uid: 0 });
    expect(words).toContain('--ro-bind /proc /proc');
    expect(words).not.toContain('--proc /proc');
  });

  it('gives a disabled profile no sandbox', () => {
    expect(planLaunch({ type: 'disabled', name: 'x' }, '/ws', host)).toEqual({ ok: true, value: { backend: 'none' } });
  });

  it('refuses a working folder that is relative, or that the profile closes', () => {
    expect(refused({}, 'ws')).toContain('"ws"');
    expect(refused({ hidden: ['/secret'] }, '/secret/deep')).toContain('/secret/deep');
    expect(refused({ hidden: ['/secret'], readable: ['/secret/deep'] }, '/secret/deep')).toBe('');
  });
});
