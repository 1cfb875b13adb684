// One process of a session: its attempts one after the other, the question between them, and who waits for it.

import type {
  Closed,
  CommandVariables,
  Exit,
  OutputRange,
  ProcessListener,
  ProxyClient,
  ReadyEnvironment,
  RunningProcess,
  SandboxIntent,
  Stdio,
} from '../../exec/index.ts';
import { LOCAL } from '../../exec/index.ts';
import type { Problem } from '../../problem/index.ts';
import type { Denial, Grant } from '../../sandbox/index.ts';
import type { Verdict } from '../approvals/policy.ts';
import type { Answer, Questions } from '../approvals/questions.ts';
import type { Deed, EventBody, Origin, Outcome, QuestionSubject, QuestionValue, Signal } from '../bus/contract.ts';
import { RECORDED_OUTPUT_BYTES } from '../rollout/index.ts';
import { outcomeOf } from './outcome.ts';
import { openToldOutput } from './told-output.ts';
import { openUnreadOutput, type UnreadOutput } from './unread.ts';

/** What was asked for, unchanged over all attempts. */
export interface ProcessRequest {
  readonly number: number;
  readonly call: string;
  readonly turn: string;
  readonly origin: Origin;
  /** As a person would write it. */
  readonly command: string;
  /** What is shown of it by a question before it starts; null: the command. */
  readonly preview: string | null;
  readonly argv: readonly [string, ...string[]];
  /** The machine it runs on: every attempt of it. */
  readonly environment: ReadyEnvironment;
  readonly cwd: string;
  readonly variables: (sandbox: SandboxIntent) => CommandVariables;
  readonly stdio: Stdio;
  /** Null: a command. */
  readonly deed: Deed | null;
  readonly runner: Runner;
}

/** What makes an attempt: the machine itself for a command, something that behaves like one for any other deed. */
export type Runner = Pick<ReadyEnvironment, 'start'>;

/** What one attempt is started with: decided anew each time, since grants may have come or gone. */
export interface AttemptPlan {
  readonly sandbox: SandboxIntent;
  readonly outputFile: string | null;
  readonly proxy: ProxyClient | null;
  /** Asked when the attempt is over: something it left behind that must be told. */
  readonly afterwards: () => Problem | null;
}

export interface ProcessSurroundings {
  readonly session: string;
  readonly questions: Questions;
  readonly emit: (event: EventBody) => void;
  /** `own`: grants for this process alone. */
  readonly planAttempt: (
    attempt: number,
    own: readonly Grant[],
  ) => Promise<{ plan: AttemptPlan } | { problem: Problem }>;
  /** Whether the first attempt may start, must be asked about, or may not. */
  readonly judgeStart: () => Promise<Verdict>;
  /** Null: nobody is asked about this denial. */
  readonly offersAfter: (denial: Denial) => Offers | null;
  /** A decision that reaches beyond this process, or that must be on disk before a command starts on it. */
  readonly decided: (answer: Decided, offers: Offers, request: ProcessRequest) => Promise<void>;
  readonly profileName: string;
}

/** What a question offers, and what two of its answers would give. */
export type Offers = Pick<QuestionValue, 'offers' | 'preset' | 'always'>;

type Decided = Extract<Answer, { kind: 'decided' }>;

/** One answer on the way, and the attempt it was about: null before the first. */
export interface GivenAnswer {
  readonly subject: QuestionSubject['kind'];
  readonly closed: Closed | null;
  readonly answer: Decided;
}

/** How a process came out, all attempts together. */
export interface Finished {
  readonly outcome: Outcome;
  readonly exit: Exit | null;
  readonly closed: Closed | null;
  /** What a person allowed or refused on the way, oldest first. */
  readonly answers: readonly GivenAnswer[];
  readonly problem: Problem | null;
  /** `sandbox`: the sandbox cannot start here, which is not the command's fault. */
  readonly notStarted: 'sandbox' | 'command' | 'environment' | 'policy' | null;
  /** Who wanted it to end, where somebody did. */
  readonly stoppedBy: Stopper | null;
}

/** `turn`: the person stopped the turn, or the session ends. `limit`: it was one process too many. */
export type Stopper = 'turn' | 'person' | 'model' | 'limit';

/** A process that lives: attempts, questions and waiting. It never throws; everything it does is told by events. */
export class SessionProcess {
  readonly unread: UnreadOutput = openUnreadOutput((from, to) => this.keptOutput(this.attempt, from, to));
  finished: Finished | null = null;
  exit: Exit | null = null;
  /** Of the current attempt, once its output outgrew the memory. */
  outputFile: string | null = null;
  isInBackground = false;
  lastUsedAt = Date.now();
  lastOutputAt = 0;

  private running: RunningProcess | null = null;
  /** Of every attempt, by its number - 1: its output can be read after its end. */
  private readonly attempts: RunningProcess[] = [];
  private attempt = 0;
  private wasSignalled = false;
  private isStarting = false;
  private waitingSignal: Signal | null = null;
  private stopper: Stopper | null = null;
  private isGivenUp = false;
  private ownGrants: readonly Grant[] = [];
  private readonly answers: GivenAnswer[] = [];
  private readonly watchers = new Set<() => void>();

  constructor(
    readonly request: ProcessRequest,
    private readonly around: ProcessSurroundings,
  ) {}

  /** Starts the first attempt and goes on until no further one will come. */
  async run(): Promise<void> {
    const verdict = await this.around.judgeStart();
    if (verdict.kind === 'refuse')
      return this.finish('refused', null, { what: 'Not run.', why: verdict.why, next: '' }, 'policy');
    if (verdict.kind === 'ask') {
      const offers = { offers: [...verdict.offers], preset: null, always: verdict.always };
      const answer = await this.ask(0, verdict.subject, offers);
      if (answer.kind === 'withdrawn') return this.finish('stopped', null, null);
      await this.keep(verdict.subject.kind, null, answer, offers);
      if (answer.decision === 'refused') return this.finish('refused', null, null);
    }
    for (;;) {
      const closed = await this.runAttempt();
      if (closed === null) return;
      const outcome = outcomeOf(closed, this.wasSignalled);
      const offers =
        closed.denial === null || outcome !== 'blocked' || this.isGivenUp
          ? null
          : this.around.offersAfter(closed.denial);
      if (offers === null || closed.denial === null) return this.finish(outcome, closed, closed.problem);
      const answer = await this.ask(this.attempt, { kind: 'denial', denial: mutable(closed.denial) }, offers);
      if (answer.kind === 'withdrawn') return this.finish('blocked', closed, null);
      await this.keep('denial', closed, answer, offers);
      if (answer.decision === 'refused') return this.finish('refused', closed, null);
    }
  }

  write(bytes: Uint8Array) {
    this.lastUsedAt = Date.now();
    return this.running?.write(bytes) ?? null;
  }

  /** Null: there is no such attempt. See `RunningProcess.readOutput`. */
  readOutput(attempt: number, from: number, to: number): OutputRange | null {
    return this.attempts[attempt - 1]?.readOutput(from, to) ?? null;
  }

  /** As events have it. */
  private get place(): { environment?: string } {
    const { name } = this.request.environment;
    return name === LOCAL ? {} : { environment: name };
  }

  private keptOutput(attempt: number, from: number, to: number): OutputRange {
    return this.readOutput(attempt, from, to) ?? { from, bytes: new Uint8Array(0) };
  }

  resize(cols: number, rows: number): void {
    if (this.running === null || this.request.stdio.kind !== 'pty') return;
    this.running.resize(cols, rows);
    this.around.emit({ type: 'process.resized', process: this.request.number, cols, rows });
  }

  signal(signal: Signal, by: Stopper): void {
    if (signal !== 'continue') {
      this.wasSignalled = true;
      this.stopper = by;
    }
    this.around.emit({ type: 'process.signalled', process: this.request.number, signal });
    if (this.running !== null) this.running.signal(signal);
    // It is being started: it gets the signal as the first thing.
    else if (this.isStarting) this.waitingSignal = signal;
  }

  /** Ends it for good: no further attempt is made, whatever is answered. */
  giveUp(signal: Signal, by: Stopper): void {
    this.isGivenUp = true;
    this.around.questions.withdraw((question) => question.process === this.request.number, 'stopped');
    if (this.finished === null) this.signal(signal, by);
  }

  /** It was given up, and may take a while to end. */
  get isEnding(): boolean {
    return this.isGivenUp;
  }

  setBackground(isInBackground: boolean): void {
    if (this.finished !== null || this.isInBackground === isInBackground) return;
    this.isInBackground = isInBackground;
    const process = this.request.number;
    this.around.emit(
      isInBackground ? { type: 'process.backgrounded', process } : { type: 'process.foregrounded', process },
    );
    this.notify();
  }

  get isAlive(): boolean {
    return this.finished === null;
  }

  /** Calls `watcher` whenever something changed that somebody may wait for. Returns the way to stop. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** One attempt, to its closed. Null when the process is finished because nothing could be started. */
  private async runAttempt(): Promise<Closed | null> {
    const { request, around } = this;
    this.attempt += 1;
    const { attempt } = this;
    this.isStarting = true;
    const planned = await around.planAttempt(attempt, this.ownGrants);
    if ('problem' in planned) {
      this.finish('not_started', null, planned.problem, 'sandbox');
      return null;
    }
    // It was given up while it was judged: what was not begun is not.
    if (this.isGivenUp) {
      this.finish('stopped', null, null);
      return null;
    }
    const { plan } = planned;
    around.emit({
      type: 'process.started',
      process: request.number,
      call: request.call,
      turn: request.turn,
      attempt,
      command: request.command,
      argv: [...request.argv],
      cwd: request.cwd,
      ...this.place,
      origin: request.origin,
      ...(request.deed === null ? {} : { deed: request.deed }),
      stdio: request.stdio,
      profile: around.profileName,
      grants: [...plan.sandbox.grants],
    });
    this.exit = null;
    this.outputFile = null;
    this.wasSignalled = this.waitingSignal !== null && this.waitingSignal !== 'continue';
    this.unread.restart();
    let close: (closed: Closed) => void = () => {};
    const closed = new Promise<Closed>((resolve) => {
      close = resolve;
    });
    const started = await request.runner.start(
      {
        argv: request.argv,
        cwd: request.cwd,
        variables: request.variables(plan.sandbox),
        stdio: request.stdio,
        sandbox: plan.sandbox,
        outputFile: plan.outputFile,
        proxy: plan.proxy,
        origin: { session: around.session, call: request.call },
      },
      this.listen(attempt, close),
    );
    if (!started.ok) {
      this.finish('not_started', null, started.problem.problem, started.problem.kind);
      return null;
    }
    this.running = started.value;
    this.attempts[attempt - 1] = started.value;
    if (this.isGivenUp) this.running.signal('kill');
    else if (this.waitingSignal !== null) this.running.signal(this.waitingSignal);
    this.waitingSignal = null;
    this.isStarting = false;
    this.notify();
    const result = await closed;
    const left = plan.afterwards();
    if (left !== null) around.emit({ type: 'notice', level: 'warning', problem: left });
    this.running = null;
    return result;
  }

  private listen(attempt: number, close: (closed: Closed) => void): ProcessListener {
    const { emit } = this.around;
    const process = this.request.number;
    const told = openToldOutput(
      (from, to) => this.keptOutput(attempt, from, to),
      (bytes, from, stream) => emit({ type: 'process.output', process, attempt, from, stream, bytes }),
    );
    return {
      output: (bytes, from, stream) => {
        this.lastOutputAt = Date.now();
        this.unread.reached(from + bytes.length);
        // The record takes in the beginning; what follows is in the file.
        const isKept = this.outputFile !== null && from >= RECORDED_OUTPUT_BYTES && attempt <= this.attempts.length;
        told.push(bytes, from, stream, isKept);
        this.notify();
      },
      outputFileOpened: (path) => {
        this.outputFile = path;
        emit({ type: 'process.output_file', process, attempt, path });
      },
      noticed: (problem) => emit({ type: 'notice', level: 'warning', problem }),
      outputFileFailed: (problem) => emit({ type: 'notice', level: 'warning', problem }),
      waiting: (wait) => emit({ type: 'process.waiting', process, wait }),
      suspended: (isSuspended) => emit({ type: 'process.suspended', process, isSuspended }),
      linked: (isLinked) => emit({ type: 'process.linked', process, isLinked }),
      exited: (exit) => {
        this.exit = exit;
        told.flush();
        emit({ type: 'process.exited', process, attempt, exit });
        this.notify();
      },
      closed: (result) => {
        told.flush();
        emit({
          type: 'process.closed',
          process,
          attempt,
          exit: result.exit,
          outcome: outcomeOf(result, this.wasSignalled),
          bytes: result.bytes,
          lines: result.lines,
          durationMs: Math.round(result.durationMs),
          denial: result.denial === null ? null : mutable(result.denial),
        });
        close(result);
      },
    };
  }

  private ask(attempt: number, subject: QuestionSubject, offers: Offers): Promise<Answer> {
    const { request, around } = this;
    const answer = around.questions.ask({
      process: request.number,
      attempt,
      subject,
      command: attempt === 0 ? (request.preview ?? request.command) : request.command,
      cwd: request.cwd,
      ...this.place,
      ...(request.deed === null ? {} : { deed: request.deed }),
      profile: around.profileName,
      ...offers,
    });
    this.notify();
    return answer;
  }

  private async keep(
    subject: QuestionSubject['kind'],
    closed: Closed | null,
    answer: Decided,
    offers: Offers,
  ): Promise<void> {
    this.answers.push({ subject, closed, answer });
    if (answer.decision === 'once' || answer.decision === 'unsandboxed')
      this.ownGrants = [...this.ownGrants, ...answer.grants];
    await this.around.decided(answer, offers, this.request);
  }

  private finish(
    outcome: Outcome,
    closed: Closed | null,
    problem: Problem | null,
    notStarted: Finished['notStarted'] = null,
  ): void {
    const { number, call } = this.request;
    this.finished = {
      outcome,
      exit: closed?.exit ?? null,
      closed,
      answers: this.answers,
      problem,
      notStarted: notStarted ?? (outcome === 'not_started' ? causeOfNotRunning(closed) : null),
      stoppedBy: this.stopper,
    };
    this.around.emit({ type: 'process.finished', process: number, call, outcome, problem });
    this.notify();
  }

  private notify(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

/** A program that is not there or not executable ends like in any shell; anything else is the sandbox's failure. */
function causeOfNotRunning(closed: Closed | null): 'sandbox' | 'command' {
  return closed?.exit.code === 126 || closed?.exit.code === 127 ? 'command' : 'sandbox';
}

/** The verdict as the contract spells it: the same data in arrays of its own. */
function mutable(denial: NonNullable<Closed['denial']>) {
  return { ...denial, grants: [...denial.grants], also: [...denial.also] };
}
