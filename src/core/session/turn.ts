// One turn: what a person submitted, until the provider has nothing more to do.

import { assertNever, type Problem, type Result } from '../../problem/index.ts';
import {
  callOf,
  callOutput,
  isMessage,
  type Json,
  type ModelEvent,
  type Provider,
  type ResponseItem,
  type ToolSchema,
  textOf,
  userMessage,
} from '../agent/index.ts';
import type { EventBody, EventOf } from '../bus/contract.ts';
import type { Conversation } from '../context/index.ts';
import { withoutRefusedImages } from '../images/index.ts';
import type { ToolAnswer } from '../tools/index.ts';

/** How long streamed text is gathered before it is published as one piece: one frame of a screen. */
const DELTA_MS = 33;

export interface TurnSurroundings {
  readonly provider: Provider;
  /** What its server finds again what it remembers of this session by. */
  readonly session: string;
  /** What is there when a response begins. Its calls are carried out with that. */
  readonly beginStep: () => Promise<Result<TurnStep>>;
  /** What the model is told; this turn appends to it. */
  readonly conversation: Conversation;
  /** Makes room in it. Fails with what a person is told. */
  readonly compact: () => Promise<Result<null>>;
  /** Whether what the model says of its thinking is told, and whether the thoughts themselves are. */
  readonly showsReasoning: boolean;
  readonly showsThoughts: boolean;
  readonly emit: (event: EventBody) => void;
  /** Recorded as it is, for the provider alone (reasoning it must be given back). */
  readonly recordItem: (item: ResponseItem) => void;
  readonly nextId: () => string;
  /** What the person said since for this turn to hear; each is given once. */
  readonly steered: () => Promise<readonly TurnInput[]>;
  readonly signal: AbortSignal;
}

/** A picture that goes with a message. */
export interface AttachedImage {
  /** For people. */
  readonly name: string;
  /** As a model gets it: a part of the message's content. */
  readonly part: Json;
}

export interface TurnInput {
  readonly text: string;
  readonly images: readonly AttachedImage[];
  /** What else a model hears with it, in messages of their own. */
  readonly further: readonly string[];
}

export interface TurnStep {
  readonly instructions: string;
  readonly tools: readonly ToolSchema[];
  /** Machines that a command can name. */
  readonly environments: readonly string[];
  /** Runs one call and gives its answer. Never throws. */
  runCall(call: { readonly id: string; readonly name: string; readonly arguments: string }): Promise<ToolAnswer>;
}

export interface TurnResult {
  readonly outcome: EventOf<'turn.ended'>['outcome'];
  readonly tokens: number | null;
  readonly problem: Problem | null;
}

/** Drives the provider until a response brings no further call, an error ends it, or `signal` aborts. */
export async function driveTurn(turn: string, input: TurnInput, around: TurnSurroundings): Promise<TurnResult> {
  const { conversation, signal } = around;
  hear(turn, input, around);
  let tokens: number | null = null;
  const ended = (outcome: TurnResult['outcome'], problem: Problem | null = null) => ({ outcome, tokens, problem });
  let hasMadeRoom = false;
  let refusals = 0;
  for (;;) {
    if (around.provider.model !== null && conversation.isNearLimit() && !hasMadeRoom) {
      hasMadeRoom = true;
      await makeRoom(around);
      if (signal.aborted) return ended('interrupted');
    }
    const response = await takeResponse(turn, around);
    if (response.tokens !== null) tokens = (tokens ?? 0) + response.tokens;
    // The order of the calls, not of their ends: the model pairs them by id and reads them as it asked.
    for (const { item, answer } of response.calls) addAnswer(item, await answer, around);
    if (signal.aborted) return ended('interrupted');
    if (response.trouble === 'context_length' && response.calls.length === 0 && !hasMadeRoom) {
      hasMadeRoom = true;
      const made = await around.compact();
      if (signal.aborted) return ended('interrupted');
      if (!made.ok) return ended('failed', made.problem);
      continue;
    }
    if (response.trouble === 'images' && response.calls.length === 0 && refusals < MOST_REFUSALS) {
      refusals += 1;
      if (leaveImagesOut(response.problem, around)) continue;
    }
    if (response.problem !== null) return ended('failed', response.problem);
    const steered = await around.steered();
    for (const said of steered) hear(turn, said, around);
    if (response.calls.length === 0 && steered.length === 0) return ended('completed');
    // What came since may fill it again.
    hasMadeRoom = false;
  }
}

function hear(turn: string, { text, images, further }: TurnInput, around: TurnSurroundings): void {
  const message = userMessage(
    text,
    images.map(({ part }) => part),
  );
  around.conversation.add(message);
  // The record of a message is made of its event, which has no room for pictures.
  if (images.length > 0) around.recordItem(message);
  const names = images.length === 0 ? {} : { images: images.map(({ name }) => name) };
  around.emit({ type: 'message.added', item: around.nextId(), turn, text, ...names });
  for (const item of further.map((one) => userMessage(one))) {
    around.conversation.add(item);
    around.recordItem(item);
  }
}

/** Each time some are left out; a model that goes on to show itself pictures has to be stopped in the end. */
const MOST_REFUSALS = 3;

/** What no server takes would end every further turn: false when there is nothing to leave out. */
function leaveImagesOut(problem: Problem | null, { conversation, emit }: TurnSurroundings): boolean {
  const items = withoutRefusedImages(conversation.items);
  if (items === null) return false;
  conversation.replace(items);
  const why = [problem?.what ?? '', problem?.why ?? ''].join(' ').trim();
  emit({
    type: 'notice',
    level: 'warning',
    problem: { what: 'The model goes on without the picture.', why, next: '' },
  });
  return true;
}

/** Before it is needed. When it cannot be done the turn goes on: perhaps there is room enough. */
async function makeRoom({ compact, emit }: TurnSurroundings): Promise<void> {
  const made = await compact();
  if (!made.ok) emit({ type: 'notice', level: 'warning', problem: made.problem });
}

function addAnswer(item: ResponseItem, answer: ToolAnswer, around: TurnSurroundings): void {
  around.conversation.add(callOutput(item, answer.content ?? answer.text));
}

type Trouble = Extract<ModelEvent, { type: 'failed' }>['code'];

interface Response {
  readonly calls: readonly { readonly item: ResponseItem; readonly answer: Promise<ToolAnswer> }[];
  readonly tokens: number | null;
  readonly problem: Problem | null;
  /** Trouble that something can be done about. */
  readonly trouble: Trouble;
}

/** One response of the provider. Calls start as they arrive, so several run side by side. */
async function takeResponse(turn: string, around: TurnSurroundings): Promise<Response> {
  const { provider, conversation, emit, signal } = around;
  const calls: { item: ResponseItem; answer: Promise<ToolAnswer> }[] = [];
  const answers = gatherDeltas('answer', turn, emit);
  const reasoning = gatherDeltas('reasoning', turn, emit);
  let tokens: number | null = null;
  let problem: Problem | null = null;
  let trouble: Trouble = null;
  const step = await around.beginStep();
  if (!step.ok) return { calls, tokens, problem: step.problem, trouble };
  const { instructions, tools, environments, runCall } = step.value;
  try {
    const input = [...conversation.items];
    const request = { instructions, input, tools, environments, cacheKey: around.session };
    for await (const event of provider.respond(request, signal)) take(event);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  answers.end();
  reasoning.completeAll();
  return { calls, tokens, problem, trouble };

  function take(event: ModelEvent): void {
    switch (event.type) {
      case 'text':
        reasoning.completeAll();
        return answers.push(event.item, event.text);
      case 'reasoning':
        if (event.isRaw === true ? around.showsThoughts : around.showsReasoning) reasoning.push(event.item, event.text);
        return;
      case 'item':
        return takeItem(event.id, event.item);
      case 'search':
        emit({ type: 'web.searched', turn, query: event.query });
        return;
      case 'usage':
        tokens = event.used;
        conversation.counted(event.used, event.window);
        emit({ type: 'usage.updated', used: event.used, window: event.window });
        return;
      case 'retry':
        for (const item of event.abandoned) {
          answers.complete(item, '');
          reasoning.complete(item, '');
        }
        emit({ type: 'notice', level: 'info', problem: event.problem });
        return;
      case 'failed':
        problem = event.problem;
        trouble = event.code;
        return;
      default:
        return assertNever(event);
    }
  }

  function takeItem(id: string, item: ResponseItem): void {
    conversation.add(item);
    reasoning.completeAll();
    const made = callOf(item);
    if (made !== null) {
      const { call, name, input } = made;
      // A call of another kind than the record has by itself is recorded as it came.
      if (item.type !== 'function_call') around.recordItem(item);
      emit({ type: 'call.started', turn, call, name, arguments: input });
      const answer = runCall({ id: call, name, arguments: input }).then((answer) => {
        if (item.type !== 'function_call' || answer.content !== null)
          around.recordItem(callOutput(item, answer.content ?? answer.text));
        emit({ type: 'call.answered', turn, call, output: answer.text });
        return answer;
      });
      calls.push({ item, answer });
    } else if (isMessage(item)) {
      answers.complete(id, textOf(item));
    } else {
      around.recordItem(item);
    }
  }
}

/** Gathers streamed text so that one frame of a screen carries one piece of it. */
function gatherDeltas(kind: 'answer' | 'reasoning', turn: string, emit: (event: EventBody) => void) {
  let waiting: { readonly item: string; text: string } | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** What was told of each item that is not complete. */
  const told = new Map<string, string>();

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting === null) return;
    const { item, text } = waiting;
    waiting = null;
    const before = told.get(item) ?? '';
    told.set(item, before + text);
    emit({ type: `${kind}.delta`, item, turn, from: before.length, text });
  }

  function complete(item: string, text: string): void {
    flush();
    const wasTold = told.delete(item);
    if (text !== '' || wasTold) emit({ type: `${kind}.completed`, item, turn, text });
  }

  return {
    push(item: string, text: string): void {
      if (waiting !== null && waiting.item !== item) flush();
      waiting ??= { item, text: '' };
      waiting.text += text;
      timer ??= setTimeout(flush, DELTA_MS);
    },
    /** With `''` what was shown of it stays as it is, and is no part of the conversation. */
    complete,
    /** All of it was said. */
    completeAll(): void {
      flush();
      for (const [item, text] of told) complete(item, text);
    },
    end: flush,
  };
}
