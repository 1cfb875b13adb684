// How one process of a transcript changes with each thing that happens to it.

import { assertNever } from '../../problem/index.ts';
import type { EventOf } from './contract.ts';
import { Excerpt } from './excerpt.ts';
import type { Attempt, ProcessItem } from './transcript-items.ts';

/** What is known of a process before its first attempt. */
export type NewProcess = Pick<
  ProcessItem,
  'call' | 'turn' | 'command' | 'cwd' | 'environment' | 'origin' | 'deed' | 'stdio'
>;

/** What changes a process and nothing else. */
export type ProcessChange = EventOf<
  | 'process.output'
  | 'process.output_file'
  | 'process.waiting'
  | 'process.suspended'
  | 'process.linked'
  | 'process.signalled'
  | 'process.resized'
  | 'process.foregrounded'
  | 'process.exited'
  | 'process.closed'
>;

/** `at`: ms since 1970, here and below. */
export function newProcess(number: number, first: NewProcess, at: number): ProcessItem {
  return {
    kind: 'process',
    number,
    ...first,
    attempts: [],
    decisionsBefore: [],
    state: { kind: 'starting', since: at },
    place: 'front',
    lastOutputAt: at,
    lastSignal: null,
    revision: 0,
  };
}

export function beginAttempt(item: ProcessItem, event: EventOf<'process.started'>, at: number): void {
  item.call = event.call;
  item.turn = event.turn;
  item.command = event.command;
  item.cwd = event.cwd;
  item.environment = event.environment ?? null;
  item.origin = event.origin;
  item.deed = event.deed ?? null;
  item.stdio = event.stdio;
  item.attempts.push({
    number: event.attempt,
    startedAt: at,
    profile: event.profile,
    grants: event.grants,
    excerpt: new Excerpt(),
    outputFile: null,
    end: null,
    wasAsked: false,
    decision: null,
  });
  item.state = { kind: 'running', since: at };
  item.lastOutputAt = at;
  item.lastSignal = null;
  item.revision += 1;
}

export function changeProcess(item: ProcessItem, event: ProcessChange, at: number): void {
  item.revision += 1;
  switch (event.type) {
    case 'process.output':
      attemptOf(item, event.attempt)?.excerpt.add(event.from, event.bytes);
      item.lastOutputAt = at;
      return;
    case 'process.output_file': {
      const attempt = attemptOf(item, event.attempt);
      if (attempt !== null) attempt.outputFile = event.path;
      return;
    }
    case 'process.waiting':
      if (event.wait !== null) {
        if (isRunning(item)) item.state = { kind: 'waiting', hidden: event.wait.hidden, since: at };
      } else if (item.state.kind === 'waiting') item.state = { kind: 'running', since: at };
      return;
    case 'process.suspended':
      if (event.isSuspended) {
        if (isRunning(item)) item.state = { kind: 'suspended', since: at };
      } else if (item.state.kind === 'suspended') item.state = { kind: 'running', since: at };
      return;
    case 'process.linked':
      if (!event.isLinked) {
        if (isRunning(item)) item.state = { kind: 'unlinked', since: at };
      } else if (item.state.kind === 'unlinked') item.state = { kind: 'running', since: at };
      return;
    case 'process.signalled':
      item.lastSignal = event.signal === 'continue' ? null : event.signal;
      return;
    case 'process.resized':
      item.stdio = { kind: 'pty', cols: event.cols, rows: event.rows };
      return;
    case 'process.foregrounded':
      item.place = 'front';
      return;
    case 'process.exited':
      if (isRunning(item)) item.state = { kind: 'exited', exit: event.exit };
      return;
    case 'process.closed':
      closeAttempt(item, event);
      return;
    default:
      assertNever(event);
  }
}

function closeAttempt(item: ProcessItem, event: EventOf<'process.closed'>): void {
  const { exit, outcome, bytes, lines, durationMs, denial } = event;
  const attempt = attemptOf(item, event.attempt);
  if (attempt !== null) attempt.end = { exit, outcome, bytes, lines, durationMs, denial };
  if (item.state.kind !== 'finished') item.state = { kind: 'closed', exit, outcome };
}

/** Null for attempt 0, which stands for "before anything ran". */
export function attemptOf(item: ProcessItem, number: number): Attempt | null {
  const last = item.attempts.at(-1);
  if (last?.number === number) return last;
  return item.attempts.find((attempt) => attempt.number === number) ?? null;
}

/** A question that leads to no further attempt leaves the process as its last attempt ended, until it is finished. */
export function afterQuestion(item: ProcessItem, at: number): ProcessItem['state'] {
  const end = item.attempts.at(-1)?.end ?? null;
  return end === null ? { kind: 'starting', since: at } : { kind: 'closed', exit: end.exit, outcome: end.outcome };
}

function isRunning(item: ProcessItem): boolean {
  const { kind } = item.state;
  return kind === 'running' || kind === 'waiting' || kind === 'suspended' || kind === 'unlinked';
}

/** A call as a title, for the case that nothing better was said: the command in its arguments, else its name. */
export function commandOf(name: string, json: string): string {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && 'cmd' in value && typeof value.cmd === 'string')
      return value.cmd;
  } catch {
    // Models write broken JSON now and then; the tool's name is all there is to show.
  }
  return name;
}
