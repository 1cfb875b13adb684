// Carries patches out in memory: what the files are afterwards, or the problem.

import path from 'node:path';
import { matchPatch, parsePatch } from '../../../src/core/patch/index.ts';
import type { PatchProblem } from '../../../src/core/patch/patch.ts';
import type { PatchPlan } from '../../../src/core/patch/patch-plan.ts';
import type { Result } from '../../../src/problem/index.ts';

export const CWD = '/work/app';

/** Contents by name: text, or bytes. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

export function patchOf(...lines: readonly string[]): string {
  return ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');
}

export function planOf(files: Files, text: string): Result<PatchPlan, PatchProblem> {
  const parsed = parsePatch(text);
  if (!parsed.ok) return parsed;
  const read = new Map(
    Object.entries(files).map(([name, content]) => [path.resolve(CWD, name), Buffer.from(content)] as const),
  );
  return matchPatch(parsed.value, CWD, read);
}

/** The files afterwards, as text; a problem is thrown. */
export function patched(files: Files, ...lines: readonly string[]): Record<string, string> {
  const after = patchedBytes(files, patchOf(...lines));
  return Object.fromEntries(Object.entries(after).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]));
}

export function patchedBytes(files: Files, text: string): Record<string, Uint8Array> {
  const plan = planOf(files, text);
  if (!plan.ok) throw new Error(plan.problem.what);
  const after: Record<string, Uint8Array> = Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, Buffer.from(content)]),
  );
  for (const effect of plan.value.effects) {
    const name = path.relative(CWD, effect.path);
    if (effect.kind === 'delete' || effect.kind === 'move') delete after[name];
    if (effect.kind === 'move') after[path.relative(CWD, effect.movedTo.path)] = effect.after;
    else if (effect.kind !== 'delete') after[name] = effect.after;
  }
  return after;
}

export function problemOf(files: Files, text: string): PatchProblem {
  const plan = planOf(files, text);
  if (plan.ok) throw new Error('it can be carried out');
  return plan.problem;
}
