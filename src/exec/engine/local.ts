// How do commands run on this machine? The local environment: probe, plan, launch, and the table of what runs.

import { errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import {
  type DenialQuestion,
  type HostProbe,
  type LaunchPlan,
  planLaunch,
  portsOfLoopback,
  probeHost,
} from '../../sandbox/index.ts';
import type { Environment, ProcessListener, ProcessStart, RunningProcess, StartProblem } from '../environment.ts';
import { type Attempt, runAttempt } from './attempt.ts';
import { openDescriptorTable } from './descriptors.ts';
import { findTool, trustedPath } from './find-program.ts';
import { restoreLinks } from './guarded-links.ts';
import { openHostCache } from './host-cache.ts';
import { openLifeline } from './lifeline.ts';
import { type Loopback, openLoopbacks } from './loopbacks.ts';
import { openFilterFiles } from './nameless-file.ts';
import { DEFAULT_OUTPUT_LIMITS, type OutputLimits } from './output-log.ts';
import { openPipeSupply } from './pipe-supply.ts';
import { openPlaceholders } from './placeholders.ts';
import { type LoadPackage, loadPtyDriver, type PtyDriver } from './pty.ts';
import { openSideReader } from './side-reader.ts';
import { type LaunchResources, spawnPlanned } from './spawn.ts';
import { folderProblem, spawnProblem } from './start-problem.ts';
import { DEFAULT_COLOURS, type TerminalColours } from './terminal.ts';

export interface LocalEnvironmentOptions {
  /** PATH that helpers (bubblewrap, setsid, bash, stty) are looked up in; absolute folders only count. */
  readonly path?: string;
  /** Folders that commands may write: no helper is taken from there. */
  readonly writableRoots?: readonly string[];
  readonly outputLimits?: Partial<OutputLimits>;
  /** What a program is told that asks its terminal for the colours. */
  readonly colours?: TerminalColours;
  /**
   * True: somebody elsewhere has the terminals. What a program asks its terminal is output like any other, and nobody
   * here looks whether it waits for input.
   */
  readonly isRelay?: boolean;
  /** A folder of ours that no command sees, for locks; null: names that are not there are guarded without one. */
  readonly lockFolder?: string | null;
  /** The bundled thread that reads along with floods; null: this thread does. */
  readonly sideReader?: string | null;
  /** Commands without a sandbox end with this program too when it is killed; else they go on. */
  readonly endsBareCommands?: boolean;
  /** Instead of looking at the machine. */
  readonly probe?: () => Promise<HostProbe>;
  /** Instead of `require`, for the native add-on. */
  readonly loadPackage?: LoadPackage;
}

export interface LocalEnvironment extends Environment {
  /** Does beforehand what the first command would wait for: the probe and the terminal add-on. Never fails. */
  prepare(): Promise<void>;
  /** What the sandbox can do here; asks the machine only when that is not known already. */
  probe(): Promise<HostProbe>;
}

/** After SIGKILL the kernel needs moments; a process in an uninterruptible wait may need longer than anybody waits. */
const KILLED_MS = 2000;

/** One per program: descriptors of terminals of a second one would be inherited by the children of the first. */
export function openLocalEnvironment(options: LocalEnvironmentOptions = {}): LocalEnvironment {
  const writableRoots = options.writableRoots ?? [];
  // What we run ourselves must not be what a command left behind.
  const path = trustedPath(options.path ?? process.env.PATH ?? '', writableRoots);
  const host = openHostCache(options.probe ?? (() => probeHost({ path, writableRoots })));
  const tools = {
    setsid: findTool('setsid', path),
    bash: findTool('bash', path),
    perl: findTool('perl', path),
    env: findTool('env', path),
  };
  const descriptors = openDescriptorTable();
  const lifeline = openLifeline(descriptors);
  const resources: LaunchResources = {
    descriptors,
    filters: openFilterFiles(),
    pipes: openPipeSupply({ bash: tools.bash, perl: tools.perl }),
    tools,
    mark: lifeline.mark,
  };
  const placeholders = openPlaceholders({
    bash: resources.tools.bash,
    path,
    descriptors,
    lockFolder: options.lockFolder ?? null,
  });
  const loopbacks = openLoopbacks({
    descriptors,
    nsenter: findTool('nsenter', path),
    host: async () => {
      const probe = await host.probe();
      return probe.ready ? probe.facts : null;
    },
  });
  const { sideReader = null } = options;
  const side = sideReader === null ? null : openSideReader(sideReader);
  const stty = findTool('stty', path);
  const limits = { ...DEFAULT_OUTPUT_LIMITS, ...options.outputLimits };
  const colours = options.colours ?? DEFAULT_COLOURS;
  const running = new Set<Attempt>();
  const starting = new Set<Promise<unknown>>();
  const closingLoopbacks = new Set<Promise<void>>();
  let isDisposed = false;
  let driver: Result<PtyDriver> | null = null;

  const ptyDriver = (): Result<PtyDriver> => {
    if (driver?.ok !== true) driver = loadPtyDriver(options.loadPackage);
    return driver;
  };

  /** The plan, and what keeps its placeholders standing. */
  const planOf = async (
    start: ProcessStart,
    loopback: Loopback | null,
  ): Promise<Result<{ readonly plan: LaunchPlan; readonly keeper: number | null }, StartProblem>> => {
    const { profile } = start;
    if (profile.type !== 'managed') return ok({ plan: { backend: 'none' }, keeper: null });
    const probe = await host.probe();
    if (!probe.ready) return fail({ kind: 'sandbox', problem: probe.problem });
    // Elsewhere than on Linux absent names are closed by pattern.
    const isMounted = probe.facts.platform === 'linux';
    const held = isMounted
      ? await placeholders.hold(profile.absentNames)
      : { names: profile.absentNames, keeper: null };
    if (isDisposed) return fail({ kind: 'command', problem: environmentClosed() });
    const plan = planLaunch({ ...profile, absentNames: held.names }, start.cwd, probe.facts, loopback);
    if (!plan.ok) return fail({ kind: 'command', problem: plan.problem });
    return ok({ plan: plan.value, keeper: held.keeper });
  };

  const register = (attempt: Attempt): void => {
    running.add(attempt);
    void attempt.closed.then(() => running.delete(attempt));
  };

  const startOnce = async (
    start: ProcessStart,
    listener: ProcessListener,
    startedAt: number,
  ): Promise<Result<RunningProcess, StartProblem & { readonly isHelperGone: boolean }>> => {
    const refuse = (problem: StartProblem) => fail({ ...problem, isHelperGone: false });
    const loopback = await loopbackOf(start);
    if (!loopback.ok) return refuse({ kind: 'sandbox', problem: loopback.problem });
    const result = await launch(start, listener, startedAt, loopback.value);
    if (!result.ok) await loopback.value?.close();
    return result;
  };

  /** Null: nothing is on it but what the command itself puts there, or it is the machine's. */
  const loopbackOf = async ({ profile, proxy }: ProcessStart): Promise<Result<Loopback | null>> => {
    if (profile.type !== 'managed' || profile.network === 'enabled') return ok(null);
    const serve = profile.network === 'proxied' && proxy !== null ? proxy.serve.bind(proxy) : null;
    // A port without a server is the command's own: it can listen there, and a connection is refused as it would be.
    const listening = profile.localPorts.length === 0 ? [] : portsOfLoopback();
    const localPorts = profile.localPorts.filter((port) => listening.includes(port));
    return serve === null && localPorts.length === 0 ? ok(null) : loopbacks.open({ serve, localPorts });
  };

  const launch = async (
    wanted: ProcessStart,
    listener: ProcessListener,
    startedAt: number,
    loopback: Loopback | null,
  ): Promise<Result<RunningProcess, StartProblem & { readonly isHelperGone: boolean }>> => {
    const refuse = (problem: StartProblem, isHelperGone = false) => fail({ ...problem, isHelperGone });
    const proxyPort = loopback?.proxyPort ?? null;
    const start = proxyPort === null ? wanted : { ...wanted, env: { ...wanted.env, ...wanted.proxy?.env(proxyPort) } };
    const planned = await planOf(start, loopback);
    if (!planned.ok) return refuse(planned.problem);
    const { plan, keeper } = planned.value;
    // Looked at last, so that nothing is launched after the end.
    if (isDisposed) return refuse({ kind: 'command', problem: environmentClosed() });
    const pty = start.stdio.kind === 'pty' ? ptyDriver() : null;
    if (pty?.ok === false) return refuse({ kind: 'command', problem: pty.problem });
    const isHeld = plan.backend !== 'bubblewrap' && options.endsBareCommands === true;
    if (isHeld || plan.backend === 'bubblewrap') lifeline.watch();
    const spawned = await spawnPlanned(plan, start, pty?.value ?? null, resources, {
      enter: loopback?.enter ?? [],
      keeper,
    });
    if (!spawned.ok) {
      const isSandboxed = plan.backend !== 'none';
      const failed = { program: start.argv[0], path: start.env.PATH, cwd: start.cwd };
      const isHelperGone = isSandboxed && ['ENOENT', 'EACCES'].includes(errnoOf(spawned.problem));
      return refuse(spawnProblem(spawned.problem, failed, isSandboxed), isHelperGone);
    }
    const heard = isHeld ? withExit(listener, lifeline.hold(spawned.value.pid)) : listener;
    const attempt = runAttempt(spawned.value, start, heard, {
      descriptors,
      limits,
      colours,
      stty,
      startedAt,
      isRelay: options.isRelay ?? false,
      question: start.profile.type === 'managed' ? questionOf(start) : null,
      side,
      sandboxFailed: () => host.forget(),
    });
    register(attempt);
    if (loopback !== null) {
      const closing = attempt.closed.then(() => loopback.close()).finally(() => closingLoopbacks.delete(closing));
      closingLoopbacks.add(closing);
    }
    if (start.profile.type === 'managed' && start.profile.guardedLinks.length > 0) {
      const { guardedLinks } = start.profile;
      void attempt.closed.then(() => {
        const problem = restoreLinks(guardedLinks);
        if (problem !== null) listener.noticed?.(problem);
      });
    }
    return ok(attempt.process);
  };

  const start = async (
    request: ProcessStart,
    listener: ProcessListener,
  ): Promise<Result<RunningProcess, StartProblem>> => {
    const startedAt = performance.now();
    const folder = folderProblem(request.cwd);
    if (folder !== null) return fail({ kind: 'command', ...folder });
    const first = await startOnce(request, listener, startedAt);
    if (first.ok || !first.problem.isHelperGone) return first;
    // A helper vanished between the look at it and the spawn: the machine is asked once more.
    host.forget();
    return startOnce(request, listener, startedAt);
  };

  return {
    name: 'local',
    start(request, listener) {
      const started = start(request, listener);
      starting.add(started);
      return started.finally(() => starting.delete(started));
    },
    probe: () => host.probe(),
    async prepare() {
      ptyDriver();
      await Promise.allSettled([host.probe(), resources.pipes.ready(1)]); // Told by the first command that fails.
    },
    async dispose(graceMs) {
      isDisposed = true;
      await Promise.allSettled(starting);
      await endAll(running, graceMs);
      await placeholders.dispose();
      await Promise.allSettled([...closingLoopbacks]);
      await loopbacks.dispose();
      side?.dispose();
      lifeline.close();
      resources.filters.dispose();
      resources.pipes.dispose();
      descriptors.dispose();
    },
  };
}

function withExit(listener: ProcessListener, ended: () => void): ProcessListener {
  return {
    ...listener,
    exited(exit, denialSoFar) {
      ended();
      listener.exited(exit, denialSoFar);
    },
  };
}

async function endAll(running: ReadonlySet<Attempt>, graceMs: number): Promise<void> {
  for (const { process } of running) {
    process.resume();
    process.signal('terminate');
  }
  if (await allClosed(running, graceMs)) return;
  for (const { process } of running) process.signal('kill');
  if (await allClosed(running, KILLED_MS)) return;
  // Something outside the attempt holds the streams open, or something cannot be killed.
  for (const attempt of running) if (attempt.survivors().length === 0) attempt.abandon();
  await allClosed(running, KILLED_MS);
}

/** True when every attempt was closed within the time. */
async function allClosed(running: ReadonlySet<Attempt>, withinMs: number): Promise<boolean> {
  if (running.size === 0) return true;
  let timer: NodeJS.Timeout | undefined;
  const isOver = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs);
  });
  const closed = Promise.all([...running].map((attempt) => attempt.closed)).then(() => true);
  const result = await Promise.race([closed, isOver]);
  clearTimeout(timer);
  return result;
}

/** What the judge of an attempt has to know. */
function questionOf(start: ProcessStart): DenialQuestion {
  return {
    profile: start.profile,
    command: start.argv.join(' '),
    argv: start.argv,
    cwd: start.cwd,
    home: start.env.HOME ?? '/',
    blocks: () => start.proxy?.blocked() ?? [],
    isProxied: start.proxy !== null,
  };
}

function environmentClosed(): Problem {
  return { what: 'The command was not started: the program is ending.', why: '', next: '' };
}
