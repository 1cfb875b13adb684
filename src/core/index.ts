// What the composition root needs of the core. The screen has a door of its own: `bus/index.ts`.

export {
  createModelProvider,
  createShellProvider,
  createUnpickedProvider,
  instructionsFor,
  isJson,
  type Json,
  type Provider,
  pickModel,
} from './agent/index.ts';
export { type ApprovalPolicy, canAsk } from './approvals/policy.ts';
export type { Audience } from './approvals/questions.ts';
export { forgetKey, shownKey, storedKey, storedLogin, storeKey } from './auth/index.ts';
export type { NetworkState } from './bus/contract.ts';
export {
  type Config,
  type ConfigAsked,
  type ConfigProblem,
  codexHome,
  configPath,
  type EnvironmentConfig,
  type EnvironmentsConfig,
  type Explanation,
  environmentsOfVariable,
  explainAll,
  explainKey,
  holdsSecret,
  keyNamesOf,
  type LoadedConfig,
  loadConfig,
  type McpEntry,
  namedLayer,
  ONLY_LOCAL,
  type Origin,
  type OwnSettings,
  openAlwaysWriter,
  openOwnSettings,
  ownFolder,
  type ProviderChoice,
  readEnvironments,
  resolveProvider,
  sandboxOf,
  type TokenSource,
  type Trust,
  writeMcpServer,
} from './config/index.ts';
export {
  type AttachedDoor,
  attach,
  type Listener,
  listen,
  listLive,
  newSocketName,
  type OwnerFacts,
  openKnownRuntimeFolders,
  openRuntimeFolder,
  type RuntimePlaces,
} from './ipc/index.ts';
export { type Core, type CoreOptions, openCore } from './open-core.ts';
export {
  appendName,
  archiveSession,
  deleteSession,
  findSession,
  forkSession,
  growingList,
  latestSession,
  makeFolders,
  readAll,
  readNames,
  readTail,
  unarchiveSession,
} from './rollout/index.ts';
export { type SessionState, untilUnneeded, watchState } from './session/session-state.ts';

/** Reading rule files is loaded by whoever needs it. */
export const loadRuleTools = () => import('./rules/index.ts');
/** Servers of MCP are loaded where one is configured: their SDK takes longer than the first frame. */
export const loadMcp = () => import('./mcp/index.ts');
export type { SessionSummary } from './bus/index.ts';
export { shownId } from './bus/index.ts';
export { readFolderFacts, writeTrust } from './config/index.ts';
export { type Environments, openEnvironments } from './environments/index.ts';
export { openHooks } from './hooks/index.ts';
export { imagePart, MOST_IMAGE_BYTES, tooLarge } from './images/index.ts';
export {
  foldersFrom,
  gatherDocuments,
  openSkills,
  readDocument,
  type SkillSource,
  skillList,
} from './instructions/index.ts';
export { machineOf, mcpServerSettings } from './mcp/server-settings.ts';
export { openSessionNetwork } from './session/session-network.ts';
export { accessInWords, commandVariables } from './tools/index.ts';
