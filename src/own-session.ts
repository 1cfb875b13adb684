// A session of this program's own, whoever shows it: what flags and configuration ask for, opened and made reachable.

import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import {
  type ApprovalPolicy,
  type Audience,
  type Core,
  canAsk,
  commandVariables,
  configPath,
  type Json,
  keyNamesOf,
  mcpServerSettings,
  type NetworkState,
  type OwnSettings,
  openAlwaysWriter,
  openCore,
  openHooks,
  openOwnSettings,
  ownFolder,
  sandboxOf,
} from './core/index.ts';
import { makeReachable, type Reachable } from './live-sessions.ts';
import { configuredMachines, openMachines } from './machines.ts';
import {
  definedOnly,
  EXIT_CONFIG,
  EXIT_FAILED,
  isAboutSafety,
  openEnvironment,
  type Place,
  VERSION,
  writableFolders,
} from './place.ts';
import { fail, ok, type Problem, type Result } from './problem/index.ts';
import { type NamedProfile, profileWarnings } from './sandbox/index.ts';
import { type ProviderOfSession, providerOfSession } from './session-provider.ts';
import { compactPrompt, type InstructionWishes, openInstructions, readAttached } from './told-instructions.ts';
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

/** What a front end wants of its session that nobody writes into a configuration. */
export interface SessionWishes extends InstructionWishes {
  /** Unsaid, a person is there. */
  readonly audience?: Audience;
  /** False: a program reads what a person's own commands print, so they get pipes. */
  readonly hasTerminal?: boolean;
  /** False: the model of this session is none that a person chose. */
  readonly keepsModel?: boolean;
  /** A JSON schema that every answer must fulfil. */
  readonly outputSchema?: { readonly [key: string]: Json };
}

export interface SessionStarter {
  /** To be said once, before anything runs. */
  readonly notices: readonly Problem[];
  /** False: what is submitted runs as a command. */
  readonly hasModel: boolean;
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

export async function prepareSession(
  flags: SessionFlags,
  place: Place,
  wishes: SessionWishes = {},
): Promise<SessionStarter> {
  const memory = openMemory(place);
  const chosen = await choose(place, flags, wishes, memory);
  const model = chosen.ok && wishes.keepsModel !== false ? chosen.value.model : null;
  if (model !== null) void rememberModel(model, memory);
  const machines = configuredMachines(place);
  const environment = openEnvironment(place);
  void environment.prepare();

  return {
    memory,
    hasModel: !chosen.ok || chosen.value.provider.model !== null,
    notices: [
      // What keeps it from being opened is said then.
      ...place.problems
        .filter(({ level, problem }) => level !== 'info' && (chosen.ok || problem !== chosen.problem))
        .map(({ problem }) => problem),
      ...(chosen.ok ? chosen.value.notices : []),
      ...(chosen.ok ? profileWarnings(chosen.value.profile.profile, process.platform).map(warning) : []),
    ],
    open(resume, onDefect) {
      if (!chosen.ok) return fail({ exitCode: EXIT_CONFIG, problem: chosen.problem });
      if (!machines.ok) return fail({ exitCode: EXIT_CONFIG, problem: machines.problem });
      const { profile, policy, provider } = chosen.value;
      const shell = personsShell(place.env);
      const network = networkOf(profile);
      const instructions = openInstructions(place, wishes);
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
          compactPrompt: compactPrompt(place),
          window: place.config.model_context_window,
          limit: place.config.model_auto_compact_token_limit,
          showsReasoning: !place.config.hide_agent_reasoning,
          showsThoughts: !place.config.hide_agent_reasoning && place.config.show_raw_agent_reasoning,
          mostOutputTokens: place.config.tool_output_token_limit,
        },
        readImage: readAttached,
        skills: instructions.skills,
        instructionFiles: provider.model === null ? 0 : instructions.files(),
        instructions: (machines, notice) =>
          instructions.text(
            {
              machines,
              profile,
              network,
              today: dayOf(new Date()),
              canAsk: canAsk(policy) && wishes.audience !== 'nobody',
            },
            notice,
          ),
        openHooks: (report) =>
          openHooks({
            config: place.config,
            env: definedOnly(place.env),
            keyNames: keyNamesOf(place.config),
            shell,
            home: place.home,
            client: 'codex_ts',
            writableFolders: writableFolders(place),
            report,
          }),
        prompts: {
          codexHome: place.codexHome,
          project: place.trust.state === 'trusted' ? instructions.root : null,
        },
        mcp: Object.entries(place.config.mcp_servers).map(([name, written]) =>
          mcpServerSettings(name, written, place.config),
        ),
        keyNames: keyNamesOf(place.config),
        showsImages: place.config.tools.view_image,
        audience: wishes.audience ?? 'person',
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

async function rememberModel(model: string, memory: OpenMemory): Promise<void> {
  (await memory(null)).rememberModel(model);
}

interface Chosen extends ProviderOfSession {
  readonly profile: NamedProfile;
  readonly policy: ApprovalPolicy;
}

/** What the flags and the configuration ask for together; a flag wins. */
async function choose(
  place: Place,
  flags: SessionFlags,
  wishes: SessionWishes,
  memory: OpenMemory,
): Promise<Result<Chosen>> {
  const problem = place.problems.find(({ level }) => level === 'error');
  const profile = flags.sandbox === null ? ok(sandboxOf(place.config, place)) : profileOfMode(flags.sandbox, place);
  if (!profile.ok) return profile;
  const policy = flags.approval === null ? ok<ApprovalPolicy>(place.config.approval_policy) : policyOf(flags.approval);
  if (!policy.ok) return policy;
  if (problem !== undefined && isAboutSafety(problem)) return fail(problem.problem);
  const { hasTerminal, outputSchema } = wishes;
  const provider = await providerOfSession(
    place,
    {
      model: flags.model,
      isLocal: flags.isLocal === true,
      hasTerminal,
      outputSchema,
      isAttended: wishes.audience !== 'nobody',
    },
    () => memory(null),
  );
  if (!provider.ok) return provider;
  return ok({ profile: profile.value, policy: policy.value, ...provider.value });
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

/** As the clock on the person's wall has it. */
function dayOf(time: Date): string {
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}
