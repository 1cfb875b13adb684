// The helper that works on files from inside a sandbox: it is told what is covered, then calls come on its input, and
// answers go to its output.

import type { Result } from '../../problem/index.ts';
import type { RpcFailure } from '../protocol/failure.ts';
import type { CoveredPlaces } from './covers.ts';
import { editMethodOf, type FileEdits } from './edit-calls.ts';
import { openFileEdits } from './edits.ts';
import { type FileWork, isFileMethod } from './file-calls.ts';
import { openFileWork } from './file-work.ts';
import { openFrameReader, spellFrame } from './helper-frames.ts';

/** Who asks made the sandbox, and the params were read there. */
type AnyWork = (params: unknown) => Promise<Result<object, RpcFailure>>;

type AnyEdit = (params: unknown) => Promise<Result<object, object>>;

let work: FileWork | null = null;
let edits: FileEdits = openFileEdits();

async function answer(work: FileWork, { id, method }: { id: unknown; method: string }, params: unknown): Promise<void> {
  const edit = editMethodOf(method);
  if (edit !== null) return send(spellFrame({ id }, { ...(await edited(edits[edit] as AnyEdit, params)) }));
  if (!isFileMethod(method)) throw new Error(`no such call: ${method}`);
  const done = await (work[method] as AnyWork)(params);
  const frame = done.ok ? spellFrame({ id }, { ...done.value }) : spellFrame({ id, failure: done.problem }, {});
  send(frame);
}

/** What the system refuses is an answer like any other. */
async function edited(edit: AnyEdit, params: unknown): Promise<object> {
  const done = await edit(params);
  return done.ok ? done.value : { problem: done.problem };
}

function send(frame: readonly Uint8Array[]): void {
  for (const piece of frame) process.stdout.write(piece);
}

const reader = openFrameReader({
  frame(about, value) {
    if (work === null) {
      work = openFileWork(value as CoveredPlaces);
      edits = openFileEdits(value as CoveredPlaces);
    } else void answer(work, about as { id: unknown; method: string }, value);
  },
  broken() {
    throw new Error('what came is no call');
  },
});

process.stdin.on('data', (chunk: Buffer) => reader.push(chunk));
// What is under way is brought to its end, and then nothing keeps this process.
process.stdin.on('end', () => void work?.closeAll());
// Nobody hears the answers any more.
process.stdout.on('error', () => process.exit(1));
