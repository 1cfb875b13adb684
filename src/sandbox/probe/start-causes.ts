// Why bubblewrap fails on this machine: from what it said and the machine's facts. Reads and runs nothing.

import { containerFix, trustTheContainer } from './container.ts';
import { type CauseId, type Diagnosis, diagnosis, type Finding, forUser, nothingRuns } from './diagnosis.ts';
import { appArmorEnabled, appArmorRestricts, type MachineEvidence, namespaceLimits, usernsClone } from './evidence.ts';
import { installFix } from './install.ts';
import type { SandboxPart } from './narrow.ts';
import type { Trial } from './trial.ts';
import { neededVersion } from './versions.ts';

export interface FailedStart {
  readonly program: string;
  /** File mode of the program. */
  readonly mode: number;
  readonly trial: Trial;
  /** The part that could not be made; `start` when the program could not be executed at all. */
  readonly part: SandboxPart | 'start';
  /** What worked before it, in words. */
  readonly passed: readonly string[];
  readonly evidence: MachineEvidence;
}

type Explained = Omit<Finding, 'what' | 'cause'>;

interface Cause {
  readonly id: CauseId;
  readonly matches: (start: FailedStart) => boolean;
  readonly explain: (start: FailedStart) => Explained;
}

/** One diagnosis for one failed start. Causes are tried from the proven to the probable; the last is "unknown". */
export function diagnoseFailedStart(start: FailedStart): Diagnosis {
  const { id, explain } = causes.find((it) => it.matches(start)) ?? unknown;
  return diagnosis(forUser({ cause: id, what: nothingRuns, ...explain(start) }, start.evidence.uid));
}

const partWords: Record<FailedStart['part'], string> = {
  start: 'the sandbox',
  namespaces: 'its namespaces',
  network: 'the empty network',
  proc: '/proc',
  filter: 'the system call filter',
};

/** Long enough for what bubblewrap says, which is a line or two. */
const shownLines = 10;

const unknown: Cause = {
  id: 'unknown',
  matches: () => true,
  explain: ({ program, part, trial, passed }) => ({
    explanation: `${program} failed while setting up ${partWords[part]}: ${allSaid(trial)}`,
    proof: `none of the known causes fits. ${passed.length === 0 ? 'Nothing worked before it.' : `What worked: ${passed.join(', ')}.`}`,
    fixes: [
      {
        step: 'Report it with the output of: codex doctor --json',
        cost: 'none; until it is solved no command runs in a sandbox here.',
      },
    ],
  }),
};

const causes: readonly Cause[] = [
  {
    id: 'program_not_executable',
    matches: ({ trial }) => trial.error === 'EACCES',
    explain: ({ program, trial }) => ({
      explanation: `${program} may not be executed: its mode forbids it, or its file system is mounted noexec.`,
      proof: `starting it: ${trial.error}`,
      fixes: [installFix('bubblewrap')],
    }),
  },
  {
    id: 'resource_limit',
    matches: ({ trial }) => reachedLimit(trial) !== null,
    explain: ({ trial, evidence }) => ({
      explanation: `A limit on ${reachedLimit(trial) === 'u' ? 'processes' : 'open files'} is reached.`,
      proof: `${said(trial)}; ${evidence.limits}`,
      fixes: [
        {
          step: `ulimit -${reachedLimit(trial) ?? 'n'} 4096`,
          cost: 'none beyond the shell in which it is typed; start codex from that one.',
        },
      ],
    }),
  },
  {
    id: 'bubblewrap_capabilities',
    matches: (start) => says(start, 'Unexpected capabilities but not setuid'),
    explain: ({ program, trial }) => ({
      explanation: `${program} carries file capabilities, with which it refuses to work.`,
      proof: said(trial),
      fixes: [
        {
          step: `sudo setcap -r ${program}`,
          cost: 'none: it needs no capabilities of its own where user namespaces work.',
        },
      ],
    }),
  },
  {
    id: 'bubblewrap_too_old',
    matches: (start) => says(start, 'Unknown option'),
    explain: ({ program, trial }) => ({
      explanation: `${program} does not know an option that every start uses; version ${neededVersion} or later is needed.`,
      proof: said(trial),
      fixes: [installFix('bubblewrap')],
    }),
  },
  {
    id: 'bubblewrap_setuid',
    matches: (start) => isSetuid(start) && start.evidence.uid !== 0 && says(start, 'uid map', 'setuid'),
    explain: ({ program, mode, trial }) => ({
      explanation: `${program} is setuid root, and current kernels let no such program map users.`,
      proof: `its mode is ${(mode & 0o7777).toString(8)}; ${said(trial)}`,
      fixes: [
        {
          step: `sudo chmod u-s ${program}`,
          cost: 'none where user namespaces work; it is one program less that runs as root for everybody.',
        },
      ],
    }),
  },
  {
    id: 'wsl1',
    matches: ({ evidence }) => evidence.kernel.includes('Microsoft') && !evidence.kernel.includes('microsoft-standard'),
    explain: ({ evidence }) => ({
      explanation: 'This is WSL 1, whose kernel has no namespaces.',
      proof: `/proc/version: ${evidence.kernel}`,
      fixes: [
        {
          step: 'wsl --set-version "$WSL_DISTRO_NAME" 2    (in PowerShell, with the name that wsl --list shows)',
          cost: 'the distribution moves into a virtual machine: some minutes, and slower access to Windows drives.',
        },
      ],
    }),
  },
  {
    id: 'proc_missing',
    matches: (start) => says(start, "Can't read /proc/", "Can't open /proc"),
    explain: ({ trial }) => ({
      explanation: '/proc is not mounted here, or a part of it is covered by something empty.',
      proof: said(trial),
      fixes: [
        {
          step: 'sudo mount -t proc proc /proc',
          cost: 'until the next boot: programs here see processes again, as on any machine.',
        },
      ],
    }),
  },
  {
    id: 'apparmor_userns',
    matches: (start) =>
      start.evidence.settings[appArmorRestricts] === '1' &&
      start.evidence.settings[appArmorEnabled] !== 'N' &&
      says(start, 'Failed RTM_NEWADDR', 'Failed RTM_NEWLINK', 'uid map: Permission denied', 'slave: Permission denied'),
    explain: ({ program, trial }) => ({
      explanation:
        'AppArmor keeps programs without a profile of their own from using user namespaces. By hand, unshare -Ur true fails in the same way.',
      proof: `kernel.apparmor_restrict_unprivileged_userns = 1 (${appArmorRestricts}); ${said(trial)}`,
      fixes: [
        {
          step: `printf '%s\\n' 'abi <abi/4.0>,' 'include <tunables/global>' 'profile bwrap ${program} flags=(unconfined) { userns, include if exists <local/bwrap> }' | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap`,
          cost: 'bubblewrap alone gets user namespaces; every user may start it.',
        },
        {
          step: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0',
          cost: 'until the next boot every program gets them, which is what this setting guards the kernel against.',
        },
      ],
    }),
  },
  {
    id: 'userns_disabled',
    matches: (start) =>
      start.evidence.settings[usernsClone] === '0' && start.evidence.uid !== 0 && says(start, ...refusals),
    explain: ({ trial }) => ({
      explanation: 'User namespaces are switched off for ordinary users.',
      proof: `kernel.unprivileged_userns_clone = 0 (${usernsClone}); ${said(trial)}`,
      fixes: [
        {
          step: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
          cost: 'until the next boot every program may make user namespaces, which opens more of the kernel to them. To keep it: a file in /etc/sysctl.d.',
        },
      ],
    }),
  },
  {
    id: 'namespace_limit',
    matches: (start) => isExhausted(start) && limitOfNone(start.evidence) !== null,
    explain: ({ evidence, trial }) => {
      const file = limitOfNone(evidence) ?? '';
      const name = file.replace('/proc/sys/', '').replace('/', '.');
      return {
        explanation: 'The number of namespaces is limited to none.',
        proof: `${name} = 0 (${file}); ${said(trial)}`,
        fixes: [
          {
            step: `sudo sysctl -w ${name}=15000`,
            cost: 'until the next boot every program may make such namespaces, which opens more of the kernel to them. To keep it: a file in /etc/sysctl.d.',
          },
        ],
      };
    },
  },
  {
    id: 'namespaces_exhausted',
    matches: isExhausted,
    explain: ({ trial, evidence }) => ({
      explanation: 'All namespaces that this user may have are in use, or they are nested too deeply (32 is the most).',
      proof: `${said(trial)}; ${namespaceLimits.map((it) => `${it}: ${evidence.settings[it] ?? 'not there'}`).join(', ')}`,
      fixes: [
        {
          step: 'sudo sysctl -w user.max_user_namespaces=15000',
          cost: 'until the next boot; each one takes a little memory of the kernel.',
        },
      ],
    }),
  },
  {
    id: 'kernel_without_userns',
    matches: (start) => says(start, 'does not support user namespaces') || !start.evidence.hasUserNamespaces,
    explain: ({ trial, evidence }) => ({
      explanation: 'This kernel has no user namespaces.',
      proof: `${evidence.hasUserNamespaces ? '' : '/proc/self/ns/user is missing; '}${said(trial)}`,
      fixes: [
        {
          step: 'Boot a kernel with CONFIG_USER_NS=y. What yours has: grep CONFIG_USER_NS /boot/config-$(uname -r)',
          cost: 'another kernel, and a reboot.',
        },
      ],
    }),
  },
  {
    id: 'kernel_without_seccomp',
    matches: (start) => isFilterRefused(start) && start.evidence.seccompMode === null,
    explain: ({ trial }) => ({
      explanation: 'This kernel has no system call filters.',
      proof: `/proc/self/status has no line Seccomp; ${said(trial)}`,
      fixes: [
        {
          step: 'Boot a kernel with CONFIG_SECCOMP_FILTER=y. What yours has: grep CONFIG_SECCOMP /boot/config-$(uname -r)',
          cost: 'another kernel, and a reboot.',
        },
      ],
    }),
  },
  {
    id: 'seccomp_refused',
    matches: isFilterRefused,
    explain: ({ trial, evidence }) => ({
      explanation: 'The kernel knows system call filters, but something around this program lets it load none.',
      proof: `/proc/self/status: Seccomp: ${evidence.seccompMode}; ${said(trial)}`,
      fixes: [containerFix(evidence.container, 'seccomp'), trustTheContainer],
    }),
  },
  {
    id: 'unmapped_user',
    matches: (start) => !start.evidence.isMapped && says(start, ...refusals),
    explain: ({ evidence, trial }) => ({
      explanation: 'This user has no number in the user namespace it runs in, and so can make no other namespace.',
      proof: `/proc/self/uid_map does not have ${evidence.uid}; ${said(trial)}`,
      fixes: [
        {
          step: 'unshare --user --map-current-user codex    (or the same option for what started this namespace)',
          cost: 'none: programs in that namespace run as you instead of as nobody.',
        },
      ],
    }),
  },
  {
    id: 'chroot',
    matches: (start) =>
      start.evidence.changedRoot !== null &&
      says(start, ...refusals, 'slave: Invalid argument', 'pivot_root: Invalid argument'),
    explain: ({ evidence, trial }) => ({
      explanation:
        'This program runs in a chroot, where the kernel lets nobody make user namespaces or change the root.',
      proof: `${evidence.changedRoot}; ${said(trial)}`,
      fixes: [
        {
          step: 'sudo systemd-nspawn -D FOLDER --private-users=no --capability=all    (instead of chroot FOLDER)',
          cost: 'programs in there get a process list of their own; as root they keep all rights of root.',
        },
        { step: 'Start codex outside the chroot.', cost: 'commands then see the whole machine, read-only.' },
      ],
    }),
  },
  {
    id: 'container_capabilities',
    matches: ({ evidence }) => evidence.uid === 0 && !mayAdminister(evidence.capabilities),
    explain: ({ evidence, trial }) => ({
      explanation: 'This root user has no right to make namespaces or mounts (CAP_SYS_ADMIN).',
      proof: `/proc/self/status: CapEff: ${evidence.capabilities}${aroundUs(evidence)}; ${said(trial)}`,
      fixes: [
        containerFix(evidence.container, 'capabilities'),
        {
          step: 'docker run --cap-add SYS_ADMIN --security-opt apparmor=unconfined …',
          cost: 'root of this container may mount and do much else of what root of the machine may.',
        },
        trustTheContainer,
      ],
    }),
  },
  {
    id: 'container_mounts',
    matches: (start) => says(start, 'slave: ', 'pivot_root: ', 'Failed to mount', "Can't mount", "Can't bind mount"),
    explain: ({ trial, evidence }) => ({
      explanation: 'Namespaces can be made here, but mounting in them is refused, as containers do.',
      proof: `${said(trial)}${aroundUs(evidence)}`,
      fixes: [containerFix(evidence.container, 'mounts'), trustTheContainer],
    }),
  },
  {
    id: 'container_seccomp',
    matches: (start) =>
      (start.evidence.seccompMode === 2 || start.evidence.container !== null) && says(start, ...refusals),
    explain: ({ trial, evidence }) => ({
      explanation: 'The container around this program forbids new namespaces by a filter on system calls.',
      proof: `/proc/self/status: Seccomp: ${evidence.seccompMode ?? 'not there'}${aroundUs(evidence)}; ${said(trial)}`,
      fixes: [containerFix(evidence.container, 'seccomp'), trustTheContainer],
    }),
  },
];

/** What bubblewrap says when the kernel answers EPERM to a new namespace or its map of users. */
const refusals = ['No permissions to creat', 'namespace failed: Operation not permitted', 'uid map: Operation not'];

/** The letter of `ulimit` for the limit that was reached, or null. */
function reachedLimit(trial: Trial): 'n' | 'u' | null {
  const heard = `${trial.error} ${trial.stderr}`;
  if (/\bE[MN]FILE\b|Too many open files/.test(heard)) return 'n';
  return /\bEAGAIN\b|Resource temporarily unavailable/.test(heard) ? 'u' : null;
}

function isSetuid({ mode }: FailedStart): boolean {
  return (mode & 0o4000) !== 0;
}

function isExhausted(start: FailedStart): boolean {
  return says(start, 'ENOSPC', 'No space left on device');
}

function isFilterRefused(start: FailedStart): boolean {
  return says(start, 'PR_SET_SECCOMP');
}

function limitOfNone(evidence: MachineEvidence): string | null {
  // Root makes no user namespace, so its limit does not matter to it.
  const counted = namespaceLimits.filter((it) => evidence.uid !== 0 || !it.includes('max_user_'));
  return counted.find((it) => evidence.settings[it] === '0') ?? null;
}

/** CAP_SYS_ADMIN is bit 21 (linux/capability.h). Unknown capabilities prove no lack of it. */
function mayAdminister(capabilities: string): boolean {
  return capabilities === '' || (BigInt(`0x${capabilities}`) & (1n << 21n)) !== 0n;
}

function aroundUs({ container }: MachineEvidence): string {
  return container === null ? '' : `; ${container.mark}`;
}

function says({ trial }: FailedStart, ...texts: readonly string[]): boolean {
  return texts.some((text) => trial.stderr.includes(text));
}

/** The first line, or what stands for it where nothing was said. */
function said(trial: Trial): string {
  return trial.stderr.trim().split('\n')[0] || trial.error || `exit ${trial.code ?? 'by a signal'}, without a word`;
}

function allSaid(trial: Trial): string {
  return trial.stderr.trim().split('\n').slice(0, shownLines).join('\n') || said(trial);
}
