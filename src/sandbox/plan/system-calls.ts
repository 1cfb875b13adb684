// The numbers of the system calls the filter has an opinion about, as the two kernels' tables list them.

export type FilterArch = 'x64' | 'arm64';

/** x86_64: arch/x86/entry/syscalls/syscall_64.tbl. arm64: include/uapi/asm-generic/unistd.h. Null: not there. */
const numbers = {
  ioctl: [16, 29],
  socket: [41, 198],
  socketpair: [53, 199],
  clone: [56, 220],
  clone3: [435, 435],
  unshare: [272, 97],
  setns: [308, 268],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  userfaultfd: [323, 282],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  acct: [163, 89],
  quotactl: [179, 60],
  open_by_handle_at: [304, 265],
  syslog: [103, 116],
  iopl: [172, null],
  ioperm: [173, null],
  vhangup: [153, 58],
  lookup_dcookie: [212, 18],
  chmod: [90, null],
  fchmod: [91, 52],
  fchmodat: [268, 53],
  fchmodat2: [452, 452],
  open: [2, null],
  openat: [257, 56],
  openat2: [437, 437],
  creat: [85, null],
  mknod: [133, null],
  mknodat: [259, 33],
} as const satisfies Record<string, readonly [number, number | null]>;

export type SystemCall = keyof typeof numbers;

/** The number of a call on an architecture, or null where that architecture does not have it. */
export function callNumber(call: SystemCall, arch: FilterArch): number | null {
  return numbers[call][arch === 'x64' ? 0 : 1];
}
