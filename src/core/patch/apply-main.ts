// The program that applies a patch. It runs like a command, inside the sandbox: what it may write is decided there.
//
// The patch comes on stdin. What changes is shown on stdout, for people; how it came out is said on stderr, in words
// that are for the model too. For another program (`codex --codex-run-as-apply-patch PATCH`) the patch is the argument,
// and the words are all there is.

import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { errnoOf, problemText, type Result } from '../../problem/index.ts';
import { AS_ARGUMENT } from './as-argument.ts';
import { diffRows } from './diff-rows.ts';
import { filesOf, matchPatch, type PatchPlan } from './match-patch.ts';
import { parsePatch } from './parse-patch.ts';
import { doneText, systemText, writeFailureText } from './patch-answers.ts';
import { MOST_FILE_BYTES, readIfThere, writePlan } from './write-plan.ts';

const FAILED = 1;
const MOST_PATCH_BYTES = 16 * 1024 * 1024;

/** Returns the exit code. */
function applyPatch(text: string, cwd: string, audience: 'person' | 'program'): number {
  const resolve = (file: string): string => path.resolve(cwd, file);
  const shown = (file: string): string => {
    const inside = path.relative(cwd, file);
    return inside === '' || inside.startsWith('..') ? file : inside;
  };
  const plan = planOf(text, resolve);
  if (!plan.ok) return say(plan.problem, FAILED);
  if (audience === 'person') writeAll(1, lines(diffRows(plan.value, shown)));
  const written = writePlan(plan.value.effects);
  if (!written.ok) return say(writeFailureText(written.problem), FAILED);
  const done = doneText(plan.value, shown);
  // The rows above say it to a person already.
  if (audience === 'person') return say(dim(done), 0);
  writeAll(1, lines([done]));
  return 0;
}

function lines(rows: readonly string[]): string {
  return rows.map((row) => `${row}\n`).join('');
}

/** The problem is the text for whoever asked. */
function planOf(text: string, resolve: (file: string) => string): Result<PatchPlan, string> {
  const patch = parsePatch(text);
  if (!patch.ok) return { ok: false, problem: problemText(patch.problem) };
  const read = new Map<string, Uint8Array | null>();
  for (const file of filesOf(patch.value, resolve)) {
    try {
      read.set(file, readIfThere(file));
    } catch (error) {
      return { ok: false, problem: unreadable(file, errnoOf(error)) };
    }
  }
  const plan = matchPatch(patch.value, resolve, read);
  return plan.ok ? plan : { ok: false, problem: problemText(plan.problem) };
}

function unreadable(file: string, errno: string): string {
  if (errno === 'EFBIG') return `apply_patch changed nothing: ${file} is larger than ${MOST_FILE_BYTES} bytes.`;
  return `apply_patch changed nothing.\napply_patch: cannot open '${file}': ${systemText(errno)}`;
}

function say(text: string, code: number): number {
  writeAll(2, `${text}\n`);
  return code;
}

function dim(text: string): string {
  return `\x1b[2m${text}\x1b[22m`;
}

/** To the end, also into a pipe that is full. */
function writeAll(descriptor: number, text: string): void {
  let left = Buffer.from(text, 'utf8');
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(descriptor, left));
    } catch (error) {
      if (errnoOf(error) === 'EPIPE') return;
      if (errnoOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

function readPatch(): string {
  const bytes = readFileSync(0);
  return bytes.length > MOST_PATCH_BYTES ? '' : bytes.toString('utf8');
}

const [, , flag, patch] = process.argv;
process.exitCode =
  flag === AS_ARGUMENT
    ? applyPatch(patch ?? '', process.cwd(), 'program')
    : applyPatch(readPatch(), process.cwd(), 'person');
