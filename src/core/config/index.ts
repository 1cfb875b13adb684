// What the rest of the core, and the composition root, may use of the configuration.

export { openAlwaysWriter } from './always-writer.ts';
export { codexHome, configPath, ownFolder } from './codex-home.ts';
export { type Config, defaultConfig, readConfig } from './config.ts';
export { type McpEntry, writeMcpServer } from './edit-mcp.ts';
export {
  type EnvironmentConfig,
  type EnvironmentsConfig,
  environmentsOfVariable,
  holdsSecret,
  ONLY_LOCAL,
  readEnvironments,
  type TokenSource,
} from './environments.ts';
export { type Explanation, explainAll, explainKey, namedLayer, type Origin } from './explain.ts';
export { type FolderFacts, readFolderFacts } from './folder-facts.ts';
export { type ConfigAsked, type LoadedConfig, loadConfig } from './load.ts';
export {
  keyNamesOf,
  type ModelChoice,
  type ProviderChoice,
  resolveProvider,
  type UnpickedChoice,
} from './providers.ts';
export type { ConfigProblem } from './reading.ts';
export { referencePage, referenceSections } from './reference-text.ts';
export { sandboxOf } from './sandbox-of.ts';
export { type OwnSettings, openOwnSettings } from './settings.ts';
export { type Trust, type TrustDecision, type TrustLevel, trustOf, writeTrust } from './trust.ts';
