// `codex mcp-server`: takes the calls of a client and has them carried out by sessions.

import { type Problem, problemText, type Result } from '../../../problem/index.ts';
import type { Protocol, ToolRequest } from './mcp-protocol.ts';
import { type OpenedThread, openThread, type Thread } from './thread.ts';
import { type Asked, INSTRUCTIONS, type NewSession, TOOLS, understandCall } from './tools.ts';

/** Sessions that are kept open: each holds some memory, and goes on from its record when it is asked for again. */
const OPEN_SESSIONS = 16;

export interface McpSessions {
  /** `canAsk`: the client puts questions to a person. */
  create(asked: NewSession, canAsk: boolean): Promise<Result<OpenedThread>>;
  /** From its record. */
  resume(session: string, canAsk: boolean): Promise<Result<OpenedThread>>;
}

export interface McpServing {
  /** Resolves when the client has gone. */
  readonly closed: Promise<void>;
  /** Ends every session in order. */
  close(): Promise<void>;
}

export async function serveMcp(
  sessions: McpSessions,
  own: { readonly version: string; readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream },
): Promise<McpServing> {
  const { serveProtocol } = await import('./mcp-protocol.ts');
  /** By the id of the session, the least recently used one first. */
  const threads = new Map<string, Thread>();
  const opening = new Map<string, Promise<Result<Thread>>>();

  const protocol: Protocol = await serveProtocol({
    ...own,
    tools: TOOLS,
    instructions: INSTRUCTIONS,
    callTool: async (request) => {
      const asked = understandCall(request.name, request.arguments);
      return asked.ok ? carryOut(asked.value, request) : failed(asked.problem, null);
    },
  });

  async function carryOut(asked: Asked, request: ToolRequest) {
    const thread = asked.kind === 'new' ? await begin(asked.session) : await find(asked.thread);
    if (!thread.ok) return failed(thread.problem, asked.kind === 'new' ? null : asked.thread);
    const { id, thread: running } = thread.value;
    const answer = await running.run(asked.prompt, request);
    return answer.ok ? said(answer.value, id) : failed(answer.problem, id);
  }

  async function begin(asked: NewSession): Promise<Result<Found>> {
    const opened = await sessions.create(asked, protocol.canElicit());
    return opened.ok ? { ok: true, value: keep(opened.value) } : opened;
  }

  async function find(id: string): Promise<Result<Found>> {
    const known = threads.get(id);
    if (known !== undefined && !known.isOver) {
      threads.delete(id);
      threads.set(id, known);
      return { ok: true, value: { id, thread: known } };
    }
    threads.delete(id);
    // Two calls for one session must not open it twice.
    const begun = opening.get(id) ?? resume(id);
    opening.set(id, begun);
    const opened = await begun;
    opening.delete(id);
    return opened.ok ? { ok: true, value: { id, thread: opened.value } } : opened;
  }

  async function resume(id: string): Promise<Result<Thread>> {
    const opened = await sessions.resume(id, protocol.canElicit());
    return opened.ok ? { ok: true, value: keep(opened.value).thread } : opened;
  }

  function keep(opened: OpenedThread): Found {
    const thread = openThread(opened, protocol);
    threads.set(opened.session, thread);
    for (const [id, other] of threads) {
      if (threads.size <= OPEN_SESSIONS) break;
      if (other.isBusy || other === thread) continue;
      threads.delete(id);
      void other.close();
    }
    return { id: opened.session, thread };
  }

  return {
    closed: protocol.closed,
    async close() {
      await Promise.all([...threads.values()].map((thread) => thread.close()));
    },
  };
}

interface Found {
  readonly id: string;
  readonly thread: Thread;
}

function said(content: string, threadId: string) {
  return { content: [{ type: 'text' as const, text: content }], structuredContent: { threadId, content } };
}

/** `threadId` null: there is no session to go on with. */
function failed(problem: Problem, threadId: string | null) {
  const content = problemText(problem);
  return {
    content: [{ type: 'text' as const, text: content }],
    ...(threadId === null ? {} : { structuredContent: { threadId, content } }),
    isError: true,
  };
}
