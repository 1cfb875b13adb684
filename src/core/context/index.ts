// What the session uses of the model's memory: the conversation, its summary, and what a summary must not lose.

export { compactedItems, shortened, summaryRequest } from './compaction.ts';
export { type Conversation, type ConversationLimits, openConversation } from './conversation.ts';
export { withinTokens } from './estimate.ts';
export { openWorkingState, type RunningProcess, type WorkingState } from './working-state.ts';
