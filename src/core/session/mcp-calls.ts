// Calls of tools that MCP servers offer: each is a process of its own, seen and asked about like a command.

import { LOCAL } from '../../exec/index.ts';
import type { Problem } from '../../problem/index.ts';
import type { NamedProfile } from '../../sandbox/index.ts';
import { type FunctionTool, isJson, type Json } from '../agent/index.ts';
import { type ApprovalPolicy, judgeServerTool } from '../approvals/policy.ts';
import { withinTokens } from '../context/index.ts';
import { unusable } from '../environments/index.ts';
import type { McpAnswer, McpServers, McpTool } from '../mcp/index.ts';
import { OUTPUT_TOKENS, type ToolAnswer, textAnswer } from '../tools/index.ts';
import type { CommandSurroundings } from './command-calls.ts';
import { deedRunner } from './deed-runner.ts';
import type { ProcessAnswers } from './process-answers.ts';
import type { ToolCall } from './tool-calls.ts';

export interface McpSurroundings extends CommandSurroundings {
  /** Null: none is configured. */
  readonly mcp: Promise<McpServers> | null;
  readonly policy: ApprovalPolicy;
  readonly profile: NamedProfile;
}

export interface McpCalls {
  /** Why a server is not there that no turn goes on without; null: all are. */
  missing(signal: AbortSignal): Promise<Problem | null>;
  /** The tools that are there now. */
  schemas(signal: AbortSignal): Promise<readonly FunctionTool[]>;
  /** Those that the server offers whose tool this name would be; none where it names no server. */
  besides(name: string): readonly string[];
  /** Null: there is no such tool. */
  run(call: ToolCall): Promise<ToolAnswer> | null;
}

/** Of the arguments so much stands in a title. */
const SHOWN_ARGUMENTS = 160;

/** More are no help to whoever looks for one. */
const MOST_NAMES = 30;

export function openMcpCalls(around: McpSurroundings, answers: ProcessAnswers): McpCalls {
  const known = new Map<string, McpTool>();

  async function run(call: ToolCall, tool: McpTool, servers: Promise<McpServers>): Promise<ToolAnswer> {
    const given = argumentsOf(call.arguments);
    const here = unusable(LOCAL, { what: 'An MCP server runs its tools itself.', why: '', next: '' });
    const { cwd, root } = around.standings.on(LOCAL, here.facts);
    const results: McpAnswer[] = [];
    const at = tool.machine === null ? '' : `@${tool.machine} `;
    const title = `${at}${tool.server}.${tool.tool}`;
    const process = around.processes.start({
      call: call.id,
      turn: call.turn,
      origin: call.origin,
      command: `${title} ${cut(given.line)}`.trimEnd(),
      preview: `${title}\n${given.pretty}`,
      argv: ['mcp', tool.server, tool.tool],
      environment: here,
      runner: deedRunner(async ({ print, signal }) => {
        const answer = await (await servers).call({
          name: tool.name,
          arguments: call.arguments,
          signal,
          progress: (text) => print(`${text}\n`),
        });
        results.push(answer);
        print(answer.text === '' || answer.text.endsWith('\n') ? answer.text : `${answer.text}\n`);
        return { code: answer.isError ? 1 : 0, denial: null };
      }),
      deed: 'tool',
      allowedAs: tool.name,
      cwd,
      root,
      variables: () =>
        around.variablesFor({
          call: call.id,
          reader: call.origin,
          isTerminal: false,
          networkIsOff: true,
          previousFolder: null,
        }),
      stdio: { kind: 'pipe', stdin: 'closed' },
      wish: null,
      judge: () => judgeServerTool(around.policy, tool.approval, around.profile.profile.type === 'managed'),
      hooked: { tool: tool.name, aliases: [], input: given.value },
      signal: call.signal,
    });
    const preface = await answers.whenFinished(process, call.signal);
    if (preface === null) return textAnswer('The person stopped this before it was done.');
    const answer = results.at(-1);
    if (!preface.hasOutput || answer === undefined) return textAnswer(preface.sentences.join('\n'));
    return told([...preface.sentences, withinTokens(answer.text, tokensFor(tool))], answer);
  }

  function tokensFor({ outputTokens }: McpTool): number {
    const most = around.mostOutputTokens;
    return Math.min(outputTokens ?? most ?? OUTPUT_TOKENS.unsaid, most ?? Number.POSITIVE_INFINITY);
  }

  return {
    missing: async (signal) => (await around.mcp)?.missing(signal) ?? null,
    async schemas(signal) {
      if (around.mcp === null) return [];
      const tools = await (await around.mcp).tools(signal);
      for (const tool of tools) known.set(tool.name, tool);
      return tools.map(({ name, description, parameters }) => ({
        type: 'function',
        name,
        description,
        strict: false,
        parameters: isFields(parameters) ? parameters : {},
      }));
    },
    besides(name) {
      const [server] = /^mcp__.+?__/.exec(name) ?? [];
      if (server === undefined) return [];
      return [...known.keys()].filter((other) => other.startsWith(server)).slice(0, MOST_NAMES);
    },
    run(call) {
      const tool = known.get(call.name);
      return tool === undefined || around.mcp === null ? null : run(call, tool, around.mcp);
    },
  };
}

/** What came as JSON is JSON. */
function isFields(value: unknown): value is { readonly [key: string]: Json } {
  return isJson(value) && typeof value === 'object' && value !== null && !Array.isArray(value);
}

function told(parts: readonly string[], { images }: McpAnswer): ToolAnswer {
  const text = parts.filter((part) => part !== '').join('\n');
  if (images.length === 0) return textAnswer(text);
  const pictures = images.map(({ mime, base64 }) => ({
    type: 'input_image',
    image_url: `data:${mime};base64,${base64}`,
  }));
  return { text, content: [...(text === '' ? [] : [{ type: 'input_text', text }]), ...pictures] };
}

interface GivenArguments {
  readonly line: string;
  readonly pretty: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** As a model wrote them: what is no object is the server's to refuse, and shown as it is. */
function argumentsOf(written: string): GivenArguments {
  try {
    const value: unknown = JSON.parse(written === '' ? '{}' : written);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const line = Object.keys(value).length === 0 ? '' : JSON.stringify(value);
      return { line, pretty: JSON.stringify(value, null, 2), value: { ...value } };
    }
  } catch {
    // Shown as it was written.
  }
  return { line: written, pretty: written, value: {} };
}

function cut(text: string): string {
  return text.length > SHOWN_ARGUMENTS ? `${text.slice(0, SHOWN_ARGUMENTS)}…` : text;
}
