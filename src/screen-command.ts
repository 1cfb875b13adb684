// `codex`, `codex resume`: wires a session and its screen.

import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import {
  type ApprovalPolicy,
  type Config,
  canAsk,
  commandEnvironment,
  configPath,
  createResponsesProvider,
  createShellProvider,
  findSession,
  instructionsFor,
  keyNamesOf,
  latestSession,
  listSessions,
  makeFolders,
  type NetworkState,
  type OwnSettings,
  openAlwaysWriter,
  openCore,
  openOwnSettings,
  ownFolder,
  type Provider,
  readTail,
  resolveProvider,
  sandboxOf,
} from './core/index.ts';
import { DEFAULT_COLOURS, loadTerminals } from './exec/index.ts';
import { attachTo, findLive, makeReachable, type Reachable } from './live-sessions.ts';
import {
  bindContextFor,
  EXIT_CONFIG,
  EXIT_FAILED,
  EXIT_OK,
  isAboutSafety,
  openEnvironment,
  type Place,
  VERSION,
} from './place.ts';
import { fail, ok, type Problem, type Result } from './problem/index.ts';
import { type NamedProfile, profileWarnings } from './sandbox/index.ts';
import type { Invocation, SessionFlags } from './ui/cli/index.ts';
import { type FirstScreen, type Opened, runScreen, type ScreenSettings } from './ui/tui/index.ts';

/** Runs a session on the screen that `first` has begun; returns the exit code. */
export async function screen(
  invocation: Extract<Invocation, { kind: 'screen' }>,
  first: FirstScreen,
  place: Place,
): Promise<number> {
  const memory = openMemory(place);
  const flags = await withLastModel(invocation.flags, place, memory);
  const chosen = choose(place, flags);
  if (chosen.ok && chosen.value.provider.model !== null) void rememberModel(chosen.value.provider.model, memory);
  const environment = openEnvironment(place);
  void environment.prepare();

  const held: { reachable: Reachable | null } = { reachable: null };
  const code = await runScreen({
    first,
    version: VERSION,
    cwd: place.cwd,
    env: place.env,
    settings: screenSettings(place.config.tui),
    prompt: invocation.prompt,
    resume: invocation.resume,
    sessions: {
      list: (folder, limit) => listSessions({ codexHome: place.codexHome, folder, limit }),
      preview: (file, items) => {
        const read = readTail(file, { codexHome: place.codexHome, whenFileEnds: 'open', wantedItems: items });
        return read.ok ? read.value.events : [];
      },
      latest: (folder) => latestSession(place.codexHome, folder),
      find: (id) => findSession(place.codexHome, id),
      live: async (id) => {
        const found = await findLive(id, place);
        return found.ok ? ok({ session: found.value.facts.session, path: found.value.facts.record }) : found;
      },
    },
    notices: [
      ...place.problems.filter(({ level }) => level !== 'info').map(({ problem }) => problem),
      ...(chosen.ok ? profileWarnings(chosen.value.profile.profile, process.platform).map(warning) : []),
    ],
    open: async (resume, onDefect) => {
      const joined = resume === null ? null : await join(resume, place, onDefect);
      if (joined !== null) return joined;
      if (!chosen.ok) return fail({ exitCode: EXIT_CONFIG, problem: chosen.problem });
      const { profile, policy, provider } = chosen.value;
      const shell = personsShell(place.env);
      const network = networkOf(profile);
      const core = openCore({
        version: VERSION,
        codexHome: place.codexHome,
        home: place.home,
        env: place.env,
        cwd: place.cwd,
        environment,
        provider,
        profile,
        network,
        policy,
        shell,
        bindContextFor: bindContextFor(place),
        instructions: (cwd) => instructionsFor({ cwd, shell, profile: profile.name, network, canAsk: canAsk(policy) }),
        environmentFor: (command, session) =>
          commandEnvironment({
            ...command,
            base: place.env,
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
        resume,
        onDefect,
      });
      if (!core.ok) return fail({ exitCode: EXIT_FAILED, problem: core.problem });
      const { session, recordPath, door, ended } = core.value;
      held.reachable = makeReachable(core.value, place, onDefect);
      return ok<Opened>({ session, recordPath, door, attached: null, ended, outlive: held.reachable.outlive });
    },
    openMemory: memory,
    makeFolders,
    crashFolder: path.join(ownFolder(place.codexHome), 'crash'),
    loadEmulator: async () => {
      const open = await loadTerminals();
      return (size) => open({ ...size, answer: null, colours: DEFAULT_COLOURS });
    },
    probe: async () => {
      const probe = await environment.probe();
      return probe.ready ? null : probe.problem;
    },
  });
  await (await held.reachable?.listening)?.close(code === EXIT_OK ? 'quit' : 'signal');
  return code;
}

/** Attaches to a session that is open in another terminal; null when it is not, and can be opened here. */
async function join(
  { session, path: recordPath }: { readonly session: string; readonly path: string },
  place: Place,
  onDefect: (error: unknown) => void,
): Promise<Result<Opened, { readonly exitCode: number; readonly problem: Problem }> | null> {
  const door = await attachTo(session, place, onDefect);
  if (door === null) return null;
  if (!door.ok) return fail({ exitCode: EXIT_FAILED, problem: door.problem });
  const lost = door.value.lost.then((how) => LOST_WORDS[how.kind]);
  return ok({
    session,
    recordPath,
    door: door.value,
    attached: { leave: () => door.value.close(), lost },
    ended: null,
    outlive: () => null,
  });
}

const LOST_WORDS = {
  left: '',
  ended: 'The session ended in the other terminal.',
  turned_away: 'The other terminal let nobody in any more.',
  died: 'The program that had this session open is gone. codex resume goes on with what it recorded.',
} as const;

function warning(what: string): Problem {
  return { what, why: '', next: '' };
}

function screenSettings(tui: Config['tui']): ScreenSettings {
  const { approval } = tui;
  return {
    folds: {
      model: tui.fold_model === 'off' ? null : tui.fold_model,
      person: tui.fold_person === 'off' ? null : tui.fold_person,
    },
    pasteFold: tui.paste_fold,
    guard: {
      quietMs: approval.quiet_ms,
      armMs: approval.arm_ms,
      settleMs: approval.settle_ms,
      autoFocus: approval.auto_focus,
    },
    motion: tui.motion,
    glyphs: tui.glyphs,
    theme: tui.theme,
    resumeRows: tui.resume_rows,
  };
}

/** Loaded when first asked for: nothing before the first frame needs it. Trouble waits for somebody to tell. */
function openMemory(place: Place): (report: ((problem: Problem) => void) | null) => Promise<OwnSettings> {
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
async function withLastModel(
  flags: SessionFlags,
  place: Place,
  memory: ReturnType<typeof openMemory>,
): Promise<SessionFlags> {
  if (flags.model !== null || place.config.model !== null) return flags;
  const hasProvider = place.config.model_provider !== null || Boolean(place.env.OPENAI_API_KEY);
  if (!hasProvider || place.config.model_provider === 'shell') return flags;
  return { ...flags, model: (await memory(null)).lastModel() };
}

async function rememberModel(model: string, memory: ReturnType<typeof openMemory>): Promise<void> {
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
