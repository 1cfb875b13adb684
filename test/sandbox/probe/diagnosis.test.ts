// Which cause is named, and what is said to type, for each way a sandbox can fail to start.

import { describe, expect, it } from 'vitest';
import { type Problem, problemText } from '../../../src/problem/index.ts';
import { diagnoseFailedStart, type FailedStart } from '../../../src/sandbox/probe/diagnosis.ts';
import {
  appArmorEnabled,
  appArmorRestricts,
  type MachineEvidence,
  usernsClone,
} from '../../../src/sandbox/probe/evidence.ts';

const healthy: MachineEvidence = {
  uid: 1000,
  settings: { '/proc/sys/user/max_user_namespaces': '15000' },
  kernel: 'Linux version 6.8.0',
  container: null,
  isFiltered: false,
  capabilities: '0000000000000000',
  hasUserNamespaces: true,
};

function diagnose(stderr: string, evidence: Partial<MachineEvidence>, more: Partial<FailedStart> = {}): Problem {
  const problem = diagnoseFailedStart({
    program: '/usr/bin/bwrap',
    mode: 0o100755,
    step: 'namespaces',
    trial: { code: 1, stdout: '', stderr, error: '' },
    evidence: { ...healthy, ...evidence },
    ...more,
  });
  expect(problem.what).toContain('none was run');
  return problem;
}

const noPermission =
  'bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.\n';

describe('a sandbox that cannot start is diagnosed:', () => {
  it.each<[string, string, Partial<MachineEvidence>, RegExp, RegExp]>([
    [
      'AppArmor, seen at the loopback',
      'bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted\n',
      { settings: { [appArmorRestricts]: '1', [appArmorEnabled]: 'Y' } },
      /AppArmor/,
      /profile bwrap \/usr\/bin\/bwrap .*apparmor_parser -r/,
    ],
    [
      'AppArmor, seen at the uid map',
      'bwrap: setting up uid map: Permission denied\n',
      { settings: { [appArmorRestricts]: '1', [appArmorEnabled]: 'Y' } },
      /AppArmor/,
      /apparmor_parser/,
    ],
    [
      'user namespaces switched off',
      noPermission,
      { settings: { [usernsClone]: '0' } },
      /switched off/,
      /sysctl -w kernel.unprivileged_userns_clone=1/,
    ],
    [
      'a limit of none',
      'bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)\n',
      { settings: { '/proc/sys/user/max_user_namespaces': '0' } },
      /user.max_user_namespaces = 0/,
      /sysctl -w user.max_user_namespaces=15000/,
    ],
    [
      'a limit of none for networks',
      'bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)\n',
      { uid: 0, settings: { '/proc/sys/user/max_user_namespaces': '0', '/proc/sys/user/max_net_namespaces': '0' } },
      /user.max_net_namespaces = 0/,
      /sysctl -w user.max_net_namespaces/,
    ],
    [
      'a kernel without user namespaces',
      'bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.\n',
      {},
      /no user namespaces/,
      /CONFIG_USER_NS/,
    ],
    [
      'a container',
      noPermission,
      { isFiltered: true, container: '/.dockerenv exists' },
      /\.dockerenv/,
      /seccomp=unconfined/,
    ],
    [
      'root of a container without capabilities',
      'bwrap: setting up uid map: Operation not permitted\n',
      { uid: 0, capabilities: '00000000a80425fb', container: '/.dockerenv exists' },
      /root user has no right/,
      /SYS_ADMIN/,
    ],
    [
      'refused mounts',
      'bwrap: Failed to make / slave: Operation not permitted\n',
      { uid: 0, capabilities: '000001ffffffffff' },
      /Mounts/,
      /apparmor=unconfined/,
    ],
    [
      'an emptied /proc',
      "bwrap: Can't read /proc/sys/kernel/overflowuid: No such file or directory\n",
      {},
      /\/proc/,
      /mount -t proc/,
    ],
    [
      'file capabilities',
      'bwrap: Unexpected capabilities but not setuid, old file caps config?\n',
      {},
      /capabilities/,
      /setcap -r \/usr\/bin\/bwrap/,
    ],
    [
      'an old bubblewrap',
      'bwrap: Unknown option --json-status-fd\n',
      {},
      /too old.*--json-status-fd/,
      /apt-get install/,
    ],
    [
      'WSL 1',
      'bwrap: Creating new namespace failed\n',
      { kernel: 'Linux version 4.4.0-19041-Microsoft' },
      /WSL 1/,
      /wsl --set-version/,
    ],
    ['too many open files', 'bwrap: eventfd(): Too many open files\n', {}, /limit/, /ulimit -n/],
  ])('%s', (_, stderr, evidence, why, next) => {
    const problem = diagnose(stderr, evidence);
    expect(problem.why).toMatch(why);
    expect(problem.next).toMatch(next);
  });

  it('a setuid bubblewrap', () => {
    expect(problemText(diagnose('bwrap: setting up uid map: Invalid argument\n', {}, { mode: 0o104755 }))).toMatch(
      /setuid[\s\S]*chmod u-s/,
    );
  });

  it('a program that may not be executed', () => {
    const trial = { code: null, stdout: '', stderr: '', error: 'EACCES' };
    expect(problemText(diagnose('', {}, { trial, step: 'start' }))).toContain('may not be executed');
  });

  it('a kernel without filters', () => {
    expect(problemText(diagnose('bwrap: prctl(PR_SET_SECCOMP) reported EINVAL.\n', {}, { step: 'filter' }))).toContain(
      'CONFIG_SECCOMP_FILTER',
    );
  });

  it('as unknown, with what it said, when nothing proves a cause', () => {
    expect(problemText(diagnose('bwrap: something new\n', {}, { step: 'network' }))).toMatch(
      /empty network: bwrap: something new[\s\S]*codex doctor/,
    );
  });

  it('not as WSL 1 on WSL 2', () => {
    expect(
      diagnose('bwrap: x\n', { kernel: 'Linux version 5.15.0-microsoft-standard-WSL2 (Microsoft)' }),
    ).not.toContain('WSL');
  });
});
