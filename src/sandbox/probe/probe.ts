// Whether commands can be sandboxed on this machine: found out by doing it once.

import * as fs from 'node:fs';
import type { Problem } from '../../problem/index.ts';
import { capabilityOptions, namespaceOptions } from '../plan/linux.ts';
import { seccompFilter } from '../plan/seccomp.ts';
import type { FilterArch } from '../plan/system-calls.ts';
import { diagnoseFailedStart, type FailedStep } from './diagnosis.ts';
import { readEvidence } from './evidence.ts';
import type { HostFacts, HostProbe, ProbeCheck } from './host.ts';
import { findTrustedProgram, type ProgramSearch } from './programs.ts';
import { type Trial, tryProgram } from './trial.ts';

export interface ProbeOptions {
  /** PATH of the person. */
  readonly path: string;
  /** Folders commands may write: no helper is taken from there. */
  readonly writableRoots: readonly string[];
}

/** Looks for the sandbox's programs and starts one sandbox. The only place of this room that starts programs. */
export async function probeHost(options: ProbeOptions): Promise<HostProbe> {
  if (process.platform === 'linux') return probeLinux(options);
  if (process.platform === 'darwin') return probeMacos();
  return notReady(
    {
      what: `Commands cannot be sandboxed on ${process.platform}.`,
      why: 'There is a sandbox for Linux and one for macOS.',
      next: 'Run codex on one of these, for example in WSL 2.',
    },
    [],
  );
}

/** Files below /proc that tell root about the kernel, or give it orders. */
const procMasks = ['sysrq-trigger', 'kcore', 'kallsyms', 'keys', 'timer_list'].map((it) => `/proc/${it}`);
const keptBelowRun = ['/run/current-system', '/run/wrappers'];

async function probeLinux({ path, writableRoots }: ProbeOptions): Promise<HostProbe> {
  const arch = process.arch;
  if (arch !== 'x64' && arch !== 'arm64') return notReady(unknownArch(arch), []);
  const bubblewrap = findTrustedProgram('bwrap', path, writableRoots);
  if (!bubblewrap.found)
    return notReady(missingProgram('bubblewrap', 'bubblewrap', bubblewrap), [absent('bubblewrap')]);
  const setsid = findTrustedProgram('setsid', path, writableRoots);
  if (!setsid.found) return notReady(missingProgram('setsid', 'util-linux', setsid), [absent('setsid')]);

  const uid = process.getuid?.() ?? 0;
  const start = (without: readonly FailedStep[]): Promise<Trial> => tryStart(bubblewrap.path, arch, uid, without);
  const [version, help, whole] = await Promise.all([
    tryProgram(bubblewrap.path, ['--version'], null),
    tryProgram(bubblewrap.path, ['--help'], null),
    start([]),
  ]);
  const flags = [...new Set(`${help.stdout}${help.stderr}`.match(/--[a-z][a-z0-9-]+/g) ?? [])];
  const checks: ProbeCheck[] = [
    { name: 'bubblewrap', ok: true, detail: `${bubblewrap.path} ${versionOf(version)}` },
    { name: 'setsid', ok: true, detail: setsid.path },
  ];
  const old = missingFlag(flags);
  if (old !== null && help.code === 0) {
    checks.push({ name: 'options', ok: false, detail: `${old} is unknown to it` });
    return notReady(tooOld(bubblewrap.path, versionOf(version), old), checks);
  }

  const narrowed = whole.code === 0 ? null : await narrowDown(whole, start, checks);
  const warnings = [...bubblewrap.passedOver, ...setsid.passedOver].map(
    (it) => `${it.path} is not used: ${it.reason}.`,
  );
  if (narrowed !== null && narrowed.step !== 'proc') {
    const evidence = readEvidence();
    const problem = diagnoseFailedStart({ program: bubblewrap.path, mode: bubblewrap.mode, evidence, ...narrowed });
    return notReady(problem, checks);
  }
  checks.push({ name: 'start', ok: true, detail: 'one sandbox was started, with its system call filter' });
  if (narrowed !== null) warnings.push(noOwnProc);
  const facts: HostFacts = {
    platform: 'linux',
    arch,
    uid,
    bubblewrap: { path: bubblewrap.path, version: versionOf(version), flags },
    setsid: setsid.path,
    canMountProc: narrowed === null,
    procMasks: uid === 0 ? procMasks.filter((it) => fs.existsSync(it)) : [],
    resolvConf: nameServerFileBelowRun(),
    keptBelowRun: keptBelowRun.filter((it) => fs.existsSync(it)),
  };
  return { ready: true, facts, checks, warnings };
}

const noOwnProc =
  'This machine lets no sandbox have a /proc of its own: commands see the names and arguments of other processes.';

/** A start like a command's, with its namespaces, capabilities and filter, but `without` some of its parts. */
function tryStart(program: string, arch: FilterArch, uid: number, without: readonly FailedStep[]): Promise<Trial> {
  const isWith = (step: FailedStep): boolean => !without.includes(step);
  const argv = [
    ...namespaceOptions({ uid }, isWith('network') ? 'restricted' : 'enabled'),
    ...['--new-session', '--die-with-parent', ...capabilityOptions(uid), '--ro-bind', '/', '/', '--dev', '/dev'],
    ...(isWith('proc') ? ['--proc', '/proc'] : []),
    ...(isWith('filter') ? ['--seccomp', '3'] : []),
    ...['--', '/bin/sh', '-c', ':'],
  ];
  return tryProgram(
    program,
    argv,
    isWith('filter') ? seccompFilter(arch, { unixSockets: false, asRoot: uid === 0 }) : null,
  );
}

interface Narrowed {
  readonly step: FailedStep;
  readonly trial: Trial;
}

/** Leaves one part out after the other: the first start that works shows which part failed. */
async function narrowDown(
  whole: Trial,
  start: (without: readonly FailedStep[]) => Promise<Trial>,
  checks: ProbeCheck[],
): Promise<Narrowed> {
  // It could not be executed at all: there is nothing to leave out.
  if (whole.error !== '') return { step: 'start', trial: whole };
  checks.push({ name: 'start', ok: false, detail: whole.stderr.trim() || `exit ${whole.code ?? 'by a signal'}` });
  const parts = { proc: 'a /proc of its own', filter: 'the filter', network: 'an empty network' } as const;
  for (const part of ['proc', 'filter', 'network'] as const) {
    const trial = await start([part]);
    checks.push({ name: `start without ${parts[part]}`, ok: trial.code === 0, detail: trial.stderr.trim() });
    if (trial.code === 0) return { step: part, trial: whole };
  }
  return { step: 'namespaces', trial: whole };
}

/** What every launch uses. Each of these came with 0.3.2 or earlier. */
function missingFlag(flags: readonly string[]): string | null {
  const needed = ['--json-status-fd', '--die-with-parent', '--cap-add', '--seccomp', '--remount-ro', '--args'];
  return needed.find((it) => !flags.includes(it)) ?? null;
}

/** The number in `bubblewrap 0.8.0`; builds of others print words only, which do as well. */
function versionOf(trial: Trial): string {
  return /\d+(?:\.\d+)+/.exec(trial.stdout)?.[0] ?? (trial.stdout.trim().slice(0, 80) || 'of unknown version');
}

function nameServerFileBelowRun(): string | null {
  try {
    const real = fs.realpathSync.native('/etc/resolv.conf');
    return real.startsWith('/run/') ? real : null;
  } catch {
    // A machine without name servers: nothing to give back.
    return null;
  }
}

async function probeMacos(): Promise<HostProbe> {
  // By its full path: what PATH finds could be anything.
  const sandboxExec = '/usr/bin/sandbox-exec';
  const [trial, cache] = await Promise.all([
    tryProgram(sandboxExec, ['-p', '(version 1)(allow default)', '--', '/usr/bin/true'], null),
    tryProgram('/usr/bin/getconf', ['DARWIN_USER_CACHE_DIR'], null),
  ]);
  const check = {
    name: 'sandbox-exec',
    ok: trial.code === 0,
    detail: trial.stderr.trim() || trial.error || sandboxExec,
  };
  if (trial.code === 0) {
    const folder = cache.code === 0 ? cache.stdout.trim().replace(/\/$/, '') : '';
    // The policy compares real paths, and /var is a link.
    const userCacheDir = folder === '' || !fs.existsSync(folder) ? null : fs.realpathSync.native(folder);
    return { ready: true, facts: { platform: 'darwin', sandboxExec, userCacheDir }, checks: [check], warnings: [] };
  }
  const isNested = trial.stderr.includes('sandbox_apply');
  const problem: Problem = {
    what: 'Commands cannot be sandboxed on this machine, so none was run.',
    why: isNested
      ? 'codex itself runs inside a sandbox, and macOS does not nest them.'
      : `sandbox-exec: ${check.detail}`,
    next: isNested ? 'Start codex outside that sandbox.' : 'Run codex doctor: it lists what was tried.',
  };
  return notReady(problem, [check]);
}

function notReady(problem: Problem, checks: readonly ProbeCheck[]): HostProbe {
  return { ready: false, problem, checks };
}

function absent(name: string): ProbeCheck {
  return { name, ok: false, detail: 'not found' };
}

function missingProgram(name: string, packageName: string, search: ProgramSearch): Problem {
  const refused = search.passedOver.map((it) => `${it.path} is not used: ${it.reason}.`).join(' ');
  return {
    what: `Commands cannot be sandboxed: no ${name} that could be trusted was found in PATH.`,
    why: refused,
    next: `Install it: sudo apt-get install -y ${packageName} (dnf, pacman, zypper and apk have it under the same name)`,
  };
}

function tooOld(program: string, version: string, flag: string): Problem {
  return {
    what: `Commands cannot be sandboxed: ${program} (${version}) is too old.`,
    why: `It does not know ${flag}; version 0.3.2 or later does.`,
    next: 'Upgrade it: sudo apt-get install -y bubblewrap',
  };
}

function unknownArch(arch: string): Problem {
  return {
    what: `Commands cannot be sandboxed on a ${arch} processor.`,
    why: 'The system call filter is written for x86-64 and arm64.',
    next: 'Run codex on one of these.',
  };
}
