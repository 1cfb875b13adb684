// One session: its queue of messages, its turns, its processes, and the commands that arrive from front ends.

import { LOCAL } from '../../exec/index.ts';
import { assertNever, fail, ok, type Problem, problemText, type Result } from '../../problem/index.ts';
import { createShellProvider, type MachineFacts, type Provider, type ResponseItem } from '../agent/index.ts';
import type { Questions } from '../approvals/questions.ts';
import type { SessionGrants } from '../approvals/session-grants.ts';
import type { Ack, Command, EventBody } from '../bus/contract.ts';
import type { Conversation, WorkingState } from '../context/index.ts';
import { type EnvironmentStep, type Environments, openStandings, type Standing } from '../environments/index.ts';
import { compact } from './compact.ts';
import type { SessionProcess } from './process.ts';
import type { Processes } from './processes.ts';
import { openToolCalls, type ToolSurroundings } from './tool-calls.ts';
import { type AttachedImage, driveTurn, type TurnInput, type TurnResult } from './turn.ts';

/** How long a closing session waits for its processes to end in order before they are killed. */
const CLOSE_GRACE_MS = 1500;

/** What goes into a conversation, and how it is summarised when it fills the model's memory. */
export interface ContextSettings {
  /** Whether what a model says of its thinking is told and recorded; `showsThoughts`: the thoughts themselves. */
  readonly showsReasoning: boolean;
  readonly showsThoughts: boolean;
  /** Of one tool's output, whatever the model asks for; null: as much as that. */
  readonly mostOutputTokens: number | null;
  /** Asked of the model instead of our own words; null: those. */
  readonly compactPrompt: string | null;
  /** Tokens the model can hold, as configured; null: not known. */
  readonly window: number | null;
}

export interface SessionSurroundings
  extends Omit<ToolSurroundings, 'standings' | 'current' | 'moveTo' | 'terminalSize' | 'mostOutputTokens'> {
  readonly emit: (event: EventBody) => void;
  /** What was started on other machines for no command is ended, before they are left. */
  readonly leaveMachines: () => Promise<void>;
  readonly recordItem: (item: ResponseItem) => void;
  readonly provider: Provider;
  readonly environments: Environments;
  /** Where it stands on the machines that it knows already. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** The machine of commands that name none; null: none, until one is picked. */
  readonly environment: string | null;
  readonly instructions: (machines: readonly MachineFacts[]) => string;
  readonly questions: Questions;
  readonly grants: SessionGrants;
  readonly processes: Processes;
  readonly nextId: () => string;
  /** What a model is told of the past, read when the first turn needs it. */
  readonly conversation: () => Conversation;
  readonly context: ContextSettings;
  /** On disk before the conversation is replaced. */
  readonly recordCompacted: (summary: string, replacement: readonly ResponseItem[]) => void;
  readonly workingState: WorkingState;
  /** The image in a file that goes with a message, as a model gets it. */
  readonly readImage: (file: string) => Promise<Result<AttachedImage>>;
  /** What a model is told of the skills that a message calls by name. */
  readonly namedSkills: (message: string) => readonly string[];
  /** Syncs and closes the record. */
  readonly closeRecord: () => Promise<void>;
}

export interface Session {
  command(command: Command): Promise<Ack>;
  /** Resolves when it has ended in order and its record is closed. */
  readonly ended: Promise<void>;
}

interface Queued {
  readonly message: string;
  readonly text: string;
  readonly images: readonly string[];
  /** For the running turn, if that has another step. */
  readonly steers: boolean;
}

interface RunningTurn {
  readonly id: string;
  readonly abort: AbortController;
  isStopped: boolean;
}

type Driven = TurnResult & { readonly commands: number };

/** Stands for an answer that has not come. */
const NOT_YET: Promise<null> = Promise.resolve(null);

/** A line that starts with it runs as the person's own command while a model is set up. */
const DIRECT_COMMAND = '!';

export function openSession(around: SessionSurroundings): Session {
  const { emit, processes, questions, nextId } = around;
  const shellProvider = createShellProvider();
  const queue: Queued[] = [];
  const { environments } = around;
  const standings = openStandings(around.standings);
  let current = around.environment;
  let size = { cols: 80, rows: 24 };
  let turn: RunningTurn | null = null;
  let tellEnded: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });
  let turnOver: Promise<void> = Promise.resolve();
  let isClosed = false;

  const tools = openToolCalls({
    ...around,
    standings,
    current: () => current,
    moveTo(environment, cwd) {
      if (!standings.move(environment, cwd)) return;
      if (environment === LOCAL) emit({ type: 'session.moved', cwd });
      else if (environment === current) emit({ type: 'environment.picked', environment, cwd });
    },
    terminalSize: () => size,
    mostOutputTokens: around.context.mostOutputTokens,
  });

  /** What a model is told of the machines: all of them are asked, and the primary one is waited for. */
  async function machinesOf(step: EnvironmentStep): Promise<readonly MachineFacts[]> {
    const asked = environments.names.map((name) => ({ name, ready: step.use(name) }));
    await asked.find(({ name }) => name === current)?.ready;
    return Promise.all(
      asked.map(async ({ name, ready }): Promise<MachineFacts> => {
        const known = await Promise.race([ready, NOT_YET]);
        const isPrimary = name === current;
        if (known === null) return { name, isPrimary, state: 'starting', why: '' };
        if (!known.ok) return { name, isPrimary, state: 'failed', why: problemText(known.problem) };
        const { facts } = known.value;
        return { name, isPrimary, state: 'ready', cwd: standings.on(name, facts).cwd, shell: facts.shell };
      }),
    );
  }

  async function pick(environment: string): Promise<Ack> {
    const ready = await environments.step().use(environment);
    if (!ready.ok) return { ok: false, code: 'failed', problem: ready.problem };
    current = environment;
    emit({ type: 'environment.picked', environment, cwd: standings.on(environment, ready.value.facts).cwd });
    return { ok: true };
  }

  /** One turn from its first event to its last; `drive` does what it is for. */
  async function runTurn(drive: (running: RunningTurn) => Promise<Driven>): Promise<void> {
    const running: RunningTurn = { id: nextId(), abort: new AbortController(), isStopped: false };
    turn = running;
    const startedAt = Date.now();
    emit({ type: 'turn.started', turn: running.id });
    const result = await drive(running).catch(
      (error: unknown): Driven => ({ outcome: 'failed', tokens: null, problem: defect(error), commands: 0 }),
    );
    // What a model left running is not in front of anybody's eyes any more.
    for (const process of ofTurn(running.id)) process.setBackground(true);
    emit({
      type: 'turn.ended',
      turn: running.id,
      outcome: running.isStopped ? 'interrupted' : result.outcome,
      durationMs: Date.now() - startedAt,
      commands: result.commands,
      tokens: result.tokens,
      problem: result.problem,
    });
    turn = null;
    if (isClosed) return;
    if (running.isStopped || result.outcome === 'failed') returnQueue();
    else sendNext();
  }

  async function answerMessage(text: string, images: readonly string[], running: RunningTurn): Promise<Driven> {
    const isDirect = around.provider.model !== null && text.startsWith(DIRECT_COMMAND);
    const provider = isDirect ? shellProvider : around.provider;
    const said = isDirect ? text.slice(DIRECT_COMMAND.length).trimStart() : text;
    const isModel = provider.model !== null;
    const input: TurnInput = isModel ? await inputOf(said, images) : { text: said, images: [], further: [] };
    const result = await driveTurn(running.id, input, {
      provider,
      beginStep: async () => {
        const missing = isModel ? await tools.missing(running.abort.signal) : null;
        if (missing !== null) return fail(missing);
        const step = environments.step();
        const hasChoice = environments.names.length > 1;
        return ok({
          instructions: isModel ? around.instructions(await machinesOf(step)) : '',
          tools: isModel ? await tools.schemas(hasChoice, running.abort.signal) : [],
          environments: hasChoice ? environments.names : [],
          runCall: (call) => {
            const origin = isModel ? 'model' : 'person';
            return tools.run({ ...call, turn: running.id, origin, step, signal: running.abort.signal });
          },
        });
      },
      conversation: around.conversation(),
      compact: () => compactNow(running, 'automatic', ''),
      session: around.session,
      showsReasoning: around.context.showsReasoning,
      showsThoughts: around.context.showsThoughts,
      emit,
      recordItem: around.recordItem,
      nextId,
      steered: async () => (isModel && !running.isStopped ? takeSteered() : []),
      signal: running.abort.signal,
    });
    return { ...result, commands: processes.startedIn(running.id) };
  }

  /** In the order in which it was said; the rest of the queue waits for the end of the turn. */
  function takeSteered(): Promise<readonly TurnInput[]> {
    const taken = queue.filter(({ steers, text }) => steers && !text.startsWith(DIRECT_COMMAND));
    for (const { message } of taken) {
      queue.splice(
        queue.findIndex((queued) => queued.message === message),
        1,
      );
      emit({ type: 'message.unqueued', message, reason: 'sent' });
    }
    return Promise.all(taken.map(({ text, images }) => inputOf(text, images)));
  }

  async function compactNow(running: RunningTurn, by: 'person' | 'automatic', hint: string): Promise<Result<null>> {
    const { provider, context } = around;
    const known = [...tools.answers.known()].map(([sessionId, { request }]) => ({
      sessionId,
      command: request.command,
    }));
    return compact({
      provider,
      session: around.session,
      conversation: around.conversation(),
      turn: running.id,
      by,
      hint,
      prompt: context.compactPrompt,
      instructions: around.instructions(await machinesOf(environments.step())),
      state: around.workingState.text(known),
      window: context.window,
      emit,
      record: around.recordCompacted,
      signal: running.abort.signal,
    });
  }

  /** A turn that a person asked for, to make room. */
  async function compactTurn(hint: string, running: RunningTurn): Promise<Driven> {
    const made = await compactNow(running, 'person', hint);
    const nothing = { tokens: null, commands: 0 };
    if (!made.ok) return { ...nothing, outcome: 'failed', problem: made.problem };
    return { ...nothing, outcome: running.abort.signal.aborted ? 'interrupted' : 'completed', problem: null };
  }

  async function inputOf(text: string, images: readonly string[]): Promise<TurnInput> {
    return { text, images: await imagesIn(images), further: around.namedSkills(text) };
  }

  /** One that cannot be read is left out, and said so. */
  async function imagesIn(files: readonly string[]): Promise<readonly AttachedImage[]> {
    const read = await Promise.all(files.map((file) => around.readImage(file)));
    return read.flatMap((image) => {
      if (image.ok) return [image.value];
      emit({ type: 'notice', level: 'warning', problem: image.problem });
      return [];
    });
  }

  function ofTurn(id: string): readonly SessionProcess[] {
    return processes.living().filter((process) => process.request.turn === id && !process.isInBackground);
  }

  function sendNext(): void {
    const next = queue.shift();
    if (next === undefined) return;
    emit({ type: 'message.unqueued', message: next.message, reason: 'sent' });
    start(next);
  }

  function start({ text, images }: Pick<Queued, 'text' | 'images'>): void {
    turnOver = runTurn((running) => answerMessage(text, images, running));
  }

  function returnQueue(): void {
    for (const { message } of queue.splice(0)) emit({ type: 'message.unqueued', message, reason: 'returned' });
  }

  function submit(text: string, images: readonly string[], steers: boolean): Ack {
    if (text.trim() === '' && images.length === 0) return { ok: true };
    if (turn === null) {
      start({ text, images });
    } else {
      const message = nextId();
      queue.push({ message, text, images, steers });
      emit({ type: 'message.queued', message, text });
    }
    return { ok: true };
  }

  function askToCompact(hint: string): Ack {
    if (around.provider.model === null) return notNow('There is no model, and so no conversation to summarise.');
    if (turn !== null) return notNow('A turn is running; the conversation is summarised when it is over.');
    if (around.conversation().items.length === 0) return notNow('Nothing was said yet.');
    turnOver = runTurn((running) => compactTurn(hint, running));
    return { ok: true };
  }

  function interrupt(): Ack {
    if (turn === null) return notNow('Nothing is running.');
    const isSecond = turn.isStopped;
    turn.isStopped = true;
    // First the processes: the calls that wait for them are then answered with how they ended.
    processes.stop(ofTurn(turn.id), isSecond);
    turn.abort.abort();
    return { ok: true };
  }

  async function close(reason: 'quit' | 'signal' | 'error' | 'idle'): Promise<Ack> {
    if (isClosed) return { ok: true };
    isClosed = true;
    if (turn !== null) turn.isStopped = true;
    questions.withdraw(() => true, 'the session ended');
    returnQueue();
    for (const process of processes.living()) process.giveUp('terminate', 'turn');
    await around.leaveMachines();
    // Processes first: their ends are part of the record, and the turn that waits for them ends with them.
    await environments.dispose(reason === 'quit' ? CLOSE_GRACE_MS : 0);
    turn?.abort.abort();
    await turnOver;
    emit({ type: 'session.ended', reason });
    await around.closeRecord();
    tellEnded();
    return { ok: true };
  }

  function withProcess(number: number, act: (process: SessionProcess) => Ack | undefined): Ack {
    const process = processes.get(number);
    if (process === undefined || !process.isAlive) {
      const problem = { what: `Process ${number} is not running.`, why: '', next: '' };
      return { ok: false, code: 'unknown_process', problem };
    }
    return act(process) ?? { ok: true };
  }

  return {
    ended,
    async command(command) {
      if (isClosed && command.type !== 'close') return notNow('This session has ended.');
      switch (command.type) {
        case 'submit':
          return submit(command.text, command.images ?? [], command.steers ?? false);
        case 'compact':
          return askToCompact(command.hint.trim());
        case 'interrupt':
          return interrupt();
        case 'unqueue': {
          const at = queue.findIndex((queued) => queued.message === command.message);
          if (at < 0) return notNow('That message was already sent.');
          queue.splice(at, 1);
          emit({ type: 'message.unqueued', message: command.message, reason: 'returned' });
          return { ok: true };
        }
        case 'decide':
          return questions.decide(command.question, command.decision, command.reason, command.shown);
        case 'grant.revoke':
          return around.grants.revoke(command.grant);
        case 'grant.restore':
          return around.grants.restore(command.grant);
        case 'process.write':
          return withProcess(command.process, (process) => {
            const written = process.write(command.bytes);
            return written !== null && !written.ok
              ? { ok: false, code: 'failed', problem: written.problem }
              : undefined;
          });
        case 'process.signal':
          return withProcess(command.process, (process) => void process.signal(command.signal, 'person'));
        case 'process.resize':
          return withProcess(command.process, (process) => void process.resize(command.cols, command.rows));
        case 'process.background':
          return withProcess(command.process, (process) => void process.setBackground(true));
        case 'process.foreground':
          return withProcess(command.process, (process) => void process.setBackground(false));
        case 'environment.pick':
          return pick(command.environment);
        case 'terminal.size':
          size = { cols: command.cols, rows: command.rows };
          return { ok: true };
        case 'close':
          return close(command.reason);
        default:
          return assertNever(command);
      }
    },
  };
}

function notNow(what: string): Ack {
  return { ok: false, code: 'not_now', problem: { what, why: '', next: '' } };
}

function defect(error: unknown): Problem {
  const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    what: 'This turn stopped because of a defect in codex.',
    why,
    next: 'The session goes on; send the message again.',
  };
}
