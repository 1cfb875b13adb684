// Why a sandbox cannot start here, and what to type about it: from the text of the failed start and the machine's facts.

import type { Problem } from '../../problem/index.ts';
import { appArmorEnabled, appArmorRestricts, type MachineEvidence, namespaceLimits, usernsClone } from './evidence.ts';
import type { Trial } from './trial.ts';

/** The first step of a start that fails, as the probe narrowed it down. */
export type FailedStep = 'start' | 'namespaces' | 'network' | 'proc' | 'filter';

export interface FailedStart {
  readonly program: string;
  /** File mode of the program. */
  readonly mode: number;
  readonly trial: Trial;
  readonly step: FailedStep;
  readonly evidence: MachineEvidence;
}

interface Cause {
  readonly matches: (start: FailedStart) => boolean;
  readonly explain: (start: FailedStart) => { readonly why: string; readonly next: string };
}

const what = 'Commands cannot be sandboxed on this machine, so none was run.';

/** One problem for one failed start. Causes are tried from the proven to the probable; the last is "unknown". */
export function diagnoseFailedStart(start: FailedStart): Problem {
  const cause = causes.find((it) => it.matches(start));
  if (cause !== undefined) return { what, ...cause.explain(start) };
  const said = firstLine(start.trial.stderr) || start.trial.error || `exit ${start.trial.code ?? 'by a signal'}`;
  return {
    what,
    why: `${start.program} failed while setting up ${stepWords[start.step]}: ${said}`,
    next: 'Run codex doctor: it lists what was tried and what worked.',
  };
}

const stepWords: Record<FailedStep, string> = {
  start: 'the sandbox',
  namespaces: 'its namespaces',
  network: 'the empty network',
  proc: '/proc',
  filter: 'the system call filter',
};

const causes: readonly Cause[] = [
  {
    matches: ({ trial }) => trial.error === 'EACCES',
    explain: ({ program }) => ({
      why: `${program} may not be executed (its mode, or a file system mounted noexec).`,
      next: 'Install bubblewrap where programs may run: sudo apt-get install -y bubblewrap',
    }),
  },
  {
    matches: ({ trial }) =>
      trial.error === 'EAGAIN' || said(trial, 'Too many open files', 'Resource temporarily unavailable'),
    explain: ({ trial }) => ({
      why: `A resource limit is reached: ${firstLine(trial.stderr) || trial.error}`,
      next: 'Raise the limit in the shell that starts codex: ulimit -n 4096; ulimit -u 4096',
    }),
  },
  {
    matches: ({ trial }) => said(trial, 'Unexpected capabilities but not setuid'),
    explain: ({ program }) => ({
      why: `${program} carries file capabilities, which it refuses itself.`,
      next: `sudo setcap -r ${program}`,
    }),
  },
  {
    matches: ({ trial }) => said(trial, 'Unknown option'),
    explain: ({ program, trial }) => ({
      why: `${program} is too old: ${firstLine(trial.stderr)}`,
      next: 'Upgrade it: sudo apt-get install -y bubblewrap (version 0.3.2 or later)',
    }),
  },
  {
    matches: ({ mode, evidence }) => (mode & 0o4000) !== 0 && evidence.uid !== 0,
    explain: ({ program, trial }) => ({
      why: `${program} is setuid root, which current kernels answer with: ${firstLine(trial.stderr)}`,
      next: `sudo chmod u-s ${program}`,
    }),
  },
  {
    matches: ({ evidence }) => evidence.kernel.includes('Microsoft') && !evidence.kernel.includes('microsoft-standard'),
    explain: () => ({
      why: 'This is WSL 1, whose kernel has no namespaces.',
      next: 'Change the distribution to WSL 2, in PowerShell: wsl --set-version <distribution> 2',
    }),
  },
  {
    matches: ({ trial, evidence }) =>
      said(trial, 'Failed RTM_NEWADDR', 'Failed RTM_NEWLINK', 'setting up uid map: Permission denied') &&
      evidence.settings[appArmorRestricts] === '1' &&
      evidence.settings[appArmorEnabled] !== 'N',
    explain: ({ program }) => ({
      why: 'AppArmor keeps programs without a profile from using user namespaces (kernel.apparmor_restrict_unprivileged_userns = 1).',
      next: `Give bubblewrap alone the right: printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap ${program} flags=(unconfined) { userns, }\\n' | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap`,
    }),
  },
  {
    matches: ({ evidence }) => evidence.settings[usernsClone] === '0' && evidence.uid !== 0,
    explain: () => ({
      why: 'User namespaces are switched off for ordinary users (kernel.unprivileged_userns_clone = 0).',
      next: 'sudo sysctl -w kernel.unprivileged_userns_clone=1',
    }),
  },
  {
    matches: ({ evidence }) => exhaustedLimit(evidence) !== null,
    explain: ({ evidence }) => {
      const name = (exhaustedLimit(evidence) ?? '').replace('/proc/sys/', '').replace('/', '.');
      return {
        why: `The number of namespaces is limited to none (${name} = 0).`,
        next: `sudo sysctl -w ${name}=15000`,
      };
    },
  },
  {
    matches: ({ trial }) => said(trial, 'namespaces exceeded', 'ENOSPC'),
    explain: () => ({
      why: 'All namespaces this user may have are in use, or they are nested too deeply.',
      next: 'sudo sysctl -w user.max_user_namespaces=15000',
    }),
  },
  {
    matches: ({ trial, evidence }) => said(trial, 'does not support user namespaces') || !evidence.hasUserNamespaces,
    explain: () => ({
      why: 'This kernel has no user namespaces.',
      next: 'Boot a kernel built with CONFIG_USER_NS=y.',
    }),
  },
  {
    matches: ({ step, trial }) => step === 'filter' && said(trial, 'PR_SET_SECCOMP'),
    explain: () => ({
      why: 'This kernel refuses system call filters.',
      next: 'Boot a kernel built with CONFIG_SECCOMP_FILTER=y.',
    }),
  },
  {
    matches: ({ trial }) => said(trial, "Can't read /proc/", "Can't open /proc"),
    explain: () => ({
      why: '/proc is not mounted, or parts of it are missing.',
      next: 'sudo mount -t proc proc /proc',
    }),
  },
  {
    matches: ({ evidence }) =>
      evidence.uid === 0 && evidence.capabilities !== '' && !hasSysAdmin(evidence.capabilities),
    explain: ({ evidence }) => ({
      why: `This root user has no right to make namespaces${evidence.container === null ? '' : ` (a container: ${evidence.container})`}.`,
      next: 'Start the container with --cap-add SYS_ADMIN --security-opt seccomp=unconfined, or run codex as an ordinary user.',
    }),
  },
  {
    matches: ({ trial }) => said(trial, 'slave: Operation not permitted', 'pivot_root: ', 'Failed to mount'),
    explain: ({ trial }) => ({
      why: `Mounts are refused here, as containers do: ${firstLine(trial.stderr)}`,
      next: 'Start the container with --security-opt apparmor=unconfined --security-opt seccomp=unconfined.',
    }),
  },
  {
    matches: ({ trial, evidence }) =>
      (evidence.isFiltered || evidence.container !== null) &&
      said(trial, 'No permissions to creat', 'Operation not permitted'),
    explain: ({ evidence }) => ({
      why: `The container around this program forbids new namespaces (${evidence.container ?? 'a system call filter is on it'}).`,
      next: 'Start the container with --security-opt seccomp=unconfined.',
    }),
  },
];

function exhaustedLimit(evidence: MachineEvidence): string | null {
  // Root makes no user namespace, so its limit does not matter to it.
  const counted = namespaceLimits.filter((it) => evidence.uid !== 0 || !it.includes('max_user_'));
  return counted.find((it) => evidence.settings[it] === '0') ?? null;
}

/** CAP_SYS_ADMIN is bit 21 (linux/capability.h). */
function hasSysAdmin(capabilities: string): boolean {
  return (BigInt(`0x${capabilities}`) & (1n << 21n)) !== 0n;
}

function said(trial: Trial, ...texts: readonly string[]): boolean {
  return texts.some((text) => trial.stderr.includes(text));
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
