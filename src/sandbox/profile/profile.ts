// What a command may touch, before and after it is bound to a place: the types everything else in this room speaks.

/** What an entry allows. `write` implies `read`; on equal paths `deny` beats `write` beats `read`. */
export type Access = 'read' | 'write' | 'deny';

/**
 * Symbolic places. They stay symbolic until the machine that runs the command binds them with its own working
 * directory and temp folders: `root` is `/`, `minimal` the folders that programs need to run at all, `workspace_roots`
 * the folders a session works in, `tmpdir` is `$TMPDIR`, `slash_tmp` is `/tmp`.
 */
export type SpecialPlace = 'root' | 'minimal' | 'workspace_roots' | 'tmpdir' | 'slash_tmp';

/**
 * `path` is absolute or begins with `~/`, the home of whoever runs the command. `glob` is a pattern of such paths, or,
 * with a place, of paths below it; it can only close.
 */
export type ProfilePath =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'special'; readonly place: SpecialPlace; readonly subpath?: string }
  | { readonly type: 'glob'; readonly pattern: string; readonly place?: 'workspace_roots' };

/** One line of a profile. Of several that match a path, the longest path wins. */
export interface FileSystemEntry {
  readonly path: ProfilePath;
  readonly access: Access;
}

/**
 * `restricted`: an empty network of its own, where only its own loopback servers answer. `proxied`: the same, and a
 * proxy that lets listed hosts through. `enabled`: the host's.
 */
export type NetworkAccess = 'restricted' | 'proxied' | 'enabled';

/** Which hosts the proxy lets through: of several rules that match, deny wins. */
export interface HostRule {
  /** A host, `*.host` (below it), `**.host` (it and below) or `*`. */
  readonly pattern: string;
  readonly access: 'allow' | 'deny';
}

/** What a managed profile says about everything that is no file. */
export interface NetworkProfile {
  readonly access: NetworkAccess;
  /** For `proxied` alone. */
  readonly hosts: readonly HostRule[];
  /** `limited`: only requests that fetch. */
  readonly mode: 'full' | 'limited';
  readonly socks: boolean;
  /** The proxy goes out through the proxy of the machine's own environment, when there is one. */
  readonly upstreamProxy: boolean;
  /**
   * Servers on the loopback of the machine. Where a command has a loopback of its own (Linux) its servers always work
   * there, and nobody else sees them.
   */
  readonly localBinding: boolean;
  /** TCP ports whose servers on the loopback of the machine a command reaches, at the same port of its own loopback. */
  readonly localPorts: readonly number[];
  /** Unix sockets (or folders of sockets) that may be reached; all others are closed. */
  readonly unixSockets: readonly string[];
  /** Closed although a folder above is listed. */
  readonly deniedUnixSockets: readonly string[];
  readonly allUnixSockets: boolean;
}

/**
 * What a command may touch. `disabled` means no sandbox of ours at all, which is not the same as a wide-open one.
 * `external`: somebody outside guards the files (a container), and only the wish about the network is ours.
 */
export type Profile =
  | {
      readonly type: 'managed';
      readonly entries: readonly FileSystemEntry[];
      /** Folders that join those a session works in: whatever is said of `workspace_roots` is said of them too. */
      readonly workspaceRoots: readonly string[];
      /** How many folders deep a glob is searched on a machine that must search; null: as deep as it goes. */
      readonly globScanMaxDepth: number | null;
      readonly network: NetworkProfile;
    }
  | { readonly type: 'external'; readonly network: 'restricted' | 'enabled' }
  | { readonly type: 'disabled' };

/** A profile with the name a person writes in `default_permissions`. */
export interface NamedProfile {
  readonly name: string;
  readonly profile: Profile;
}

/**
 * One narrow widening of a profile. `write` and `read` cover the path and, when it is a folder, everything below it.
 * `host` is one host through the proxy, at one port or (null) all. `local_port` is a server on the loopback of the
 * machine. `network` is the host's whole network. `unsandboxed`
 * is no sandbox at all, and is never part of a smaller grant.
 */
export type Grant =
  | { readonly kind: 'write'; readonly path: string }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'unix_socket'; readonly path: string }
  | { readonly kind: 'host'; readonly host: string; readonly port: number | null }
  | { readonly kind: 'local_port'; readonly port: number }
  | { readonly kind: 'network' }
  | { readonly kind: 'unsandboxed' };

/** The facts that turn symbolic places into paths: those of the machine and session that run the command. */
export interface BindContext {
  /** Absolute folders the session works in; `workspace_roots` entries apply to each. */
  readonly workspaceRoots: readonly string[];
  /** Home folder of whoever runs the command: what `~/` means in a profile. */
  readonly home: string;
  /** `$TMPDIR` of the command, or null when it is not set. */
  readonly tmpdir: string | null;
  /** `$CODEX_HOME`: read-only inside a writable root, its key files unreadable. */
  readonly codexHome: string;
  /** Folders of our own locks and sockets, hidden in every sandbox. */
  readonly runtimeFolders: readonly string[];
}

/** A folder a command may write, with what stays closed inside it. All paths absolute and resolved. */
export interface WritableRoot {
  readonly path: string;
  /** Below `path`, deepest last; present ones only. */
  readonly readOnly: readonly string[];
}

/** A profile bound to this machine: only absolute, resolved paths, ready to be planned. */
export type BoundProfile =
  | {
      readonly type: 'managed';
      readonly name: string;
      /** False: only what is listed as readable or writable is there at all. */
      readonly readsEverything: boolean;
      readonly writableRoots: readonly WritableRoot[];
      /** Files and sockets that cannot be opened at all. */
      readonly denied: readonly string[];
      /** Folders that look empty and closed: denied ones, and the folder of our own sockets. */
      readonly hidden: readonly string[];
      /** Read-only: again below a hidden folder or what every sandbox hides, or because not everything is readable. */
      readonly readable: readonly string[];
      /** Links of the platform (`/bin` to `usr/bin`) that are made anew where not everything is readable. */
      readonly links: readonly { readonly path: string; readonly target: string }[];
      /** Absolute globs behind some of `denied` and `hidden`: a backend that can match closes later files by them too. */
      readonly deniedPatterns: readonly string[];
      /** Protected names that are not there: a backend that mounts has to put something in their place. */
      readonly absentNames: readonly string[];
      /** Protected names that are links: a mount guards where one leads to, and the link itself is looked after. */
      readonly guardedLinks: readonly { readonly path: string; readonly target: string }[];
      /** `$CODEX_HOME`: a write grant for it as a whole, or a read grant for the keys in it, changes nothing. */
      readonly keptFolder: string | null;
      readonly network: NetworkAccess;
      /** What the proxy lets through; null unless `network` is `proxied`. */
      readonly proxy: ProxyRules | null;
      readonly localBinding: boolean;
      readonly localPorts: readonly number[];
      readonly unixSockets: readonly string[];
      readonly deniedUnixSockets: readonly string[];
      readonly allUnixSockets: boolean;
    }
  | { readonly type: 'external'; readonly name: string; readonly network: 'restricted' | 'enabled' }
  | { readonly type: 'disabled'; readonly name: string };

/** What a proxy needs to know of a profile and its grants. */
export interface ProxyRules {
  readonly hosts: readonly HostRule[];
  /** Hosts that were granted, at one port or (null) all. */
  readonly granted: readonly { readonly host: string; readonly port: number | null }[];
  readonly mode: 'full' | 'limited';
  readonly socks: boolean;
  readonly upstreamProxy: boolean;
}
