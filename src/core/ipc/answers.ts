// What may the answer to a query look like, and what is it when nobody answers?

import * as v from 'valibot';
import { ANSWERS, type Answers } from '../bus/queries.ts';

/** The same with the type of each answer at its name. */
const schemas: { readonly [T in keyof Answers]: v.GenericSchema<unknown, Answers[T]> } = ANSWERS;

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
