// What does a client make of the answers, those of older servers included?

import { type Capabilities, type Method, NO_CAPABILITIES } from '../protocol/messages.ts';
import {
  anything,
  boolean,
  count,
  integer,
  list,
  object,
  oneOf,
  optional,
  type Read,
  type Reader,
  string,
  uri,
  withDefault,
} from '../protocol/readers.ts';

/** What is not said is not there. */
const capabilities: Reader<Capabilities> = (value) => {
  const said = optional(anything)(value);
  if (typeof said !== 'object' || said === null) return NO_CAPABILITIES;
  const names = Object.keys(NO_CAPABILITIES) as (keyof Capabilities)[];
  return Object.fromEntries(names.map((name) => [name, Reflect.get(said, name) === true])) as unknown as Capabilities;
};

const environmentInfo = object({
  shell: object({ name: string, path: string }),
  executorVersion: withDefault(string, '0.0.0'),
  providerId: optional(string),
  cwd: optional(uri),
  userHomeDir: optional(uri),
  platformOs: optional(oneOf('linux', 'macos', 'windows')),
  prependPathDirs: withDefault(list(uri), []),
  temporaryDirectories: withDefault(list(uri), []),
  tempDir: optional(uri),
  capabilities,
});

/** What is known of the machine behind a connection; null where an older server does not say. */
export type RemoteInfo = Read<typeof environmentInfo>;

const nothing = object({});
const stream = oneOf('stdout', 'stderr', 'pty');
const textFile = object({ path: uri, contents: string });
const layers = object({
  layers: list(object({ source: string, baseDir: uri, toml: string })),
  cloudInsertionIndex: count,
});

export const RESULTS = {
  initialize: object({ sessionId: string, environmentInfo: optional(environmentInfo) }),
  'environment/info': environmentInfo,
  'environment/status': object({ status: string }),
  'environmentConfig/read': object({
    userHomeDir: uri,
    codexHomeDir: uri,
    hostname: string,
    config: layers,
    requirements: layers,
  }),
  'capabilityRoots/discoverV1': object({
    roots: list(
      object({
        id: string,
        path: uri,
        plugin: optional(object({ manifest: textFile, mcpConfig: optional(textFile), appsConfig: optional(textFile) })),
        skills: list(object({ instructions: textFile, metadata: optional(textFile) })),
        namespaceManifests: list(textFile),
        warnings: list(string),
        error: optional(string),
      }),
    ),
  }),
  /** `sandboxType` null: an older server, which may have run the command without any sandbox. */
  'process/start': object({
    processId: string,
    sandboxType: optional(oneOf('none', 'macosSeatbelt', 'linuxSeccomp', 'windowsRestrictedToken')),
  }),
  'process/read': object({
    chunks: list(object({ seq: count, stream, chunk: string })),
    nextSeq: count,
    exited: boolean,
    exitCode: optional(integer),
    closed: boolean,
    failure: optional(string),
    /** Older servers leave it out or say null. */
    sandboxDenied: (value: unknown): boolean => optional(boolean)(value) ?? false,
    denial: anything,
  }),
  'process/write': object({ status: oneOf('accepted', 'unknownProcess', 'stdinClosed', 'starting') }),
  'process/signal': nothing,
  'process/terminate': object({ running: boolean }),
  'process/resize': nothing,
  'fs/readFile': object({ dataBase64: string }),
  'fs/writeFile': nothing,
  'fs/open': object({ handleId: string }),
  'fs/readBlock': object({ chunk: string, eof: boolean }),
  'fs/writeBlock': nothing,
  'fs/close': nothing,
  'fs/createDirectory': nothing,
  'fs/getMetadata': object({
    isDirectory: boolean,
    isFile: boolean,
    isSymlink: boolean,
    /** 0 from servers of before June 2026. */
    size: withDefault(count, 0),
    createdAtMs: integer,
    modifiedAtMs: integer,
  }),
  'fs/canonicalize': object({ path: uri }),
  'fs/readDirectory': object({ entries: list(object({ fileName: string, isDirectory: boolean, isFile: boolean })) }),
  'fs/walk': object({
    entries: list(object({ path: uri, kind: oneOf('file', 'directory') })),
    errors: list(object({ path: uri, message: string })),
    truncated: boolean,
  }),
  'fs/remove': nothing,
  'fs/copy': nothing,
  'fs/watchMissing': object({ watching: boolean }),
  'http/request': object({
    status: count,
    headers: list(object({ name: string, value: string })),
    bodyBase64: string,
  }),
} as const satisfies Record<Method, Reader<unknown>>;

export type CallResult<M extends Method> = Read<(typeof RESULTS)[M]>;
