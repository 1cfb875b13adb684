// What a session looks like after a list of events: the one fold that live, attached and resumed screens share.

import { LOCAL } from '../../exec/index.ts';
import { assertNever } from '../../problem/index.ts';
import type { EventBody, EventOf, QuestionValue } from './contract.ts';
import type { Excerpt } from './excerpt.ts';
import type {
  AnswerItem,
  GivenGrant,
  Item,
  Plan,
  ProcessItem,
  QueuedMessage,
  RunningTurn,
  SessionFacts,
} from './transcript-items.ts';
import {
  afterQuestion,
  attemptOf,
  beginAttempt,
  changeProcess,
  commandOf,
  type NewProcess,
  newProcess,
} from './transcript-process.ts';

export type * from './transcript-items.ts';

/**
 * Output kept over all finished processes. Beyond it the oldest are reduced to their counts: their rows are already
 * printed, and a reader asks the core for the bytes.
 */
const FINISHED_OUTPUT_BYTES = 16 * 1024 * 1024;

/** A call that never became a process is remembered until its answer; this bounds a session whose answers are missing. */
const REMEMBERED_CALLS = 1000;

/**
 * A session, folded. It is updated in place, because a flood must not copy; holders treat it as read-only and compare
 * `revision` (of the whole, or of one process) to learn whether anything changed.
 */
export interface Transcript {
  readonly revision: number;
  /** Null before `session.opened`. */
  readonly session: SessionFacts | null;
  /** Everything in the order in which it began. */
  readonly items: readonly Item[];
  /** The same items in the order in which they became final: the order of the scrollback. */
  readonly finished: readonly Item[];
  readonly processes: ReadonlyMap<number, ProcessItem>;
  /** Answers that still grow, oldest first. */
  readonly streaming: readonly AnswerItem[];
  /** Processes that are not finished, oldest first. */
  readonly live: readonly ProcessItem[];
  /** Open ones, oldest first. */
  readonly questions: readonly QuestionValue[];
  /** Also those that were revoked, in the order in which they were given. */
  readonly grants: readonly GivenGrant[];
  /** The machine that was picked, and the folder there; null: this one, where `session` stands. */
  readonly environment: { readonly name: string; readonly cwd: string } | null;
  readonly queued: readonly QueuedMessage[];
  readonly turn: RunningTurn | null;
  readonly usage: { readonly used: number; readonly window: number | null } | null;
  /** The newest one; null when the model made none. */
  readonly plan: Plan | null;
  /** Null while the session goes on. */
  readonly ended: EventOf<'session.ended'>['reason'] | null;
  /** Time of the newest event (ms since 1970); 0 when none said. */
  readonly at: number;
}

/** Events about text that a model writes. */
type TextEvent = 'answer.delta' | 'answer.completed' | 'reasoning.delta' | 'reasoning.completed';

/** An event as the bus delivers it, or a recorded one without an envelope. */
export type TranscriptEvent = EventBody & { readonly at?: number };

export function emptyTranscript(): Transcript {
  return new Fold();
}

/** Takes one more event in. The same transcript is given back, changed. */
export function apply(transcript: Transcript, event: TranscriptEvent): Transcript {
  if (!(transcript instanceof Fold)) throw new Error('a transcript is made by emptyTranscript');
  transcript.take(event);
  return transcript;
}

class Fold implements Transcript {
  revision = 0;
  session: SessionFacts | null = null;
  readonly items: Item[] = [];
  readonly finished: Item[] = [];
  readonly processes = new Map<number, ProcessItem>();
  readonly streaming: AnswerItem[] = [];
  readonly live: ProcessItem[] = [];
  questions: QuestionValue[] = [];
  grants: GivenGrant[] = [];
  environment: Transcript['environment'] = null;
  queued: QueuedMessage[] = [];
  turn: RunningTurn | null = null;
  usage: Transcript['usage'] = null;
  plan: Plan | null = null;
  ended: Transcript['ended'] = null;
  at = 0;

  private readonly calls = new Map<string, string>();
  private readonly holding: Excerpt[] = [];
  private held = 0;

  take(event: TranscriptEvent): void {
    this.revision += 1;
    if (event.at !== undefined) this.at = event.at;
    switch (event.type) {
      case 'session.opened':
        this.session = {
          cwd: event.cwd,
          provider: event.provider,
          model: event.model,
          profile: event.profile,
          network: event.network,
          version: event.version,
          earlierItems: event.earlierItems,
          instructionFiles: event.instructionFiles ?? 0,
        };
        return;
      case 'session.resumed':
        this.addFinal({ kind: 'resumed', recordedAt: event.recordedAt, lost: event.lost });
        this.suspendSessionGrants();
        return;
      case 'session.ended':
        this.ended = event.reason;
        return;
      case 'session.moved':
        if (this.session !== null) this.session = { ...this.session, cwd: event.cwd };
        return;
      case 'environment.picked':
        this.environment = event.environment === LOCAL ? null : { name: event.environment, cwd: event.cwd };
        return;
      case 'turn.started':
        this.turn = { turn: event.turn, startedAt: this.at };
        return;
      case 'turn.ended':
        this.endTurn(event);
        return;
      case 'message.queued':
        this.queued = [...this.queued, { message: event.message, text: event.text }];
        return;
      case 'message.unqueued':
        this.queued = this.queued.filter((queued) => queued.message !== event.message);
        return;
      case 'message.added':
        this.addFinal({
          kind: 'message',
          id: event.item,
          turn: event.turn,
          text: event.text,
          images: event.images ?? [],
          isCommand: this.isShell(),
          at: this.at,
        });
        return;
      case 'answer.delta':
      case 'reasoning.delta':
        this.extendAnswer(event);
        return;
      case 'answer.completed':
      case 'reasoning.completed':
        this.completeAnswer(event);
        return;
      case 'plan.updated':
        this.plan = { explanation: event.explanation, steps: event.steps };
        this.addFinal({ kind: 'plan', ...this.plan });
        return;
      case 'files.changed':
        // The process's own item shows it.
        return;
      case 'web.searched':
        this.addFinal({ kind: 'web_search', query: event.query });
        return;
      case 'context.compacted': {
        const { by, before, after, summary } = event;
        if (this.usage !== null) this.usage = { ...this.usage, used: after };
        this.addFinal({ kind: 'compacted', by, before, after, summary });
        return;
      }
      case 'usage.updated':
        this.usage = { used: event.used, window: event.window };
        return;
      case 'call.started':
        if (this.calls.size < REMEMBERED_CALLS) this.calls.set(event.call, commandOf(event.name, event.arguments));
        return;
      case 'call.answered':
        this.calls.delete(event.call);
        return;
      case 'notice':
        this.addFinal({ kind: 'notice', level: event.level, problem: event.problem, at: this.at });
        return;
      case 'question.opened':
        this.openQuestion(event);
        return;
      case 'question.decided':
        this.decide(event);
        return;
      case 'question.withdrawn':
        this.withdraw(event);
        return;
      case 'grant.given':
        this.giveGrant(event);
        return;
      case 'grant.revoked':
        this.changeGrants(({ number }) => number === event.grant, 'revoked');
        return;
      case 'grant.restored':
        this.changeGrants(({ number, state }) => number === event.grant && state === 'not restored', 'in force');
        return;
      case 'process.started':
        this.startAttempt(event);
        return;
      case 'process.finished':
        this.finishProcess(event);
        return;
      case 'process.backgrounded':
        this.moveToBackground(event.process);
        return;
      case 'process.output':
      case 'process.output_file':
      case 'process.waiting':
      case 'process.suspended':
      case 'process.linked':
      case 'process.signalled':
      case 'process.resized':
      case 'process.foregrounded':
      case 'process.exited':
      case 'process.closed': {
        const item = this.processes.get(event.process);
        if (item === undefined) return;
        changeProcess(item, event, this.at);
        return;
      }
      default:
        assertNever(event);
    }
  }

  private isShell(): boolean {
    return this.session?.provider === 'shell';
  }

  private addFinal(item: Item): void {
    this.items.push(item);
    this.finished.push(item);
  }

  // ------------------------------------------------------------------------------------------------ answers

  private extendAnswer(event: EventOf<'answer.delta' | 'reasoning.delta'>): void {
    const { from, text } = event;
    const answer = this.answer(event);
    // A repeated piece is cut; one that does not follow on would garble what is there and is left to `completed`.
    const known = answer.text.length - from;
    if (known >= 0 && known < text.length) answer.text += text.slice(known);
  }

  private completeAnswer(event: EventOf<'answer.completed' | 'reasoning.completed'>): void {
    const answer = this.answer(event);
    if (event.text !== '') answer.text = event.text;
    this.closeAnswer(answer);
  }

  private answer({ type, item, turn }: EventOf<TextEvent>): AnswerItem {
    const known = this.streaming.find((answer) => answer.id === item);
    if (known !== undefined) return known;
    const isReasoning = type === 'reasoning.delta' || type === 'reasoning.completed';
    const kind = isReasoning ? 'reasoning' : 'answer';
    const answer: AnswerItem = { kind, id: item, turn, text: '', isComplete: false };
    this.streaming.push(answer);
    this.items.push(answer);
    return answer;
  }

  private closeAnswer(answer: AnswerItem): void {
    if (answer.isComplete) return;
    answer.isComplete = true;
    remove(this.streaming, answer);
    if (answer.text !== '') this.finished.push(answer);
  }

  private endTurn(event: EventOf<'turn.ended'>): void {
    for (const answer of [...this.streaming]) this.closeAnswer(answer);
    const { turn, outcome, durationMs, commands, tokens, problem } = event;
    this.addFinal({
      kind: 'turn_end',
      turn,
      outcome,
      durationMs,
      commands,
      tokens,
      problem,
      isCommand: this.isShell(),
    });
    if (this.turn?.turn === turn) this.turn = null;
  }

  // ---------------------------------------------------------------------------------------------- processes

  private startAttempt(event: EventOf<'process.started'>): void {
    const { process, call, turn, command, cwd, origin, stdio, environment = null, deed = null } = event;
    beginAttempt(this.process(process, { call, turn, command, cwd, environment, origin, deed, stdio }), event, this.at);
  }

  private process(number: number, first: NewProcess): ProcessItem {
    const known = this.processes.get(number);
    if (known !== undefined) return known;
    const item = newProcess(number, first, this.at);
    this.processes.set(number, item);
    this.items.push(item);
    this.live.push(item);
    return item;
  }

  private moveToBackground(number: number): void {
    const item = this.processes.get(number);
    if (item === undefined || item.state.kind === 'finished' || item.place === 'background') return;
    item.place = 'background';
    item.revision += 1;
    this.addFinal({ kind: 'moved_to_background', process: number, command: item.command });
  }

  private finishProcess(event: EventOf<'process.finished'>): void {
    const { process, call, outcome, problem } = event;
    const item = this.process(process, this.unstarted(call));
    if (item.state.kind === 'finished') return;
    item.revision += 1;
    item.state = { kind: 'finished', outcome, problem };
    remove(this.live, item);
    this.questions = this.questions.filter((question) => question.process !== process);
    this.finished.push(item);
    for (const { excerpt } of item.attempts) this.hold(excerpt);
  }

  /** What is known of a process that ends before it started: only the call that asked for it. */
  private unstarted(call: string): NewProcess {
    const origin = this.isShell() ? 'person' : 'model';
    return {
      call,
      turn: this.turn?.turn ?? '',
      command: this.calls.get(call) ?? call,
      cwd: this.session?.cwd ?? '',
      environment: null,
      origin,
      deed: null,
      stdio: { kind: 'pipe', stdin: 'closed' },
    };
  }

  private hold(excerpt: Excerpt): void {
    this.holding.push(excerpt);
    this.held += excerpt.heldBytes;
    while (this.held > FINISHED_OUTPUT_BYTES && this.holding.length > 1) {
      const oldest = this.holding.shift();
      if (oldest === undefined) return;
      this.held -= oldest.heldBytes;
      oldest.release();
    }
  }

  // ---------------------------------------------------------------------------------------------- questions

  private openQuestion(event: EventOf<'question.opened'>): void {
    const { question, process, attempt, subject, command, cwd, profile, offers, preset, always, shown } = event;
    const value: QuestionValue = {
      question,
      process,
      attempt,
      subject,
      command,
      cwd,
      ...(event.deed === undefined ? {} : { deed: event.deed }),
      profile,
      offers,
      preset,
      always,
      shown,
    };
    const item = this.process(process, { ...this.unstarted(''), command, cwd });
    if (item.state.kind === 'finished') return;
    item.revision += 1;
    const attempted = attemptOf(item, attempt);
    if (attempted !== null) attempted.wasAsked = true;
    item.state = { kind: 'asking', question: value, since: this.at };
    this.questions = [...this.questions.filter((open) => open.question !== question), value];
  }

  private decide(event: EventOf<'question.decided'>): void {
    const asked = this.questions.find((open) => open.question === event.question);
    this.questions = this.questions.filter((open) => open.question !== event.question);
    const item = this.processes.get(event.process);
    if (item === undefined) return;
    item.revision += 1;
    const { decision, reason, grants, by } = event;
    const preset = decision === 'preset' ? (asked?.preset?.name ?? null) : null;
    const made = { about: asked?.subject.kind ?? 'denial', decision, preset, reason, grants, by };
    const attempt = asked === undefined ? (item.attempts.at(-1) ?? null) : attemptOf(item, asked.attempt);
    if (attempt === null) item.decisionsBefore.push(made);
    else attempt.decision = made;
    if (item.state.kind !== 'finished') {
      item.state = decision === 'refused' ? afterQuestion(item, this.at) : { kind: 'starting', since: this.at };
    }
  }

  private withdraw(event: EventOf<'question.withdrawn'>): void {
    this.questions = this.questions.filter((open) => open.question !== event.question);
    const item = this.processes.get(event.process);
    if (item === undefined || item.state.kind !== 'asking') return;
    item.revision += 1;
    item.state = afterQuestion(item, this.at);
  }

  // ------------------------------------------------------------------------------------------------- grants

  private giveGrant({ grant, scope, name, grants, command }: EventOf<'grant.given'>): void {
    if (this.grants.some(({ number }) => number === grant)) return;
    this.grants = [...this.grants, { number: grant, scope, name, grants, command, at: this.at, state: 'in force' }];
  }

  /** What was given until the session ends ended with that run of it; what is in the configuration goes on. */
  private suspendSessionGrants(): void {
    this.changeGrants(({ scope, state }) => scope === 'session' && state === 'in force', 'not restored');
  }

  private changeGrants(isMeant: (grant: GivenGrant) => boolean, state: GivenGrant['state']): void {
    this.grants = this.grants.map((grant) => (isMeant(grant) ? { ...grant, state } : grant));
  }
}

function remove<T>(list: T[], member: T): void {
  const at = list.indexOf(member);
  if (at >= 0) list.splice(at, 1);
}
