// What do the records look like that codex-cli draws: session, turn, message, command, tokens?

import { pathToFileURL } from 'node:url';
import type { EventOf } from '../bus/contract.ts';
import { aggregateText } from './aggregate.ts';
import type { JsonObject } from './record.ts';
import type { ProcessSpelling, SessionIdentity, SpellState } from './spell-state.ts';

/** The name this program writes itself down with. */
export const ORIGINATOR = 'codex_ts';

export function sessionMeta(event: EventOf<'session.opened'>, identity: SessionIdentity): JsonObject {
  return {
    id: identity.session,
    session_id: identity.session,
    timestamp: new Date(identity.startedAt).toISOString(),
    cwd: event.cwd,
    originator: ORIGINATOR,
    cli_version: event.version,
    source: 'cli',
    model_provider: event.provider,
    history_mode: 'paginated',
  };
}

export function turnContext(turn: string, state: SpellState): JsonObject {
  const { opened } = state;
  return {
    turn_id: turn,
    cwd: state.cwd,
    approval_policy: 'on-request',
    sandbox_policy: sandboxPolicy(opened),
    model: opened?.model ?? opened?.provider ?? 'shell',
    summary: 'none',
  };
}

/** codex-cli's older words for what ours says with a profile; a hint for its display, never read back by us. */
function sandboxPolicy(opened: EventOf<'session.opened'> | null): JsonObject {
  if (opened?.network === 'unsandboxed') return { type: 'danger-full-access' };
  if (opened?.profile.includes('read-only')) return { type: 'read-only' };
  return { type: 'workspace-write', network_access: opened?.network === 'enabled' };
}

export function userMessage(event: EventOf<'message.added'>, session: string, at: number): JsonObject {
  const content = [{ type: 'text', text: event.text, text_elements: [] }];
  return itemCompleted({ type: 'UserMessage', id: event.item, content }, event.turn, session, at);
}

export function agentMessage(event: EventOf<'answer.completed'>, session: string, at: number): JsonObject {
  const content = [{ type: 'Text', text: event.text }];
  return itemCompleted({ type: 'AgentMessage', id: event.item, content }, event.turn, session, at);
}

export function reasoning(event: EventOf<'reasoning.completed'>, session: string, at: number): JsonObject {
  const item = { type: 'Reasoning', id: event.item, summary_text: [event.text], raw_content: [] };
  return itemCompleted(item, event.turn, session, at);
}

/** Beside the record that holds what is kept: codex-cli draws this one. */
export function contextCompaction(state: SpellState, at: number): JsonObject {
  const item = { type: 'ContextCompaction', id: `compacted-${at}` };
  return itemCompleted(item, state.turn ?? '', state.identity.session, at);
}

/** A blocked or refused command is `failed`: codex-cli takes the word `declined` too, but does not draw the item. */
export function commandExecution(
  event: EventOf<'process.finished'>,
  known: ProcessSpelling | null,
  state: SpellState,
  at: number,
): JsonObject {
  const startedAt = known?.startedAt ?? at;
  const tookMs = Math.max(0, at - startedAt);
  const command = known?.started.command ?? '';
  const item = {
    type: 'CommandExecution',
    id: event.call,
    process_id: String(event.process),
    command: [...(known?.started.argv ?? [])],
    cwd: pathToFileURL(known?.started.cwd ?? state.cwd).href,
    parsed_cmd: [{ type: 'unknown', cmd: command }],
    source: 'unified_exec_startup',
    status: event.outcome === 'ok' ? 'completed' : 'failed',
    aggregated_output: known === null ? '' : aggregateText(known.aggregate),
    exit_code: known?.exitCode ?? -1,
    duration: { secs: Math.floor(tookMs / 1000), nanos: (tookMs % 1000) * 1_000_000 },
  };
  const turn = known?.started.turn ?? state.turn ?? '';
  return { ...itemCompleted(item, turn, state.identity.session, at), started_at_ms: startedAt };
}

/** Only the sum is known; the other counts must be there for codex-cli to read the record. */
export function tokenCount(event: EventOf<'usage.updated'>): JsonObject {
  const usage = {
    input_tokens: event.used,
    cached_input_tokens: 0,
    output_tokens: 0,
    reasoning_output_tokens: 0,
    total_tokens: event.used,
  };
  const info = { total_token_usage: usage, last_token_usage: usage, model_context_window: event.window };
  return { type: 'token_count', info, rate_limits: null };
}

function itemCompleted(item: JsonObject, turn: string, session: string, at: number): JsonObject {
  return { type: 'item_completed', thread_id: session, turn_id: turn, item, completed_at_ms: at };
}
