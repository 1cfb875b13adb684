// What the rest of the core, and the composition root, may use of the configuration.

export { codexHome, configPath, ownFolder } from './codex-home.ts';
export {
  type Config,
  type ConfigProblem,
  defaultConfig,
  type ReadConfig,
  readConfig,
  type ShellEnvironmentPolicy,
  type TuiConfig,
} from './config.ts';
export { keyNamesOf, type ProviderChoice, type ResponsesChoice, resolveProvider } from './providers.ts';
export type { Fold } from './reference.ts';
export { type ReferenceRow, type ReferenceSection, referencePage, referenceSections } from './reference-text.ts';
export { type ConfigPlace, sandboxOf } from './sandbox-of.ts';
export { type OwnSettings, type OwnSettingsOptions, openOwnSettings } from './settings.ts';
