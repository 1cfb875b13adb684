// What will a patch do to the files as they were read? Everything is found here, or nothing is begun.

import path from 'node:path';
import { fail, ok, type Result } from '../../problem/index.ts';
import { changeFile } from './change-file.ts';
import { asBytesText } from './file-lines.ts';
import type { FilePatch, Patch, PatchProblem } from './patch.ts';
import type { FileEffect, NamedFile, PatchPlan } from './patch-plan.ts';

/** Contents by absolute path; null: nothing is there. */
export type ReadFiles = ReadonlyMap<string, Uint8Array | null>;

/** The files that a patch needs read, by absolute path, each once. `cwd`: what relative paths begin at. */
export function filesOf(patch: Patch, cwd: string): NamedFile[] {
  const all = patch.files.flatMap((file) => [
    file.path,
    ...(file.kind === 'update' && file.movedTo !== null ? [file.movedTo] : []),
  ]);
  const byPath = new Map<string, NamedFile>();
  for (const shown of all) {
    const place = path.resolve(cwd, shown);
    if (!byPath.has(place)) byPath.set(place, { path: place, shown });
  }
  return [...byPath.values()];
}

/** What is known of one path while the patch is gone through. */
interface Standing extends NamedFile {
  readonly original: Uint8Array | null;
  current: Uint8Array | null;
  /** Where it was moved from. */
  from: Standing | null;
  /** A whole new content was put over what was there. */
  wasReplaced: boolean;
}

export function matchPatch(patch: Patch, cwd: string, files: ReadFiles): Result<PatchPlan, PatchProblem> {
  const standings = new Map<string, Standing>();
  const standingOf = (shown: string): Standing => {
    const place = path.resolve(cwd, shown);
    const known = standings.get(place);
    if (known !== undefined) return known;
    const original = files.get(place) ?? null;
    const standing = { path: place, shown, original, current: original, from: null, wasReplaced: false };
    standings.set(place, standing);
    return standing;
  };
  for (const file of patch.files) {
    const problem = apply(file, standingOf);
    if (problem !== null) return fail(problem);
  }
  return ok({ effects: effectsOf([...standings.values()]) });
}

function apply(file: FilePatch, standingOf: (shown: string) => Standing): PatchProblem | null {
  const it = standingOf(file.path);
  switch (file.kind) {
    case 'add':
      it.wasReplaced = it.current !== null;
      it.current = Buffer.from(asBytesText(file.lines.map((line) => `${line}\n`).join('')), 'latin1');
      it.from = null;
      return null;
    case 'delete':
      if (it.current === null) return missing(file, 'delete');
      it.current = null;
      it.from = null;
      return null;
    case 'update': {
      if (it.current === null) return missing(file, 'update');
      const changed = file.changes.length === 0 ? ok(it.current) : changeFile(it.current, file.changes, file.path);
      if (!changed.ok) return changed.problem;
      const target = file.movedTo === null ? it : standingOf(file.movedTo);
      if (target === it) {
        it.current = changed.value;
        return null;
      }
      target.wasReplaced = target.current !== null;
      target.from = it.from ?? it;
      target.current = changed.value;
      it.current = null;
      it.from = null;
      return null;
    }
  }
}

function effectsOf(standings: readonly Standing[]): FileEffect[] {
  /** Where files were moved from, and the one that each was moved to. */
  const moves = new Map<Standing, Standing>();
  for (const it of standings) if (isMoved(it) && it.from !== null && !moves.has(it.from)) moves.set(it.from, it);
  return standings.flatMap((it): FileEffect[] => {
    const { path: place, shown, original, current, from, wasReplaced } = it;
    const named = { path: place, shown };
    if (current === null) {
      if (original === null || moves.has(it)) return [];
      return [{ ...named, kind: 'delete', before: original, after: null, replaced: false }];
    }
    if (from?.original != null && moves.get(from) === it) {
      return [
        {
          kind: 'move',
          path: from.path,
          shown: from.shown,
          movedTo: named,
          before: from.original,
          after: current,
          overwritten: original,
          replaced: original !== null,
        },
      ];
    }
    if (original === null || wasReplaced)
      return [{ ...named, kind: 'add', before: original, after: current, replaced: original !== null }];
    return [{ ...named, kind: 'update', before: original, after: current, replaced: false }];
  });
}

/** Nothing is left where it came from, and something was there before the patch. */
function isMoved({ from, current }: Standing): boolean {
  return from !== null && current !== null && from.current === null && from.original !== null;
}

function missing({ path: shown, line }: FilePatch, deed: string): PatchProblem {
  return {
    line,
    what: `Failed to ${deed} ${shown} (line ${line} of the patch): there is no such file.`,
    why: '',
    next: 'Nothing was changed. Look for the file, or add it with "*** Add File: ".',
  };
}
