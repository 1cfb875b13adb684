// What the other rooms may know of running commands.

export { closeInheritedDescriptors, coverDescriptors } from './engine/descriptors.ts';
export { trustedPath } from './engine/find-program.ts';
export { joinSockets } from './engine/join-sockets.ts';
export { type LocalEnvironment, type LocalEnvironmentOptions, openLocalEnvironment } from './engine/local.ts';
export {
  type LevelReader,
  needsTerminal,
  type OutputLevel,
  openLevelReader,
  outputLevel,
} from './engine/output-level.ts';
export type { OutputLimits } from './engine/output-log.ts';
export {
  DEFAULT_COLOURS,
  loadTerminals,
  openTerminal,
  type Terminal,
  type TerminalColours,
  type TerminalCursor,
  type TerminalModeSet,
  type TerminalOptions,
} from './engine/terminal.ts';
export type {
  Closed,
  Exit,
  InputWait,
  OutputRange,
  OutputStream,
  ProcessListener,
  ProcessStart,
  ProxyClient,
  RunningProcess,
  Signal,
  StartProblem,
  Stdio,
} from './environment.ts';
export type {
  CommandStart,
  Environment,
  EnvironmentFacts,
  EnvironmentState,
  MachineServices,
  NotStarted,
  ReadyEnvironment,
  RunningService,
  SandboxIntent,
  ServiceListener,
  ServiceRequest,
  ServiceStart,
} from './environments/environment.ts';
export type { FileAccess, FileFailure, SeenContent, SeenFile, WriteOptions } from './environments/file-access.ts';
export { LOCAL, openLocalPlace } from './environments/local.ts';
export { openMachine, type RemoteMachine } from './environments/machine.ts';
export type { FileLook } from './files/edit-calls.ts';
export type { FileHelper } from './files/helper-profile.ts';
export { ownProgramPlaces } from './files/program-places.ts';
export { type AffinityCookies, openAffinityCookies } from './http/affinity-cookies.ts';
export {
  applyPolicy,
  type CommandVariables,
  commandVariables,
  DEFAULT_ENVIRONMENT_POLICY,
  type EnvironmentPolicy,
  resolveVariables,
  type Variables,
  type VariablesRequest,
} from './shell-environment.ts';
export { findTelemetry } from './telemetry/open-telemetry.ts';
