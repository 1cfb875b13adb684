// How is an event written down? Each becomes zero or more records, in the form codex-cli reads, with ours between.
//
// Pure but for the state it is given: no clock, no disk. What the decoder makes of these records is the same events.

import { isAbsolute, relative } from 'node:path';
import { LOCAL } from '../../exec/index.ts';
import { assertNever } from '../../problem/index.ts';
import type { EventBody, EventOf, EventType } from '../bus/contract.ts';
import { addToAggregate, tailOf } from './aggregate.ts';
import { RECORD_OF_EVENT, STATE_OF_EVENT, toFileNames } from './own-records.ts';
import { FORMAT_VERSION, type JsonObject, type OwnType, type RecordLine, textIn } from './record.ts';
import {
  agentMessage,
  commandExecution,
  contextCompaction,
  reasoning,
  sessionMeta,
  tokenCount,
  turnContext,
  userMessage,
} from './shared-records.ts';
import { flushCarry, outputRecords, tailRecords } from './spell-output.ts';
import { rememberStart, type SpellState } from './spell-state.ts';

/** Besides events: an item the provider must get back unchanged, recorded before the events about the same thing. */
export type SpellInput =
  | EventBody
  | { readonly type: 'response_item'; readonly payload: JsonObject }
  /** What a model goes on with instead of everything before. */
  | { readonly type: 'compacted'; readonly summary: string; readonly replacement: readonly JsonObject[] };

/** `at` is the time of the event, ms since 1970. Records are to be written in this order, before it is published. */
export function recordsOf(input: SpellInput, at: number, state: SpellState): RecordLine[] {
  const shared = (type: RecordLine['type'], payload: JsonObject, extra: JsonObject | null = null): RecordLine => ({
    at,
    type,
    payload,
    extra,
  });
  switch (input.type) {
    case 'session.opened':
      return openedRecords(input, at, state);
    case 'session.moved':
      state.cwd = input.cwd;
      return [own(input, at)];
    case 'environment.picked':
      state.environment = environmentOf(input);
      return [own(input, at)];
    case 'session.resumed':
    case 'session.ended':
    case 'message.queued':
    case 'message.unqueued':
    case 'answer.delta':
    case 'reasoning.delta':
    case 'plan.updated':
    case 'files.changed':
    case 'web.searched':
    case 'context.compacted':
    case 'process.resized':
    case 'question.opened':
    case 'question.decided':
    case 'question.withdrawn':
    case 'grant.given':
    case 'grant.revoked':
    case 'grant.restored':
    case 'notice':
      return [own(input, at)];
    case 'process.started':
      rememberStart(state, input, at);
      return [processState(input, at)];
    case 'process.suspended':
    case 'process.signalled':
    case 'process.backgrounded':
    case 'process.foregrounded':
    case 'process.exited':
      return [processState(input, at)];
    case 'process.waiting':
    case 'process.linked':
      // True for a moment only: nothing waits any more when a record is read.
      return [];
    case 'process.output': {
      const known = state.processes.get(input.process);
      if (known === undefined || known.output.attempt !== input.attempt) return [];
      addToAggregate(known.aggregate, input.from, input.bytes);
      return outputRecords(known.output, input, at);
    }
    case 'process.output_file': {
      const known = state.processes.get(input.process);
      if (known !== undefined) known.output.isFileOpen = true;
      const { process, attempt } = input;
      const path = belowHome(input.path, state.identity.codexHome);
      return [shared('codex_ts.output_file', { process, attempt, path, from: 0, mode: 'whole' })];
    }
    case 'process.closed': {
      const known = state.processes.get(input.process);
      if (known === undefined) return [own(input, at)];
      known.exitCode = input.exit.code;
      const rest = flushCarry(known.output, input.process, at);
      return [...rest, ...tailRecords(known.output, input.process, tailOf(known.aggregate), at), own(input, at)];
    }
    case 'process.finished': {
      const known = state.processes.get(input.process) ?? null;
      state.processes.delete(input.process);
      const extra = { process: input.process, outcome: input.outcome, problem: input.problem };
      return [shared('event_msg', commandExecution(input, known, state, at), extra)];
    }
    case 'turn.started':
      state.turn = input.turn;
      state.lastAnswer = null;
      return [
        shared(
          'event_msg',
          {
            type: 'task_started',
            turn_id: input.turn,
            started_at: Math.floor(at / 1000),
            model_context_window: state.window,
          },
          // Lets a reader that starts here know what is behind it.
          { processes: state.highestProcess, running: [...state.processes.keys()], environment: state.environment },
        ),
        shared('turn_context', turnContext(input.turn, state)),
      ];
    case 'turn.ended':
      state.turn = null;
      return [shared('event_msg', turnEnd(input, state), turnEndExtra(input))];
    case 'message.added':
      return [
        // With images it was recorded as the provider gets it.
        ...(input.images === undefined ? [shared('response_item', message('user', 'input_text', input.text))] : []),
        shared('event_msg', userMessage(input, state.identity.session, at)),
      ];
    case 'answer.completed': {
      state.lastAnswer = input.text;
      const recorded = state.recordedMessages.indexOf(input.text);
      if (recorded >= 0) state.recordedMessages.splice(recorded, 1);
      const item = shared('response_item', message('assistant', 'output_text', input.text));
      return [...(recorded >= 0 ? [] : [item]), shared('event_msg', agentMessage(input, state.identity.session, at))];
    }
    case 'reasoning.completed':
      return [shared('event_msg', reasoning(input, state.identity.session, at))];
    case 'compacted':
      return [
        shared('compacted', { message: input.summary, replacement_history: input.replacement }),
        shared('event_msg', contextCompaction(state, at)),
      ];
    case 'usage.updated':
      state.window = input.window;
      return [shared('event_msg', tokenCount(input))];
    case 'call.started': {
      if (state.recordedCalls.delete(input.call)) return [];
      const call = { type: 'function_call', name: input.name, arguments: input.arguments, call_id: input.call };
      return [shared('response_item', call, { turn: input.turn })];
    }
    case 'call.answered': {
      if (state.recordedAnswers.delete(input.call)) return [];
      const answer = { type: 'function_call_output', call_id: input.call, output: input.output };
      return [shared('response_item', answer, { turn: input.turn })];
    }
    case 'response_item':
      rememberItem(input.payload, state);
      return [shared('response_item', input.payload, state.turn === null ? null : { turn: state.turn })];
    default:
      return assertNever(input);
  }
}

function environmentOf({ environment, cwd }: EventOf<'environment.picked'>): SpellState['environment'] {
  return environment === LOCAL ? null : { name: environment, cwd };
}

/** Brings the state of a resumed session to where its events left it. Nothing is to be written. */
export function primeSpelling(state: SpellState, events: Iterable<EventBody>, highestProcess: number): void {
  state.hasMeta = true;
  for (const event of events) recordsOf(event, 0, state);
  state.highestProcess = Math.max(state.highestProcess, highestProcess);
}

function openedRecords(event: EventOf<'session.opened'>, at: number, state: SpellState): RecordLine[] {
  const meta: RecordLine = { at, type: 'session_meta', payload: sessionMeta(event, state.identity), extra: null };
  const { type: _type, earlierItems: _earlier, instructionFiles: _files, ...facts } = event;
  const payload = { format: FORMAT_VERSION, owner: state.identity.owner, ...facts };
  const session: RecordLine = { at, type: 'codex_ts.session', payload, extra: null };
  const records = state.hasMeta ? [session] : [meta, session];
  state.hasMeta = true;
  state.opened = event;
  state.cwd = event.cwd;
  return records;
}

function own(event: EventOf<keyof typeof RECORD_OF_EVENT>, at: number): RecordLine {
  const type: OwnType = RECORD_OF_EVENT[event.type];
  return { at, type, payload: toFileNames(fieldsOf(event)), extra: null };
}

function processState(event: EventOf<keyof typeof STATE_OF_EVENT>, at: number): RecordLine {
  const payload = { state: STATE_OF_EVENT[event.type], ...toFileNames(fieldsOf(event)) };
  return { at, type: 'codex_ts.process', payload, extra: null };
}

/** The event without its type: plain JSON for every event that carries no bytes. */
function fieldsOf(event: JsonObject & { readonly type: EventType }): JsonObject {
  const { type: _type, ...fields } = event;
  return fields;
}

function turnEnd(event: EventOf<'turn.ended'>, state: SpellState): JsonObject {
  const { turn: turn_id, durationMs: duration_ms } = event;
  return event.outcome === 'interrupted'
    ? { type: 'turn_aborted', turn_id, reason: 'interrupted', duration_ms }
    : { type: 'task_complete', turn_id, last_agent_message: state.lastAnswer, duration_ms };
}

function turnEndExtra(event: EventOf<'turn.ended'>): JsonObject {
  return { outcome: event.outcome, commands: event.commands, tokens: event.tokens, problem: event.problem };
}

function message(role: string, kind: string, text: string): JsonObject {
  return { type: 'message', role, content: [{ type: kind, text }] };
}

function rememberItem(payload: JsonObject, state: SpellState): void {
  const call = textIn(payload, 'call_id');
  const type = textIn(payload, 'type');
  if (call !== null && (type === 'function_call' || type === 'custom_tool_call')) state.recordedCalls.add(call);
  if (call !== null && (type === 'function_call_output' || type === 'custom_tool_call_output')) {
    state.recordedAnswers.add(call);
  }
  if (type === 'message' && payload.role === 'assistant') state.recordedMessages.push(messageText(payload));
}

/** The text of a message item, its parts joined. */
export function messageText(payload: JsonObject): string {
  const content = payload.content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('');
}

function belowHome(path: string, home: string): string {
  if (!isAbsolute(path)) return path;
  const inside = relative(home, path);
  return inside.startsWith('..') ? path : inside;
}
