// How does a helper live? It is started in its sandbox, is asked, and ends by itself when its input does.

import type { Result } from '../../problem/index.ts';
import type { Closed, Environment, ProcessListener, RunningProcess, StartProblem } from '../environment.ts';
import { internal, invalidParams, type RpcFailure } from '../protocol/failure.ts';
import { openConversation } from './conversation.ts';
import type { FileEdits } from './edit-calls.ts';
import type { FileWork } from './file-calls.ts';
import { spellFrame } from './helper-frames.ts';
import { openHelperInput } from './helper-input.ts';
import {
  coveredPlaces,
  type FileHelper,
  helperProfile,
  helperVariables,
  type ManagedProfile,
} from './helper-profile.ts';

export interface HelperOptions {
  /** Makes the sandbox: the environment of this machine. */
  readonly environment: Pick<Environment, 'start'>;
  readonly helper: FileHelper;
  /** Our own variables, of which a helper is given those in `helperVariables`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export interface Helper {
  readonly work: FileWork;
  readonly edits: FileEdits;
  isIdle(): boolean;
  /** Why it never came to work at all; null when it did, or may yet. */
  startProblem(): StartProblem | null;
  /** Resolves when the process is gone. Calls that were not answered fail. */
  end(): Promise<void>;
}

export interface HelperListener {
  /** Nothing is asked of it and no file is open. */
  idle(): void;
  /** It takes no more calls. */
  over(): void;
}

/** A helper that is let go has nothing left to do but to end. */
const GRACE_MS = 1000;

/** What it complained about, from the end. */
const COMPLAINT_CHARS = 500;

/** Costs a start of the program; calls may be made at once. */
export function startHelper(profile: ManagedProfile, options: HelperOptions, told: HelperListener): Helper {
  let complaint = '';
  let isGone = false;
  let neverRan: StartProblem | null = null;
  let resolveGone: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    resolveGone = resolve;
  });

  const isOver = (why: RpcFailure): void => {
    conversation.end(why);
    told.over();
  };
  const kill = (why: string): void => {
    isOver(internal(why));
    void started.then((process) => process.ok && process.value.signal('kill'));
  };
  const input = openHelperInput(() => kill('the file helper of the sandbox takes no calls'));
  const conversation = openConversation({
    send: (frame) => input.send(frame),
    broken: () => kill('the file helper of the sandbox gave no answer that can be read'),
    idle: () => told.idle(),
  });
  input.send(spellFrame(null, { ...coveredPlaces(profile) }));
  const noteGone = (why: RpcFailure): void => {
    isGone = true;
    isOver(why);
    resolveGone();
  };

  const started = startProcess(profile, options, {
    output(bytes, _from, stream) {
      if (stream === 'stdout') conversation.take(bytes);
      else complaint = (complaint + Buffer.from(bytes).toString()).slice(-COMPLAINT_CHARS);
    },
    inputDrained: () => input.drained(),
    closed(end) {
      if (!end.ran && end.problem !== null) neverRan = { kind: 'sandbox', problem: end.problem };
      noteGone(endFailure(end, complaint));
    },
    outputFileOpened() {},
    waiting() {},
    suspended() {},
    exited() {},
  });
  void started.then((process) => {
    if (process.ok) return input.attach(process.value);
    neverRan = process.problem;
    noteGone(startFailure(process.problem));
  });

  const end = async (): Promise<void> => {
    isOver(internal('the file helper of the sandbox was ended'));
    const process = await started;
    if (!process.ok || isGone) return;
    process.value.endInput();
    const timer = setTimeout(() => process.value.signal('kill'), GRACE_MS);
    await gone;
    clearTimeout(timer);
  };

  const { edits } = conversation;
  return {
    work: { ...conversation.work, closeAll: end },
    edits,
    isIdle: () => conversation.isIdle(),
    startProblem: () => neverRan,
    end,
  };
}

function startProcess(
  profile: ManagedProfile,
  { environment, helper, variables }: HelperOptions,
  listener: ProcessListener,
): Promise<Result<RunningProcess, StartProblem>> {
  return environment.start(
    {
      argv: helper.argv,
      cwd: helper.folder,
      env: helperVariables(variables),
      stdio: { kind: 'pipe', stdin: 'open' },
      isAwaited: true,
      profile: helperProfile(profile, helper),
      outputFile: null,
      proxy: null,
    },
    listener,
  );
}

/** Without its sandbox nothing is done: the call is refused as one that this machine cannot enforce. */
function startFailure({ kind, problem }: StartProblem): RpcFailure {
  return kind === 'sandbox'
    ? invalidParams(`sandbox intent cannot be enforced on this executor: ${problem.what}`)
    : internal(`the file helper of the sandbox cannot be started: ${problem.what}`);
}

function endFailure({ exit, problem }: Closed, complaint: string): RpcFailure {
  const how = exit.kind === 'signal' ? exit.signal : `exit code ${exit.code}`;
  const why = problem?.what ?? (complaint.trim() || how);
  return internal(`the file helper of the sandbox ended before it answered: ${why}`);
}
