// Whether commands can be sandboxed on this machine: found out by doing it once.

import * as fs from 'node:fs';
import { capabilityOptions, namespaceOptions } from '../plan/linux.ts';
import { seccompFilter } from '../plan/seccomp.ts';
import type { FilterArch } from '../plan/system-calls.ts';
import { containerFix } from './container.ts';
import { type Diagnosis, diagnosis, forUser } from './diagnosis.ts';
import { type MachineEvidence, readEvidence } from './evidence.ts';
import type { Bubblewrap, HostFacts, HostProbe, ProbeCheck } from './host.ts';
import { probeMacos } from './macos.ts';
import { checkOfPart, type Narrowed, narrowDown, type SandboxPart, sandboxParts } from './narrow.ts';
import {
  diagnoseMissing,
  diagnoseOld,
  diagnosePassedOver,
  diagnosePlatform,
  diagnoseProcessor,
} from './program-causes.ts';
import { type FoundProgram, findTrustedProgram, type ProgramSearch } from './programs.ts';
import { diagnoseFailedStart } from './start-causes.ts';
import { type Trial, tryProgram } from './trial.ts';
import { missingOptions, optionsIn, versionIn, worksWithout } from './versions.ts';

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
  return notReady('sandbox.platform', process.platform, diagnosePlatform(process.platform));
}

/** Files below /proc that tell root about the kernel, or give it orders. */
const procMasks = ['sysrq-trigger', 'kcore', 'kallsyms', 'keys', 'timer_list'].map((it) => `/proc/${it}`);
const keptBelowRun = ['/run/current-system', '/run/wrappers'];

async function probeLinux({ path, writableRoots }: ProbeOptions): Promise<HostProbe> {
  const arch = process.arch;
  if (arch !== 'x64' && arch !== 'arm64') return notReady('sandbox.platform', arch, diagnoseProcessor(arch));
  const uid = process.getuid?.() ?? 0;
  const program = findTrustedProgram('bwrap', path, writableRoots);
  const setsid = findTrustedProgram('setsid', path, writableRoots);
  if (!program.found || !setsid.found) return withoutHelper(program, setsid, path, uid);

  const start = (parts: readonly SandboxPart[]): Promise<Trial> => tryStart(program.path, arch, uid, parts);
  const [version, help, whole] = await Promise.all([
    tryProgram(program.path, ['--version'], null),
    tryProgram(program.path, ['--help'], null),
    start(sandboxParts),
  ]);
  const bubblewrap = bubblewrapOf(program.path, version, help);
  const detail = `${bubblewrap.path} ${bubblewrap.version}`;
  const missing = missingOptions(bubblewrap.flags);
  const setsidCheck = foundCheck('sandbox.setsid', setsid, setsid.path, uid);
  if (missing.length > 0 && help.code === 0) {
    const problem = diagnoseOld(bubblewrap.path, bubblewrap.version, missing, uid);
    const old = failed('sandbox.bubblewrap', detail, problem);
    return { ready: false, problem, checks: [old, setsidCheck, ...skipped(sandboxParts)] };
  }

  const narrowed = await narrow(whole, start);
  const works = foundCheck('sandbox.bubblewrap', program, `${detail}${worksWithout(bubblewrap.flags)}`, uid);
  const parts = partChecks(narrowed, works, program, uid);
  const checks = inOrder([setsidCheck, ...parts.checks]);
  if (parts.problem !== null) return { ready: false, problem: parts.problem, checks };
  const facts: HostFacts = {
    platform: 'linux',
    arch,
    uid,
    bubblewrap,
    setsid: setsid.path,
    canMountProc: narrowed.procRefusal === null,
    procMasks: uid === 0 ? procMasks.filter((it) => fs.existsSync(it)) : [],
    resolvConf: nameServerFileBelowRun(),
    keptBelowRun: keptBelowRun.filter((it) => fs.existsSync(it)),
  };
  return { ready: true, facts, checks };
}

/** A start like a command's, with its capabilities and with these of its parts. */
function tryStart(program: string, arch: FilterArch, uid: number, parts: readonly SandboxPart[]): Promise<Trial> {
  const isWith = (part: SandboxPart): boolean => parts.includes(part);
  const argv = [
    ...namespaceOptions({ uid }, isWith('network') ? 'restricted' : 'enabled'),
    ...['--new-session', '--die-with-parent', ...capabilityOptions(uid), '--ro-bind', '/', '/', '--dev', '/dev'],
    ...(isWith('proc') ? ['--proc', '/proc'] : []),
    ...(isWith('filter') ? ['--seccomp', '3'] : []),
    ...['--', '/bin/sh', '-c', ':'],
  ];
  const filter = isWith('filter') ? seccompFilter(arch, { unixSockets: false, asRoot: uid === 0 }) : null;
  return tryProgram(program, argv, filter);
}

/** The usual machine answers with the first start. One that executes nothing has no parts to look at. */
async function narrow(whole: Trial, start: (parts: readonly SandboxPart[]) => Promise<Trial>): Promise<Narrowed> {
  if (whole.code === 0) return { passed: sandboxParts, failed: null, procRefusal: null };
  if (whole.error !== '') return { passed: [], failed: { part: 'start', trial: whole }, procRefusal: null };
  return narrowDown(start);
}

function bubblewrapOf(path: string, version: Trial, help: Trial): Bubblewrap {
  return { path, version: versionIn(version.stdout), flags: optionsIn(`${help.stdout}${help.stderr}`) };
}

/** What worked, what did not, and what could not be tried after that. */
function partChecks(
  { passed, failed: failure, procRefusal }: Narrowed,
  works: ProbeCheck,
  program: FoundProgram,
  uid: number,
): { readonly checks: readonly ProbeCheck[]; readonly problem: Diagnosis | null } {
  const good = [works, ...passed.map((part) => passedCheck(part, uid))];
  if (failure === null && procRefusal === null) return { checks: good, problem: null };
  const evidence = readEvidence();
  const tried = procRefusal === null ? good : [...good, coveredProc(procRefusal, evidence)];
  if (failure === null) return { checks: tried, problem: null };
  const { part, trial } = failure;
  const { path: file, mode } = program;
  const worked = good.map(({ id, detail }) => `${id} (${detail})`);
  const problem = diagnoseFailedStart({ program: file, mode, part, passed: worked, evidence, trial });
  // Some causes lie in the program, whichever part it was at when it failed.
  const id = part === 'start' || problem.cause.startsWith('bubblewrap_') ? works.id : checkOfPart[part];
  const known = [...tried.filter((check) => check.id !== id), failed(id, heardFrom(trial), problem)];
  const rest = sandboxParts.filter((it) => !known.some((check) => check.id === checkOfPart[it]));
  return { checks: [...known, ...skipped(rest)], problem };
}

/** The checks come from several places; everybody sees them in the order in which a start needs them. */
function inOrder(checks: readonly ProbeCheck[]): ProbeCheck[] {
  const order: ProbeCheck['id'][] = [
    'sandbox.bubblewrap',
    'sandbox.setsid',
    ...sandboxParts.map((it) => checkOfPart[it]),
  ];
  return [...checks].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

function passedCheck(part: SandboxPart, uid: number): ProbeCheck {
  const details: Record<SandboxPart, string> = {
    namespaces: uid === 0 ? 'not needed by root; the other namespaces were made' : 'made one, and mounted in it',
    network: 'made an empty one',
    proc: 'mounted a new one',
    filter: 'loaded the filter on system calls',
  };
  return { id: checkOfPart[part], status: 'ok', detail: details[part], diagnosis: null };
}

/** Programs that were passed over are worth a word: somebody may wonder why theirs is not used. */
function foundCheck(id: ProbeCheck['id'], program: FoundProgram, detail: string, uid: number): ProbeCheck {
  const [other] = program.passedOver;
  if (other === undefined) return { id, status: 'ok', detail, diagnosis: null };
  const problem = diagnosePassedOver(other, program.path, uid);
  return { id, status: 'warning', detail: `${detail}; ${other.path} is not used: ${other.reason}`, diagnosis: problem };
}

function coveredProc(refusal: Trial, evidence: MachineEvidence): ProbeCheck {
  const { mountsBelowProc: mounts, container, uid } = evidence;
  const said = refusal.stderr.trim();
  const covers = mounts.length === 0 ? 'none' : mounts.join(' ');
  const finding = {
    cause: 'proc_covered',
    what: 'Commands see the names and arguments of other processes.',
    explanation: 'No sandbox may have a /proc of its own here, so commands get the one that is there, read-only.',
    proof: `a start without a new /proc works, one with it does not: ${said}; mounts below /proc (/proc/self/mountinfo): ${covers}`,
    fixes: [containerFix(container, 'proc')],
  } as const;
  return { id: 'sandbox.proc', status: 'warning', detail: said, diagnosis: diagnosis(forUser(finding, uid)) };
}

function skipped(parts: readonly SandboxPart[]): ProbeCheck[] {
  const detail = 'not tried: what comes before it does not work';
  return parts.map((part) => ({ id: checkOfPart[part], status: 'skipped', detail, diagnosis: null }));
}

function failed(id: ProbeCheck['id'], detail: string, problem: Diagnosis): ProbeCheck {
  return { id, status: 'failed', detail, diagnosis: problem };
}

function notReady(id: ProbeCheck['id'], detail: string, problem: Diagnosis): HostProbe {
  return { ready: false, problem, checks: [failed(id, detail, problem)] };
}

function withoutHelper(program: ProgramSearch, setsid: ProgramSearch, searchPath: string, uid: number): HostProbe {
  const lacks = (name: 'bubblewrap' | 'setsid', { passedOver }: ProgramSearch): Diagnosis =>
    diagnoseMissing({ name, searchPath, uid, passedOver });
  const problem = program.found ? lacks('setsid', setsid) : lacks('bubblewrap', program);
  const checks = [
    program.found
      ? foundCheck('sandbox.bubblewrap', program, program.path, uid)
      : failed('sandbox.bubblewrap', 'not found', problem),
    setsid.found
      ? foundCheck('sandbox.setsid', setsid, setsid.path, uid)
      : failed('sandbox.setsid', 'not found', lacks('setsid', setsid)),
  ];
  return { ready: false, problem, checks: [...checks, ...skipped(sandboxParts)] };
}

function heardFrom(trial: Trial): string {
  return trial.stderr.trim() || trial.error || `exit ${trial.code ?? 'by a signal'}`;
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
