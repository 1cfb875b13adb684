// `codex sandbox -- COMMAND`: one command, as a session would run it.

import { accessInWords, sandboxOf } from './core/index.ts';
import {
  bindContextFor,
  complain,
  definedOnly,
  EXIT_CONFIG,
  isAboutSafety,
  openEnvironment,
  type Place,
} from './place.ts';
import { fail, ok, type Result } from './problem/index.ts';
import {
  bindProfile,
  builtInProfile,
  builtInProfileNames,
  isBuiltInProfileName,
  type NamedProfile,
} from './sandbox/index.ts';
import { type Invocation, relaySandboxed } from './ui/cli/index.ts';

/** Returns the command's exit code, or the one that says why it has none. */
export async function sandboxed(invocation: Extract<Invocation, { kind: 'sandbox' }>, place: Place): Promise<number> {
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
          output: (bytes, _from, stream) => sinks.output(Buffer.from(bytes), stream === 'stderr'),
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
