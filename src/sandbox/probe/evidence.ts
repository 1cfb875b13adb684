// What this machine says about itself where it matters for namespaces: small files, read once after a failed start.

import * as fs from 'node:fs';

export interface MachineEvidence {
  readonly uid: number;
  /** Values of sysctls and module parameters by path, trimmed; absent files are left out. */
  readonly settings: Readonly<Record<string, string>>;
  readonly kernel: string;
  /** A container's marks, in words, or null. */
  readonly container: string | null;
  /** A seccomp filter is already on us. */
  readonly isFiltered: boolean;
  /** Our effective capabilities as the kernel prints them, hexadecimal; empty when unknown. */
  readonly capabilities: string;
  readonly hasUserNamespaces: boolean;
}

export const appArmorRestricts = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
export const appArmorEnabled = '/sys/module/apparmor/parameters/enabled';
export const usernsClone = '/proc/sys/kernel/unprivileged_userns_clone';
export const namespaceLimits = ['user', 'net', 'pid', 'mnt', 'ipc', 'uts'].map(
  (it) => `/proc/sys/user/max_${it}_namespaces`,
);

export function readEvidence(): MachineEvidence {
  const status = textOf('/proc/self/status');
  const paths = [appArmorRestricts, appArmorEnabled, usernsClone, ...namespaceLimits];
  return {
    uid: process.getuid?.() ?? -1,
    settings: Object.fromEntries(
      paths.map((it) => [it, textOf(it).trim()] as const).filter(([, value]) => value !== ''),
    ),
    kernel: textOf('/proc/version').trim(),
    container: containerMark(),
    isFiltered: /^Seccomp:\s*2/m.test(status),
    capabilities: /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '',
    hasUserNamespaces: fs.existsSync('/proc/self/ns/user'),
  };
}

function containerMark(): string | null {
  if (fs.existsSync('/.dockerenv')) return '/.dockerenv exists';
  if (fs.existsSync('/run/.containerenv')) return '/run/.containerenv exists';
  const group = /docker|kubepods|containerd|lxc|libpod/.exec(textOf('/proc/1/cgroup'))?.[0];
  return group === undefined ? null : `process 1 is in a group of ${group}`;
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    // Absent on this kernel or closed to this user: no evidence either way.
    return '';
  }
}
