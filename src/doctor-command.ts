// `codex doctor`: tries what a session needs, and says what is missing.

import { accessSync, constants } from 'node:fs';
import { configPath, resolveProvider, storedLogin } from './core/index.ts';
import type { LocalEnvironment } from './exec/index.ts';
import { bindContextFor, definedOnly, EXIT_FAILED, EXIT_OK, openEnvironment, type Place, VERSION } from './place.ts';
import { errnoOf, type Problem, problemText } from './problem/index.ts';
import { bindProfile, builtInProfile, type HostProbe } from './sandbox/index.ts';
import { type DoctorSection, doctorJson, doctorText, isHealthy } from './ui/cli/index.ts';

type Check = DoctorSection['checks'][number];
type Trouble = Check['troubles'][number];

/** Prints the report; exit code 1 when something a session needs is missing. */
export async function doctor(asJson: boolean, place: Place): Promise<number> {
  const environment = openEnvironment(place);
  const probe = await environment.probe();
  const terminal = await terminalWorks(environment, place);
  const command = await commandWorks(environment, place, probe);
  await environment.dispose(0);
  const sections: DoctorSection[] = [
    { name: 'Sandbox', checks: [...sandboxChecks(probe), command] },
    { name: 'Terminal', checks: [terminal, ...terminalChecks(place.env)] },
    { name: 'Configuration', checks: [configCheck(place)] },
    { name: 'Model', checks: [modelCheck(place)] },
  ];
  process.stdout.write(asJson ? doctorJson(VERSION, new Date(), sections) : doctorText(VERSION, sections));
  return isHealthy(sections) ? EXIT_OK : EXIT_FAILED;
}

/** The probe's checks, with the diagnosis of each. */
function sandboxChecks({ checks }: HostProbe): Check[] {
  return checks.map(({ id, status, detail, diagnosis }) => ({
    id,
    status,
    detail,
    troubles: diagnosis === null ? [] : [diagnosis],
  }));
}

/** One command through everything a session uses: terminal, sandbox, output, end. */
async function commandWorks(environment: LocalEnvironment, place: Place, probe: HostProbe): Promise<Check> {
  const id = 'sandbox.command';
  if (!probe.ready) return { id, status: 'skipped', detail: 'not tried: no sandbox can start', troubles: [] };
  const ran = await tryCommand(environment, place, ':workspace');
  if (ran.ok) return okay(id, `a command in a terminal, in the sandbox: ${ran.detail}`);
  return failed(id, ran.detail, {
    cause: 'sandboxed_command_failed',
    what: 'A sandbox starts here, but a command in it does not work.',
    explanation: ran.detail,
    proof: `echo in ${place.cwd}, with the profile :workspace`,
    fixes: [{ step: 'codex doctor, in another folder: this one may be what fails', cost: 'none.' }],
  });
}

/** The terminal add-on alone, without a sandbox: what it runs is ours. */
async function terminalWorks(environment: LocalEnvironment, place: Place): Promise<Check> {
  const id = 'terminal.pty';
  const ran = await tryCommand(environment, place, ':danger-full-access');
  if (ran.ok) return okay(id, `a command of ours in a terminal: ${ran.detail}`);
  return failed(id, ran.detail, {
    cause: 'terminal_unavailable',
    what: 'No terminal can be opened for commands.',
    explanation: ran.detail,
    proof: 'echo in a terminal of 80 columns, without a sandbox',
    fixes: [
      { step: 'npm rebuild node-pty    (in the folder codex is installed in)', cost: 'needs a compiler and python3.' },
    ],
  });
}

interface Ran {
  readonly ok: boolean;
  /** How long it took, or what went wrong. */
  readonly detail: string;
}

/** A command takes milliseconds; what has not answered by then does not work. */
const COMMAND_MS = 10_000;

async function tryCommand(
  environment: LocalEnvironment,
  place: Place,
  profileName: ':workspace' | ':danger-full-access',
): Promise<Ran> {
  const profile = bindProfile(builtInProfile(profileName), [], bindContextFor(place)(place.cwd));
  if (!profile.ok) return { ok: false, detail: problemText(profile.problem) };
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let printed = '';
    const tell = (isOk: boolean, detail: string) => {
      clearTimeout(limit);
      resolve({ ok: isOk, detail });
    };
    const limit = setTimeout(() => tell(false, `it did not end in ${COMMAND_MS / 1000} seconds`), COMMAND_MS);
    environment
      .start(
        {
          argv: ['/bin/sh', '-c', 'echo works'],
          cwd: place.cwd,
          env: definedOnly(place.env),
          stdio: { kind: 'pty', cols: 80, rows: 24 },
          profile: profile.value,
          outputFile: null,
          proxy: null,
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
        if (!started.ok) tell(false, problemText(started.problem.problem));
      })
      .catch((error: unknown) => tell(false, String(error)));
  });
}

function terminalChecks(env: NodeJS.ProcessEnv): Check[] {
  const isTerminal = process.stdout.isTTY === true;
  const size = isTerminal ? `${process.stdout.columns}x${process.stdout.rows}` : 'stdout is not a terminal here';
  return [
    typeCheck(env.TERM),
    okay('terminal.size', size),
    okay('terminal.colour', env.NO_COLOR ? 'off (NO_COLOR)' : (env.COLORTERM ?? 'by TERM')),
    okay('terminal.multiplexer', env.TMUX ? 'tmux' : env.STY ? 'screen' : env.ZELLIJ ? 'zellij' : 'none'),
  ];
}

function typeCheck(type: string | undefined): Check {
  const id = 'terminal.type';
  if (type !== 'dumb') return okay(id, `TERM: ${type ?? 'not set'}`);
  return failed(id, 'TERM: dumb', {
    cause: 'terminal_dumb',
    what: 'The screen needs a terminal that can move its cursor.',
    explanation: 'codex sandbox and codex doctor work without one.',
    proof: 'TERM=dumb',
    fixes: [
      {
        step: 'export TERM=xterm-256color',
        cost: 'programs print colours; a terminal that is dumb shows them as text.',
      },
    ],
  });
}

function configCheck({ codexHome, problems }: Place): Check {
  const id = 'config.files';
  const file = configPath(codexHome);
  const access = accessTo(file);
  if (access !== '' && access !== 'ENOENT') return failed(id, `${file}: ${access}`, unreadable(file, access));
  const troubles = problems.map(({ key, level, problem, file: said }) =>
    troubleOf(
      level === 'error' ? 'config_invalid' : 'config_doubtful',
      problem,
      `${said}${key === '' ? '' : `, ${key}`}`,
    ),
  );
  const has = (wanted: string): boolean => problems.some(({ level }) => level === wanted);
  const status = has('error') ? 'failed' : has('warning') ? 'warning' : 'ok';
  return { id, status, detail: access === '' ? file : `${file} is not there, so everything has its default`, troubles };
}

/** The errno name of why it cannot be read, `''` when it can be. */
function accessTo(file: string): string {
  try {
    accessSync(file, constants.R_OK);
    return '';
  } catch (error) {
    return errnoOf(error);
  }
}

function unreadable(file: string, errno: string): Trouble {
  return {
    cause: 'config_unreadable',
    what: `${file} cannot be read.`,
    explanation: 'So no session is opened: it may say that less is open.',
    proof: `opening it: ${errno}`,
    fixes: [{ step: `ls -ld ${file} && chmod u+r ${file}`, cost: 'none: the file is yours.' }],
  };
}

function modelCheck(place: Place): Check {
  const id = 'model.provider';
  const choice = resolveProvider(place.config, place.env, storedLogin(place.codexHome), place.cwd);
  if (!choice.ok) {
    const trouble = troubleOf('provider_unusable', choice.problem, 'config.toml and the environment');
    return failed(id, choice.problem.what, trouble);
  }
  const provider = choice.value;
  if (provider.kind === 'shell') return okay(id, 'shell: what is typed runs as a command');
  return okay(id, `${provider.kind === 'model' ? provider.model : 'the model its server has,'} at ${provider.baseUrl}`);
}

/** A problem that has no cost of its own: it is the person's own file or variable that changes. */
function troubleOf(cause: string, { what, why, next }: Problem, proof: string): Trouble {
  const fixes = next === '' ? [] : [{ step: next, cost: 'none beyond your own configuration.' }];
  return { cause, what, explanation: why, proof, fixes };
}

function okay(id: string, detail: string): Check {
  return { id, status: 'ok', detail, troubles: [] };
}

function failed(id: string, detail: string, trouble: Trouble): Check {
  return { id, status: 'failed', detail, troubles: [trouble] };
}
