// Programs of a person's own that hear of what happens in a session.

export type { PermissionMode, QuestionFacts, ToolFacts, TurnFacts } from './documents.ts';
export { type Hooks, type HooksOptions, type HookVerdict, openHooks } from './hooks.ts';
