// `codex doctor`: tries what a session needs, and says what is missing.

import { configPath, resolveProvider } from './core/index.ts';
import type { LocalEnvironment } from './exec/index.ts';
import { bindContextFor, definedOnly, EXIT_FAILED, EXIT_OK, openEnvironment, type Place, VERSION } from './place.ts';
import { type Problem, problemText } from './problem/index.ts';
import { bindProfile, builtInProfile } from './sandbox/index.ts';
import { type DoctorSection, doctorJson, doctorText, isHealthy } from './ui/cli/index.ts';

/** Prints the report; exit code 1 when something a session needs is missing. */
export async function doctor(asJson: boolean, place: Place): Promise<number> {
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
