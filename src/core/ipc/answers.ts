// What may the answer to a query look like, and what is it when nobody answers?

import * as v from 'valibot';
import {
  type Answers,
  EnvironmentLine,
  EventBody,
  FilesFound,
  McpServerLine,
  ProblemValue,
  PromptLine,
  SessionSummary,
  SkillLine,
} from '../bus/contract.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const bytes: v.GenericSchema<Uint8Array> = v.instance(Uint8Array);

const schemas: { readonly [T in keyof Answers]: v.GenericSchema<unknown, Answers[T]> } = {
  'sessions.list': v.object({ sessions: v.array(SessionSummary), total: count }),
  'sessions.preview': v.object({ events: v.array(EventBody) }),
  history: v.object({ texts: v.array(v.string()) }),
  environments: v.object({ environments: v.array(EnvironmentLine) }),
  output: v.object({ from: count, bytes }),
  files: FilesFound,
  mcp: v.object({ servers: v.array(McpServerLine) }),
  prompts: v.object({ prompts: v.array(PromptLine) }),
  skills: v.object({ skills: v.array(SkillLine) }),
  'prompts.expand': v.object({ text: v.nullable(v.string()), problem: v.nullable(ProblemValue) }),
  programs: v.object({ names: v.array(v.string()) }),
};

/** Null when it is not an answer to that query. */
export function readAnswer<T extends keyof Answers>(type: T, value: unknown): Answers[T] | null {
  const answer = v.safeParse(schemas[type], value);
  return answer.success ? answer.output : null;
}

/** As an owner answers that has nothing: a front end needs no second path for an owner that is gone. */
export const noAnswer: { readonly [T in keyof Answers]: () => Answers[T] } = {
  'sessions.list': () => ({ sessions: [], total: 0 }),
  'sessions.preview': () => ({ events: [] }),
  history: () => ({ texts: [] }),
  environments: () => ({ environments: [] }),
  output: () => ({ from: 0, bytes: new Uint8Array() }),
  files: () => ({ files: [], isPartial: false, known: 0 }),
  mcp: () => ({ servers: [] }),
  prompts: () => ({ prompts: [] }),
  skills: () => ({ skills: [] }),
  'prompts.expand': () => ({ text: null, problem: { what: 'The session is gone.', why: '', next: '' } }),
  programs: () => ({ names: [] }),
};
