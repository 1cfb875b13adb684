// What the rest of the core may use of the agent: providers, the items they speak in, and what a model is told first.

export { type InstructionFacts, instructionsFor } from './instructions.ts';
export type { ModelEvent, ModelRequest, Provider, ToolSchema } from './provider.ts';
export {
  assistantMessage,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  functionCall,
  functionCallOutput,
  isFunctionCall,
  isFunctionCallOutput,
  isJson,
  isMessage,
  type Json,
  type MessageItem,
  type ResponseItem,
  responseItemFrom,
  textOf,
  userMessage,
  withAnsweredCalls,
} from './response-item.ts';
export { createResponsesProvider, type ResponsesProviderOptions } from './responses-provider.ts';
export { changedDirectory, createShellProvider } from './shell-provider.ts';
