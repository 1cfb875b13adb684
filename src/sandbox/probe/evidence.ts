// What this machine says about itself where it matters for namespaces: small files, read once after a failed start.

import * as fs from 'node:fs';
import { type Container, containerAround } from './container.ts';
import { readMounts } from './mounts.ts';

export interface MachineEvidence {
  readonly uid: number;
  /** Values of sysctls and module parameters by path, trimmed; absent files are left out. */
  readonly settings: Readonly<Record<string, string>>;
  readonly kernel: string;
  readonly container: Container | null;
  /** The `Seccomp:` of /proc/self/status: 0 no filter is on us, 2 there is one; null where the kernel has no such line. */
  readonly seccompMode: number | null;
  /** Our effective capabilities as the kernel prints them, hexadecimal; empty when unknown. */
  readonly capabilities: string;
  readonly hasUserNamespaces: boolean;
  /** Whether this user has a number in its own user namespace; without one it can make no other. */
  readonly isMapped: boolean;
  /** What shows that the root folder is not the one of the mount namespace, or null. */
  readonly changedRoot: string | null;
  /** Mount points below /proc. */
  readonly mountsBelowProc: readonly string[];
  /** Limits on files and processes, in words. */
  readonly limits: string;
}

export const appArmorRestricts = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
export const appArmorEnabled = '/sys/module/apparmor/parameters/enabled';
export const usernsClone = '/proc/sys/kernel/unprivileged_userns_clone';
export const namespaceLimits = ['user', 'net', 'pid', 'mnt', 'ipc', 'uts'].map(
  (it) => `/proc/sys/user/max_${it}_namespaces`,
);

export function readEvidence(): MachineEvidence {
  const status = textOf('/proc/self/status');
  const mode = /^Seccomp:\s*(\d)/m.exec(status)?.[1];
  const uid = process.getuid?.() ?? -1;
  const mounts = readMounts().map(({ point }) => point);
  return {
    uid,
    settings: settings(),
    kernel: textOf('/proc/version').trim(),
    container: containerAround({
      exists: fs.existsSync,
      groups: textOf('/proc/1/cgroup'),
      isKubernetes: process.env.KUBERNETES_SERVICE_HOST !== undefined,
    }),
    seccompMode: mode === undefined ? null : Number(mode),
    capabilities: /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '',
    hasUserNamespaces: fs.existsSync('/proc/self/ns/user'),
    isMapped: isMapped(uid, textOf('/proc/self/uid_map')),
    changedRoot: changedRoot(mounts),
    mountsBelowProc: mounts.filter((it) => it.startsWith('/proc/')),
    limits: limits(),
  };
}

function settings(): Record<string, string> {
  const paths = [appArmorRestricts, appArmorEnabled, usernsClone, ...namespaceLimits];
  return Object.fromEntries(paths.map((it) => [it, textOf(it).trim()] as const).filter(([, value]) => value !== ''));
}

/** Lines of `inside outside count` (user_namespaces(7)). Without /proc nothing is known, which proves nothing. */
function isMapped(uid: number, map: string): boolean {
  const ranges = map.trim().split('\n').map(numbersOf);
  const isUnreadable = map === '' && !fs.existsSync('/proc/self/uid_map');
  return isUnreadable || ranges.some(([first = 0, , count = 0]) => uid >= first && uid < first + count);
}

function numbersOf(line: string): number[] {
  return line.trim().split(/\s+/).map(Number);
}

function changedRoot(mounts: readonly string[]): string | null {
  // Mounts outside of the root are not listed, and the root itself is no mount point when it is just a folder.
  if (mounts.length > 0 && !mounts.includes('/')) return '/proc/self/mountinfo has no mount at /';
  try {
    const [first, own] = [fs.statSync('/proc/1/root/'), fs.statSync('/')];
    const isSame = first.dev === own.dev && first.ino === own.ino;
    return isSame || isOtherMountNamespace() ? null : '/proc/1/root is another folder than /';
  } catch {
    // Only root may look at the root of process 1.
    return null;
  }
}

/** There a root of its own is what one expects. */
function isOtherMountNamespace(): boolean {
  return fs.readlinkSync('/proc/1/ns/mnt') !== fs.readlinkSync('/proc/self/ns/mnt');
}

function limits(): string {
  const own = textOf('/proc/self/limits');
  const soft = (name: string): string => new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(own)?.[1] ?? 'unknown';
  const group = /^0::(.*)$/m.exec(textOf('/proc/self/cgroup'))?.[1] ?? '';
  const tasks = textOf(`/sys/fs/cgroup${group}/pids.max`).trim();
  const ofGroup = tasks === '' || tasks === 'max' ? '' : `; pids.max of the group ${group} is ${tasks}`;
  return `/proc/self/limits: ${soft('Max open files')} open files, ${soft('Max processes')} processes${ofGroup}`;
}

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    // Absent on this kernel or closed to this user: no evidence either way.
    return '';
  }
}
