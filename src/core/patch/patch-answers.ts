// What is said of a patch when it is over: which files it changed, or why it changed none.

import type { PatchPlan, PatchStep } from './match-patch.ts';
import type { WriteFailure } from './write-plan.ts';

/** Programs know this line and the letters below it. */
const DONE = 'Success. Updated the following files:';

export type FileChanged = { readonly path: string; readonly change: 'added' | 'changed' | 'deleted' };

const LETTERS = { A: 'added', M: 'changed', D: 'deleted' } as const;

export function doneText({ steps }: PatchPlan, shown: (path: string) => string): string {
  const rows = steps.flatMap((step) => [`${letterOf(step)} ${shown(step.movedTo ?? step.path)}`]);
  const notes = steps.flatMap(({ path, movedTo, replaced }) => [
    ...(movedTo === null ? [] : [`moved ${shown(path)} to ${shown(movedTo)}`]),
    ...(replaced ? [`replaced ${shown(movedTo ?? path)}, which was there before`] : []),
  ]);
  return [DONE, ...new Set(rows), ...notes].join('\n');
}

function letterOf({ kind, replaced }: PatchStep): string {
  if (kind === 'delete') return 'D';
  return kind === 'add' && !replaced ? 'A' : 'M';
}

/** The files in such a text, as it names them. */
export function filesIn(done: string): readonly FileChanged[] {
  return done.split('\n').flatMap((row): FileChanged[] => {
    const [, letter, path] = /^([AMD]) (.+)$/.exec(row) ?? [];
    const change = letter === 'A' || letter === 'M' || letter === 'D' ? LETTERS[letter] : null;
    return change === null || path === undefined ? [] : [{ path, change }];
  });
}

const DEEDS = { write: 'write', create: 'create', delete: 'remove', read: 'open' } as const;

/** The second line is in the form in which programs say such things. */
export function writeFailureText({ deed, path, errno, notUndone }: WriteFailure): string {
  const what = notUndone.length === 0 ? 'apply_patch changed nothing.' : 'apply_patch stopped in the middle.';
  const why =
    errno === 'ESTALE'
      ? `${path} was changed by somebody else in the meantime. Read it again.`
      : `apply_patch: cannot ${DEEDS[deed]} '${path}': ${systemText(errno)}`;
  const left = notUndone.map((file) => `This file could not be put back as it was: ${file}`);
  return [what, why, ...left].join('\n');
}

/** As the C library says it. */
const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  EDQUOT: 'Disk quota exceeded',
  EEXIST: 'File exists',
  EFBIG: 'File too large',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENXIO: 'No such device or address',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
};

export function systemText(errno: string): string {
  return TEXTS[errno] ?? (errno === '' ? 'it failed' : errno);
}
