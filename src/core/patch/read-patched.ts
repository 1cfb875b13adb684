// What is in the files that a patch names? All of them are read before anything is decided.

import type { FileAccess, FileFailure, SeenFile } from '../../exec/index.ts';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { BlockedAccess, Denial } from '../../sandbox/index.ts';
import type { NamedFile } from './patch-plan.ts';

/** Nobody patches larger files: they are data. */
export const PATCHED_FILE_BYTES = 32 * 1024 * 1024;
/** What all files of a patch may be together: they are kept until it is over. */
const PATCHED_BYTES = 128 * 1024 * 1024;
const READ_AT_ONCE = 8;

/** By absolute path; null: nothing is there. */
export type SeenFiles = ReadonlyMap<string, SeenFile | null>;

export type NotRead =
  | { readonly kind: 'blocked'; readonly denial: Denial }
  | { readonly kind: 'failed'; readonly problem: Problem };

export async function readPatched(
  files: readonly NamedFile[],
  access: FileAccess,
): Promise<Result<SeenFiles, NotRead>> {
  const seen = new Map<string, SeenFile | null>();
  const blocked: { readonly denial: Denial; readonly read: BlockedAccess }[] = [];
  let bytes = 0;
  for (let from = 0; from < files.length; from += READ_AT_ONCE) {
    const some = files.slice(from, from + READ_AT_ONCE);
    const read = await Promise.all(some.map(({ path }) => access.read(path, PATCHED_FILE_BYTES)));
    for (const [index, result] of read.entries()) {
      const file = some[index] ?? { path: '', shown: '' };
      if (result.ok) {
        bytes += result.value.bytes.length;
        seen.set(file.path, result.value);
      } else if (result.problem.kind === 'blocked') {
        blocked.push({ denial: result.problem.denial, read: { operation: 'read', target: file.path } });
      } else if (isMissing(result.problem)) seen.set(file.path, null);
      else return fail({ kind: 'failed', problem: readProblem(file, result.problem) });
    }
    if (bytes > PATCHED_BYTES) return fail({ kind: 'failed', problem: tooMuch() });
  }
  const [first] = blocked;
  if (first === undefined) return ok(seen);
  // What cannot be read is to be written next: one question for both.
  const both = blocked.flatMap(({ read }) => [{ operation: 'write' as const, target: read.target }, read]);
  return fail({ kind: 'blocked', denial: (await access.foresee(both)) ?? first.denial });
}

function isMissing(failure: FileFailure): boolean {
  return failure.kind === 'failed' && failure.errno === 'ENOENT';
}

function readProblem({ shown }: NamedFile, failure: Exclude<FileFailure, { kind: 'blocked' }>): Problem {
  const { what, why } =
    failure.kind === 'changed' ? { what: 'It changes while it is read.', why: '' } : failure.problem;
  return {
    what: `Failed to read ${shown}: ${what}`,
    why,
    next: 'Nothing was changed.',
  };
}

function tooMuch(): Problem {
  return {
    what: `The files of the patch are larger than ${PATCHED_BYTES / (1024 * 1024)} MiB together.`,
    why: '',
    next: 'Nothing was changed. Send several patches.',
  };
}
