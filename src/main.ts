// The composition root: reads what was asked, opens the rooms, wires them, and starts a front end.

import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import {
  type ApprovalPolicy,
  accessInWords,
  type Config,
  type ConfigProblem,
  codexHome,
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
  type OwnSettings,
  openCore,
  openOwnSettings,
  ownFolder,
  type Provider,
  readConfig,
  readTail,
  resolveProvider,
  sandboxOf,
} from './core/index.ts';
import {
  closeInheritedDescriptors,
  DEFAULT_COLOURS,
  type LocalEnvironment,
  loadTerminals,
  openLocalEnvironment,
} from './exec/index.ts';
import { fail, ok, type Problem, problemText, type Result } from './problem/index.ts';
import {
  type BindContext,
  bindProfile,
  builtInProfile,
  builtInProfileNames,
  isBuiltInProfileName,
  type NamedProfile,
} from './sandbox/index.ts';
import {
  type DoctorSection,
  doctorJson,
  doctorText,
  type Invocation,
  isHealthy,
  relaySandboxed,
  type SessionFlags,
} from './ui/cli/index.ts';
import { type FirstScreen, type Opened, runScreen, type ScreenSettings } from './ui/tui/index.ts';

declare const __CODEX_VERSION__: string;

const VERSION = __CODEX_VERSION__;

/** Exit codes, from sysexits where it has one. */
const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_CONFIG = 78;

/** Everything that is the same for all front ends. */
interface Place {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly codexHome: string;
  readonly cwd: string;
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
}

/** Runs what was asked and returns the exit code. `first` is what the entry painted and heard, for a screen. */
export async function main(invocation: Invocation, first: FirstScreen | null): Promise<number> {
  closeInheritedDescriptors(process.env);
  const place = openPlace(
    invocation.kind === 'screen' ? invocation.flags.cd : invocation.kind === 'sandbox' ? invocation.cd : null,
  );
  if (!place.ok) return complain(place.problem, EXIT_FAILED);
  switch (invocation.kind) {
    case 'screen':
      if (first === null) throw new Error('a screen needs what the entry painted');
      return screen(invocation, first, place.value);
    case 'sandbox':
      return sandboxed(invocation, place.value);
    case 'doctor':
      return doctor(invocation.json, place.value);
    case 'help':
    case 'version':
      throw new Error(`${invocation.kind} is answered by the entry`);
  }
}

function complain(problem: Problem, code: number): number {
  process.stderr.write(`${problemText(problem)}\n`);
  return code;
}

// ----------------------------------------------------------------------------------------------------- place

function openPlace(folder: string | null): Result<Place> {
  const env = process.env;
  const home = env.HOME ?? homedir();
  const cwd = openFolder(folder);
  if (!cwd.ok) return cwd;
  const own = codexHome(env, home, cwd.value);
  const file = configPath(own);
  const { config, problems } = readConfig(
    readIfThere(file),
    file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file,
  );
  return ok({ env, home, codexHome: own, cwd: cwd.value, config, problems });
}

/** The folder to work in, absolute. It may have been removed under our feet. */
function openFolder(folder: string | null): Result<string> {
  let current: string;
  try {
    current = process.cwd();
  } catch {
    // ENOENT: our own folder was deleted. Only an absolute --cd helps then.
    current = '/';
    if (folder === null)
      return fail({
        what: 'The folder codex was started in does not exist any more.',
        why: '',
        next: 'cd to another one, or name one with --cd.',
      });
  }
  const chosen = path.resolve(current, folder ?? '.');
  if (statSync(chosen, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return fail({ what: `${chosen} is not a folder.`, why: '', next: 'Name an existing one with --cd.' });
  }
  return ok(chosen);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // No configuration is a configuration; one that cannot be read is reported by the doctor.
    return '';
  }
}

function bindContextFor(place: Place): (cwd: string) => BindContext {
  return (cwd) => ({
    workspaceRoots: [cwd],
    tmpdir: place.env.TMPDIR ?? null,
    codexHome: place.codexHome,
    runtimeDir: null,
  });
}

function openEnvironment(place: Place): LocalEnvironment {
  return openLocalEnvironment({
    path: place.env.PATH ?? '',
    writableRoots: [place.cwd],
    ...(place.config.output_file_limit === null ? {} : { outputLimits: { fileBytes: place.config.output_file_limit } }),
  });
}

// ---------------------------------------------------------------------------------------------------- screen

async function screen(
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

  return runScreen({
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
    },
    notices: place.problems.filter(({ level }) => level !== 'info').map(({ problem }) => problem),
    open: (resume, onDefect) => {
      if (!chosen.ok) return fail({ exitCode: EXIT_CONFIG, problem: chosen.problem });
      const { profile, policy, provider } = chosen.value;
      const shell = personsShell(place.env);
      const network = networkOf(profile);
      const core = openCore({
        version: VERSION,
        codexHome: place.codexHome,
        home: place.home,
        cwd: place.cwd,
        environment,
        provider,
        profile,
        network,
        policy,
        shell,
        bindContextFor: bindContextFor(place),
        instructions: (cwd) =>
          instructionsFor({ cwd, shell, profile: profile.name, network, canAsk: policy !== 'never' }),
        environmentFor: (command, session) =>
          commandEnvironment({
            ...command,
            base: place.env,
            policy: place.config.shell_environment_policy,
            keyNames: keyNamesOf(place.config),
            session,
            version: VERSION,
          }),
        resume,
        onDefect,
      });
      return core.ok
        ? ok<Opened>({ session: core.value.session, recordPath: core.value.recordPath, door: core.value.door })
        : fail({ exitCode: EXIT_FAILED, problem: core.problem });
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

/** A wrong value in these must not be replaced by a default that opens more, or asks less, than the person wrote. */
function isAboutSafety({ key }: ConfigProblem): boolean {
  return key === '' || /^(sandbox|default_permissions|permissions|approval_policy|shell_environment_policy)/.test(key);
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

function networkOf({ profile }: NamedProfile): 'restricted' | 'enabled' | 'unsandboxed' {
  return profile.type === 'disabled' ? 'unsandboxed' : profile.network;
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

// --------------------------------------------------------------------------------------------------- sandbox

async function sandboxed(invocation: Extract<Invocation, { kind: 'sandbox' }>, place: Place): Promise<number> {
  const wrong = place.problems.find((problem) => problem.level === 'error' && isAboutSafety(problem));
  if (wrong !== undefined && invocation.profile === null) return complain(wrong.problem, EXIT_CONFIG);
  const named = invocation.profile === null ? ok(sandboxOf(place.config, place)) : profileNamed(invocation.profile);
  if (!named.ok) return complain(named.problem, EXIT_CONFIG);
  const profile = bindProfile(named.value, [], bindContextFor(place)(place.cwd));
  if (!profile.ok) return complain(profile.problem, EXIT_CONFIG);
  const environment = openEnvironment(place);
  const code = await relaySandboxed(
    (stdio, sinks) =>
      environment.start(
        {
          argv: invocation.argv,
          cwd: place.cwd,
          env: definedOnly(place.env),
          stdio,
          profile: profile.value,
          outputFile: null,
        },
        {
          output: (bytes, _from, stream) => sinks.output(bytes, stream === 'stderr'),
          outputFileOpened: () => {},
          inputDrained: () => sinks.inputDrained(),
          waiting: () => {},
          suspended: () => {},
          exited: () => {},
          closed: ({ exit, ran, problem, denial }) =>
            sinks.closed({
              exitCode: exit.code,
              ran,
              problem,
              denial:
                denial === null
                  ? null
                  : { certainty: denial.certainty, text: accessInWords(denial), because: denial.because },
            }),
        },
      ),
    process,
    invocation.keepsExitCode,
  );
  await environment.dispose(0);
  return code;
}

function profileNamed(name: string): Result<NamedProfile> {
  return isBuiltInProfileName(name)
    ? ok(builtInProfile(name))
    : fail({
        what: `There is no permission profile "${name}".`,
        why: '',
        next: `Profiles: ${builtInProfileNames.join(', ')}.`,
      });
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  const own = {
    ...env,
    ...(env.CODEX_EXTRA_CA ? { NODE_EXTRA_CA_CERTS: env.CODEX_EXTRA_CA } : {}),
    CODEX_EXTRA_CA: undefined,
  };
  return Object.fromEntries(
    Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

// ---------------------------------------------------------------------------------------------------- doctor

async function doctor(asJson: boolean, place: Place): Promise<number> {
  const environment = openEnvironment(place);
  const sandbox = await environment.probe();
  const tried = await tryCommand(environment, place);
  const sections: DoctorSection[] = [
    {
      name: 'Sandbox',
      checks: sandbox.checks,
      problems: sandbox.ready ? warnings(sandbox.warnings) : [sandbox.problem],
    },
    { name: 'Commands', checks: [tried], problems: [] },
    { name: 'Terminal', checks: terminalChecks(place.env), problems: [] },
    {
      name: 'Configuration',
      checks: [
        { name: configPath(place.codexHome), ok: place.problems.every(({ level }) => level !== 'error'), detail: '' },
      ],
      problems: place.problems.map(({ problem }) => problem),
    },
    { name: 'Model', ...modelReport(place) },
  ];
  await environment.dispose(0);
  process.stdout.write(asJson ? doctorJson(VERSION, sections) : doctorText(VERSION, sections));
  return isHealthy(sections) ? EXIT_OK : EXIT_FAILED;
}

function warnings(texts: readonly string[]): Problem[] {
  return texts.map((what) => ({ what, why: '', next: '' }));
}

/** One command through everything a session uses: terminal, sandbox, output, end. */
async function tryCommand(environment: LocalEnvironment, place: Place): Promise<DoctorSection['checks'][number]> {
  const name = 'a command in a terminal, in the sandbox';
  const profile = bindProfile(builtInProfile(':workspace'), [], bindContextFor(place)(place.cwd));
  if (!profile.ok) return { name, ok: false, detail: problemText(profile.problem) };
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let printed = '';
    const tell = (isOk: boolean, detail: string) => resolve({ name, ok: isOk, detail });
    environment
      .start(
        {
          argv: ['/bin/sh', '-c', 'echo works'],
          cwd: place.cwd,
          env: definedOnly(place.env),
          stdio: { kind: 'pty', cols: 80, rows: 24 },
          profile: profile.value,
          outputFile: null,
        },
        {
          output: (bytes) => {
            printed += Buffer.from(bytes).toString();
          },
          outputFileOpened: () => {},
          waiting: () => {},
          suspended: () => {},
          exited: () => {},
          closed: ({ exit, ran, problem }) => {
            const took = `${(performance.now() - startedAt).toFixed(0)} ms`;
            if (ran && exit.code === 0 && printed.includes('works')) tell(true, took);
            else tell(false, problem === null ? `exit ${exit.code}: ${printed.trim()}` : problemText(problem));
          },
        },
      )
      .then((started) => {
        if (!started.ok) tell(false, started.problem.problem.what);
      })
      .catch((error: unknown) => tell(false, String(error)));
  });
}

function terminalChecks(env: NodeJS.ProcessEnv): DoctorSection['checks'] {
  const isTerminal = process.stdout.isTTY === true;
  const size = isTerminal ? `${process.stdout.columns}x${process.stdout.rows}` : 'stdout is not a terminal here';
  const colour = env.NO_COLOR ? 'off (NO_COLOR)' : (env.COLORTERM ?? 'by TERM');
  return [
    { name: 'TERM', ok: env.TERM !== 'dumb', detail: env.TERM ?? 'not set' },
    { name: 'size', ok: true, detail: size },
    { name: 'colour', ok: true, detail: colour },
    { name: 'multiplexer', ok: true, detail: env.TMUX ? 'tmux' : env.STY ? 'screen' : env.ZELLIJ ? 'zellij' : 'none' },
  ];
}

function modelReport(place: Place): Pick<DoctorSection, 'checks' | 'problems'> {
  const choice = resolveProvider(place.config, place.env);
  if (!choice.ok) return { checks: [{ name: 'provider', ok: false, detail: '' }], problems: [choice.problem] };
  const detail =
    choice.value.kind === 'shell'
      ? 'shell: what is typed runs as a command'
      : `${choice.value.model} at ${choice.value.baseUrl}`;
  return { checks: [{ name: 'provider', ok: true, detail }], problems: [] };
}
