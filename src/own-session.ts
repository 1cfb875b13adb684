// A session of this program's own, whoever shows it: what flags and configuration ask for, opened and made reachable.

import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import {
  type ApprovalPolicy,
  type Core,
  canAsk,
  commandVariables,
  configPath,
  createResponsesProvider,
  createShellProvider,
  instructionsFor,
  keyNamesOf,
  type NetworkState,
  type OwnSettings,
  openAlwaysWriter,
  openCore,
  openOwnSettings,
  ownFolder,
  type Provider,
  resolveProvider,
  sandboxOf,
} from './core/index.ts';
import { makeReachable, type Reachable } from './live-sessions.ts';
import { configuredMachines, openMachines } from './machines.ts';
import { EXIT_CONFIG, EXIT_FAILED, isAboutSafety, openEnvironment, type Place, VERSION } from './place.ts';
import { fail, ok, type Problem, type Result } from './problem/index.ts';
import { type NamedProfile, profileWarnings } from './sandbox/index.ts';
import type { SessionFlags } from './ui/cli/index.ts';

/** Why no session was opened, and the program's exit code for it. */
export interface NotOpened {
  readonly exitCode: number;
  readonly problem: Problem;
}

export interface OwnSession {
  readonly core: Core;
  readonly reachable: Reachable;
}

export interface SessionStarter {
  /** To be said once, before anything runs. */
  readonly notices: readonly Problem[];
  /** A new session, or one that goes on from its record. */
  open(
    resume: { readonly session: string; readonly path: string } | null,
    onDefect: (error: unknown) => void,
  ): Result<OwnSession, NotOpened>;
  /** What stops every sandboxed command here, or null. */
  probe(): Promise<Problem | null>;
  readonly memory: OpenMemory;
}

/** What the program remembers of itself. `report` hears of trouble with it. */
export type OpenMemory = (report: ((problem: Problem) => void) | null) => Promise<OwnSettings>;

export async function prepareSession(asked: SessionFlags, place: Place): Promise<SessionStarter> {
  const memory = openMemory(place);
  const flags = await withLastModel(asked, place, memory);
  const chosen = choose(place, flags);
  if (chosen.ok && chosen.value.provider.model !== null) void rememberModel(chosen.value.provider.model, memory);
  const machines = configuredMachines(place);
  const environment = openEnvironment(place);
  void environment.prepare();

  return {
    memory,
    notices: [
      ...place.problems.filter(({ level }) => level !== 'info').map(({ problem }) => problem),
      ...(chosen.ok ? profileWarnings(chosen.value.profile.profile, process.platform).map(warning) : []),
    ],
    open(resume, onDefect) {
      if (!chosen.ok) return fail({ exitCode: EXIT_CONFIG, problem: chosen.problem });
      if (!machines.ok) return fail({ exitCode: EXIT_CONFIG, problem: machines.problem });
      const { profile, policy, provider } = chosen.value;
      const shell = personsShell(place.env);
      const network = networkOf(profile);
      const core = openCore({
        version: VERSION,
        codexHome: place.codexHome,
        home: place.home,
        env: place.env,
        cwd: place.cwd,
        environments: openMachines(machines.value, place, environment, shell),
        provider,
        profile,
        network,
        policy,
        context: {
          compactPrompt: null,
          window: place.config.model_context_window,
          limit: null,
        },
        readImage: async (file) => fail({ what: `${file} cannot be shown to a model yet.`, why: '', next: '' }),
        instructions: (machines) =>
          instructionsFor({ machines, profile: profile.name, network, canAsk: canAsk(policy) }),
        variablesFor: (command, session) =>
          commandVariables({
            ...command,
            policy: place.config.shell_environment_policy,
            keyNames: keyNamesOf(place.config),
            session,
            version: VERSION,
          }),
        always: openAlwaysWriter({
          file: configPath(place.codexHome),
          shown: place.configFile,
          profile: profile.name,
        }),
        fileThread: path.join(__dirname, 'lib/file-thread.cjs'),
        isRecorded: place.config.record_sessions && !flags.isEphemeral,
        resume,
        onDefect,
      });
      if (!core.ok) return fail({ exitCode: EXIT_FAILED, problem: core.problem });
      return ok({ core: core.value, reachable: makeReachable(core.value, place, onDefect) });
    },
    async probe() {
      const probe = await environment.probe();
      return probe.ready ? null : probe.problem;
    },
  };
}

function warning(what: string): Problem {
  return { what, why: '', next: '' };
}

/** Loaded when first asked for: nothing before the first frame needs it. Trouble waits for somebody to tell. */
function openMemory(place: Place): OpenMemory {
  let opened: Promise<OwnSettings> | null = null;
  let tell: ((problem: Problem) => void) | null = null;
  const untold: Problem[] = [];
  return (report) => {
    tell ??= report;
    if (tell !== null) untold.splice(0).forEach(tell);
    opened ??= openOwnSettings({
      folder: ownFolder(place.codexHome),
      report: (problem) => (tell === null ? void untold.push(problem) : tell(problem)),
    });
    return opened;
  };
}

/** A model that was chosen once stays chosen, where neither flag nor configuration names one. */
async function withLastModel(flags: SessionFlags, place: Place, memory: OpenMemory): Promise<SessionFlags> {
  if (flags.model !== null || place.config.model !== null) return flags;
  const hasProvider = place.config.model_provider !== null || Boolean(place.env.OPENAI_API_KEY);
  if (!hasProvider || place.config.model_provider === 'shell') return flags;
  return { ...flags, model: (await memory(null)).lastModel() };
}

async function rememberModel(model: string, memory: OpenMemory): Promise<void> {
  (await memory(null)).rememberModel(model);
}

interface Chosen {
  readonly profile: NamedProfile;
  readonly policy: ApprovalPolicy;
  readonly provider: Provider;
}

/** What the flags and the configuration ask for together; a flag wins. */
function choose(place: Place, flags: SessionFlags): Result<Chosen> {
  const problem = place.problems.find(({ level }) => level === 'error');
  const profile = flags.sandbox === null ? ok(sandboxOf(place.config, place)) : profileOfMode(flags.sandbox, place);
  if (!profile.ok) return profile;
  const policy = flags.approval === null ? ok<ApprovalPolicy>(place.config.approval_policy) : policyOf(flags.approval);
  if (!policy.ok) return policy;
  if (problem !== undefined && isAboutSafety(problem)) return fail(problem.problem);
  const choice = resolveProvider(
    flags.model === null ? place.config : { ...place.config, model: flags.model },
    place.env,
  );
  if (!choice.ok) return choice;
  const provider =
    choice.value.kind === 'shell' ? createShellProvider() : createResponsesProvider(choice.value, { env: place.env });
  return ok({ profile: profile.value, policy: policy.value, provider });
}

function profileOfMode(mode: string, place: Place): Result<NamedProfile> {
  const modes = ['read-only', 'workspace-write', 'danger-full-access'] as const;
  const known = modes.find((name) => name === mode);
  if (known === undefined)
    return fail({ what: `"${mode}" is not a sandbox mode.`, why: '', next: `Modes: ${modes.join(', ')}.` });
  return ok(sandboxOf({ ...place.config, default_permissions: null, sandbox_mode: known }, place));
}

function policyOf(word: string): Result<ApprovalPolicy> {
  const policies = ['untrusted', 'on-request', 'never'] as const;
  const known = policies.find((name) => name === word);
  return known === undefined
    ? fail({ what: `"${word}" is not an approval policy.`, why: '', next: `Policies: ${policies.join(', ')}.` })
    : ok(known);
}

function networkOf({ profile }: NamedProfile): NetworkState {
  if (profile.type === 'managed') return profile.network.access;
  return profile.type === 'external' ? 'external' : 'unsandboxed';
}

/** The person's shell where it understands `-lc` as the tools use it, else bash, else sh. */
function personsShell(env: NodeJS.ProcessEnv): string {
  const own = env.SHELL ?? '';
  const candidates = [/\/(bash|zsh|dash|ksh|sh)$/.test(own) ? own : '', '/bin/bash', '/usr/bin/bash', '/bin/sh'];
  return candidates.find((shell) => shell !== '' && isProgram(shell)) ?? '/bin/sh';
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: the next candidate.
    return false;
  }
}
