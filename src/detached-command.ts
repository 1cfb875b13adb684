// `codex --detach`: a session without a screen, in a process of its own.

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { type Core, type Listener, shownId } from './core/index.ts';
import { reportCrash } from './crash-report.ts';
import { liveSessions } from './live-sessions.ts';
import { type NotOpened, prepareSession, type SessionStarter } from './own-session.ts';
import { complain, EXIT_DEFECT, EXIT_FAILED, EXIT_OK, type Place } from './place.ts';
import { fail, ok, type Problem, type Result } from './problem/index.ts';
import { findResumed } from './resumed-session.ts';
import type { Invocation, NamedResume } from './ui/cli/index.ts';
import { leadNowhere } from './ui/tui/index.ts';

/** What the process with the session says of it, once, in one line of JSON. */
interface Said {
  readonly session: string;
}

/** Starts that process and says how to come to its session. */
export async function startDetached(): Promise<number> {
  const [program = '', ...typed] = process.argv.slice(1);
  const at = typed.indexOf('--detach');
  const argv = typed.with(at, '--detached-core');
  const core = spawn(process.execPath, [...process.execArgv, program, ...argv], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number>((resolve) => {
    core.once('error', () => resolve(EXIT_FAILED));
    core.once('exit', (code) => resolve(code ?? EXIT_FAILED));
  });
  const said = readSaid(await text(core.stdout));
  if (said === null) return ended;
  core.unref();
  const id = shownId(said.session);
  process.stdout.write(
    `Session ${id} runs in the background.\ncodex attach ${id} shows it, codex kill ${id} ends it.\n`,
  );
  return EXIT_OK;
}

function readSaid(line: string): Said | null {
  try {
    const said: unknown = JSON.parse(line);
    return typeof said === 'object' && said !== null && 'session' in said && typeof said.session === 'string'
      ? { session: said.session }
      : null;
  } catch {
    return null; // It ended before it had a session, and has said why.
  }
}

/** The process with the session. It ends when nobody needs it any more. */
export async function runDetached(
  invocation: Extract<Invocation, { kind: 'detached' }>,
  place: Place,
): Promise<number> {
  const starter = await prepareSession(invocation.flags, place);
  for (const notice of starter.notices) complain(notice, EXIT_OK);
  const end = awaitEnd(place);
  const opened = await open(invocation.resume, starter, place, end.onDefect);
  if (!opened.ok) return complain(opened.problem.problem, opened.problem.exitCode);
  const { core, listener, unneeded } = opened.value;
  if (invocation.prompt !== null) await core.door.command({ type: 'submit', text: invocation.prompt });
  // Whoever started this may be gone already.
  process.stdout.on('error', () => {});
  process.stdout.write(`${JSON.stringify({ session: core.session } satisfies Said)}\n`, leadNowhere);
  const reason = await Promise.race([
    unneeded.then(() => 'idle' as const),
    core.ended.then(() => 'quit' as const),
    end.fromOutside,
  ]);
  await core.door.command({ type: 'close', reason });
  await listener.close(reason === 'signal' || reason === 'error' ? 'signal' : 'quit');
  return reason === 'error' ? EXIT_DEFECT : EXIT_OK;
}

interface End {
  readonly fromOutside: Promise<'signal' | 'error'>;
  readonly onDefect: (error: unknown) => void;
}

/** Listens for what ends the process. A hang-up does not: there is no terminal that could go away. */
function awaitEnd(place: Place): End {
  let onDefect: End['onDefect'] = () => {};
  const fromOutside = new Promise<'signal' | 'error'>((resolve) => {
    onDefect = (error) => {
      reportCrash(place, error);
      resolve('error');
    };
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) process.once(signal, () => resolve('signal'));
  });
  process.on('SIGHUP', () => {});
  process.on('uncaughtException', onDefect).on('unhandledRejection', onDefect);
  return { fromOutside, onDefect };
}

interface Detached {
  readonly core: Core;
  readonly listener: Listener;
  readonly unneeded: Promise<void>;
}

/** A session that nobody could come to is none. */
async function open(
  resume: NamedResume | null,
  starter: SessionStarter,
  place: Place,
  onDefect: (error: unknown) => void,
): Promise<Result<Detached, NotOpened>> {
  const refuse = (problem: Problem) => fail({ exitCode: EXIT_FAILED, problem });
  const found = resume === null ? ok(null) : await findResumed(resume, place);
  if (!found.ok) return refuse(found.problem);
  const live = await liveSessions(place);
  if (live.some(({ facts }) => facts.session === found.value?.session))
    return refuse(openAlready(found.value?.session ?? ''));
  const own = starter.open(found.value, onDefect);
  if (!own.ok) return own;
  const { core, reachable } = own.value;
  const listener = await reachable.listening;
  const unneeded = reachable.outlive();
  if (listener !== null && unneeded !== null) return ok({ core, listener, unneeded });
  await core.door.command({ type: 'close', reason: 'quit' });
  return refuse({
    what: 'No other terminal could reach a session without a screen here.',
    why: '',
    next: 'codex doctor says why.',
  });
}

function openAlready(session: string): Problem {
  return { what: `Session ${shownId(session)} is open.`, why: '', next: `codex attach ${shownId(session)} shows it.` };
}
