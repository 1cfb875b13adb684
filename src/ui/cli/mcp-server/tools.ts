// The tools of `codex mcp-server`, with the names that codex-cli gave them: what they take, and what they give.

import * as v from 'valibot';
import { fail, ok, type Problem, type Result } from '../../../problem/index.ts';

const SANDBOX_MODES = ['read-only', 'workspace-write', 'danger-full-access'] as const;
const POLICIES = ['untrusted', 'on-request', 'never'] as const;

const NewSession = v.strictObject({
  prompt: v.pipe(v.string(), v.minLength(1)),
  cwd: v.optional(v.string()),
  model: v.optional(v.string()),
  sandbox: v.optional(v.picklist(SANDBOX_MODES)),
  'approval-policy': v.optional(v.picklist(POLICIES)),
  profile: v.optional(v.string()),
  config: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.array(v.string())]))),
  'base-instructions': v.optional(v.string()),
  'developer-instructions': v.optional(v.string()),
});
export type NewSession = v.InferOutput<typeof NewSession>;

const Reply = v.object({
  prompt: v.pipe(v.string(), v.minLength(1)),
  threadId: v.optional(v.string()),
  conversationId: v.optional(v.string()),
});

/** What a client asks for. */
export type Asked =
  | { readonly kind: 'new'; readonly session: NewSession; readonly prompt: string }
  | { readonly kind: 'reply'; readonly thread: string; readonly prompt: string };

export function understandCall(name: string, given: unknown): Result<Asked> {
  switch (name) {
    case 'codex': {
      const read = v.safeParse(NewSession, given);
      if (!read.success) return fail(wrongArguments(name, read.issues));
      return ok({ kind: 'new', session: read.output, prompt: read.output.prompt });
    }
    case 'codex-reply': {
      const read = v.safeParse(Reply, given);
      if (!read.success) return fail(wrongArguments(name, read.issues));
      const { prompt, threadId, conversationId } = read.output;
      const thread = threadId ?? conversationId;
      return thread === undefined || thread === ''
        ? fail({ what: 'codex-reply needs a threadId.', why: '', next: 'The result of codex names it.' })
        : ok({ kind: 'reply', thread, prompt });
    }
    default:
      return fail({ what: `There is no tool "${name}".`, why: '', next: 'There are codex and codex-reply.' });
  }
}

function wrongArguments(tool: string, [issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): Problem {
  const place = v.getDotPath(issue);
  return {
    what: `The arguments of ${tool} are not right.`,
    why: `${place ?? 'arguments'}: ${issue.message}`,
    next: '',
  };
}

const text = (description: string) => ({ type: 'string', description });

const RESULT = {
  type: 'object' as const,
  properties: {
    threadId: text('Names the session, for codex-reply.'),
    content: text('The answer, or what went wrong.'),
  },
  required: ['threadId', 'content'],
};

/** As `tools/list` has them. */
export const TOOLS = [
  {
    name: 'codex',
    title: 'Codex',
    description:
      'Opens a coding session in a folder of this machine and gives it its first prompt. Commands run in a sandbox. ' +
      'The result holds the answer and a threadId to go on with.',
    inputSchema: {
      type: 'object' as const,
      properties: {
        prompt: text('What is to be done.'),
        cwd: text('The folder to work in; a relative one starts where this server was started. Unsaid: there.'),
        model: text('The model to ask. Unsaid: the configured one.'),
        sandbox: {
          ...text('What commands may touch. Unsaid: what the configuration says.'),
          enum: [...SANDBOX_MODES],
        },
        'approval-policy': {
          ...text(
            'When the person is asked, through elicitation; a client without it is refused. Unsaid: what the configuration says.',
          ),
          enum: [...POLICIES],
        },
        profile: text('The profile of the configuration that is in force.'),
        config: {
          ...text('Settings of config.toml for this session, by key.'),
          type: 'object',
          additionalProperties: true,
        },
        'base-instructions': text('Told to the model instead of the usual instructions.'),
        'developer-instructions': text('Told to the model after its instructions.'),
      },
      required: ['prompt'],
      additionalProperties: false,
    },
    outputSchema: RESULT,
  },
  {
    name: 'codex-reply',
    title: 'Codex Reply',
    description: 'Goes on with a session: one that this server has open, or one that was recorded.',
    inputSchema: {
      type: 'object' as const,
      properties: {
        threadId: text('The session, as the result of codex names it.'),
        conversationId: text('The older name of threadId.'),
        prompt: text('What is to be done next.'),
      },
      required: ['prompt'],
    },
    outputSchema: RESULT,
  },
];

/** Told to a client's model about this server as a whole. */
export const INSTRUCTIONS =
  'codex starts a coding agent with a session of its own; codex-reply goes on with it. Several sessions can run at ' +
  'once. While one runs, codex/event notifications say what it does.';
