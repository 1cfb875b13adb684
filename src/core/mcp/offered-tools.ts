// What a server says of its tools becomes what a model is offered: by its own settings, and bounded.

import { isJsonObject, type JsonObject, wellFormed } from './json.ts';
import type { ApprovalMode, McpServerSettings } from './server-settings.ts';
import { qualifiedName } from './tool-name.ts';

export interface McpTool {
  readonly server: string;
  /** As the server has it. */
  readonly tool: string;
  /** As a model has it: `mcp__server__tool`, `^[a-zA-Z0-9_-]{1,64}$`. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: JsonObject;
  readonly isReadOnly: boolean;
  readonly approval: 'run' | 'ask';
  /** Of an answer, what a model gets; null: as much as of others. */
  readonly outputTokens: number | null;
  /** Where its server is; null: on this machine. */
  readonly machine: string | null;
}

/** Of one server. */
export const TOOLS_OFFERED = 128;

const DESCRIPTION_CHARACTERS = 8 * 1_024;
const SCHEMA_CHARACTERS = 16 * 1_024;
const SCHEMA_DEPTH = 64;

/** Arguments as they come: the server says what is wrong with them. */
const FREE_OBJECT: JsonObject = { type: 'object', properties: {}, additionalProperties: true };

type Rules = Pick<
  McpServerSettings,
  'name' | 'place' | 'enabledTools' | 'disabledTools' | 'approval' | 'toolApprovals' | 'outputTokens'
>;

/** Null: it is not offered, or it is no tool. */
export function offeredTool(written: unknown, rules: Rules): McpTool | null {
  if (!isJsonObject(written)) return null;
  const { name: tool, description, inputSchema, annotations } = written;
  if (typeof tool !== 'string' || tool === '' || !isWanted(tool, rules)) return null;
  const hints = isJsonObject(annotations) ? annotations : {};
  return {
    server: rules.name,
    tool,
    name: qualifiedName(rules.name, tool),
    description: cutEnd(typeof description === 'string' ? description : '', DESCRIPTION_CHARACTERS),
    parameters: parametersOf(inputSchema),
    isReadOnly: hints.readOnlyHint === true,
    approval: approvalOf(rules.toolApprovals.get(tool) ?? rules.approval ?? 'auto', hints),
    outputTokens: rules.outputTokens.get(tool) ?? null,
    machine: rules.place.kind === 'nowhere' ? null : rules.place.machine,
  };
}

/** The first of each name, in the order they were said. */
export function distinctTools(tools: readonly McpTool[]): readonly McpTool[] {
  const taken = new Set<string>();
  return tools.filter(({ name }) => !taken.has(name) && taken.add(name));
}

function isWanted(tool: string, { enabledTools, disabledTools }: Rules): boolean {
  return (enabledTools === null || enabledTools.includes(tool)) && !disabledTools.includes(tool);
}

/** Hints are the server's own words: they spare a question only where the person's settings leave it to them. */
export function approvalOf(mode: ApprovalMode, hints: JsonObject): 'run' | 'ask' {
  const isReadOnly = hints.readOnlyHint === true;
  switch (mode) {
    case 'approve':
      return 'run';
    case 'prompt':
      return 'ask';
    case 'writes':
      return isReadOnly ? 'run' : 'ask';
    case 'auto': {
      const isHarmless = hints.destructiveHint === false && hints.openWorldHint === false;
      return isReadOnly || isHarmless ? 'run' : 'ask';
    }
  }
}

function parametersOf(schema: unknown): JsonObject {
  if (!isJsonObject(schema) || isDeeper(schema, SCHEMA_DEPTH)) return FREE_OBJECT;
  if (JSON.stringify(schema).length > SCHEMA_CHARACTERS) return FREE_OBJECT;
  const { $schema: _, ...rest } = schema;
  const properties = isJsonObject(rest.properties) ? rest.properties : {};
  return { ...rest, type: 'object', properties };
}

/** Looks no deeper than that. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((it) => isDeeper(it, levels - 1));
}

function cutEnd(text: string, limit: number): string {
  const characters = [...text.slice(0, 2 * limit + 2)];
  return wellFormed(characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`);
}
