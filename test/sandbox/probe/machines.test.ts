// Which cause is found on a machine where no sandbox starts, made for real, one for each cause.

import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HostProbe } from '../../../src/sandbox/index.ts';
import { findTrustedProgram } from '../../../src/sandbox/probe/programs.ts';
import { isRoot, openPlace, type Place } from '../sandboxed.ts';
import {
  asUser,
  bundleProbe,
  cover,
  EINVAL,
  EPERM,
  giveCapability,
  kernelSettings,
  noFilters,
  noUserNamespaces,
  planted,
  probeIn,
  type Surroundings,
  withAppArmor,
  without,
} from './surroundings.ts';

type Stopped = Extract<HostProbe, { ready: false }>;

const searchPath = process.env.PATH ?? '/usr/bin:/bin';

let place: Place;
let probe: string;
beforeAll(async () => {
  probe = await bundleProbe();
});
beforeEach(() => {
  place = openPlace(0);
});
afterEach(() => place[Symbol.dispose]());

function bubblewrapHere(): string {
  const found = findTrustedProgram('bwrap', searchPath, []);
  if (!found.found) throw new Error('these tests need bubblewrap');
  return found.path;
}

/** The probe's answer there, which a person must be able to read and act upon. */
function stoppedBy(surroundings: Surroundings): Stopped {
  const found = probeIn(place, probe, surroundings);
  if (found.ready) throw new Error('a sandbox starts there');
  const { problem, checks } = found;
  expect(problem.what).toMatch(/none was run\.$/);
  expect(problem.why).toMatch(/\S\nFound by: \S/);
  const [first] = problem.fixes;
  expect(problem.next.split('\n').slice(0, 2)).toEqual([first.step, `Cost: ${first.cost}`]);
  for (const { step, cost } of problem.fixes) {
    expect(step).toMatch(/\S/);
    expect(cost).toMatch(/^[a-z].*[.]$/);
  }
  expect(`${problem.why}${problem.next}`).not.toMatch(/undefined|null|\[object/);
  // The diagnosis is that of the check that failed, and what comes after it was not tried.
  expect(checks.find(({ status }) => status === 'failed')?.diagnosis).toEqual(problem);
  return found;
}

function statusOf({ checks }: HostProbe, id: string): string | undefined {
  return checks.find((check) => check.id === id)?.status;
}

/** A bubblewrap of the given kind, first in PATH. */
function ownBubblewrap(script: string): string {
  return `${planted(place, 'bin', 'bwrap', script)}:${searchPath}`;
}

// Taking rights away needs root; an ordinary user's own start is tried in probe.test.ts.
if (isRoot)
  describe('on a machine that forbids it, for real:', () => {
    it('nothing does: an ordinary user is ready', () => {
      expect(probeIn(place, probe, {})).toMatchObject({ ready: true, facts: { uid: 65534, procMasks: [] } });
    });

    it('AppArmor restricts user namespaces: the narrow fix is a profile for bubblewrap, the wide one comes after it', () => {
      const found = stoppedBy({
        filter: without('sendto'),
        setup: `${kernelSettings(place, { apparmor_restrict_unprivileged_userns: '1' })}; ${withAppArmor(place)}`,
      });
      const [narrow, wide] = found.problem.fixes;
      expect(found.problem.cause).toBe('apparmor_userns');
      expect(found.problem.proof).toContain('apparmor_restrict_unprivileged_userns = 1');
      expect(found.problem.proof).toContain('RTM_NEWADDR');
      expect(narrow.step).toMatch(
        /profile bwrap \S*\/bwrap .*userns,.*sudo apparmor_parser -r \/etc\/apparmor.d\/bwrap$/,
      );
      expect(narrow.cost).toContain('bubblewrap alone');
      expect(wide?.step).toBe('sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0');
      expect(wide?.cost).toContain('every program');
      expect(statusOf(found, 'sandbox.user_namespaces')).toBe('ok');
      expect(statusOf(found, 'sandbox.network')).toBe('failed');
      expect(statusOf(found, 'sandbox.seccomp')).toBe('skipped');
    });

    it('the same refusal without that setting is not blamed on AppArmor', () => {
      const found = stoppedBy({
        filter: without('sendto'),
        setup: kernelSettings(place, { apparmor_restrict_unprivileged_userns: '0' }),
      });
      expect(found.problem.cause).toBe('unknown');
      expect(found.problem.why).toMatch(/empty network: bwrap: loopback: Failed RTM_NEWADDR/);
      expect(found.problem.proof).toMatch(/What worked: sandbox.bubblewrap .*sandbox.user_namespaces/);
    });

    it('user namespaces are switched off for ordinary users', () => {
      const found = stoppedBy({
        filter: noUserNamespaces(EPERM),
        setup: kernelSettings(place, { unprivileged_userns_clone: '0' }),
      });
      expect(found.problem.cause).toBe('userns_disabled');
      expect(found.problem.proof).toContain('kernel.unprivileged_userns_clone = 0');
      expect(found.problem.fixes[0].step).toBe('sudo sysctl -w kernel.unprivileged_userns_clone=1');
      expect(statusOf(found, 'sandbox.user_namespaces')).toBe('failed');
    });

    /** In a user namespace of its own, where it is nobody with all rights, it sets a limit and gives the rights away. */
    function limited(limit: string): string[] {
      const set = `echo 0 > /proc/sys/user/${limit} && exec setpriv --ambient-caps=-all --inh-caps=-all "$@"`;
      return ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--keep-caps', 'sh', '-c', set, 'sh'];
    }

    it.each(['max_user_namespaces', 'max_net_namespaces', 'max_mnt_namespaces'])('%s is 0', (limit) => {
      const { problem } = stoppedBy({ become: limited(limit) });
      expect(problem.cause).toBe('namespace_limit');
      expect(problem.proof).toContain(`user.${limit} = 0 (/proc/sys/user/${limit})`);
      expect(problem.fixes[0].step).toBe(`sudo sysctl -w user.${limit}=15000`);
    });

    it('a limit of root, who is told to type it without sudo', () => {
      const set = 'echo 0 > /proc/sys/user/max_pid_namespaces && exec "$@"';
      const { problem } = stoppedBy({ become: ['unshare', '--user', '--map-root-user', 'sh', '-c', set, 'sh'] });
      expect(problem.cause).toBe('namespace_limit');
      expect(problem.fixes[0].step).toBe('sysctl -w user.max_pid_namespaces=15000');
    });

    it('namespaces are nested too deeply', () => {
      const deeper =
        'n=$1; shift; [ $n = 0 ] && exec "$@"; exec unshare --user --map-user=65534 --map-group=65534 sh -c "$deeper" sh $((n - 1)) "$@"';
      const { problem } = stoppedBy({ become: ['env', `deeper=${deeper}`, 'sh', '-c', deeper, 'sh', '33'] });
      expect(problem.cause).toBe('namespaces_exhausted');
      expect(problem.proof).toMatch(/ENOSPC.*max_user_namespaces: [1-9]/);
    });

    it('the kernel has no user namespaces', () => {
      const { problem } = stoppedBy({
        filter: noUserNamespaces(EINVAL),
        setup: 'mount -t tmpfs none /proc/$$/ns',
      });
      expect(problem.cause).toBe('kernel_without_userns');
      expect(problem.proof).toMatch(/\/proc\/self\/ns\/user is missing; bwrap: .*does not support user namespaces/);
      expect(problem.fixes[0].step).toContain('CONFIG_USER_NS=y');
    });

    it('the filter of a container forbids namespaces: its start is named, trusting it comes last', () => {
      const found = stoppedBy({
        filter: noUserNamespaces(EPERM),
        setup: 'mount -t tmpfs none /run && : > /run/.containerenv',
      });
      expect(found.problem.cause).toBe('container_seccomp');
      expect(found.problem.proof).toMatch(/Seccomp: 2; \/run\/.containerenv exists; bwrap: No permissions to creat/);
      expect(found.problem.fixes[0].step).toBe('podman run --security-opt seccomp=unconfined …');
      expect(found.problem.fixes.at(-1)?.step).toContain(':external');
      expect(found.problem.fixes.length).toBe(2);
    });

    it('root has no capabilities, as in most containers', () => {
      const { problem } = stoppedBy({ become: ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] });
      expect(problem.cause).toBe('container_capabilities');
      expect(problem.proof).toMatch(/CapEff: 0000000000000000.*Operation not permitted/);
      expect(problem.fixes[0].step).toContain('--user 1000:1000');
      expect(problem.fixes[1]?.step).toContain('SYS_ADMIN');
    });

    it.each([
      ['mount', /Failed to make \/ slave: Operation not permitted/],
      ['pivot_root', /pivot_root: Operation not permitted/],
    ] as const)('%s is refused, as in containers', (call, said) => {
      for (const become of [asUser, []]) {
        const { problem } = stoppedBy({ filter: without(call), become });
        expect(problem.cause).toBe('container_mounts');
        expect(problem.proof).toMatch(said);
        expect(problem.fixes[0].step).toContain('apparmor=unconfined');
      }
    });

    it('/proc is partly covered, as in a container: commands run with the outer one, and a warning', () => {
      const covered =
        'mount -t proc proc /proc && mount --bind /proc/sys /proc/sys && exec unshare --user --map-root-user --mount "$@"';
      const found = probeIn(place, probe, {
        become: ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', covered, 'sh'],
      });
      expect(found).toMatchObject({ ready: true, facts: { canMountProc: false } });
      const check = found.checks.find(({ id }) => id === 'sandbox.proc');
      expect(check).toMatchObject({ status: 'warning', diagnosis: { cause: 'proc_covered' } });
      expect(check?.diagnosis?.what).toContain('other processes');
      expect(check?.diagnosis?.proof).toMatch(/Can't mount proc.*\/proc\/sys/);
      expect(check?.diagnosis?.fixes[0].step).toMatch(/systempaths=unconfined|unmask=ALL|procMount/);
      expect(statusOf(found, 'sandbox.seccomp')).toBe('ok');
    });

    it('a part of /proc is empty', () => {
      const { problem } = stoppedBy({ setup: 'mount -t tmpfs none /proc/sys' });
      expect(problem.cause).toBe('proc_missing');
      expect(problem.proof).toContain("Can't read /proc/sys/kernel/overflowuid");
      expect(problem.fixes[0].step).toBe('sudo mount -t proc proc /proc');
    });

    it('/proc is not mounted at all', () => {
      const { problem } = stoppedBy({ setup: 'umount -l /proc' });
      expect(problem.cause).toBe('proc_missing');
    });

    it('the user has no number in its namespace', () => {
      const { problem } = stoppedBy({ become: ['unshare', '--user'] });
      expect(problem.cause).toBe('unmapped_user');
      expect(problem.proof).toMatch(/\/proc\/self\/uid_map does not have 65534; bwrap: No permissions to creat/);
      expect(problem.fixes[0].step).toContain('--map-current-user');
    });

    it.each([
      ['an ordinary user', 'chroot --userspec=65534:65534'],
      ['root', 'chroot'],
    ])('it runs in a chroot (%s)', (_who, chroot) => {
      const root = place.folder('root');
      const fill = `
        for top in /*; do
          if [ -L "$top" ]; then cp -P "$top" ${root}; continue; fi
          [ -d "$top" ] && mkdir ${root}"$top" && mount --rbind "$top" ${root}"$top"
        done`;
      const { problem } = stoppedBy({ setup: fill, become: [...chroot.split(' '), root] });
      expect(problem.cause).toBe('chroot');
      expect(problem.proof).toMatch(/\/proc\/self\/mountinfo has no mount at \/; bwrap: /);
    });

    it('bubblewrap is missing', () => {
      const { problem } = stoppedBy({ searchPath: place.folder('empty') });
      expect(problem.cause).toBe('bubblewrap_missing');
      expect(problem.proof).toContain(path.join(place.path, 'empty'));
      expect(problem.fixes[0].step).toMatch(/^sudo .*bubblewrap$/);
    });

    it('bubblewrap is too old by its own help', () => {
      const script =
        'case "$1" in --version) echo bubblewrap 0.3.0;; --help) echo "  --args FD --seccomp FD";; *) exit 1;; esac';
      const { problem } = stoppedBy({ searchPath: ownBubblewrap(script) });
      expect(problem.cause).toBe('bubblewrap_too_old');
      expect(problem.explanation).toMatch(/version 0\.3\.0; version 0\.3\.2 or later/);
      expect(problem.proof).toContain('--json-status-fd (since 0.3.2)');
    });

    it('bubblewrap refuses an option', () => {
      const script = `for it; do [ "$it" = --new-session ] && echo "bwrap: Unknown option $it" >&2 && exit 1; done; exec ${bubblewrapHere()} "$@"`;
      const found = stoppedBy({ searchPath: ownBubblewrap(script) });
      expect(found.problem.cause).toBe('bubblewrap_too_old');
      expect(found.problem.proof).toContain('Unknown option --new-session');
      expect(statusOf(found, 'sandbox.bubblewrap')).toBe('failed');
    });

    it('bubblewrap is setuid root', () => {
      const folder = place.folder('setuid');
      const { problem } = stoppedBy({
        setup: `mount -t tmpfs -o mode=755 none ${folder} && cp ${bubblewrapHere()} ${folder}/bwrap && chmod 4755 ${folder}/bwrap`,
        searchPath: `${folder}:${searchPath}`,
      });
      expect(problem.cause).toBe('bubblewrap_setuid');
      expect(problem.proof).toMatch(/mode is 4755; bwrap: setting up uid map/);
      expect(problem.fixes[0].step).toBe(`sudo chmod u-s ${folder}/bwrap`);
    });

    it('bubblewrap has file capabilities', () => {
      const folder = place.folder('capable');
      const { problem } = stoppedBy({
        setup: `mount -t tmpfs -o mode=755 none ${folder} && cp ${bubblewrapHere()} ${folder}/bwrap && perl -e '${giveCapability}' ${folder}/bwrap`,
        searchPath: `${folder}:${searchPath}`,
      });
      expect(problem.cause).toBe('bubblewrap_capabilities');
      expect(problem.fixes[0].step).toBe(`sudo setcap -r ${folder}/bwrap`);
    });

    it('bubblewrap lies on a file system mounted noexec', () => {
      const folder = place.folder('noexec');
      const { problem } = stoppedBy({
        setup: `mount -t tmpfs -o noexec,mode=755 none ${folder} && cp ${bubblewrapHere()} ${folder}/bwrap`,
        searchPath: folder,
      });
      expect(problem.cause).toBe('program_not_executable');
      expect(problem.proof).toContain(`${folder}/bwrap is not used: ${folder} is mounted noexec`);
      expect(problem.fixes[0].step).toContain('install');
    });

    it('bubblewrap has no mode to be executed', () => {
      const folder = place.folder('plain');
      copyFileSync(bubblewrapHere(), path.join(folder, 'bwrap'));
      const { problem } = stoppedBy({ setup: `chmod 644 ${folder}/bwrap`, searchPath: folder });
      expect(problem.cause).toBe('program_not_executable');
      expect(problem.proof).toContain('its mode is 644');
      expect(problem.fixes[0].step).toBe(`sudo chmod 755 ${folder}/bwrap`);
    });

    it('too few files may be open', () => {
      const { problem } = stoppedBy({
        searchPath: ownBubblewrap(
          `case "$1" in --version|--help) ;; *) ulimit -n 5;; esac; exec ${bubblewrapHere()} "$@"`,
        ),
      });
      expect(problem.cause).toBe('resource_limit');
      expect(problem.proof).toMatch(/Too many open files; \/proc\/self\/limits: \d+ open files/);
      expect(problem.fixes[0].step).toBe('ulimit -n 4096');
    });

    it('too few files may be open for the program itself', () => {
      const late = 'exec 3<&-; exec prlimit --nofile=24:24 "$@"';
      const { problem } = stoppedBy({ become: [...asUser, 'bash', '-c', late, 'bash'] });
      expect(problem.cause).toBe('resource_limit');
      expect(problem.fixes[0].step).toBe('ulimit -n 4096');
    });

    it('too few processes may run', () => {
      const script = `case "$1" in --version|--help) ;; *) ulimit -u 1;; esac; exec ${bubblewrapHere()} "$@"`;
      const { problem } = stoppedBy({ searchPath: ownBubblewrap(script) });
      expect(problem.cause).toBe('resource_limit');
      expect(problem.fixes[0].step).toBe('ulimit -u 4096');
    });

    it('it is WSL 1', () => {
      const version = 'Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com) #1 Microsoft\n';
      const { problem } = stoppedBy({
        filter: noUserNamespaces(EINVAL),
        setup: cover(place, '/proc/version', version),
      });
      expect(problem.cause).toBe('wsl1');
      expect(problem.proof).toContain('/proc/version: Linux version 4.4.0-19041-Microsoft');
      expect(problem.fixes[0].step).toContain('wsl --set-version');
    });

    it('WSL 2 is not taken for WSL 1', () => {
      const version = 'Linux version 5.15.90.1-microsoft-standard-WSL2 (root@1) #1 SMP\n';
      const { problem } = stoppedBy({
        filter: noUserNamespaces(EINVAL),
        setup: cover(place, '/proc/version', version),
      });
      expect(problem.cause).toBe('kernel_without_userns');
    });

    it('the kernel has no filters on system calls', () => {
      const status = readFileSync('/proc/self/status', 'utf8').replaceAll(/^Seccomp.*\n/gm, '');
      const found = stoppedBy({ filter: noFilters(), setup: cover(place, '/proc/$$/status', status) });
      expect(found.problem.cause).toBe('kernel_without_seccomp');
      expect(found.problem.proof).toMatch(/no line Seccomp; bwrap: .*PR_SET_SECCOMP/);
      expect(statusOf(found, 'sandbox.network')).toBe('ok');
      expect(statusOf(found, 'sandbox.seccomp')).toBe('failed');
    });

    it('something around it lets no filter be loaded', () => {
      const { problem } = stoppedBy({ filter: noFilters() });
      expect(problem.cause).toBe('seccomp_refused');
      expect(problem.proof).toContain('Seccomp: 2');
    });

    it('nobody knows why: what it said is shown whole, with what worked', () => {
      const script = `for it; do [ "$it" = --proc ] && printf 'bwrap: half-way\\nand a second line\\n' >&2 && exit 1; [ "$it" = --seccomp ] && echo "bwrap: never heard of" >&2 && exit 1; done; exec ${bubblewrapHere()} "$@"`;
      const found = stoppedBy({ searchPath: ownBubblewrap(script) });
      expect(found.problem.cause).toBe('unknown');
      expect(found.problem.why).toContain('system call filter: bwrap: never heard of');
      expect(found.problem.proof).toMatch(/What worked: sandbox.bubblewrap.*sandbox.user_namespaces.*sandbox.network/);
      expect(found.checks.find(({ id }) => id === 'sandbox.proc')?.detail).toBe('bwrap: half-way\nand a second line');
    });

    it('the fix is seen at the next probe', () => {
      const folder = place.folder('later');
      mkdirSync(path.join(folder, 'x'));
      expect(stoppedBy({ searchPath: `${folder}:${place.folder('empty')}` }).problem.cause).toBe('bubblewrap_missing');
      copyFileSync(bubblewrapHere(), path.join(folder, 'bwrap'));
      expect(
        probeIn(place, probe, { setup: `chmod 755 ${folder}/bwrap`, searchPath: `${folder}:${searchPath}` }).ready,
      ).toBe(true);
    });
  });
