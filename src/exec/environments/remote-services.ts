// Programs that are spoken with on another machine, and requests that it makes: over the same session as its commands.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type CallProblem, callProblemText, type ExecClient, type RemoteProcess } from '../client/index.ts';
import { pathUri } from '../protocol/path-uri.ts';
import type { MachineServices, RunningService, ServiceListener, ServiceStart } from './environment.ts';

export interface RemoteServices {
  /** What a session on that machine offers. */
  over(client: ExecClient): MachineServices;
  /** Of those that still run; each resolves when it was ended, or its machine is gone. */
  endAll(): Promise<void>[];
}

/** When the connection went before the answer: whatever was started then is ended, and nobody has spoken with it. */
const START_REPEATS = 1;

export function openRemoteServices(name: string): RemoteServices {
  const running = new Set<RemoteProcess>();
  let started = 0;

  const startOnce = async (
    client: ExecClient,
    wanted: ServiceStart,
    listener: ServiceListener,
  ): Promise<Result<RunningService, CallProblem>> => {
    let process: RemoteProcess | null = null;
    let isOver = false;
    const end = (tell: () => void): void => {
      isOver = true;
      if (process !== null) running.delete(process);
      tell();
    };
    started += 1;
    const answer = await client.startProcess(paramsOf(wanted, started), {
      output: (bytes, stream) => listener.output(bytes, stream === 'stderr' ? 'stderr' : 'stdout'),
      exited: ({ code }) => listener.exited(code),
      closed: () => end(() => listener.closed()),
      failed: (problem) => end(() => listener.lost(lostOn(name, problem))),
    });
    if (!answer.ok) return answer;
    process = answer.value;
    if (!isOver) running.add(process);
    return ok({
      async write(bytes) {
        const written = await answer.value.write(bytes);
        return written.ok ? written : fail(lostOn(name, written.problem));
      },
      async end() {
        // Who leaves the machine does not wait for it once more.
        running.delete(answer.value);
        await answer.value.terminate();
      },
    });
  };

  const over = (client: ExecClient): MachineServices => ({
    async start(wanted, listener) {
      for (let repeats = START_REPEATS; ; repeats -= 1) {
        const answer = await startOnce(client, wanted, listener);
        if (answer.ok || answer.problem.kind !== 'lost' || repeats === 0) {
          return answer.ok ? answer : fail(notStarted(name, answer.problem));
        }
      }
    },
    async request({ method, url, headers, body, timeoutMs }) {
      const answer = await client.http.stream({
        method,
        url,
        headers: headers.map(({ name: header, value, variable }) => ({ name: header, value, valueEnvVar: variable })),
        bodyBase64: body === null ? null : Buffer.from(body),
        timeoutMs,
        redirectPolicy: 'stop',
      });
      if (!answer.ok) return fail(notAnswered(name, answer.problem));
      const { status, headers: told, body: rest } = answer.value;
      return ok({
        status,
        headers: told,
        async next() {
          const piece = await rest.next();
          return piece.ok ? piece : fail(notAnswered(name, piece.problem));
        },
        cancel: rest.cancel,
      });
    },
  });

  return {
    over,
    endAll: () => [...running].map(async (process) => void (await process.terminate())),
  };
}

/** As the published client starts them. */
function paramsOf(
  { argv, cwd, variables, label }: ServiceStart,
  number: number,
): Parameters<ExecClient['startProcess']>[0] {
  return {
    processId: `${label}-${number}`,
    argv,
    cwd: pathUri(cwd),
    env: variables.over,
    envPolicy: variables.policy,
    tty: false,
    pipeStdin: true,
    sandbox: null,
    enforceManagedNetwork: false,
  };
}

function notStarted(name: string, problem: CallProblem): Problem {
  if (problem.kind !== 'refused') return lostOn(name, problem);
  return { what: `It cannot be started on ${name}.`, why: problem.message, next: '' };
}

function lostOn(name: string, problem: CallProblem): Problem {
  return { what: `The connection to ${name} was lost.`, why: callProblemText(problem), next: '' };
}

function notAnswered(name: string, problem: CallProblem): Problem {
  if (problem.kind === 'lost' || problem.kind === 'failed') return lostOn(name, problem);
  const why = problem.message.replace(/^http\/request (failed: )?/, '');
  return { what: `The request was not answered on ${name}.`, why, next: '' };
}
