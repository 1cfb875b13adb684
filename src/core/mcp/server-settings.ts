// What the settings say of one MCP server, as plain facts: where it is, how long it may take, and what it may be asked.

import path from 'node:path';
import type { Problem } from '../../problem/index.ts';
import type { Config } from '../config/index.ts';

export type ApprovalMode = 'auto' | 'prompt' | 'writes' | 'approve';

export interface ProgramPlace {
  readonly kind: 'program';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Names of the person's variables that it gets. */
  readonly variables: readonly string[];
  /** Names of variables of the machine it runs on that it gets. */
  readonly variablesThere: readonly string[];
  /** Null: the folder the session works in; on another machine, the one where commands start there. */
  readonly cwd: string | null;
  /** The machine it runs on; null: this one. */
  readonly machine: string | null;
}

export interface HttpPlace {
  readonly kind: 'http';
  readonly url: string;
  readonly tokenVariable: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Header to the variable that has its value. */
  readonly headerVariables: Readonly<Record<string, string>>;
  readonly login: LoginSettings;
  /** The machine that makes its requests; null: this one. */
  readonly machine: string | null;
}

export interface LoginSettings {
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly callbackUrl: string | null;
  readonly callbackPort: number | null;
  readonly resource: string | null;
  readonly scopes: readonly string[];
}

export interface McpServerSettings {
  readonly name: string;
  /** A problem: it cannot be anywhere, and is not started. */
  readonly place: ProgramPlace | HttpPlace | { readonly kind: 'nowhere'; readonly problem: Problem };
  readonly isEnabled: boolean;
  readonly isRequired: boolean;
  readonly isParallel: boolean;
  readonly startupMs: number;
  readonly toolMs: number;
  /** Null: all. */
  readonly enabledTools: readonly string[] | null;
  readonly disabledTools: readonly string[];
  readonly approval: ApprovalMode | null;
  readonly toolApprovals: ReadonlyMap<string, ApprovalMode>;
  /** Tokens of an answer that a model gets, by tool. */
  readonly outputTokens: ReadonlyMap<string, number>;
}

type Written = Config['mcp_servers'][string];

/** What `environments.toml` calls this machine. */
const LOCAL = 'local';

/** As codex-cli has them. */
const STARTUP_MS = 10_000;
const TOOL_MS = 60_000;

export function mcpServerSettings(
  name: string,
  written: Written,
  config: Pick<Config, 'mcp_oauth_callback_port' | 'mcp_oauth_callback_url'>,
): McpServerSettings {
  return {
    name,
    place: placeOf(name, written, config),
    isEnabled: written.enabled,
    isRequired: written.required,
    isParallel: written.supports_parallel_tool_calls,
    startupMs: inMs(written.startup_timeout_sec) ?? written.startup_timeout_ms ?? STARTUP_MS,
    toolMs: inMs(written.tool_timeout_sec) ?? TOOL_MS,
    enabledTools: written.enabled_tools,
    disabledTools: written.disabled_tools,
    approval: written.default_tools_approval_mode,
    toolApprovals: saidOfTools(written, (it) => it.approval_mode),
    outputTokens: saidOfTools(written, (it) => it.output_token_limit),
  };
}

function saidOfTools<T>(
  { tools }: Written,
  said: (tool: Written['tools'][string]) => T | null,
): ReadonlyMap<string, T> {
  return new Map(
    Object.entries(tools).flatMap(([name, tool]): [string, T][] => {
      const value = said(tool);
      return value === null ? [] : [[name, value]];
    }),
  );
}

function placeOf(
  name: string,
  written: Written,
  config: Pick<Config, 'mcp_oauth_callback_port' | 'mcp_oauth_callback_url'>,
): McpServerSettings['place'] {
  const nowhere = (what: string, next: string) => ({ kind: 'nowhere' as const, problem: { what, why: '', next } });
  const at = `[mcp_servers.${name}]`;
  const machine = machineOf(written);
  const { command, url } = written;
  if (command !== null && url !== null) {
    return nowhere(`MCP server ${name} has a command and an address.`, `Keep one of command and url in ${at}.`);
  }
  if (command !== null) {
    const { args, env, cwd } = written;
    if (machine !== null && cwd !== null && !path.posix.isAbsolute(cwd)) {
      const what = `The folder of MCP server ${name} is not possible: on ${machine} it must be absolute.`;
      return nowhere(what, `Correct cwd in ${at}.`);
    }
    const named = (source: 'local' | 'remote') =>
      written.env_vars.filter((it) => it.source === source).map((it) => it.name);
    return {
      kind: 'program',
      command,
      args,
      env,
      variables: named('local'),
      variablesThere: named('remote'),
      cwd,
      machine,
    };
  }
  if (url === null) return nowhere(`MCP server ${name} has no command.`, `Set command or url in ${at}.`);
  if (!isWebAddress(url)) return nowhere(`The address of MCP server ${name} is not possible.`, `Correct url in ${at}.`);
  return {
    kind: 'http',
    url,
    tokenVariable: written.bearer_token_env_var,
    headers: written.http_headers,
    headerVariables: written.env_http_headers,
    login: {
      clientId: written.oauth.client_id,
      clientSecret: written.oauth.client_secret,
      callbackUrl: written.oauth.callback_url ?? config.mcp_oauth_callback_url,
      callbackPort: written.oauth.callback_port ?? config.mcp_oauth_callback_port,
      resource: written.oauth_resource,
      scopes: written.scopes,
    },
    machine,
  };
}

/** Null: this one. */
export function machineOf(written: Pick<Written, 'environment_id' | 'experimental_environment'>): string | null {
  const machine = written.environment_id ?? written.experimental_environment;
  return machine === LOCAL ? null : machine;
}

function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === 'https:' || url?.protocol === 'http:';
}

function inMs(seconds: number | null): number | null {
  return seconds === null ? null : Math.max(1, Math.round(seconds * 1000));
}
