// What the session uses of patches: how they are read, and what is said of them. Applying one is a program of its own.

export { AS_ARGUMENT } from './as-argument.ts';
export { type Patch, parsePatch } from './parse-patch.ts';
export { type FileChanged, filesIn } from './patch-answers.ts';
export { APPLY_PATCH, applyPatchTool, patchSummary } from './patch-tool.ts';
