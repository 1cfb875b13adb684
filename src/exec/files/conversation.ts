// Which calls wait for a helper's answer, and which files does it hold open?

import { fail, ok, type Result } from '../../problem/index.ts';
import type { RpcFailure } from '../protocol/failure.ts';
import { EDIT_METHODS, type EditProblem, type FileEdits, HelperGone } from './edit-calls.ts';
import { FILE_METHODS, type FileWork } from './file-calls.ts';
import { openFrameReader, spellFrame } from './helper-frames.ts';

/** The calls of one helper. Every one is answered, also when the helper is gone. */
export interface Conversation {
  readonly work: Omit<FileWork, 'closeAll'>;
  /** Rejected with `HelperGone` where no answer comes. */
  readonly edits: FileEdits;
  /** Takes output of the helper; its memory may be used again. */
  take(output: Uint8Array): void;
  /** No answer comes any more: calls that wait, and all later ones, fail so. The first reason stays. */
  end(why: RpcFailure): void;
  /** True when no call waits and no file is open. */
  isIdle(): boolean;
}

export interface ConversationEnds {
  send(frame: readonly Uint8Array[]): void;
  /** The helper does not speak this protocol. */
  broken(): void;
  /** A call was answered, and nothing else waits. */
  idle(): void;
}

type Answer = Result<unknown, RpcFailure>;

export function openConversation(ends: ConversationEnds): Conversation {
  const waiting = new Map<number, (answer: Answer) => void>();
  const openFiles = new Set<unknown>();
  let lastId = 0;
  let over: RpcFailure | null = null;

  const reader = openFrameReader({
    frame(about, value) {
      const { id, failure } = about as { readonly id: number; readonly failure?: RpcFailure };
      const answer = waiting.get(id);
      waiting.delete(id);
      answer?.(failure === undefined ? ok(value) : fail(failure));
    },
    broken: () => ends.broken(),
  });

  const isIdle = (): boolean => waiting.size === 0 && openFiles.size === 0;

  const call = async (method: string, params: Readonly<Record<string, unknown>>): Promise<Answer> => {
    if (over !== null) return fail(over);
    const id = ++lastId;
    const { handleId } = params;
    if (method === 'fs/open') openFiles.add(handleId);
    // Before the answer: the id may be given to another file by then.
    if (method === 'fs/close') openFiles.delete(handleId);
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    ends.send(spellFrame({ id, method }, params));
    const answer = await answered;
    // A block call that fails has closed its handle.
    if (handleId !== undefined && !answer.ok) openFiles.delete(handleId);
    if (isIdle()) ends.idle();
    return answer;
  };

  const edit = async (method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const answer = await call(`edit/${method}`, params);
    if (!answer.ok) throw new HelperGone(answer.problem.message);
    const { problem, ...value } = answer.value as { readonly problem?: EditProblem };
    return problem === undefined ? ok(value) : fail(problem);
  };

  return {
    // What is answered has the type of what was asked: the helper does the same work.
    work: Object.fromEntries(
      FILE_METHODS.map((method) => [method, (params: Readonly<Record<string, unknown>>) => call(method, params)]),
    ) as unknown as Omit<FileWork, 'closeAll'>,
    edits: Object.fromEntries(
      EDIT_METHODS.map((method) => [method, (params: Readonly<Record<string, unknown>>) => edit(method, params)]),
    ) as unknown as FileEdits,
    take: (output) => reader.push(output),
    end(why) {
      over ??= why;
      const all = [...waiting.values()];
      waiting.clear();
      openFiles.clear();
      for (const answer of all) answer(fail(over));
    },
    isIdle,
  };
}
