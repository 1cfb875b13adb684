// Editing files by patches: what a patch says, what it would do, and how it is carried out.

export { changedFiles } from './changed-files.ts';
export { type DiffTextOptions, diffText } from './diff-text.ts';
export { matchPatch, type ReadFiles } from './match-patch.ts';
export { parsePatch } from './parse-patch.ts';
export type { Patch, PatchProblem } from './patch.ts';
export { diffOf, type FileDiff, type PatchDiff } from './patch-diff.ts';
export { type PatchInCommand, patchInCommand } from './patch-in-command.ts';
export type { FileEffect, PatchPlan } from './patch-plan.ts';
export { type PatchResult, patchAnswer } from './patch-result.ts';
export { type PatchRunner, type PatchRunnerOptions, patchRunner, previewPatch } from './patch-run.ts';
export { type PatchSummary, patchSummary } from './patch-summary.ts';
export {
  APPLY_PATCH,
  applyPatchFunction,
  applyPatchTool,
  type CustomToolSchema,
  parseApplyPatch,
} from './patch-tool.ts';
