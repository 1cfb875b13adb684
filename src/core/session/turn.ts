// One turn: what a person submitted, until the provider has nothing more to do.

import { assertNever, type Problem } from '../../problem/index.ts';
import {
  functionCallOutput,
  isFunctionCall,
  isMessage,
  type ModelEvent,
  type Provider,
  type ResponseItem,
  type ToolSchema,
  textOf,
  userMessage,
} from '../agent/index.ts';
import type { EventBody, EventOf } from '../bus/contract.ts';

/** How long streamed text is gathered before it is published as one piece: one frame of a screen. */
const DELTA_MS = 33;

export interface TurnSurroundings {
  readonly provider: Provider;
  /** What is there when a response begins. Its calls are carried out with that. */
  readonly beginStep: () => Promise<TurnStep>;
  /** What the model is told, oldest first; this turn appends to it. */
  readonly history: ResponseItem[];
  readonly emit: (event: EventBody) => void;
  /** Recorded as it is, for the provider alone (reasoning it must be given back). */
  readonly recordItem: (item: ResponseItem) => void;
  readonly nextId: () => string;
  readonly signal: AbortSignal;
}

export interface TurnStep {
  readonly instructions: string;
  readonly tools: readonly ToolSchema[];
  /** Machines that a command can name. */
  readonly environments: readonly string[];
  /** Runs one call and gives its answer. Never throws. */
  runCall(call: { readonly id: string; readonly name: string; readonly arguments: string }): Promise<string>;
}

export interface TurnResult {
  readonly outcome: EventOf<'turn.ended'>['outcome'];
  readonly tokens: number | null;
  readonly problem: Problem | null;
}

/** Drives the provider until a response brings no further call, an error ends it, or `signal` aborts. */
export async function driveTurn(turn: string, text: string, around: TurnSurroundings): Promise<TurnResult> {
  const { emit, history, signal } = around;
  emit({ type: 'message.added', item: around.nextId(), turn, text });
  history.push(userMessage(text));
  let tokens: number | null = null;
  for (;;) {
    const response = await takeResponse(turn, around);
    if (response.tokens !== null) tokens = response.tokens;
    // The order of the calls, not of their ends: the model pairs them by id and reads them as it asked.
    for (const { id, answer } of response.calls) history.push(functionCallOutput(id, await answer));
    if (signal.aborted) return { outcome: 'interrupted', tokens, problem: null };
    if (response.problem !== null) return { outcome: 'failed', tokens, problem: response.problem };
    if (response.calls.length === 0) return { outcome: 'completed', tokens, problem: null };
  }
}

interface Response {
  readonly calls: readonly { readonly id: string; readonly answer: Promise<string> }[];
  readonly tokens: number | null;
  readonly problem: Problem | null;
}

/** One response of the provider. Calls start as they arrive, so several run side by side. */
async function takeResponse(turn: string, around: TurnSurroundings): Promise<Response> {
  const { provider, history, emit, signal } = around;
  const calls: { id: string; answer: Promise<string> }[] = [];
  const deltas = gatherDeltas(turn, emit);
  let tokens: number | null = null;
  let problem: Problem | null = null;
  const { instructions, tools, environments, runCall } = await around.beginStep();
  try {
    const request = { instructions, input: [...history], tools, environments };
    for await (const event of provider.respond(request, signal)) take(event);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  deltas.end();
  return { calls, tokens, problem };

  function take(event: ModelEvent): void {
    switch (event.type) {
      case 'text':
        return deltas.push(event.item, event.text);
      case 'item':
        return takeItem(event.id, event.item);
      case 'usage':
        tokens = event.used;
        emit({ type: 'usage.updated', used: event.used, window: event.window });
        return;
      case 'retry':
        for (const item of event.abandoned) deltas.complete(item, '');
        emit({ type: 'notice', level: 'info', problem: event.problem });
        return;
      case 'failed':
        problem = event.problem;
        return;
      default:
        return assertNever(event);
    }
  }

  function takeItem(id: string, item: ResponseItem): void {
    history.push(item);
    if (isFunctionCall(item)) {
      const { call_id: call, name } = item;
      emit({ type: 'call.started', turn, call, name, arguments: item.arguments });
      const answer = runCall({ id: call, name, arguments: item.arguments }).then((output) => {
        emit({ type: 'call.answered', turn, call, output });
        return output;
      });
      calls.push({ id: call, answer });
    } else if (isMessage(item)) {
      deltas.complete(id, textOf(item));
    } else {
      around.recordItem(item);
    }
  }
}

/** Gathers streamed text so that one frame of a screen carries one piece of it. */
function gatherDeltas(turn: string, emit: (event: EventBody) => void) {
  let waiting: { readonly item: string; text: string } | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** How much of each item was told, in UTF-16 units. */
  const told = new Map<string, number>();

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting === null) return;
    const { item, text } = waiting;
    waiting = null;
    const from = told.get(item) ?? 0;
    told.set(item, from + text.length);
    emit({ type: 'answer.delta', item, turn, from, text });
  }

  return {
    push(item: string, text: string): void {
      if (waiting !== null && waiting.item !== item) flush();
      waiting ??= { item, text: '' };
      waiting.text += text;
      timer ??= setTimeout(flush, DELTA_MS);
    },
    /** With `''` what was shown of it stays as it is. */
    complete(item: string, text: string): void {
      flush();
      if (text !== '' || told.has(item)) emit({ type: 'answer.completed', item, turn, text });
    },
    end: flush,
  };
}
