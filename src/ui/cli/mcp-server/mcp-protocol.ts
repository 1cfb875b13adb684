// The Model Context Protocol itself, spoken on stdin and stdout by the official SDK. Loaded only for a server.

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ElicitResultSchema,
  ListToolsRequestSchema,
  type ServerNotification,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';

/** The longest message that is read: a prompt with the files that somebody pasted into it. */
const LONGEST_MESSAGE_BYTES = 16 * 1024 * 1024;

/** A person may take days; whoever ends the turn ends the question. The largest delay that a timer of Node takes. */
const NEVER_MS = 2 ** 31 - 1;

export interface ToolRequest {
  readonly name: string;
  readonly arguments: unknown;
  readonly requestId: string | number;
  /** Null: the client wants to hear of no progress. */
  readonly progressToken: string | number | null;
  /** Aborted when the client calls the request off, or goes away. */
  readonly signal: AbortSignal;
}

export interface ProtocolOptions {
  readonly version: string;
  readonly tools: readonly Tool[];
  readonly instructions: string;
  readonly callTool: (request: ToolRequest) => Promise<CallToolResult>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

export interface Question {
  readonly message: string;
  readonly facts: { readonly [name: string]: unknown };
  readonly signal: AbortSignal;
}

export interface Protocol {
  /** Whether the client puts questions to a person. Known once it has introduced itself. */
  canElicit(): boolean;
  /** Null: nobody answered. */
  elicit(question: Question): Promise<'accept' | 'decline' | 'cancel' | null>;
  /** Resolves when it can take more. */
  notify(method: string, params: Record<string, unknown>): Promise<void>;
  /** Resolves when the client has gone. */
  readonly closed: Promise<void>;
}

export async function serveProtocol(options: ProtocolOptions): Promise<Protocol> {
  const { version, instructions, stdin, stdout } = options;
  const server = new Server(
    { name: 'codex-mcp-server', title: 'Codex', version },
    { capabilities: { tools: {} }, instructions },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [...options.tools] }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { requestId, signal, _meta }) =>
    options.callTool({
      name: params.name,
      arguments: params.arguments ?? {},
      requestId,
      progressToken: _meta?.progressToken ?? null,
      signal,
    }),
  );
  // What was no message is answered by nothing: the client has its own way to notice.
  server.onerror = () => {};
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
  });
  const leave = (): void => void server.close();
  stdin.once('end', leave).once('close', leave);
  stdout.once('error', leave);
  await server.connect(new StdioServerTransport(stdin, stdout, { maxBufferSize: LONGEST_MESSAGE_BYTES }));

  return {
    closed,
    canElicit: () => server.getClientCapabilities()?.elicitation?.form !== undefined,
    async elicit({ message, facts, signal }) {
      try {
        const { action } = await server.request(
          {
            method: 'elicitation/create',
            params: { message, requestedSchema: { type: 'object', properties: {} }, _meta: { ...facts } },
          },
          ElicitResultSchema,
          { timeout: NEVER_MS, signal },
        );
        return action;
      } catch {
        // The client failed at it, went away, or the question was withdrawn.
        return null;
      }
    },
    async notify(method, params) {
      // The SDK's type knows its own notifications only; `codex/event` is none of them.
      const notification = { method, params } as unknown as ServerNotification;
      try {
        await server.notification(notification);
      } catch {
        // The connection is closed: `closed` says so.
      }
    },
  };
}
