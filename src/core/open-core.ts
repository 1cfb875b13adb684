// Puts one session together: bus, record, questions, processes, provider. What a front end gets is its door.

import { statSync } from 'node:fs';
import { type CommandVariables, LOCAL } from '../exec/index.ts';
import { fail, ok, type Problem, type Result } from '../problem/index.ts';
import { hostPathFacts, type NamedProfile, portsOfLoopback } from '../sandbox/index.ts';
import { isJson, type MachineFacts, type Provider, type ResponseItem, responseItemFrom } from './agent/index.ts';
import { openCommandRules } from './approvals/command-rules.ts';
import { type ApprovalPolicy, canAsk } from './approvals/policy.ts';
import { type PresetFacts, presetFor } from './approvals/presets.ts';
import { type Audience, openQuestions } from './approvals/questions.ts';
import { openSessionGrants } from './approvals/session-grants.ts';
import type { NetworkState } from './bus/contract.ts';
import {
  type AnswerTo,
  type BusEvent,
  type Command,
  type Door,
  type EventBody,
  openBus,
  type Query,
  type SkillLine,
} from './bus/index.ts';
import { type Conversation, type ConversationLimits, openConversation, openWorkingState } from './context/index.ts';
import type { Environments } from './environments/index.ts';
import { openSessionFiles } from './files/index.ts';
import type { Hooks } from './hooks/index.ts';
import { expandPrompt, findPrompts, type PromptPlaces, type Skill, type SkillSource } from './instructions/index.ts';
import type { McpServerSettings } from './mcp/index.ts';
import {
  beginSpelling,
  listSessions,
  lockSession,
  noRollout,
  openRollout,
  outputFolder,
  ownerOfThisProcess,
  primeSpelling,
  type Rollout,
  readHistory,
  readMessages,
  readTail,
  rememberMessage,
  resumeRollout,
  type SessionFacts,
  type SessionLock,
  uuid7,
} from './rollout/index.ts';
import type { CommandFacts } from './session/command-calls.ts';
import { type AlwaysWriter, openProcesses } from './session/processes.ts';
import { openRecorder } from './session/recorder.ts';
import { type ContextSettings, openSession } from './session/session.ts';
import { openSessionHooks, type SessionHooks } from './session/session-hooks.ts';
import { openSessionNetwork } from './session/session-network.ts';
import { noServers, openSessionServers } from './session/session-servers.ts';
import type { AttachedImage } from './session/turn.ts';

export interface CoreOptions {
  readonly version: string;
  readonly codexHome: string;
  readonly home: string;
  /** The person's own environment: a proxy behind the one of a session is named in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute: where commands start, and the workspace of the profile. A resumed session keeps its own. */
  readonly cwd: string;
  readonly environments: Environments;
  readonly provider: Provider;
  /** Read anew for each step; `notice` hears what is wrong with what is read. */
  readonly instructions: (machines: readonly MachineFacts[], notice: (problem: Problem) => void) => string;
  /** Files of instructions that a model is told when it begins. */
  readonly instructionFiles: number;
  readonly skills: SkillSource;
  /** A person's own programs. `report` hears of trouble with them. */
  readonly openHooks: (report: (problem: Problem) => void) => Hooks;
  readonly showsImages: boolean;
  readonly prompts: PromptPlaces;
  readonly mcp: readonly McpServerSettings[];
  /** Variables that hold keys: no program that is started here gets them. */
  readonly keyNames: readonly string[];
  readonly context: ContextSettings & ConversationLimits;
  /** The image in a file that goes with a message. */
  readonly readImage: (file: string) => Promise<Result<AttachedImage>>;
  readonly profile: NamedProfile;
  readonly network: NetworkState;
  readonly policy: ApprovalPolicy;
  /** The variables of a command of this session. */
  readonly variablesFor: (command: CommandFacts, session: string) => CommandVariables;
  readonly always: AlwaysWriter;
  /** Who can be asked; unsaid, a person is there. */
  readonly audience?: Audience;
  /** The bundled `files/file-thread-main.ts`; null: files are searched in this thread. */
  readonly fileThread: string | null;
  /** False: nothing of this session is written, neither its record nor long outputs nor the person's messages. */
  readonly isRecorded: boolean;
  /** An earlier session to go on with. */
  readonly resume: { readonly session: string; readonly path: string } | null;
  /** A defect that must not reach anybody else: for the log. */
  readonly onDefect: (error: unknown) => void;
}

export interface Core {
  readonly session: string;
  /** Null: there is none. */
  readonly recordPath: string | null;
  readonly door: Door;
  /** Resolves when the session has ended in order, by whomever, and its record is closed. */
  readonly ended: Promise<void>;
}

/** How many items of a resumed session are read before the first screen; the rest is read when asked for. */
const RESUMED_ITEMS = 120;

/** What is told of the end of a session gets so long to be told. */
const HOOKS_END_MS = 1_000;

/** A preview shows the end of a session, a screen or two of it. */
const PREVIEW_ITEMS = 12;

/** Opens a new session, or goes on with one. Fails when the earlier one is open elsewhere or cannot be read. */
export function openCore(options: CoreOptions): Result<Core> {
  const { codexHome, provider, isRecorded } = options;
  const startedAt = Date.now();
  const past = options.resume === null ? ok(null) : openPast(options.resume, codexHome);
  if (!past.ok) return past;
  const session = options.resume?.session ?? uuid7(startedAt);
  const cwd = past.value?.root ?? options.cwd;
  // Before the record has its first line: from then on other programs can find the session.
  const lock = past.value !== null ? ok(past.value.lock) : isRecorded ? lockSession(codexHome, session) : ok(null);

  const bus = openBus({ session, now: Date.now, onListenerError: options.onDefect });
  const spelling = beginSpelling({ session, startedAt, codexHome, owner: ownerOfThisProcess(options.version) });
  const rollout = isRecorded
    ? openRecord(session, startedAt, past.value, codexHome, (event) => bus.publish(event))
    : ok(noRollout);
  if (!rollout.ok) {
    if (lock.ok) lock.value?.release();
    return rollout;
  }
  const recorder = openRecorder(rollout.value, spelling);
  let hooks: SessionHooks | null = null;
  const workingState = openWorkingState();
  const files = openSessionFiles({
    env: options.env,
    home: options.home,
    cwd: past.value?.cwd ?? cwd,
    environment: past.value?.environment?.name ?? options.environments.first,
    thread: options.fileThread,
  });
  for (const event of past.value?.events ?? []) workingState.take(event);
  const emit = (event: EventBody): void => {
    recorder.record(event, Date.now());
    workingState.take(event);
    files.follow(event);
    bus.publish(event);
    hooks?.take(event);
  };
  if (past.value !== null) primeSpelling(spelling, past.value.events, past.value.highestProcess);

  emit({
    type: 'session.opened',
    cwd,
    provider: provider.id,
    model: provider.model,
    profile: options.profile.name,
    network: options.network,
    version: options.version,
    earlierItems: past.value?.earlierItems ?? 0,
    instructionFiles: options.instructionFiles,
  });
  if (past.value !== null) {
    for (const event of past.value.events) if (event.type !== 'session.opened') bus.publish(event);
    emit({ type: 'session.resumed', recordedAt: past.value.recordedAt, lost: past.value.lost });
  }
  if (!lock.ok) bus.publish({ type: 'notice', level: 'warning', problem: lock.problem });

  const nextId = (): string => uuid7(Date.now());
  const questions = openQuestions(emit, nextId, options.audience);
  const grants = openSessionGrants(emit, past.value?.events ?? []);
  const rules = openCommandRules({
    codexHome,
    home: options.home,
    onProblem: (problem) => emit({ type: 'notice', level: 'warning', problem }),
  });
  const network = openSessionNetwork({ env: options.env, onDefect: options.onDefect });
  const sessionHooks = openSessionHooks(
    options.openHooks((problem) => emit({ type: 'notice', level: 'warning', problem })),
    {
      session,
      cwd,
      model: provider.model ?? provider.id,
      mode: canAsk(options.policy) && options.audience !== 'nobody' ? 'default' : 'bypassPermissions',
      transcript: isRecorded ? rollout.value.path : null,
    },
  );
  if (provider.model !== null) hooks = sessionHooks;
  const servers =
    provider.model === null
      ? noServers
      : openSessionServers(options.mcp, {
          cwd,
          codexHome,
          env: options.env,
          keyNames: options.keyNames,
          machine: (name) => options.environments.step().use(name),
          version: options.version,
          report: (problem) => emit({ type: 'notice', level: 'warning', problem }),
        });
  const processes = openProcesses({
    hooks: sessionHooks,
    questions,
    emit,
    profile: options.profile,
    session,
    policy: options.policy,
    codexHome,
    network,
    grants,
    rules,
    always: options.always,
    presetFor: (denial, folder) => presetFor(denial, presetFacts(options.home, folder)),
    outputFolder: isRecorded ? outputFolder(codexHome, session) : null,
    syncRecord: () => recorder.syncNow(),
    firstNumber: (past.value?.highestProcess ?? 0) + 1,
  });
  let conversation: Conversation | null = null;
  const there = past.value?.environment ?? null;
  // Where a session stood on another machine is the folder it goes on in; what it worked in there is not known any more.
  const picked = there === null ? [] : [[there.name, { cwd: there.cwd, previous: null, root: there.cwd }] as const];
  const running = openSession({
    emit,
    recordItem: (item) => recorder.record({ type: 'response_item', payload: item }, Date.now()),
    provider,
    environments: options.environments,
    standings: new Map([[LOCAL, { cwd: past.value?.cwd ?? cwd, previous: null, root: cwd }], ...picked]),
    environment: past.value?.environment?.name ?? options.environments.first,
    instructions: (machines) =>
      options.instructions(machines, (problem) => emit({ type: 'notice', level: 'warning', problem })),
    questions,
    grants,
    processes,
    profile: options.profile,
    session,
    showsImages: options.showsImages,
    policy: options.policy,
    mcp: servers.opened,
    leaveMachines: servers.closeElsewhere,
    variablesFor: (command) => options.variablesFor(command, session),
    nextId,
    conversation: () => {
      const hasPast = provider.model !== null && options.resume !== null;
      conversation ??= openConversation(hasPast ? earlierItems(options.resume?.path ?? '') : [], options.context);
      return conversation;
    },
    context: options.context,
    recordCompacted: (summary, replacement) => {
      recorder.record({ type: 'compacted', summary, replacement }, Date.now());
    },
    workingState,
    readImage: options.readImage,
    namedSkills: (message) =>
      options.skills.named(message, (problem) => emit({ type: 'notice', level: 'warning', problem })),
    closeRecord: async () => {
      files.close();
      await Promise.all([sessionHooks.close(HOOKS_END_MS), servers.close(), network.close()]);
      await recorder.close();
      if (lock.ok) lock.value?.release();
    },
  });

  return ok({
    session,
    recordPath: isRecorded ? rollout.value.path : null,
    ended: running.ended,
    door: {
      command: (command: Command) => {
        if (command.type === 'submit') remember(command.text);
        return running.command(command);
      },
      query: <Q extends Query>(query: Q) => answer(query) as Promise<AnswerTo<Q>>,
      subscribe: (from: number, listener: (event: BusEvent) => void) => bus.subscribe(from, listener),
    },
  });

  function remember(text: string): void {
    // History is a convenience: that it cannot be written is no reason to interrupt anybody.
    if (isRecorded) rememberMessage(codexHome, session, text, Date.now());
  }

  async function listed(
    folder: string | null,
    limit: number,
  ): Promise<AnswerTo<Extract<Query, { type: 'sessions.list' }>>> {
    const { sessions, total } = await listSessions({ codexHome, folder, limit });
    return { sessions: [...sessions], total };
  }

  function expanded(name: string, words: string): AnswerTo<Extract<Query, { type: 'prompts.expand' }>> {
    const prompt = findPrompts(options.prompts, options.home).find((one) => one.name === name);
    if (prompt === undefined)
      return { text: null, problem: { what: `There is no prompt "${name}" any more.`, why: '', next: '' } };
    const text = expandPrompt(prompt, words, prompt.origin === 'project' ? options.prompts.project : null);
    return text.ok ? { text: text.value, problem: null } : { text: null, problem: text.problem };
  }

  async function answer(query: Query): Promise<AnswerTo<Query>> {
    switch (query.type) {
      case 'sessions.list':
        return listed(query.folder, query.limit);
      case 'sessions.preview': {
        const read = readTail(query.path, { codexHome, whenFileEnds: 'open', wantedItems: PREVIEW_ITEMS });
        return { events: read.ok ? [...read.value.events] : [] };
      }
      case 'environments':
        return { environments: options.environments.list().map((it) => ({ ...it })) };
      case 'files': {
        const found = await files.find(query.query, query.limit);
        return { ...found, files: found.files.map((file) => ({ ...file })) };
      }
      case 'mcp':
        return { servers: [...(await servers.lines())] };
      case 'prompts':
        return {
          prompts: findPrompts(options.prompts, options.home).map(({ name, origin, description, argumentHint }) => ({
            name,
            origin,
            description,
            argumentHint,
          })),
        };
      case 'skills':
        return { skills: options.skills.all.map(skillLine) };
      case 'prompts.expand':
        return expanded(query.name, query.words);
      case 'programs':
        return { names: await files.programs(query.query, query.limit) };
      case 'history':
        return { texts: readMessages(codexHome) };
      case 'output':
        return (
          processes.get(query.process)?.readOutput(query.attempt, query.from, query.to) ?? {
            from: query.from,
            bytes: new Uint8Array(),
          }
        );
    }
  }
}

function skillLine({ name, description, file, within, isOffered }: Skill): SkillLine {
  return { name, description, file, origin: within === null ? 'user' : 'project', isOffered };
}

interface Past {
  readonly path: string;
  readonly lock: SessionLock;
  readonly events: readonly EventBody[];
  readonly earlierItems: number;
  readonly recordedAt: number;
  readonly lost: number;
  readonly highestProcess: number;
  /** The folder it was opened in, and where it stood last; null when that is gone. */
  readonly root: string | null;
  readonly cwd: string | null;
  /** The machine that was picked last, and the folder there; null: this one. */
  readonly environment: SessionFacts['environment'];
}

/** Locks and reads the end of an earlier session. */
function openPast(resume: { readonly session: string; readonly path: string }, codexHome: string): Result<Past | null> {
  const lock = lockSession(codexHome, resume.session);
  if (!lock.ok) return lock;
  const read = readTail(resume.path, { codexHome, whenFileEnds: 'lost', wantedItems: RESUMED_ITEMS });
  if (!read.ok) {
    lock.value.release();
    return fail(read.problem);
  }
  const { events, earlierItems, highestProcess } = read.value;
  // Those of earlier deaths were told at earlier resumes.
  const since = events.slice(events.findLastIndex((event) => event.type === 'session.resumed') + 1);
  const lost = since.filter((event) => event.type === 'process.finished' && event.outcome === 'lost').length;
  const opened = events.find((event) => event.type === 'session.opened');
  return ok({
    path: resume.path,
    lock: lock.value,
    events,
    earlierItems: earlierItems.count,
    recordedAt: read.value.lastAt,
    lost,
    highestProcess,
    root: opened === undefined ? null : folderIfThere(opened.cwd),
    cwd: folderIfThere(read.value.facts.cwd),
    environment: read.value.facts.environment,
  });
}

function presetFacts(home: string, cwd: string): PresetFacts {
  return {
    home,
    cwd,
    exists: (place) => hostPathFacts.kindOf(place) !== 'missing',
    readText: (place) => hostPathFacts.readSmallFile(place),
    realPath: (place) => hostPathFacts.realPath(place),
    portsOfLoopback,
  };
}

function folderIfThere(folder: string): string | null {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? folder : null;
}

function openRecord(
  session: string,
  startedAt: number,
  past: Past | null,
  codexHome: string,
  tell: (event: EventBody) => void,
): Result<Rollout> {
  const notice = (level: 'warning' | 'info', problem: Problem) => tell({ type: 'notice', level, problem });
  const options = {
    onTrouble: (problem: Problem) => notice('warning', problem),
    onRecovered: (givenUp: number) =>
      notice('info', {
        what: 'This session is being recorded again.',
        why: givenUp === 0 ? 'Nothing was lost.' : `${givenUp} pieces of output are not in the record.`,
        next: '',
      }),
  };
  return past === null
    ? ok(openRollout({ codexHome, session, startedAt }, options))
    : resumeRollout(past.path, options);
}

/** What a model is given back of an earlier session. One that cannot be read any more leaves it without a past. */
function earlierItems(file: string): ResponseItem[] {
  const read = readHistory(file);
  if (!read.ok) return [];
  return read.value.flatMap((item) => {
    const known = isJson(item) ? responseItemFrom(item) : null;
    return known === null ? [] : [known];
  });
}
