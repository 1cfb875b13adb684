// What a front end can ask the core for, once, and what it is answered with.

import * as v from 'valibot';
import { bytes, count, EventBody, id, ProblemValue, processNumber } from './contract.ts';

/** One line of the session list. Times are ms since 1970. */
export const SessionSummary = v.object({
  session: id,
  path: v.string(),
  cwd: v.string(),
  /** A given name, else the first message, else `''`. */
  title: v.string(),
  startedAt: count,
  changedAt: count,
  /** Turns seen in what was read of the record; null when it was not read that far. */
  turns: v.nullable(count),
  /** `ended`: closed in order. `lost`: its owner died while something ran. `open`: another program has it open. */
  state: v.picklist(['ended', 'lost', 'open', 'unreadable']),
  /** The program that wrote it, e.g. `codex_ts`. */
  originator: v.string(),
});
export type SessionSummary = v.InferOutput<typeof SessionSummary>;

/** A machine that commands can be given to. `idle`: nobody has needed it yet. `problem` says why it `failed`. */
export const EnvironmentLine = v.object({
  name: v.string(),
  state: v.picklist(['idle', 'connecting', 'ready', 'recovering', 'failed']),
  problem: v.nullable(ProblemValue),
});
export type EnvironmentLine = v.InferOutput<typeof EnvironmentLine>;

/** `isPartial`: the folder is still being listed, and asking again finds more. `known`: files known so far. */
export const FilesFound = v.object({
  files: v.array(
    v.object({
      /** A folder's ends in a slash. */
      path: v.string(),
      isFolder: v.boolean(),
      /** What of it was found, as UTF-16 places `[from, to)`, in order. */
      marks: v.array(v.tuple([count, count])),
    }),
  ),
  isPartial: v.boolean(),
  known: count,
});
export type FilesFound = v.InferOutput<typeof FilesFound>;

/** An MCP server. `tools`: how many a model is offered of it. `problem` says why it `failed`. */
export const McpServerLine = v.object({
  name: v.string(),
  state: v.picklist(['starting', 'ready', 'failed', 'disabled', 'needs_login']),
  tools: count,
  problem: v.nullable(ProblemValue),
});
export type McpServerLine = v.InferOutput<typeof McpServerLine>;

/** A message that was written down: in the folder of the project, or the person's own. */
export const PromptLine = v.object({
  name: v.string(),
  origin: v.picklist(['user', 'project']),
  description: v.string(),
  /** What it wants behind its name, for people. */
  argumentHint: v.string(),
});
export type PromptLine = v.InferOutput<typeof PromptLine>;

/** A way of working that is written down. */
export const SkillLine = v.object({
  name: v.string(),
  origin: v.picklist(['user', 'project']),
  description: v.string(),
  /** Its SKILL.md. */
  file: v.string(),
  /** False: it is used only when it is called by name. */
  isOffered: v.boolean(),
});
export type SkillLine = v.InferOutput<typeof SkillLine>;

/** Ask and be answered once. */
export const Query = v.variant('type', [
  /** Newest first. `folder` null lists those of every folder. `limit` bounds the answer. */
  v.object({ type: v.literal('sessions.list'), folder: v.nullable(v.string()), limit: count }),
  /** The last events of a recorded session, ready for the same fold as live ones. */
  v.object({ type: v.literal('sessions.preview'), path: v.string() }),
  /** Messages sent earlier, oldest first, over all sessions. */
  v.object({ type: v.literal('history') }),
  /** Machines that commands can be given to. */
  v.object({ type: v.literal('environments') }),
  /** A range of a process's output, from memory, record or file. */
  v.object({ type: v.literal('output'), process: processNumber, attempt: processNumber, from: count, to: count }),
  /**
   * Files that may be meant by `query`, best first: below the folder commands start in, or in the one that is named by
   * `/`, `~/`, `./` or `../` at its beginning.
   */
  v.object({ type: v.literal('files'), query: v.string(), limit: count }),
  /** MCP servers, and how each of them is. */
  v.object({ type: v.literal('mcp') }),
  /** Messages that were written down for another time. */
  v.object({ type: v.literal('prompts') }),
  /** Skills of this session, the nearest first. */
  v.object({ type: v.literal('skills') }),
  /** The message that one of the prompts becomes with these words behind its name. */
  v.object({ type: v.literal('prompts.expand'), name: v.string(), words: v.string() }),
  /** Programs whose name begins with `query`, of the PATH that a command line is read with. */
  v.object({ type: v.literal('programs'), query: v.string(), limit: count }),
]);
export type Query = v.InferOutput<typeof Query>;

/** What each query is answered with. */
export const ANSWERS = {
  'sessions.list': v.object({ sessions: v.array(SessionSummary), total: count }),
  'sessions.preview': v.object({ events: v.array(EventBody) }),
  history: v.object({ texts: v.array(v.string()) }),
  environments: v.object({ environments: v.array(EnvironmentLine) }),
  output: v.object({ from: count, bytes }),
  files: FilesFound,
  mcp: v.object({ servers: v.array(McpServerLine) }),
  prompts: v.object({ prompts: v.array(PromptLine) }),
  skills: v.object({ skills: v.array(SkillLine) }),
  /** Null text: the problem says why. */
  'prompts.expand': v.object({ text: v.nullable(v.string()), problem: v.nullable(ProblemValue) }),
  programs: v.object({ names: v.array(v.string()) }),
} as const satisfies { readonly [T in Query['type']]: v.GenericSchema };
export type Answers = { [T in Query['type']]: v.InferOutput<(typeof ANSWERS)[T]> };
export type AnswerTo<Q extends Query> = Answers[Q['type']];
