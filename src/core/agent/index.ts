// What the rest of the core may use of the agent: providers, the items they speak in, and what a model is told first.

export { instructionsFor, type MachineFacts } from './instructions.ts';
export { type ModelFetch, openModelFetch } from './model-fetch.ts';
export { createModelProvider, pickModel } from './model-provider.ts';
export type {
  FreeformTool,
  FunctionTool,
  ModelEvent,
  ModelRequest,
  Provider,
  TokenCounts,
  ToolSchema,
} from './provider.ts';
export {
  callOf,
  callOutput,
  functionCall,
  functionCallOutput,
  isJson,
  isMessage,
  type Json,
  type ResponseItem,
  responseItemFrom,
  textOf,
  userMessage,
  withAnsweredCalls,
} from './response-item.ts';
export { changedDirectory, createShellProvider } from './shell-provider.ts';
export { createUnpickedProvider } from './unpicked-provider.ts';
