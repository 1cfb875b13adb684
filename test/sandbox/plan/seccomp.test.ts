// Which system calls the filter lets through, on both architectures.

import { describe, expect, it } from 'vitest';
import { seccompFilter } from '../../../src/sandbox/plan/seccomp.ts';
import { callNumber, type FilterArch, type SystemCall } from '../../../src/sandbox/plan/system-calls.ts';
import { answerOf } from './bpf-machine.ts';

const audit: Record<FilterArch, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };
const EPERM = 1;
const ENOSYS = 38;
const highBits = 0xdead_beef_0000_0000n;

const closed = { unixSockets: false, asRoot: false };
const root = { unixSockets: false, asRoot: true };
const listed = { unixSockets: true, asRoot: false };

type Row = readonly [SystemCall, readonly bigint[], typeof closed, 'allow' | number, string];

const rows: readonly Row[] = [
  ['ioctl', [0n, 0x5412n], closed, EPERM, 'typing into a terminal'],
  ['ioctl', [0n, 0x5412n | highBits], closed, EPERM, 'typing into a terminal, the ignored half filled'],
  ['ioctl', [0n, 0x541cn], closed, EPERM, 'typing into a console'],
  ['ioctl', [0n, 0x5413n], closed, 'allow', 'asking a terminal for its size'],
  ['socket', [1n], closed, EPERM, 'a unix socket'],
  ['socket', [1n], listed, 'allow', 'a unix socket where some are listed'],
  ['socket', [2n], closed, 'allow', 'an internet socket'],
  ['socket', [10n], closed, 'allow', 'an internet socket, version 6'],
  ['socket', [16n], closed, 'allow', 'a netlink socket'],
  ['socket', [40n], listed, EPERM, 'a socket to the hypervisor'],
  ['socket', [40n | highBits], closed, EPERM, 'the same, the ignored half filled'],
  ['socket', [38n], closed, EPERM, 'a socket to the kernel crypto'],
  ['socketpair', [1n, 1n], closed, 'allow', 'a stream pair'],
  ['socketpair', [1n, 5n | 0x80000n], closed, 'allow', 'a packet pair, close-on-exec'],
  ['socketpair', [1n, 2n | 0x80800n], closed, EPERM, 'a datagram pair, with flags'],
  ['socketpair', [2n, 1n], closed, EPERM, 'a pair of another family'],
  ['socketpair', [1n, 2n], listed, 'allow', 'a datagram pair where sockets are listed'],
  ['clone', [0x10000000n | 17n], closed, EPERM, 'a child in a new user namespace'],
  ['clone', [0x3d0f00n], closed, 'allow', 'a thread'],
  ['clone3', [], closed, ENOSYS, 'a clone whose flags cannot be seen'],
  ['unshare', [0x10000000n], closed, EPERM, 'a new user namespace'],
  ['unshare', [0x400n], closed, 'allow', 'a table of descriptors of its own'],
  ['setns', [], closed, EPERM, 'joining a namespace'],
  ['io_uring_setup', [], closed, ENOSYS, 'calls made unseen'],
  ['io_uring_enter', [], closed, ENOSYS, 'calls made unseen'],
  ['io_uring_register', [], closed, ENOSYS, 'calls made unseen'],
  ['ptrace', [16n, 1n], closed, EPERM, 'tracing the init'],
  ['ptrace', [16n, 1n | highBits], closed, EPERM, 'tracing the init, the ignored half filled'],
  ['ptrace', [0n, 0n], closed, 'allow', 'being traced by the parent'],
  ['ptrace', [16n, 17n], closed, 'allow', 'tracing another process of the sandbox'],
  ['process_vm_writev', [1n], closed, EPERM, 'writing the memory of the init'],
  ['process_vm_readv', [1n], closed, EPERM, 'reading the memory of the init'],
  ['process_vm_readv', [23n], closed, 'allow', 'reading the memory of another process'],
  ['mount', [], closed, EPERM, 'mounting'],
  ['mount_setattr', [], closed, EPERM, 'making a mount writable'],
  ['move_mount', [], closed, EPERM, 'moving a mount'],
  ['open_by_handle_at', [], closed, EPERM, 'opening past all paths'],
  ['keyctl', [], closed, EPERM, 'the keys of the kernel'],
  ['bpf', [], closed, EPERM, 'programs for the kernel'],
  ['userfaultfd', [], closed, EPERM, 'page faults'],
  ['reboot', [], closed, EPERM, 'a restart'],
  ['clock_settime', [], closed, EPERM, 'setting the clock'],
  ['chmod', [0n, 0o4755n], root, EPERM, 'a setuid bit as root'],
  ['chmod', [0n, 0o4755n], closed, 'allow', 'a setuid bit as a user, for whom it is their own'],
  ['chmod', [0n, 0o2755n], root, 'allow', 'a setgid bit as root'],
  ['fchmod', [0n, 0o4755n], root, EPERM, 'a setuid bit by descriptor'],
  ['fchmodat', [0n, 0n, 0o4755n], root, EPERM, 'a setuid bit by folder'],
  ['fchmodat2', [0n, 0n, 0o4755n], root, EPERM, 'a setuid bit by folder, the newer call'],
  ['open', [0n, 0o101n, 0o4755n], root, EPERM, 'a new file with a setuid bit'],
  ['open', [0n, 0n, 0o4755n], root, 'allow', 'an old file, whatever the mode register holds'],
  ['openat', [0n, 0n, 0o101n, 0o4755n], root, EPERM, 'a new file with a setuid bit, by folder'],
  ['openat', [0n, 0n, 0o20200002n, 0o4755n], root, EPERM, 'a nameless file with a setuid bit'],
  ['openat', [0n, 0n, 0o101n, 0o644n], root, 'allow', 'a new ordinary file'],
  ['openat', [0n, 0n, 0n, 0o4755n], root, 'allow', 'an old file by folder'],
  ['openat2', [], root, ENOSYS, 'opening with a hidden mode as root'],
  ['openat2', [], closed, 'allow', 'opening with a hidden mode as a user'],
  ['creat', [0n, 0o4755n], root, EPERM, 'creating with a setuid bit'],
  ['mknod', [0n, 0o104755n], root, EPERM, 'a node with a setuid bit'],
  ['mknodat', [0n, 0n, 0o104755n], root, EPERM, 'a node with a setuid bit, by folder'],
];

describe.each(['x64', 'arm64'] as const)('the filter of %s', (arch) => {
  it.each(rows.filter(([call]) => callNumber(call, arch) !== null))(
    '%s(%o) under %o answers %s: %s',
    (call, args, options, answer) => {
      const filter = seccompFilter(arch, options);
      expect(answerOf(filter, { arch: audit[arch], number: callNumber(call, arch) ?? -1, args })).toBe(answer);
    },
  );

  it('lets every call through that no rule names', () => {
    const filter = seccompFilter(arch, closed);
    const named = new Set(rows.map(([call]) => callNumber(call, arch)));
    for (const number of [0, 63, 64, 79, 98, 222, 291, 439].filter((it) => !named.has(it))) {
      expect(answerOf(filter, { arch: audit[arch], number }), `call ${number}`).toBe('allow');
    }
  });

  it('kills a program of another architecture', () => {
    const other = arch === 'x64' ? 0x40000003 : 0x40000028;
    expect(answerOf(seccompFilter(arch, closed), { arch: other, number: 1 })).toBe('kill');
  });
});

it('says that the x32 calls do not exist, so that no rule is passed by their numbers', () => {
  const filter = seccompFilter('x64', closed);
  expect(answerOf(filter, { arch: audit.x64, number: 0x40000000 + 41, args: [1n] })).toBe(ENOSYS);
});
