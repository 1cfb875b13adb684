// The MCP servers of one session: loaded for whoever has some, and never waited for unless they are required.

import type { Problem } from '../../problem/index.ts';
import type { McpServerLine } from '../bus/queries.ts';
import type { McpAround, McpServerSettings, McpServers } from '../mcp/index.ts';

export interface SessionServers {
  /** Null: none is configured, or there is no model to use them. */
  readonly opened: Promise<McpServers> | null;
  lines(): Promise<readonly McpServerLine[]>;
  /** Those on other machines, while these can still be told. */
  closeElsewhere(): Promise<void>;
  close(): Promise<void>;
}

export const noServers: SessionServers = {
  opened: null,
  lines: async () => [],
  closeElsewhere: async () => {},
  close: async () => {},
};

export interface ServersAround extends Omit<McpAround, 'env' | 'notice'> {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: (problem: Problem) => void;
}

export function openSessionServers(settings: readonly McpServerSettings[], around: ServersAround): SessionServers {
  if (settings.length === 0) return noServers;
  const opened = open(settings, around);
  return {
    opened,
    lines: async () =>
      (await opened).status().map(({ name, state, tools, problem }) => ({ name, state, tools, problem })),
    closeElsewhere: async () => (await opened).closeElsewhere(),
    close: async () => (await opened).close(),
  };
}

async function open(
  settings: readonly McpServerSettings[],
  { env, report, ...around }: ServersAround,
): Promise<McpServers> {
  const { openMcpServers } = await import('../mcp/index.ts');
  return openMcpServers(settings, { ...around, env: definedOnly(env), notice: report });
}

function definedOnly(env: ServersAround['env']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
