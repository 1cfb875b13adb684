// What are hooks told, and what do their answers mean? The forms are codex-cli's, so that people's scripts work here too.

import * as v from 'valibot';
import type { HookEnd } from './run-program.ts';

/** As `permission_mode` has it: `bypassPermissions` where nobody is asked. */
export type PermissionMode = 'default' | 'bypassPermissions';

interface SessionFacts {
  readonly session: string;
  readonly turn: string;
  readonly cwd: string;
  readonly model: string;
  readonly mode: PermissionMode;
  /** The session's record; null: none is kept. */
  readonly transcript: string | null;
}

/** A tool that a model wants to run. */
export interface ToolFacts extends SessionFacts {
  readonly call: string;
  /** `Bash` for a command, `apply_patch` for a patch, `mcp__SERVER__TOOL` for a tool of an MCP server. */
  readonly tool: string;
  /** Other names a matcher may know it by: `Write` and `Edit` for a patch. */
  readonly aliases: readonly string[];
  /** `{ command }` for a command and a patch, the arguments for another tool. */
  readonly input: Readonly<Record<string, unknown>>;
}

export interface QuestionFacts extends SessionFacts {
  readonly tool: string;
  readonly command: string;
  readonly reason: string | null;
}

export interface TurnFacts extends SessionFacts {
  /** What the person submitted in this turn. */
  readonly inputMessages: readonly string[];
  readonly lastAssistantMessage: string | null;
}

function common(event: string, { session, turn, cwd, model, mode, transcript }: SessionFacts): Record<string, unknown> {
  return {
    session_id: session,
    turn_id: turn,
    transcript_path: transcript,
    cwd,
    hook_event_name: event,
    model,
    permission_mode: mode,
  };
}

export function toolDocument(facts: ToolFacts): string {
  const { tool, input, call } = facts;
  return JSON.stringify({ ...common('PreToolUse', facts), tool_name: tool, tool_input: input, tool_use_id: call });
}

export function questionDocument(facts: QuestionFacts): string {
  const { tool, command, reason } = facts;
  const input = reason === null ? { command } : { command, description: reason };
  return JSON.stringify({ ...common('PermissionRequest', facts), tool_name: tool, tool_input: input });
}

export function turnDocument(facts: TurnFacts): string {
  return JSON.stringify({
    ...common('Stop', facts),
    stop_hook_active: false,
    last_assistant_message: facts.lastAssistantMessage,
  });
}

// ----------------------------------------------------------------------------------------------- the last argument

/** One argument of a program has at most 128 KiB on Linux (MAX_ARG_STRLEN), its zero included. */
const ARGUMENT_BYTES = 120 * 1024;

/** Tried one after the other until the document fits: characters may take six bytes each in it. */
const TEXT_LENGTHS = [16_384, 2048, 256, 0];

const MESSAGES_AT_MOST = 16;

export function turnNotice(facts: TurnFacts, client: string): string {
  return fitting((length) => ({
    ...noticeOf('agent-turn-complete', facts, client),
    'input-messages': facts.inputMessages.slice(-MESSAGES_AT_MOST).map((text) => cut(text, length / 4)),
    'last-assistant-message': facts.lastAssistantMessage === null ? null : cut(facts.lastAssistantMessage, length),
  }));
}

export function questionNotice(facts: QuestionFacts, client: string): string {
  return fitting((length) => ({
    ...noticeOf('approval-requested', facts, client),
    'tool-name': facts.tool,
    command: cut(facts.command, length),
    reason: facts.reason === null ? null : cut(facts.reason, length),
  }));
}

function noticeOf(type: string, { session, turn, cwd }: SessionFacts, client: string): Record<string, unknown> {
  return { type, 'thread-id': session, 'turn-id': turn, cwd, client };
}

function fitting(documentOf: (length: number) => unknown): string {
  const texts = TEXT_LENGTHS.map((length) => () => JSON.stringify(documentOf(length)));
  for (const text of texts) {
    const document = text();
    if (Buffer.byteLength(document) < ARGUMENT_BYTES) return document;
  }
  return JSON.stringify({ type: 'too-long' });
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

// --------------------------------------------------------------------------------------------------- their answers

/** `broken`: it decided nothing, because it did not work; a sentence says why. */
export type HookAnswer =
  | { readonly kind: 'go_on'; readonly message: string | null }
  | { readonly kind: 'deny'; readonly reason: string }
  | { readonly kind: 'broken'; readonly why: string };

const Answer = v.object({
  systemMessage: v.nullish(v.string()),
  decision: v.nullish(v.string()),
  reason: v.nullish(v.string()),
  hookSpecificOutput: v.nullish(
    v.object({
      permissionDecision: v.nullish(v.string()),
      permissionDecisionReason: v.nullish(v.string()),
      updatedInput: v.optional(v.unknown()),
    }),
  ),
});

const FORBIDS = 2;
const NO_REASON = 'no reason was given';

/** Bounds what a model and a person get to read of it. */
const REASON_LENGTH = 4000;

export function toolAnswer(end: HookEnd): HookAnswer {
  if (end.kind !== 'exited') return { kind: 'broken', why: whyBroken(end) };
  if (end.code === FORBIDS) return deny(end.errors);
  if (end.code !== 0) return { kind: 'broken', why: `it ended with exit code ${end.code}` };
  const text = end.output.trim();
  // Anything else that it prints is for whoever tries it by hand.
  if (!/^[{[]/.test(text)) return { kind: 'go_on', message: null };
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), text);
  if (!answer.success) return { kind: 'broken', why: 'its answer is not the JSON document that is expected' };
  return decided(answer.output);
}

function decided({
  systemMessage,
  decision,
  reason,
  hookSpecificOutput: own,
}: v.InferOutput<typeof Answer>): HookAnswer {
  if (own?.permissionDecision === 'deny') return deny(own.permissionDecisionReason ?? '');
  if (decision === 'block') return deny(reason ?? '');
  if (own?.updatedInput !== undefined && own.updatedInput !== null)
    return deny('A hook wants to run something else in its place, which is not possible here.');
  if (own?.permissionDecision === 'ask') return { kind: 'broken', why: 'it answers "ask", which is not possible' };
  return { kind: 'go_on', message: systemMessage ?? null };
}

function deny(reason: string): HookAnswer {
  const text = reason.trim();
  return { kind: 'deny', reason: text === '' ? NO_REASON : cut(text, REASON_LENGTH) };
}

export function whyBroken(end: Exclude<HookEnd, { kind: 'exited' }>): string {
  switch (end.kind) {
    case 'killed':
      return `it was ended by ${end.signal}`;
    case 'not_started':
      return `it cannot be started: ${end.why}`;
    case 'too_slow':
      return `it did not end in ${end.limitMs / 1000} seconds`;
    case 'cancelled':
      return 'it was not waited for';
  }
}
