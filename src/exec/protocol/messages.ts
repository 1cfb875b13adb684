// Every message of the wire: what a call takes, what it gives, and what is told without being asked. Names are those of
// the published protocol.

import type { PathUri } from './path-uri.ts';
import {
  anything,
  base64,
  boolean,
  count,
  dictionary,
  integer,
  list,
  name,
  nothing,
  object,
  oneOf,
  optional,
  type Read,
  type Reader,
  refuse,
  string,
  uri,
  withDefault,
} from './readers.ts';
import { sandboxContext } from './sandbox-context.ts';

const processId = name('processId');

const initialize = object({ clientName: string, resumeSessionId: optional(string) });

const argv: Reader<readonly [string, ...string[]]> = (value) => {
  const [program, ...args] = list(string)(value);
  return program === undefined ? refuse('argv must not be empty') : [program, ...args];
};

/** What the environment of a command is made of, on the machine that runs it. */
const envPolicy = object({
  inherit: oneOf('all', 'core', 'none'),
  ignoreDefaultExcludes: boolean,
  exclude: list(string),
  set: dictionary(string),
  includeOnly: list(string),
});

const processStart = object({
  processId,
  argv,
  cwd: uri,
  env: dictionary(string),
  tty: boolean,
  pipeStdin: withDefault(boolean, false),
  arg0: optional(string),
  envPolicy: optional(envPolicy),
  sandbox: optional(sandboxContext),
  enforceManagedNetwork: withDefault(boolean, false),
  managedNetwork: optional(object({ loopbackPorts: list(count) })),
  networkProxy: optional(object({})),
  shellSnapshot: optional(object({})),
  metadata: optional(object({ threadId: optional(string), toolCallId: optional(string) })),
  /** Ours: the window of a terminal, where the published protocol has 24 rows of 80. */
  terminal: optional(object({ rows: count, cols: count })),
});

const processRead = object({
  processId,
  afterSeq: optional(count),
  maxBytes: optional(count),
  waitMs: optional(count),
});

const processWrite = object({ processId, chunk: base64, writeId: name('writeId') });
const processSignal = object({ processId, signal: oneOf('interrupt') });
const processTerminate = object({ processId });
const processResize = object({ processId, rows: count, cols: count });

const environmentConfig = object({
  cwd: uri,
  configPaths: list(list(string)),
  requirementsPaths: list(list(string)),
});

const sandbox = optional(sandboxContext);
const followSymlinks = withDefault(optional(boolean), null);

const capabilityRoots = object({ roots: list(object({ id: string, path: uri, sandbox })) });

const watchMissing = object({ watchId: count, missing: list(uri), present: optional(uri) });

/** A name that the client chose; short, because each end keeps it. */
const handleId: Reader<string> = (value) => {
  const id = name('handleId')(value);
  return Buffer.byteLength(id) > 32 ? refuse('handleId must be at most 32 bytes') : id;
};

/** Absent and null mean true. */
const byDefault: Reader<boolean> = (value) => optional(boolean)(value) ?? true;

const headers = list(object({ name: string, value: string, valueEnvVar: optional(string) }));

/** The params of each method. */
export const PARAMS = {
  initialize,
  'environment/info': nothing,
  'environment/status': nothing,
  'environmentConfig/read': environmentConfig,
  'capabilityRoots/discoverV1': capabilityRoots,
  'process/start': processStart,
  'process/read': processRead,
  'process/write': processWrite,
  'process/signal': processSignal,
  'process/terminate': processTerminate,
  'process/resize': processResize,
  'fs/readFile': object({ path: uri, followSymlinks, sandbox }),
  'fs/writeFile': object({ path: uri, dataBase64: string, followSymlinks, sandbox }),
  'fs/open': object({ handleId, path: uri, mode: withDefault(optional(oneOf('read', 'replace')), null), sandbox }),
  'fs/readBlock': object({ handleId: string, offset: count, len: count }),
  'fs/writeBlock': object({ handleId: string, offset: count, chunk: base64 }),
  'fs/close': object({ handleId: string }),
  'fs/createDirectory': object({ path: uri, recursive: byDefault, followSymlinks, sandbox }),
  'fs/getMetadata': object({ path: uri, followSymlinks, sandbox }),
  'fs/canonicalize': object({ path: uri, sandbox }),
  'fs/readDirectory': object({ path: uri, sandbox }),
  'fs/walk': object({
    path: uri,
    options: object({
      maxDepth: count,
      maxDirectories: count,
      maxEntries: count,
      followDirectorySymlinks: boolean,
      pruneHiddenDirectories: withDefault(optional(boolean), null),
    }),
    sandbox,
  }),
  'fs/remove': object({ path: uri, recursive: byDefault, force: byDefault, followSymlinks, sandbox }),
  'fs/copy': object({ sourcePath: uri, destinationPath: uri, recursive: boolean, sandbox }),
  'fs/watchMissing': watchMissing,
  'http/request': object({
    method: string,
    url: string,
    headers: withDefault(headers, []),
    bodyBase64: optional(base64),
    timeoutMs: optional(count),
    redirectPolicy: withDefault(optional(oneOf('follow', 'stop')), null),
    requestId: string,
    streamResponse: withDefault(boolean, false),
  }),
} as const;

export type Method = keyof typeof PARAMS;
export type Params<M extends Method> = Read<(typeof PARAMS)[M]>;

export function isMethod(text: string): text is Method {
  return Object.hasOwn(PARAMS, text);
}

/** Which output it was; a terminal has one. */
export type StreamName = 'stdout' | 'stderr' | 'pty';

/** What guards a command on the machine that runs it. `none`: nothing. */
export type SandboxType = 'none' | 'macosSeatbelt' | 'linuxSeccomp' | 'windowsRestrictedToken';

export interface EnvironmentInfo {
  readonly shell: { readonly name: string; readonly path: string };
  readonly executorVersion: string;
  readonly providerId: string;
  readonly cwd: PathUri;
  readonly userHomeDir: PathUri;
  readonly platformOs: 'linux' | 'macos' | 'windows';
  readonly prependPathDirs: readonly PathUri[];
  readonly temporaryDirectories: readonly PathUri[];
  readonly tempDir: PathUri;
  readonly capabilities: Capabilities;
}

/** What a client must not use unless it is said here. The last two are ours. */
export interface Capabilities {
  readonly networkProxyLaunch: boolean;
  readonly networkProxyReviewDomains: boolean;
  readonly credentialMasking: boolean;
  readonly credentialMaskingCustomProviders: boolean;
  readonly capabilityDiscoverySandbox: boolean;
  readonly fsWatchMissing: boolean;
  readonly capabilityDiscoveryV2: boolean;
  readonly environmentConfigRead: boolean;
  readonly httpHeaderEnvVars: boolean;
  readonly sandboxedFileStreaming: boolean;
  readonly fileWriteStreaming: boolean;
  readonly shellSnapshotV2: boolean;
  readonly windowsMxc: boolean;
  readonly linuxRootWritePreservesDevices: boolean;
  readonly linuxApprovedRootWritePreservesRestrictions: boolean;
  /** `process/resize`, and `terminal` of `process/start`. */
  readonly terminalResize: boolean;
  /** `denial` beside `sandboxDenied`: what was blocked, and what would let it through. */
  readonly denialDetails: boolean;
}

/** Of a server that says nothing. */
export const NO_CAPABILITIES: Capabilities = {
  networkProxyLaunch: false,
  networkProxyReviewDomains: false,
  credentialMasking: false,
  credentialMaskingCustomProviders: false,
  capabilityDiscoverySandbox: false,
  fsWatchMissing: false,
  capabilityDiscoveryV2: false,
  environmentConfigRead: false,
  httpHeaderEnvVars: false,
  sandboxedFileStreaming: false,
  fileWriteStreaming: false,
  shellSnapshotV2: false,
  windowsMxc: false,
  linuxRootWritePreservesDevices: false,
  linuxApprovedRootWritePreservesRestrictions: false,
  terminalResize: false,
  denialDetails: false,
};

export interface OutputChunk {
  readonly seq: number;
  readonly stream: StreamName;
  /** Base64. */
  readonly chunk: string;
}

/** What each method gives. */
export interface Results {
  readonly initialize: { readonly sessionId: string; readonly environmentInfo: EnvironmentInfo };
  readonly 'environment/info': EnvironmentInfo;
  readonly 'environment/status': { readonly status: 'ready' };
  readonly 'environmentConfig/read': {
    readonly userHomeDir: PathUri;
    readonly codexHomeDir: PathUri;
    readonly hostname: string;
    readonly config: ConfigLayers;
    readonly requirements: ConfigLayers;
  };
  readonly 'capabilityRoots/discoverV1': { readonly roots: readonly CapabilityRoot[] };
  readonly 'process/start': { readonly processId: string; readonly sandboxType: SandboxType };
  readonly 'process/read': {
    readonly chunks: readonly OutputChunk[];
    readonly nextSeq: number;
    readonly exited: boolean;
    readonly exitCode: number | null;
    readonly closed: boolean;
    readonly failure: string | null;
    readonly sandboxDenied: boolean;
  };
  readonly 'process/write': { readonly status: 'accepted' | 'unknownProcess' | 'stdinClosed' | 'starting' };
  readonly 'process/signal': Nothing;
  readonly 'process/terminate': { readonly running: boolean };
  readonly 'process/resize': Nothing;
  readonly 'fs/readFile': { readonly dataBase64: string };
  readonly 'fs/writeFile': Nothing;
  readonly 'fs/open': { readonly handleId: string };
  readonly 'fs/readBlock': { readonly chunk: string; readonly eof: boolean };
  readonly 'fs/writeBlock': Nothing;
  readonly 'fs/close': Nothing;
  readonly 'fs/createDirectory': Nothing;
  readonly 'fs/getMetadata': FileMetadata;
  readonly 'fs/canonicalize': { readonly path: PathUri };
  readonly 'fs/readDirectory': { readonly entries: readonly FolderEntry[] };
  readonly 'fs/walk': {
    readonly entries: readonly { readonly path: PathUri; readonly kind: 'file' | 'directory' }[];
    readonly errors: readonly { readonly path: PathUri; readonly message: string }[];
    readonly truncated: boolean;
  };
  readonly 'fs/remove': Nothing;
  readonly 'fs/copy': Nothing;
  readonly 'fs/watchMissing': { readonly watching: boolean };
  readonly 'http/request': {
    readonly status: number;
    readonly headers: readonly { readonly name: string; readonly value: string }[];
    readonly bodyBase64: string;
  };
}

export type Nothing = Readonly<Record<string, never>>;

export interface ConfigLayers {
  readonly layers: readonly { readonly source: string; readonly baseDir: PathUri; readonly toml: string }[];
  readonly cloudInsertionIndex: number;
}

export interface TextFile {
  readonly path: PathUri;
  readonly contents: string;
}

export interface CapabilityRoot {
  readonly id: string;
  readonly path: PathUri;
  readonly plugin: {
    readonly manifest: TextFile;
    readonly mcpConfig: TextFile | null;
    readonly appsConfig: TextFile | null;
  } | null;
  readonly skills: readonly { readonly instructions: TextFile; readonly metadata: TextFile | null }[];
  readonly namespaceManifests: readonly TextFile[];
  readonly warnings: readonly string[];
  readonly error: string | null;
}

/** Of the file that a link leads to; `isSymlink` is of the path itself. Times in Unix ms, 0 where unknown. */
export interface FileMetadata {
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  readonly isSymlink: boolean;
  readonly size: number;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

export interface FolderEntry {
  readonly fileName: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

/** What the server tells without being asked, as a client reads it. */
export const NOTIFICATIONS = {
  'process/output': object({ processId: string, seq: count, stream: oneOf('stdout', 'stderr', 'pty'), chunk: base64 }),
  /** `sandboxDenied` null: an older server, which has to be asked. `denial` is ours, where `denialDetails` is told. */
  'process/exited': object({
    processId: string,
    seq: count,
    exitCode: integer,
    sandboxDenied: optional(boolean),
    denial: anything,
  }),
  'process/closed': object({ processId: string, seq: count }),
  'http/request/bodyDelta': object({
    requestId: string,
    seq: count,
    deltaBase64: base64,
    done: boolean,
    error: optional(string),
  }),
  'fs/missingChanged': object({ watchId: count }),
} as const;

export type NotificationName = keyof typeof NOTIFICATIONS;
export type NotificationParams<N extends NotificationName> = Read<(typeof NOTIFICATIONS)[N]>;

/** Limits that both sides keep. */
export const LIMITS = {
  /** One WebSocket frame, and one message of several. */
  frameBytes: 16 * 1024 * 1024,
  messageBytes: 64 * 1024 * 1024,
  /** One block of `fs/readBlock` and `fs/writeBlock`. */
  blockBytes: 1024 * 1024,
  fileHandles: 128,
  /** Output of one process that can be read again, and the pieces it is in. */
  retainedBytes: 1024 * 1024,
  retainedChunks: 50_000,
  writeIds: 4096,
} as const;
