// What does the decoder know so far, and may this event follow it?
//
// A file can be cut, doubled and mixed. What comes out of the decoder never contradicts itself: nothing ends that did
// not begin, nothing begins twice.

import * as v from 'valibot';
import { LOCAL } from '../../exec/index.ts';
import { assertNever } from '../../problem/index.ts';
import { EventBody, type EventOf } from '../bus/contract.ts';

/** What a file says about its session, apart from what happened in it. */
export interface SessionFacts {
  session: string | null;
  /** Ms since 1970, from the first record. */
  startedAt: number | null;
  originator: string;
  version: string;
  cwd: string;
  /** The machine that was picked last, and the folder there; null: this one. */
  environment: { readonly name: string; readonly cwd: string } | null;
  provider: string;
  model: string | null;
  profile: string;
  network: EventOf<'session.opened'>['network'];
  /** `unknown`: a word that this program does not know; such a file is read and never written. */
  history: 'paginated' | 'legacy' | 'unknown';
  /** The session this one continues under another id; what came before is only in that file. */
  parent: string | null;
}

export interface OpenProcess {
  readonly started: EventOf<'process.started'>;
  attempt: number;
  /** Ms since 1970, of the newest attempt. */
  startedAt: number;
  /** Where the next output of this attempt continues. */
  nextByte: number;
  lines: number;
  isLineOpen: boolean;
  exit: EventOf<'process.exited'>['exit'] | null;
  isClosed: boolean;
}

interface OpenAnswer {
  readonly turn: string;
  readonly isReasoning: boolean;
  text: string;
  /** Places of its deltas in `events`. */
  readonly places: number[];
}

/** An event with the time of its record, ms since 1970. */
export type RecordedEvent = EventBody & { readonly at: number };

/** Bytes of a long output that are only in a file: where, and up to where the record has them. */
export interface OutputFile {
  readonly process: number;
  readonly attempt: number;
  readonly path: string;
  recordedTo: number;
}

export interface Decoding {
  readonly codexHome: string;
  readonly facts: SessionFacts;
  /** The first `session.opened`: as recorded by us, or made of what codex-cli recorded. */
  opened: EventOf<'session.opened'> | null;
  hasOwnSession: boolean;
  /** Where the session began, and where the events so far lead to. */
  openedIn: string | null;
  cwd: string | null;
  /** Null where a delta was passed over later. */
  readonly events: (RecordedEvent | null)[];
  turn: { readonly turn: string; readonly startedAt: number; commands: number } | null;
  /** Turns that began, for a file that names an item's turn badly or not at all. */
  lastTurn: string;
  readonly turns: Set<string>;
  readonly items: Set<string>;
  readonly answers: Map<string, OpenAnswer>;
  readonly calls: Map<string, EventOf<'call.started'>>;
  readonly callsSeen: Set<string>;
  readonly processes: Map<number, OpenProcess>;
  readonly processesSeen: Set<number>;
  highestProcess: number;
  /** Processes a turn found running that started before anything that was read. */
  readonly runningBefore: Set<number>;
  readonly questions: Map<string, number>;
  readonly queued: Set<string>;
  readonly outputFiles: OutputFile[];
  lost: number;
  damaged: number;
  /** Of the newest record, ms since 1970. */
  lastAt: number;
  unnamed: number;
}

export function beginDecoding(codexHome: string): Decoding {
  return {
    codexHome,
    facts: {
      session: null,
      startedAt: null,
      originator: '',
      version: '',
      cwd: '',
      environment: null,
      provider: '',
      model: null,
      profile: '',
      network: 'restricted',
      history: 'legacy',
      parent: null,
    },
    opened: null,
    hasOwnSession: false,
    openedIn: null,
    cwd: null,
    events: [],
    turn: null,
    lastTurn: '',
    turns: new Set(),
    items: new Set(),
    answers: new Map(),
    calls: new Map(),
    callsSeen: new Set(),
    processes: new Map(),
    processesSeen: new Set(),
    highestProcess: 0,
    runningBefore: new Set(),
    questions: new Map(),
    queued: new Set(),
    outputFiles: [],
    lost: 0,
    damaged: 0,
    lastAt: 0,
    unnamed: 0,
  };
}

/** A record's fields as an event, checked by the contract; something that fails the check counts as damage. */
export function accept(decoding: Decoding, candidate: unknown): void {
  const checked = v.safeParse(EventBody, candidate);
  if (checked.success) follow(decoding, checked.output);
  else decoding.damaged += 1;
}

/** Adds the event if it can follow what came before; one that contradicts it (a doubled or orphaned line) is left. */
export function follow(decoding: Decoding, event: EventBody): void {
  if (mayFollow(decoding, event)) decoding.events.push({ ...event, at: decoding.lastAt });
}

function mayFollow(decoding: Decoding, event: EventBody): boolean {
  switch (event.type) {
    case 'session.opened':
      return false;
    case 'session.moved':
      if (event.cwd === decoding.cwd) return false;
      decoding.cwd = event.cwd;
      decoding.facts.cwd = event.cwd;
      return true;
    case 'environment.picked':
      decoding.facts.environment = event.environment === LOCAL ? null : { name: event.environment, cwd: event.cwd };
      return true;
    case 'session.resumed':
    case 'session.ended':
    case 'usage.updated':
    case 'plan.updated':
    case 'files.changed':
    case 'web.searched':
    case 'context.compacted':
    case 'grant.given':
    case 'grant.revoked':
    case 'grant.restored':
    case 'notice':
      return true;
    case 'turn.started':
      if (decoding.turns.has(event.turn)) return false;
      decoding.turns.add(event.turn);
      decoding.lastTurn = event.turn;
      decoding.turn = { turn: event.turn, startedAt: decoding.lastAt, commands: 0 };
      return true;
    case 'turn.ended':
      if (decoding.turn?.turn !== event.turn) return false;
      decoding.turn = null;
      return true;
    case 'message.queued':
      if (decoding.queued.has(event.message)) return false;
      decoding.queued.add(event.message);
      return true;
    case 'message.unqueued':
      return decoding.queued.delete(event.message);
    case 'message.added':
      return isNewItem(decoding, event.item);
    case 'answer.delta':
    case 'reasoning.delta':
      return isNextDelta(decoding, event);
    case 'answer.completed':
    case 'reasoning.completed':
      if (!isNewItem(decoding, event.item)) return false;
      passOverDeltas(decoding, event.item);
      return true;
    case 'call.started':
      if (decoding.callsSeen.has(event.call)) return false;
      decoding.callsSeen.add(event.call);
      decoding.calls.set(event.call, event);
      return true;
    case 'call.answered':
      return decoding.calls.delete(event.call);
    case 'process.started':
      return isNextAttempt(decoding, event);
    case 'process.output':
      return isNextOutput(decoding, event);
    case 'process.output_file': {
      const known = decoding.processes.get(event.process);
      if (known?.attempt !== event.attempt || known.isClosed) return false;
      const { process, attempt, path } = event;
      decoding.outputFiles.push({ process, attempt, path, recordedTo: known.nextByte });
      return true;
    }
    case 'process.waiting':
    case 'process.suspended':
    case 'process.linked':
    case 'process.signalled':
    case 'process.resized':
    case 'process.backgrounded':
    case 'process.foregrounded':
      return decoding.processes.has(event.process);
    case 'process.exited': {
      const known = decoding.processes.get(event.process);
      if (known?.attempt !== event.attempt || known.exit !== null || known.isClosed) return false;
      known.exit = event.exit;
      return true;
    }
    case 'process.closed': {
      const known = decoding.processes.get(event.process);
      if (known?.attempt !== event.attempt || known.isClosed) return false;
      known.isClosed = true;
      return true;
    }
    case 'process.finished':
      if (decoding.processes.delete(event.process)) return true;
      if (decoding.processesSeen.has(event.process)) return false;
      decoding.processesSeen.add(event.process);
      decoding.highestProcess = Math.max(decoding.highestProcess, event.process);
      return true;
    case 'question.opened':
      if (decoding.questions.has(event.question) || !decoding.processes.has(event.process)) return false;
      decoding.questions.set(event.question, event.process);
      return true;
    case 'question.decided':
    case 'question.withdrawn':
      return decoding.questions.delete(event.question);
    default:
      return assertNever(event);
  }
}

function isNewItem(decoding: Decoding, item: string): boolean {
  if (decoding.items.has(item)) return false;
  decoding.items.add(item);
  return true;
}

function isNextDelta(decoding: Decoding, event: EventOf<'answer.delta' | 'reasoning.delta'>): boolean {
  if (decoding.items.has(event.item)) return false;
  const isReasoning = event.type === 'reasoning.delta';
  const known = decoding.answers.get(event.item) ?? { turn: event.turn, isReasoning, text: '', places: [] };
  if (event.from !== known.text.length) return false;
  decoding.answers.set(event.item, known);
  known.text += event.text;
  known.places.push(decoding.events.length);
  return true;
}

/** The whole text follows, so its pieces go; but the first stays where it shows that the answer began earlier. */
function passOverDeltas(decoding: Decoding, item: string): void {
  const answer = decoding.answers.get(item);
  decoding.answers.delete(item);
  if (answer === undefined) return;
  const first = answer.places[0] ?? decoding.events.length;
  const kept = decoding.events[first] ?? null;
  for (const place of answer.places) decoding.events[place] = null;
  const isAlone = decoding.events.slice(first).every((event) => event === null);
  if (!isAlone) decoding.events[first] = kept;
}

function isNextAttempt(decoding: Decoding, event: EventOf<'process.started'>): boolean {
  const known = decoding.processes.get(event.process);
  if (known === undefined && decoding.processesSeen.has(event.process)) return false;
  if (known !== undefined && (event.attempt <= known.attempt || !known.isClosed)) return false;
  decoding.processesSeen.add(event.process);
  decoding.runningBefore.delete(event.process);
  decoding.highestProcess = Math.max(decoding.highestProcess, event.process);
  decoding.processes.set(event.process, {
    started: event,
    attempt: event.attempt,
    startedAt: decoding.lastAt,
    nextByte: 0,
    lines: 0,
    isLineOpen: false,
    exit: null,
    isClosed: false,
  });
  if (known === undefined && decoding.turn?.turn === event.turn) decoding.turn.commands += 1;
  return true;
}

function isNextOutput(decoding: Decoding, event: EventOf<'process.output'>): boolean {
  const known = decoding.processes.get(event.process);
  if (known?.attempt !== event.attempt || known.isClosed) return false;
  if (event.from < known.nextByte || event.bytes.length === 0) return false;
  known.nextByte = event.from + event.bytes.length;
  for (let at = event.bytes.indexOf(10); at >= 0; at = event.bytes.indexOf(10, at + 1)) known.lines += 1;
  known.isLineOpen = event.bytes[event.bytes.length - 1] !== 10;
  for (const file of decoding.outputFiles) {
    if (file.process === event.process && file.attempt === event.attempt) file.recordedTo = known.nextByte;
  }
  return true;
}
