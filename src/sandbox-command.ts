// `codex sandbox -- COMMAND`: one command, as a session would run it.

import path from 'node:path';
import { accessInWords, commandVariables, keyNamesOf, openSessionNetwork, sandboxOf } from './core/index.ts';
import { type LocalEnvironment, type ProxyClient, resolveVariables } from './exec/index.ts';
import {
  bindContextFor,
  complain,
  EXIT_CONFIG,
  EXIT_OK,
  isAboutSafety,
  openEnvironment,
  type Place,
  VERSION,
} from './place.ts';
import { fail, ok, type Problem, problemText, type Result } from './problem/index.ts';
import {
  type BoundProfile,
  bindProfile,
  explainLaunch,
  type Grant,
  knownNames,
  type NamedProfile,
  planLaunch,
  profileNamed,
  profileWarnings,
  readProfiles,
} from './sandbox/index.ts';
import { type Invocation, relaySandboxed } from './ui/cli/index.ts';

type SandboxInvocation = Extract<Invocation, { kind: 'sandbox' }>;

/** The sandbox cannot start. */
const EXIT_UNAVAILABLE = 125;

/** Returns the command's exit code, or the one that says why it has none. */
export async function sandboxed(invocation: SandboxInvocation, place: Place): Promise<number> {
  const named = wantedProfile(invocation, place);
  if (!named.ok) return complain(named.problem, EXIT_CONFIG);
  for (const warning of profileWarnings(named.value.profile, process.platform))
    process.stderr.write(`codex sandbox: ${warning}\n`);
  // The same data as a grant in a session, so that flag and configuration come to the same policy.
  const sockets = invocation.unixSockets.map(
    (socket): Grant => ({ kind: 'unix_socket', path: path.resolve(place.cwd, socket) }),
  );
  const profile = bindProfile(named.value, sockets, bindContextFor(place)(place.cwd));
  if (!profile.ok) return complain(profile.problem, EXIT_CONFIG);
  const environment = openEnvironment(place);
  try {
    if (invocation.explains) return await explain(profile.value, invocation, place, environment);
    return await run(profile.value, invocation, place, environment);
  } finally {
    await environment.dispose(0);
  }
}

async function run(
  profile: BoundProfile,
  invocation: SandboxInvocation,
  place: Place,
  environment: LocalEnvironment,
): Promise<number> {
  const network = openSessionNetwork({ env: place.env, onDefect: (error) => complain(defect(error), 0) });
  const rules = profile.type === 'managed' ? profile.proxy : null;
  const proxy: Result<ProxyClient | null> = rules === null ? ok(null) : await network.clientFor(rules);
  if (!proxy.ok) return complain(proxy.problem, EXIT_CONFIG);
  const code = await relaySandboxed(
    (stdio, sinks) =>
      environment.start(
        {
          argv: invocation.argv,
          cwd: place.cwd,
          env: resolveVariables(
            place.env,
            commandVariables({
              policy: place.config.shell_environment_policy,
              keyNames: keyNamesOf(place.config),
              reader: 'person',
              isTerminal: stdio.kind === 'pty',
              networkIsOff: profile.type === 'managed' && profile.network === 'restricted',
              session: 'sandbox',
              call: 'sandbox',
              previousFolder: null,
              version: VERSION,
            }),
          ),
          stdio,
          profile,
          outputFile: null,
          proxy: proxy.value,
        },
        {
          output: (bytes, _from, stream) => sinks.output(Buffer.from(bytes), stream === 'stderr'),
          outputFileOpened: () => {},
          inputDrained: () => sinks.inputDrained(),
          noticed: (problem) => complain(problem, 0),
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
                  : {
                      certainty: denial.certainty,
                      text: accessInWords(denial),
                      because: denial.because,
                      also: denial.also.map(accessInWords),
                    },
            }),
        },
      ),
    process,
    invocation,
  );
  await network.close();
  return code;
}

/** How the command would be started, part by part. */
async function explain(
  profile: BoundProfile,
  { argv }: SandboxInvocation,
  place: Place,
  environment: LocalEnvironment,
): Promise<number> {
  const probe = await environment.probe();
  if (!probe.ready) return complain(probe.problem, EXIT_UNAVAILABLE);
  const servers = profile.type === 'managed' ? profile.localPorts : [];
  const plan = planLaunch(profile, place.cwd, probe.facts, servers.length === 0 ? null : { proxyPort: null });
  if (!plan.ok) return complain(plan.problem, EXIT_CONFIG);
  const parts = explainLaunch(plan.value);
  const width = Math.min(48, Math.max(...parts.map(({ part }) => part.length)));
  const lines = parts.map(({ part, meaning }) => (meaning === '' ? part : `${part.padEnd(width)}  ${meaning}`));
  const guarded = profile.type === 'managed' ? profile.absentNames : [];
  const held = guarded.length === 0 ? [] : [`guarded while commands run here: ${guarded.join(' ')}`];
  const reached =
    servers.length === 0
      ? []
      : [`inside an empty network whose loopback leads to servers of this machine: ${servers.join(' ')}`];
  process.stdout.write(`profile ${profile.name}\n${[...lines, ...reached, ...held].join('\n')}\n${argv.join(' ')}\n`);
  return EXIT_OK;
}

function wantedProfile({ profile }: SandboxInvocation, place: Place): Result<NamedProfile> {
  const wrong = place.problems.find((problem) => problem.level === 'error' && isAboutSafety(problem));
  if (profile === null) return wrong === undefined ? ok(sandboxOf(place.config, place)) : fail(wrong.problem);
  const { profiles } = readProfiles(place.config.permissions);
  const named = profileNamed(profile, profiles);
  if (named !== null) return ok(named);
  const own = place.problems.find(({ level, key }) => level === 'error' && key.startsWith(`permissions.${profile}`));
  if (own !== undefined) return fail(own.problem);
  return fail({ what: `There is no permission profile "${profile}".`, why: '', next: knownNames(profiles) });
}

function defect(error: unknown): Problem {
  return { what: 'The proxy failed.', why: problemText({ what: String(error), why: '', next: '' }), next: '' };
}
