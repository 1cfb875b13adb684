// The vocabulary: every command and event that crosses the door between the core and a front end. Queries have a file
// of their own.
//
// Plain data only. Everything here survives the codec, because a second process speaks the same messages over a
// socket. Nothing here mentions a row of the screen, a colour or a key. The schemas are the types.

import * as v from 'valibot';

export const id = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** The codec alone knows how they travel. */
export const bytes: v.GenericSchema<Uint8Array> = v.instance(Uint8Array);

/** A number from 1 that a process keeps for the life of its session: what people type (`/stop 2`). */
export const processNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

// ---------------------------------------------------------------------------------------------------- words

/** What, why, next: see `src/problem`. */
export const ProblemValue = v.object({ what: v.string(), why: v.string(), next: v.string() });

/** How a child ended. A death by signal n has code 128 + n. */
export const ExitValue = v.variant('kind', [
  v.object({ kind: v.literal('code'), code: v.number() }),
  v.object({ kind: v.literal('signal'), signal: v.string(), code: v.number() }),
]);
export type ExitValue = v.InferOutput<typeof ExitValue>;

/** How a process is connected: a terminal (sizes in cells) or pipes. */
export const StdioValue = v.variant('kind', [
  v.object({ kind: v.literal('pty'), cols: count, rows: count }),
  v.object({ kind: v.literal('pipe'), stdin: v.picklist(['closed', 'open']) }),
]);
export type StdioValue = v.InferOutput<typeof StdioValue>;

/** One narrow widening of a profile: see `src/sandbox/profile`. */
export const GrantValue = v.variant('kind', [
  v.object({ kind: v.literal('write'), path: v.string() }),
  v.object({ kind: v.literal('read'), path: v.string() }),
  v.object({ kind: v.literal('unix_socket'), path: v.string() }),
  v.object({ kind: v.literal('host'), host: v.string(), port: v.nullable(count) }),
  v.object({ kind: v.literal('local_port'), port: count }),
  v.object({ kind: v.literal('network') }),
  v.object({ kind: v.literal('unsandboxed') }),
]);
export type GrantValue = v.InferOutput<typeof GrantValue>;

/** An access the sandbox stopped. */
export const BlockedAccessValue = v.object({
  operation: v.picklist(['write', 'create', 'delete', 'read', 'connect', 'unix_socket', 'privilege']),
  target: v.string(),
});
export type BlockedAccessValue = v.InferOutput<typeof BlockedAccessValue>;

/** The verdict of the denial judge: see `src/sandbox/denial`. */
export const DenialValue = v.object({
  ...BlockedAccessValue.entries,
  certainty: v.picklist(['certain', 'likely']),
  evidence: v.string(),
  because: v.string(),
  grants: v.array(GrantValue),
  also: v.array(BlockedAccessValue),
});
export type DenialValue = v.InferOutput<typeof DenialValue>;

/**
 * How one attempt, or a whole process, came out. `ok`: exit 0. `failed`: it failed on its own. `blocked`: the sandbox
 * stopped something. `refused`: a person (or policy) said no. `stopped`: ended on request. `killed`: ended by somebody
 * else. `not_started`: nothing ran. `lost`: its owner died while it ran.
 */
export const Outcome = v.picklist(['ok', 'failed', 'blocked', 'refused', 'stopped', 'killed', 'not_started', 'lost']);
export type Outcome = v.InferOutput<typeof Outcome>;

/** Who started a process: the person (shell provider, `!`) or a model. */
export const Origin = v.picklist(['person', 'model']);
export type Origin = v.InferOutput<typeof Origin>;

/** One step of a model's plan. */
export const PlanStep = v.object({ step: v.string(), status: v.picklist(['pending', 'in_progress', 'completed']) });
export type PlanStep = v.InferOutput<typeof PlanStep>;

/** What a process is, when it is no command: a patch that is applied, or a call of a tool of an MCP server. */
export const Deed = v.picklist(['patch', 'tool']);
export type Deed = v.InferOutput<typeof Deed>;

/**
 * An answer to a question. `once`: the smallest grant, for the next attempt of this process only. `session`: the same
 * grant until the session ends. `preset`: everything of the named preset, until the session ends. `always`: the same
 * grant, written into the configuration. `unsandboxed`: one run without the sandbox. `refused`: no.
 */
export const DecisionKind = v.picklist(['once', 'session', 'preset', 'always', 'unsandboxed', 'refused']);
export type DecisionKind = v.InferOutput<typeof DecisionKind>;

/**
 * What a question is about: something that was blocked, a model asking to run without the sandbox or for more than the
 * profile gives, or whether what a model wants may start at all (approval policy `untrusted`, a tool that changes
 * things elsewhere).
 */
export const QuestionSubject = v.variant('kind', [
  v.object({ kind: v.literal('denial'), denial: DenialValue }),
  v.object({ kind: v.literal('start') }),
  v.object({ kind: v.literal('escalation'), justification: v.string() }),
  v.object({ kind: v.literal('permission'), justification: v.string(), grants: v.array(GrantValue) }),
]);
export type QuestionSubject = v.InferOutput<typeof QuestionSubject>;

/** What a kind of everyday work needs, as one answer. `meaning` says in a sentence what it opens. */
export const PresetValue = v.object({ name: v.string(), meaning: v.string(), grants: v.array(GrantValue) });
export type PresetValue = v.InferOutput<typeof PresetValue>;

/** An open question. `shown` is a digest of what a person sees; an answer carries it back. */
export const QuestionValue = v.object({
  question: id,
  process: processNumber,
  attempt: count,
  subject: QuestionSubject,
  command: v.string(),
  cwd: v.string(),
  /** The machine it runs on; unsaid, this one. */
  environment: v.exactOptional(v.string()),
  /** Unsaid: a command. */
  deed: v.exactOptional(Deed),
  profile: v.string(),
  /** Decisions that make sense here, the smallest first: that one is the default. */
  offers: v.array(DecisionKind),
  /** What `preset` would give; null when it is not offered. */
  preset: v.optional(v.nullable(PresetValue), null),
  /** What `always` would write: the lines that are added, and the file; null when it is not offered. */
  always: v.optional(v.nullable(v.object({ file: v.string(), added: v.string() })), null),
  shown: v.string(),
});
export type QuestionValue = v.InferOutput<typeof QuestionValue>;

/** What a session's commands find of the network. `external`: somebody outside the program decides; `unsandboxed`: no sandbox. */
export const NetworkState = v.picklist(['restricted', 'proxied', 'enabled', 'external', 'unsandboxed']);
export type NetworkState = v.InferOutput<typeof NetworkState>;

export const Signal = v.picklist(['interrupt', 'terminate', 'kill', 'continue']);
export type Signal = v.InferOutput<typeof Signal>;

// --------------------------------------------------------------------------------------------------- events

/** Something happened: past tense, in order. What is on disk before each is published: ARCHITECTURE.md. */
export const EventBody = v.variant('type', [
  v.object({
    type: v.literal('session.opened'),
    cwd: v.string(),
    /** `shell`, or the id of a model provider. */
    provider: v.string(),
    /** Null for the shell provider. */
    model: v.nullable(v.string()),
    profile: v.string(),
    network: NetworkState,
    version: v.string(),
    /** How many older items of a resumed session are not part of this event list. */
    earlierItems: count,
    /** Files of instructions that a model is told; unsaid: none. */
    instructionFiles: v.exactOptional(count),
  }),
  /** Everything before this event was replayed from the record; `recordedAt` is its last time stamp (ms). */
  v.object({ type: v.literal('session.resumed'), recordedAt: count, lost: count }),
  v.object({ type: v.literal('session.ended'), reason: v.picklist(['quit', 'signal', 'error', 'idle']) }),
  v.object({ type: v.literal('session.moved'), cwd: v.string() }),
  /** From now on commands that name no machine run on this one, in that folder of it. */
  v.object({ type: v.literal('environment.picked'), environment: v.string(), cwd: v.string() }),

  v.object({ type: v.literal('turn.started'), turn: id }),
  v.object({
    type: v.literal('turn.ended'),
    turn: id,
    /** `lost`: its owner died while it ran. */
    outcome: v.picklist(['completed', 'interrupted', 'failed', 'lost']),
    durationMs: count,
    commands: count,
    /** Tokens of this turn, null when the provider does not say. */
    tokens: v.nullable(count),
    problem: v.nullable(ProblemValue),
  }),

  v.object({ type: v.literal('message.queued'), message: id, text: v.string() }),
  /** `sent`: its turn starts. `returned`: given back to the person. */
  v.object({ type: v.literal('message.unqueued'), message: id, reason: v.picklist(['sent', 'returned']) }),
  v.object({
    type: v.literal('message.added'),
    item: id,
    turn: id,
    text: v.string(),
    /** Names of the images that went with it. */
    images: v.exactOptional(v.array(v.string())),
  }),
  /** `from` counts UTF-16 units of this item, without gaps. */
  v.object({ type: v.literal('answer.delta'), item: id, turn: id, from: count, text: v.string() }),
  v.object({ type: v.literal('answer.completed'), item: id, turn: id, text: v.string() }),
  /** What a model says of its thinking, as it says it: like an answer, and none. */
  v.object({ type: v.literal('reasoning.delta'), item: id, turn: id, from: count, text: v.string() }),
  v.object({ type: v.literal('reasoning.completed'), item: id, turn: id, text: v.string() }),
  /** The model's plan as it is from now on. */
  v.object({ type: v.literal('plan.updated'), turn: id, explanation: v.string(), steps: v.array(PlanStep) }),
  /** What a patch did to the files of a process's machine; paths are absolute. */
  v.object({
    type: v.literal('files.changed'),
    process: processNumber,
    files: v.array(v.object({ path: v.string(), change: v.picklist(['added', 'changed', 'deleted']) })),
  }),
  /** The provider searched the web for the model. */
  v.object({ type: v.literal('web.searched'), turn: id, query: v.string() }),
  /**
   * The conversation was summarised: the model goes on with `summary` instead of it. `before` and `after` are tokens,
   * estimated where the provider does not say.
   */
  v.object({
    type: v.literal('context.compacted'),
    turn: id,
    by: v.picklist(['person', 'automatic']),
    before: count,
    after: count,
    summary: v.string(),
  }),
  v.object({ type: v.literal('usage.updated'), used: count, window: v.nullable(count) }),

  v.object({ type: v.literal('call.started'), turn: id, call: id, name: v.string(), arguments: v.string() }),
  v.object({ type: v.literal('call.answered'), turn: id, call: id, output: v.string() }),

  v.object({
    type: v.literal('process.started'),
    process: processNumber,
    call: id,
    turn: id,
    /** From 1. Attempt 1 makes the item, later ones continue it. */
    attempt: processNumber,
    /** As a person would write it, without the shell around it. */
    command: v.string(),
    argv: v.array(v.string()),
    cwd: v.string(),
    /** The machine it runs on; unsaid, this one. */
    environment: v.exactOptional(v.string()),
    origin: Origin,
    /** Unsaid: a command. */
    deed: v.exactOptional(Deed),
    stdio: StdioValue,
    profile: v.string(),
    grants: v.array(GrantValue),
  }),
  v.object({
    type: v.literal('process.output'),
    process: processNumber,
    attempt: processNumber,
    /** Byte number over all streams of the attempt. Live it has no gaps; replayed, the middle may be left out. */
    from: count,
    stream: v.picklist(['pty', 'stdout', 'stderr']),
    bytes,
  }),
  /** From now on all output of this attempt, from byte 0, is in the file at `path`. */
  v.object({
    type: v.literal('process.output_file'),
    process: processNumber,
    attempt: processNumber,
    path: v.string(),
  }),
  v.object({
    type: v.literal('process.waiting'),
    process: processNumber,
    /** Null: no longer waiting for input. `hidden`: echo is off. */
    wait: v.nullable(v.object({ hidden: v.boolean() })),
  }),
  v.object({ type: v.literal('process.suspended'), process: processNumber, isSuspended: v.boolean() }),
  /** False: its machine cannot be reached for now. */
  v.object({ type: v.literal('process.linked'), process: processNumber, isLinked: v.boolean() }),
  v.object({ type: v.literal('process.signalled'), process: processNumber, signal: Signal }),
  v.object({ type: v.literal('process.resized'), process: processNumber, cols: count, rows: count }),
  v.object({ type: v.literal('process.backgrounded'), process: processNumber }),
  v.object({ type: v.literal('process.foregrounded'), process: processNumber }),
  v.object({ type: v.literal('process.exited'), process: processNumber, attempt: processNumber, exit: ExitValue }),
  v.object({
    type: v.literal('process.closed'),
    process: processNumber,
    attempt: processNumber,
    exit: ExitValue,
    outcome: Outcome,
    bytes: count,
    lines: count,
    durationMs: count,
    denial: v.nullable(DenialValue),
  }),
  /** No further attempt will come: the item is final. `problem` says why nothing ran, for `not_started`. */
  v.object({
    type: v.literal('process.finished'),
    process: processNumber,
    call: id,
    outcome: Outcome,
    problem: v.nullable(ProblemValue),
  }),

  v.object({ type: v.literal('question.opened'), ...QuestionValue.entries }),
  v.object({
    type: v.literal('question.decided'),
    question: id,
    process: processNumber,
    decision: DecisionKind,
    /** What the person wants the model to know, `''` when nothing was said. */
    reason: v.string(),
    grants: v.array(GrantValue),
    by: v.picklist(['person', 'policy', 'cover']),
  }),
  v.object({ type: v.literal('question.withdrawn'), question: id, process: processNumber, reason: v.string() }),
  /** From now on every command has these, until they are revoked. `name` is that of a preset. */
  v.object({
    type: v.literal('grant.given'),
    grant: processNumber,
    scope: v.picklist(['session', 'always']),
    name: v.nullable(v.string()),
    grants: v.array(GrantValue),
    /** The command it was asked for. */
    command: v.string(),
    /** The machine whose commands have them; unsaid, this one. */
    environment: v.exactOptional(v.string()),
  }),
  /** Running commands keep what they were started with. */
  v.object({ type: v.literal('grant.revoked'), grant: processNumber }),
  /** Given in an earlier run of this session, and in force again because a person said so. */
  v.object({ type: v.literal('grant.restored'), grant: processNumber }),
  v.object({ type: v.literal('notice'), level: v.picklist(['info', 'warning', 'error']), problem: ProblemValue }),
]);
export type EventBody = v.InferOutput<typeof EventBody>;
export type EventType = EventBody['type'];
export type EventOf<T extends EventType> = Extract<EventBody, { type: T }>;

/** `seq` is gapless from 1 per owner process; `at` is ms since 1970. */
export const EventEnvelope = v.object({ seq: count, at: count, session: id });
export type BusEvent = v.InferOutput<typeof EventEnvelope> & EventBody;

// ------------------------------------------------------------------------------------------------- commands

/** A front end wants something. Safe to send twice where a person could press twice. */
export const Command = v.variant('type', [
  /** A turn starts with it, or it is queued while one runs. */
  v.object({
    type: v.literal('submit'),
    text: v.string(),
    /** Image files that go with it, as absolute paths. */
    images: v.exactOptional(v.array(v.string())),
    /** The model of the running turn is told at its next step, instead of after it. */
    steers: v.exactOptional(v.literal(true)),
  }),
  /** Summarises the conversation, as a turn of its own. `hint`: what to keep above all, `''` without any. */
  v.object({ type: v.literal('compact'), hint: v.string() }),
  /** Stops the running turn: its stream, its processes, its questions. A second one does not wait for them. */
  v.object({ type: v.literal('interrupt') }),
  /** Gives the newest queued message back (the answer of `unqueue` is the `message.unqueued` event). */
  v.object({ type: v.literal('unqueue'), message: id }),
  v.object({
    type: v.literal('decide'),
    question: id,
    decision: DecisionKind,
    reason: v.string(),
    shown: v.string(),
  }),
  v.object({ type: v.literal('grant.revoke'), grant: processNumber }),
  v.object({ type: v.literal('grant.restore'), grant: processNumber }),
  v.object({ type: v.literal('process.write'), process: processNumber, bytes }),
  v.object({ type: v.literal('process.signal'), process: processNumber, signal: Signal }),
  v.object({ type: v.literal('process.resize'), process: processNumber, cols: count, rows: count }),
  v.object({ type: v.literal('process.background'), process: processNumber }),
  v.object({ type: v.literal('process.foreground'), process: processNumber }),
  /** Commands that name no machine run on this one from now on. */
  v.object({ type: v.literal('environment.pick'), environment: v.string() }),
  /** Size that terminals of processes started from now on get. */
  v.object({ type: v.literal('terminal.size'), cols: count, rows: count }),
  /** Ends the session: processes are stopped, the record is synced. */
  v.object({ type: v.literal('close'), reason: v.picklist(['quit', 'signal', 'error', 'idle']) }),
]);
export type Command = v.InferOutput<typeof Command>;

/** What became of a command. `code` is for programs, `problem` for people. */
export const Ack = v.variant('ok', [
  v.object({ ok: v.literal(true) }),
  v.object({
    ok: v.literal(false),
    code: v.picklist([
      'unknown_process',
      'unknown_question',
      'unknown_grant',
      'already_decided',
      'changed',
      'not_now',
      'failed',
    ]),
    problem: ProblemValue,
  }),
]);
export type Ack = v.InferOutput<typeof Ack>;
