// What do the records that codex-cli knows mean as events, whether it or this program wrote them?

import { accept, type Decoding, follow } from './decode-state.ts';
import { addCommandAnswer, addCommandItem } from './foreign-command.ts';
import { endOpenTurn, settleLost } from './lost.ts';
import { countIn, type Json, type JsonObject, listIn, objectIn, type ReadRecord, textIn } from './record.ts';

export function decodeMeta(decoding: Decoding, payload: JsonObject): void {
  const { facts } = decoding;
  // A fork of an older codex-cli holds its parent's first line too: the first one counts.
  if (facts.session !== null) return;
  facts.session = textIn(payload, 'id');
  const startedAt = Date.parse(textIn(payload, 'timestamp') ?? '');
  facts.startedAt = Number.isFinite(startedAt) && startedAt >= 0 ? startedAt : null;
  facts.originator = textIn(payload, 'originator') ?? '';
  facts.version = textIn(payload, 'cli_version') ?? '';
  facts.provider = textIn(payload, 'model_provider') ?? '';
  facts.cwd = textIn(payload, 'cwd') ?? '';
  const history = payload.history_mode;
  facts.history =
    history === undefined || history === 'legacy' ? 'legacy' : history === 'paginated' ? 'paginated' : 'unknown';
  const base = objectIn(payload, 'history_base');
  facts.parent = base === null ? null : textIn(base, 'thread_id');
  decoding.openedIn = facts.cwd;
  decoding.cwd = facts.cwd;
}

/** A turn's settings. Ours repeat what is known; those of codex-cli are the only place that tells the folder. */
export function decodeTurnContext(decoding: Decoding, payload: JsonObject): void {
  const { facts } = decoding;
  const cwd = textIn(payload, 'cwd');
  if (!decoding.hasOwnSession) {
    facts.model = textIn(payload, 'model') ?? facts.model;
    const policy = objectIn(payload, 'sandbox_policy');
    if (policy !== null) {
      facts.profile = textIn(policy, 'type') ?? facts.profile;
      const isOpen = facts.profile === 'danger-full-access';
      facts.network = isOpen ? 'unsandboxed' : policy.network_access === true ? 'enabled' : 'restricted';
    }
  }
  if (cwd === null || cwd === '') return;
  if (decoding.cwd === null || decoding.cwd === '') {
    decoding.openedIn = cwd;
    decoding.cwd = cwd;
    facts.cwd = cwd;
    return;
  }
  follow(decoding, { type: 'session.moved', cwd });
}

export function decodeEventMessage(decoding: Decoding, record: ReadRecord): void {
  const { payload, extra } = record;
  switch (payload.type) {
    case 'task_started':
      decodeTurnStart(decoding, payload, extra);
      return;
    case 'task_complete':
    case 'turn_aborted':
      decodeTurnEnd(decoding, payload, extra);
      return;
    case 'item_completed':
      decodeItem(decoding, payload, extra);
      return;
    case 'token_count':
      decodeTokens(decoding, payload);
      return;
    case 'user_message':
      addItem(decoding, 'message.added', textIn(payload, 'message') ?? '', null, null);
      return;
    case 'agent_message':
      addItem(decoding, 'answer.completed', textIn(payload, 'message') ?? '', null, null);
      return;
    default:
      return;
  }
}

function decodeTurnStart(decoding: Decoding, payload: JsonObject, extra: JsonObject | null): void {
  const turn = textIn(payload, 'turn_id') ?? nameFor(decoding, 'turn');
  if (decoding.turns.has(turn)) return;
  // A turn of codex-cli in a session of ours: whatever ran here ended with its owner.
  if (extra === null) settleLost(decoding);
  endOpenTurn(decoding);
  if (extra !== null) {
    decoding.highestProcess = Math.max(decoding.highestProcess, countIn(extra, 'processes') ?? 0);
    for (const process of listIn(extra, 'running')) {
      if (typeof process === 'number' && !decoding.processesSeen.has(process)) decoding.runningBefore.add(process);
    }
  }
  // Picked before the part that was read: commands must not go on elsewhere.
  const picked = extra === null || decoding.facts.environment !== null ? null : objectIn(extra, 'environment');
  const [name, cwd] = picked === null ? [null, null] : [textIn(picked, 'name'), textIn(picked, 'cwd')];
  if (name !== null && cwd !== null) follow(decoding, { type: 'environment.picked', environment: name, cwd });
  accept(decoding, { type: 'turn.started', turn });
}

function decodeTurnEnd(decoding: Decoding, payload: JsonObject, extra: JsonObject | null): void {
  const open = decoding.turn;
  const turn = textIn(payload, 'turn_id') ?? open?.turn;
  if (turn === undefined) return;
  const outcome = payload.type === 'task_complete' ? 'completed' : 'interrupted';
  accept(decoding, {
    type: 'turn.ended',
    turn,
    durationMs: countIn(payload, 'duration_ms') ?? Math.max(0, decoding.lastAt - (open?.startedAt ?? decoding.lastAt)),
    ...(extra ?? { outcome, commands: open?.commands ?? 0, tokens: null, problem: null }),
  });
}

function decodeItem(decoding: Decoding, payload: JsonObject, extra: JsonObject | null): void {
  const item = objectIn(payload, 'item');
  if (item === null) return;
  const id = textIn(item, 'id');
  const turn = textIn(payload, 'turn_id');
  switch (item.type) {
    case 'UserMessage':
      addItem(decoding, 'message.added', textOf(item.content), id, turn);
      return;
    case 'AgentMessage':
      addItem(decoding, 'answer.completed', textOf(item.content), id, turn);
      return;
    case 'Reasoning':
      addItem(decoding, 'reasoning.completed', listIn(item, 'summary_text').filter(isText).join('\n\n'), id, turn);
      return;
    case 'CommandExecution': {
      const process = extra === null ? null : countIn(extra, 'process');
      const isKnown = process !== null && (decoding.processes.has(process) || decoding.processesSeen.has(process));
      const ranNothing = extra?.outcome === 'not_started' || extra?.outcome === 'refused';
      if (isKnown || (process !== null && ranNothing)) {
        accept(decoding, { type: 'process.finished', call: id, ...extra });
        return;
      }
      // Ours with a beginning that was not read, or codex-cli's, which has only this.
      if (process !== null) decoding.runningBefore.delete(process);
      addCommandItem(decoding, item, turn ?? turnFor(decoding));
      return;
    }
    default:
      return;
  }
}

function decodeTokens(decoding: Decoding, payload: JsonObject): void {
  const info = objectIn(payload, 'info');
  const last = info === null ? null : objectIn(info, 'last_token_usage');
  const used = last === null ? null : countIn(last, 'total_tokens');
  // codex-cli also writes this record for rate limits alone.
  if (info === null || used === null) return;
  accept(decoding, { type: 'usage.updated', used, window: countIn(info, 'model_context_window') });
}

export function decodeResponseItem(decoding: Decoding, record: ReadRecord): void {
  const { payload, extra } = record;
  const call = textIn(payload, 'call_id');
  if (call === null) return;
  const turn = (extra === null ? null : textIn(extra, 'turn')) ?? decoding.calls.get(call)?.turn ?? turnFor(decoding);
  switch (payload.type) {
    case 'function_call':
      accept(decoding, {
        type: 'call.started',
        turn,
        call,
        name: payload.name,
        arguments: payload.arguments,
      });
      return;
    case 'custom_tool_call':
      accept(decoding, { type: 'call.started', turn, call, name: payload.name, arguments: payload.input });
      return;
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const started = decoding.calls.get(call);
      const output = textOf(payload.output);
      const isLegacy = extra === null && decoding.facts.history !== 'paginated';
      if (isLegacy && started !== undefined) addCommandAnswer(decoding, started, output);
      accept(decoding, { type: 'call.answered', turn, call, output });
      return;
    }
    default:
      return;
  }
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}

type TextItem = 'message.added' | 'answer.completed' | 'reasoning.completed';

function addItem(decoding: Decoding, type: TextItem, text: string, id: string | null, turn: string | null): void {
  accept(decoding, { type, item: id ?? nameFor(decoding, 'item'), turn: turn ?? turnFor(decoding), text });
}

/** Text of a message's parts; what is no text (an image) is left out. */
function textOf(content: Json | undefined): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (typeof part?.text === 'string' ? part.text : '')).join('');
}

function turnFor(decoding: Decoding): string {
  return decoding.turn?.turn ?? (decoding.lastTurn === '' ? 'turn' : decoding.lastTurn);
}

/** Legacy records carry no ids. */
function nameFor(decoding: Decoding, kind: string): string {
  decoding.unnamed += 1;
  return `${kind}-${decoding.unnamed}`;
}
