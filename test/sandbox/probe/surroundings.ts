// A machine on which no sandbox starts, made for real: the probe in a process of its own, with something in its way.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import type { HostProbe } from '../../../src/sandbox/index.ts';
import {
  argumentOffset,
  assemble,
  type Instruction,
  loadWord,
  numberOffset,
  verdict,
  whenAnyBit,
  whenEqual,
} from '../../../src/sandbox/plan/bpf.ts';
import { callNumber } from '../../../src/sandbox/plan/system-calls.ts';
import type { Place } from '../sandboxed.ts';

export const EPERM = 1;
export const EINVAL = 22;
const ENOSYS = 38;
const CLONE_NEWUSER = 0x1000_0000;
const PR_SET_SECCOMP = 22;

const arch = process.arch === 'arm64' ? 'arm64' : 'x64';

/** Calls that the sandbox's own filter has no opinion about (syscall_64.tbl, asm-generic/unistd.h). */
const otherCalls = { sendto: [44, 206], prctl: [157, 167], setxattr: [188, 5] } as const;

function numberOf(call: 'clone' | 'clone3' | 'unshare' | 'mount' | 'pivot_root' | keyof typeof otherCalls): number {
  if (call === 'sendto' || call === 'prctl' || call === 'setxattr') return otherCalls[call][arch === 'x64' ? 0 : 1];
  return callNumber(call, arch) ?? -1;
}

const answered = (errno: number): Instruction => verdict({ errno });
const allowed = verdict('allow');

function filterOf(...rules: readonly (readonly Instruction[])[]): Uint8Array {
  return assemble([loadWord(numberOffset), ...rules.flat(), allowed]);
}

/** As a container's filter, or a kernel without user namespaces, answers who wants a new one. */
export function noUserNamespaces(errno: number): Uint8Array {
  const refused = (call: 'clone' | 'unshare'): Instruction[] => [
    whenEqual(numberOf(call), 0, 4),
    ...[loadWord(argumentOffset(0)), whenAnyBit(CLONE_NEWUSER, 0, 1), answered(errno), allowed],
  ];
  const noClone3 = [whenEqual(numberOf('clone3'), 0, 1), answered(ENOSYS)];
  return filterOf(noClone3, refused('clone'), refused('unshare'));
}

export function without(call: 'sendto' | 'mount' | 'pivot_root'): Uint8Array {
  return filterOf([whenEqual(numberOf(call), 0, 1), answered(EPERM)]);
}

/** As a kernel without filters answers who wants to load one. */
export function noFilters(): Uint8Array {
  return filterOf([
    whenEqual(numberOf('prctl'), 0, 4),
    ...[loadWord(argumentOffset(0)), whenEqual(PR_SET_SECCOMP, 0, 1), answered(EINVAL), allowed],
  ]);
}

/** A perl program that gives the file in its first argument the file capability CAP_SYS_ADMIN (linux/capability.h). */
export const giveCapability = `
  my ($file, $name) = ($ARGV[0], "security.capability");
  my $value = pack("V5", 0x02000001, 1 << 21, 0, 0, 0);
  syscall(${numberOf('setxattr')}, $file, $name, $value, length $value, 0) == 0 or die "setxattr: $!";
`;

export const asUser = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;

export interface Surroundings {
  /** A filter on system calls around everything. */
  readonly filter?: Uint8Array;
  /** Shell commands, as root in a mount namespace of their own; what they mount is gone with it. `$$` will be the probe. */
  readonly setup?: string;
  /** What starts the probe in the end: an ordinary user when not given. */
  readonly become?: readonly string[];
  /** PATH of the probe. */
  readonly searchPath?: string;
}

/** The probe as a program, made once for all tests of a file. */
export async function bundleProbe(): Promise<string> {
  const entry = path.resolve(import.meta.dirname, '../../../src/sandbox/index.ts');
  const built = await build({
    stdin: {
      contents: `import { probeHost } from ${JSON.stringify(entry)};
        probeHost({ path: process.env.SEARCH, writableRoots: [] }).then((it) => console.log(JSON.stringify(it)));`,
      resolveDir: '/',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
  });
  return built.outputFiles[0]?.text ?? '';
}

/** What the probe finds there. */
export function probeIn(place: Place, probe: string, surroundings: Surroundings): HostProbe {
  const program = path.join(place.path, 'probe.cjs');
  writeFileSync(program, probe, { mode: 0o644 });
  const env = { SEARCH: surroundings.searchPath ?? machinePath };
  const ran = startIn(place, surroundings, [process.execPath, program], env);
  if (ran.status !== 0) throw new Error(`the probe did not run: ${ran.stderr}`);
  return JSON.parse(ran.stdout);
}

const machinePath = process.env.PATH ?? '/usr/bin:/bin';

/** Runs a command there to its end. */
export function startIn(
  place: Place,
  { filter, setup = ':', become = asUser }: Surroundings,
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): SpawnSyncReturns<string> {
  const inside = ['sh', '-ec', `${setup}\nexec "$@"`, 'sh', ...become, ...command];
  const options = { encoding: 'utf8', cwd: '/', env: { PATH: machinePath, ...env }, timeout: 20_000 } as const;
  if (filter === undefined) return spawnSync('unshare', ['--mount', ...inside], options);
  const file = path.join(place.path, 'filter');
  writeFileSync(file, filter);
  const descriptor = openSync(file, 'r');
  const outer = ['bwrap', '--bind', '/', '/', '--dev-bind', '/dev', '/dev', '--cap-add', 'ALL', '--seccomp', '3', '--'];
  try {
    const stdio = ['ignore', 'pipe', 'pipe', descriptor] as const;
    return spawnSync('unshare', ['--mount', ...outer, ...inside], { ...options, stdio: [...stdio] });
  } finally {
    closeSync(descriptor);
  }
}

/** A shell line that puts a file of this text over one that is there. */
export function cover(place: Place, target: string, text: string): string {
  const file = path.join(place.folder('covers'), path.basename(target));
  writeFileSync(file, text, { mode: 0o644 });
  return `mount --bind ${file} "${target}"`;
}

/** A shell line that gives the machine these kernel settings. Files cannot be made in /proc, so the folder is replaced. */
export function kernelSettings(place: Place, settings: Readonly<Record<string, string>>): string {
  const folder = place.folder('kernel');
  for (const name of ['overflowuid', 'overflowgid', 'cap_last_cap', 'ngroups_max']) {
    writeFileSync(path.join(folder, name), readFileSync(`/proc/sys/kernel/${name}`));
  }
  for (const [name, value] of Object.entries(settings)) writeFileSync(path.join(folder, name), `${value}\n`);
  return `mount --bind ${folder} /proc/sys/kernel`;
}

/** A shell line that says of the kernel that AppArmor is on. */
export function withAppArmor(place: Place): string {
  const folder = place.folder('module/apparmor/parameters');
  writeFileSync(path.join(folder, 'enabled'), 'Y\n');
  return `mount --bind ${path.join(place.path, 'module')} /sys/module`;
}

/** A program of that name in a folder of its own; returns the folder. */
export function planted(place: Place, folder: string, name: string, script: string): string {
  const file = path.join(place.folder(folder), name);
  writeFileSync(file, `#!/bin/bash\n${script}\n`);
  chmodSync(file, 0o755);
  return path.dirname(file);
}
