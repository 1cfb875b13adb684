// Tools of other programs: MCP servers, on this machine or at an address. Loaded when one is configured.

export type { McpAnswer, McpImage } from './answer.ts';
export { type Credentials, openCredentials } from './credentials.ts';
export { openLoginFetch } from './lines.ts';
export { type LoginAsked, loginTo } from './login.ts';
export type { McpTool } from './offered-tools.ts';
export type { McpServerStatus } from './server.ts';
export { type McpServerSettings, mcpServerSettings } from './server-settings.ts';
export { type McpAround, type McpCall, type McpServers, openMcpServers } from './servers.ts';
