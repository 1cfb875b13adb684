// Which cause is named where the words differ between kernels and versions: what machines.test.ts cannot make here.

import { describe, expect, it } from 'vitest';
import {
  appArmorEnabled,
  appArmorRestricts,
  type MachineEvidence,
  usernsClone,
} from '../../../src/sandbox/probe/evidence.ts';
import { diagnoseFailedStart, type FailedStart } from '../../../src/sandbox/probe/start-causes.ts';

const healthy: MachineEvidence = {
  uid: 1000,
  settings: { '/proc/sys/user/max_user_namespaces': '15000' },
  kernel: 'Linux version 6.8.0',
  container: null,
  seccompMode: 0,
  capabilities: '0000000000000000',
  hasUserNamespaces: true,
  isMapped: true,
  changedRoot: null,
  mountsBelowProc: [],
  limits: '/proc/self/limits: 1024 open files, 4096 processes',
};

function causeOf(stderr: string, evidence: Partial<MachineEvidence>, more: Partial<FailedStart> = {}): string {
  return diagnoseFailedStart({
    program: '/usr/bin/bwrap',
    mode: 0o100755,
    part: 'namespaces',
    passed: [],
    trial: { code: 1, stdout: '', stderr, error: '' },
    evidence: { ...healthy, ...evidence },
    ...more,
  }).cause;
}

const upstream =
  "bwrap: No permissions to creating new namespace, likely because the kernel does not allow non-privileged user namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.\n";
const restricted = { settings: { [appArmorRestricts]: '1', [appArmorEnabled]: 'Y' } };
const setuid = { mode: 0o104755 };

describe('the cause of a failed start is', () => {
  it.each<[string, string, Partial<MachineEvidence>, string]>([
    ['AppArmor, at the map of users', 'bwrap: setting up uid map: Permission denied\n', restricted, 'apparmor_userns'],
    [
      'AppArmor, at the link',
      'bwrap: loopback: Failed RTM_NEWLINK: Permission denied\n',
      restricted,
      'apparmor_userns',
    ],
    [
      'not AppArmor where it is off',
      'bwrap: setting up uid map: Permission denied\n',
      { settings: { [appArmorRestricts]: '1', [appArmorEnabled]: 'N' } },
      'unknown',
    ],
    ['a setting, in the words of upstream', upstream, { settings: { [usernsClone]: '0' } }, 'userns_disabled'],
    [
      'not that setting for root',
      upstream,
      { uid: 0, settings: { [usernsClone]: '0' }, capabilities: '1ffffffffff' },
      'unknown',
    ],
    ['a filter, in the words of upstream', upstream, { seccompMode: 2 }, 'container_seccomp'],
    ['unknown where nothing proves one', upstream, {}, 'unknown'],
    [
      'a limit that older versions report as a full disk',
      'bwrap: Creating new namespace failed: No space left on device\n',
      { settings: { '/proc/sys/user/max_user_namespaces': '0' } },
      'namespace_limit',
    ],
    [
      'not the limit on user namespaces for root, who makes none',
      'bwrap: Creating new namespace failed: No space left on device\n',
      { uid: 0, settings: { '/proc/sys/user/max_user_namespaces': '0' } },
      'namespaces_exhausted',
    ],
    [
      'not a limit of none that has nothing to do with it',
      'bwrap: something new\n',
      { settings: { '/proc/sys/user/max_user_namespaces': '0' } },
      'unknown',
    ],
    ['no lack of rights where they are unknown', 'bwrap: something new\n', { uid: 0, capabilities: '' }, 'unknown'],
  ])('%s', (_, stderr, evidence, cause) => {
    expect(causeOf(stderr, evidence)).toBe(cause);
  });

  it('a setuid program only where it is what the kernel refuses', () => {
    expect(causeOf('bwrap: setting up uid map: Invalid argument\n', {}, setuid)).toBe('bubblewrap_setuid');
    expect(causeOf(upstream, { settings: { [usernsClone]: '0' } }, setuid)).toBe('userns_disabled');
  });

  it('that it did not end, in words', () => {
    const trial = { code: null, stdout: '', stderr: '', error: 'TIMEOUT' };
    expect(causeOf('', {}, { trial, part: 'start' })).toBe('unknown');
  });
});
