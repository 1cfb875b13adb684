// Which system calls a sandboxed command may not make: what mounts and namespaces alone leave open.

import {
  archOffset,
  argumentOffset,
  assemble,
  type Instruction,
  loadWord,
  maskWith,
  numberOffset,
  verdict,
  whenAnyBit,
  whenAtLeast,
  whenEqual,
} from './bpf.ts';
import { callNumber, type FilterArch, type SystemCall } from './system-calls.ts';

export interface FilterOptions {
  /** Unix sockets can be made; which of them can be reached is then decided by mounts. */
  readonly unixSockets: boolean;
  /** The command runs as uid 0, whose files with a setuid bit would be presents for every other user of the host. */
  readonly asRoot: boolean;
}

const EPERM = 1;
const ENOSYS = 38;

const refused = verdict({ errno: EPERM });
const absent = verdict({ errno: ENOSYS });
const allowed = verdict('allow');

/** linux/audit.h: AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64. */
const auditArch: Record<FilterArch, number> = { x64: 0xc000_003e, arm64: 0xc000_00b7 };

/** Numbers from here on are the x32 ABI: the same calls under other numbers, past every rule below. */
const x32Bit = 0x4000_0000;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const socketTypeMask = 0xf;

/** Requests that type into a terminal, or into a virtual console. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

const CLONE_NEWUSER = 0x1000_0000;
const setuidBit = 0o4000;

/** `open` makes a file, and so has a mode at all, only with O_CREAT or O_TMPFILE; without them the register is noise. */
const makesFile = 0o100 | 0o20000000;

/** Other namespaces, kernel keys, the kernel's own programs, mounts, modules, clocks: nothing a build or a test needs. */
const refusedCalls: readonly SystemCall[] = [
  'setns',
  'add_key',
  'request_key',
  'keyctl',
  'userfaultfd',
  'bpf',
  'perf_event_open',
  'mount',
  'umount2',
  'pivot_root',
  'open_tree',
  'move_mount',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'mount_setattr',
  'kexec_load',
  'kexec_file_load',
  'init_module',
  'finit_module',
  'delete_module',
  'reboot',
  'swapon',
  'swapoff',
  'settimeofday',
  'clock_settime',
  'clock_adjtime',
  'adjtimex',
  'acct',
  'quotactl',
  'open_by_handle_at',
  'syslog',
  'iopl',
  'ioperm',
  'vhangup',
  'lookup_dcookie',
];

/**
 * Calls whose arguments lie behind pointers, where no filter sees them, or that do the work of others unseen. Told
 * that they do not exist, C libraries and runtimes take the older call instead.
 */
const absentCalls: readonly SystemCall[] = ['io_uring_setup', 'io_uring_enter', 'io_uring_register', 'clone3'];

/**
 * The filter as bytes for `--seccomp`. Everything not named is allowed. Rules on numbers compare the low 32 bits of an
 * argument only: the kernel drops the upper half, so a wider comparison could be passed by filling it.
 */
export function seccompFilter(arch: FilterArch, options: FilterOptions): Uint8Array {
  const rules: Instruction[] = [];
  const rule = (call: SystemCall, body: readonly Instruction[]): void => {
    const number = callNumber(call, arch);
    if (number !== null) rules.push(whenEqual(number, 0, body.length), ...body);
  };

  rule('ioctl', refusedWhenEqual(1, [TIOCSTI, TIOCLINUX]));
  rule('socket', socketRule(options.unixSockets));
  if (!options.unixSockets) rule('socketpair', socketPairRule);
  for (const call of absentCalls) rule(call, [absent]);
  for (const call of ['clone', 'unshare'] as const) rule(call, refusedWhenBit(0, CLONE_NEWUSER));
  // Tracing own children is honest work. Process 1 is the sandbox's init: it carries the promise to die with us.
  rule('ptrace', refusedWhenEqual(1, [1]));
  for (const call of ['process_vm_readv', 'process_vm_writev'] as const) rule(call, refusedWhenEqual(0, [1]));
  if (options.asRoot) setuidRules(rule);
  for (const call of refusedCalls) rule(call, [refused]);

  const sameArch = [loadWord(archOffset), whenEqual(auditArch[arch], 1, 0), verdict('kill'), loadWord(numberOffset)];
  const noX32 = arch === 'x64' ? [whenAtLeast(x32Bit, 0, 1), absent] : [];
  return assemble([...sameArch, ...noX32, ...rules, allowed]);
}

function refusedWhenEqual(argument: number, values: readonly number[]): Instruction[] {
  const tests = values.map((value, index) => whenEqual(value, values.length - index, 0));
  return [loadWord(argumentOffset(argument)), ...tests, allowed, refused];
}

function refusedWhenBit(argument: number, bits: number): Instruction[] {
  return [loadWord(argumentOffset(argument)), whenAnyBit(bits, 0, 1), refused, allowed];
}

/** Families that leave the machine by other ways than its network (vsock, bluetooth, raw packets) stay shut. */
function socketRule(withUnixSockets: boolean): Instruction[] {
  const families = [AF_INET, AF_INET6, AF_NETLINK, ...(withUnixSockets ? [AF_UNIX] : [])];
  const tests = families.map((family, index) => whenEqual(family, families.length - index, 0));
  return [loadWord(argumentOffset(0)), ...tests, refused, allowed];
}

/**
 * A datagram pair can be pointed at any socket of the file system later, and a raw one is a datagram pair to the
 * kernel; stream and seqpacket pairs cannot.
 */
const socketPairRule: readonly Instruction[] = [
  loadWord(argumentOffset(0)),
  whenEqual(AF_UNIX, 0, 4),
  loadWord(argumentOffset(1)),
  maskWith(socketTypeMask),
  whenEqual(SOCK_STREAM, 2, 0),
  whenEqual(SOCK_SEQPACKET, 1, 0),
  refused,
  allowed,
];

function setuidRules(rule: (call: SystemCall, body: readonly Instruction[]) => void): void {
  const modes: readonly (readonly [SystemCall, number])[] = [
    ['chmod', 1],
    ['fchmod', 1],
    ['fchmodat', 2],
    ['fchmodat2', 2],
    ['creat', 1],
    ['mknod', 1],
    ['mknodat', 2],
  ];
  for (const [call, argument] of modes) rule(call, refusedWhenBit(argument, setuidBit));
  for (const [call, flags] of [
    ['open', 1],
    ['openat', 2],
  ] as const) {
    rule(call, [
      loadWord(argumentOffset(flags)),
      whenAnyBit(makesFile, 0, 3),
      loadWord(argumentOffset(flags + 1)),
      whenAnyBit(setuidBit, 0, 1),
      refused,
      allowed,
    ]);
  }
  // Its mode lies behind a pointer; who calls it falls back to `openat`.
  rule('openat2', [absent]);
}
