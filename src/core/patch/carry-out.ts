// How is a plan carried out, so that all of it happened or nothing did?

import { dirname } from 'node:path';
import type { FileAccess, FileFailure, SeenContent, WriteOptions } from '../../exec/index.ts';
import { assertNever, ok, type Problem, type Result } from '../../problem/index.ts';
import type { Denial } from '../../sandbox/index.ts';
import type { FileEffect, PatchPlan } from './patch-plan.ts';
import type { Remains } from './patch-result.ts';
import type { SeenFiles } from './read-patched.ts';

export type CarriedOut =
  | { readonly kind: 'done' }
  | { readonly kind: 'blocked'; readonly denial: Denial; readonly remains: Remains }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly remains: Remains }
  | { readonly kind: 'stopped'; readonly remains: Remains };

/** What is done to one path: content that is put there, or (null) the name that goes. */
interface Step {
  readonly path: string;
  readonly shown: string;
  readonly before: SeenContent;
  readonly after: SeenContent;
  /** Whose rights a file gets that is new here. */
  readonly like: string | null;
}

/** Takes one step back; a sentence where that could not be done. */
type Undo = () => Promise<string | null>;

/**
 * First everything is written, then names go: what is removed last needs no putting back. `isStopped` is asked between
 * the steps.
 */
export async function carryOut(
  plan: PatchPlan,
  seen: SeenFiles,
  access: FileAccess,
  isStopped: () => boolean,
): Promise<CarriedOut> {
  const undos: Undo[] = [];
  for (const step of stepsOf(plan)) {
    if (isStopped()) return { kind: 'stopped', remains: await undo(undos) };
    const taken = await take(step, seen, access, undos).catch(async (error: unknown) => {
      // A defect, which is told as one; the files are not left half changed for it.
      await undo(undos);
      throw error;
    });
    if (taken.ok) continue;
    const remains = await undo(undos);
    const failure = taken.problem;
    return failure.kind === 'blocked'
      ? { kind: 'blocked', denial: failure.denial, remains }
      : { kind: 'failed', problem: stepProblem(step, failure, remains), remains };
  }
  return { kind: 'done' };
}

function stepsOf({ effects }: PatchPlan): Step[] {
  const steps = effects.flatMap(stepsOfEffect).filter(({ before, after }) => !isSame(before, after));
  return [...steps.filter(({ after }) => after !== null), ...steps.filter(({ after }) => after === null)];
}

function stepsOfEffect(effect: FileEffect): Step[] {
  const { kind, path, shown, before, after } = effect;
  switch (kind) {
    case 'add':
    case 'update':
    case 'delete':
      return [{ path, shown, before, after, like: null }];
    case 'move': {
      const { movedTo, overwritten } = effect;
      return [
        { ...movedTo, before: overwritten, after, like: path },
        { path, shown, before, after: null, like: null },
      ];
    }
    default:
      return assertNever(kind);
  }
}

function isSame(before: SeenContent, after: SeenContent): boolean {
  return before !== null && after !== null && Buffer.compare(before, after) === 0;
}

async function take(
  step: Step,
  seen: SeenFiles,
  access: FileAccess,
  undos: Undo[],
): Promise<Result<void, FileFailure>> {
  const { path, before, after, like } = step;
  if (after !== null && before === null) {
    const folder = await access.makeFolder(dirname(path));
    if (!folder.ok) return folder;
    for (const made of folder.value) undos.push(() => removeFolder(made, access));
  }
  const done =
    after === null
      ? await access.remove(path, { seen: before })
      : await access.write(path, after, { seen: before, ...rightsOf(like, seen) });
  if (done.ok) undos.push(() => putBack(step, seen, access));
  else if (done.problem.kind === 'unsure' || done.problem.kind === 'failed')
    undos.push(async () =>
      (await isAsBefore(step, access)) ? null : putBack({ ...step, isTorn: true }, seen, access),
    );
  return done.ok ? ok(undefined) : done;
}

/** What is new in one place has the rights that it had in another; a link is not made anew by its content. */
function rightsOf(from: string | null, seen: SeenFiles): Pick<WriteOptions, 'like'> {
  const look = from === null ? null : seen.get(from)?.look;
  if (!look || from === null || (look.link !== null && look.rights === null)) return {};
  return { like: { path: from, look: { ...look, link: null } } };
}

/** The last step first. */
async function undo(undos: readonly Undo[]): Promise<Remains> {
  const remains: string[] = [];
  for (const back of undos.toReversed()) {
    const sentence = await back();
    if (sentence !== null) remains.push(sentence);
  }
  return remains;
}

/** Where no answer came, or a write failed, nothing may have happened. */
async function isAsBefore({ path, before }: Step, access: FileAccess): Promise<boolean> {
  if (before === null) {
    const look = await access.stat(path);
    return look.ok && look.value === null;
  }
  const now = await access.read(path, before.length + 1);
  return now.ok && Buffer.compare(now.value.bytes, before) === 0;
}

async function putBack(
  step: Step & { readonly isTorn?: boolean },
  seen: SeenFiles,
  access: FileAccess,
): Promise<string | null> {
  const { path, shown, before, after, isTorn = false } = step;
  // What somebody else has made of it since is theirs. What is half written is nobody's.
  const expected = isTorn ? {} : { seen: after };
  if (before === null) {
    const removed = await access.remove(path, expected);
    return removed.ok ? null : notUndone(`${shown} is there now`, removed.problem);
  }
  const look = after === null ? seen.get(path)?.look : undefined;
  const back = await access.write(path, before, { ...expected, ...(look ? { like: { path, look } } : {}) });
  if (!back.ok) return notUndone(after === null ? `${shown} is gone` : `${shown} has other content now`, back.problem);
  // Of another machine no more is known than what was in the file.
  if (look?.rights !== null || look === undefined) return null;
  return look.link === null
    ? `${shown} was removed and made again, with the rights of a new file.`
    : `${shown} was a link, and is a file with the same content now.`;
}

function notUndone(what: string, failure: FileFailure): string {
  return `${what}, and this could not be undone: ${whyNot(failure)}`;
}

async function removeFolder(path: string, access: FileAccess): Promise<string | null> {
  const removed = await access.remove(path);
  return removed.ok ? null : `The folder ${path} was made, and is left there: ${whyNot(removed.problem)}`;
}

function whyNot(failure: FileFailure): string {
  switch (failure.kind) {
    case 'blocked':
      return `${failure.denial.because}.`;
    case 'changed':
      return 'somebody else has changed it since.';
    case 'failed':
    case 'unsure':
      return failure.problem.what;
    default:
      return assertNever(failure);
  }
}

function stepProblem(
  { shown, before, after }: Step,
  failure: Exclude<FileFailure, { kind: 'blocked' }>,
  remains: Remains,
): Problem {
  const nothing = remains.length === 0 ? 'Nothing was changed.' : '';
  const deed = after === null ? 'delete' : 'write';
  if (failure.kind === 'changed') {
    const now = before === null ? 'a file of that name was made meanwhile' : 'it was changed after it was read';
    return {
      what: `Failed to ${deed} ${shown}: ${now}.`,
      why: '',
      next: `${nothing} Read it again and send the patch for what it is now.`.trim(),
    };
  }
  return { what: `Failed to ${deed} ${shown}: ${failure.problem.what}`, why: failure.problem.why, next: nothing };
}
