// What a command may touch, before and after it is bound to a place: the types everything else in this room speaks.

/** What an entry allows. `write` implies `read`; on equal paths `deny` beats `write` beats `read`. */
export type Access = 'read' | 'write' | 'deny';

/**
 * Symbolic places. They stay symbolic until the machine that runs the command binds them with its own working
 * directory and temp folders: `root` is `/`, `workspace_roots` the folders a session works in, `tmpdir` is `$TMPDIR`,
 * `slash_tmp` is `/tmp`.
 */
export type SpecialPlace = 'root' | 'workspace_roots' | 'tmpdir' | 'slash_tmp';

export type ProfilePath =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'special'; readonly place: SpecialPlace; readonly subpath?: string };

/** One line of a profile. Of several that match a path, the longest path wins. */
export interface FileSystemEntry {
  readonly path: ProfilePath;
  readonly access: Access;
}

/** `restricted`: an empty network of its own, where only its own loopback servers answer. `enabled`: the host's. */
export type NetworkAccess = 'restricted' | 'enabled';

/** What a command may touch. `disabled` means no sandbox of ours at all, which is not the same as a wide-open one. */
export type Profile =
  | {
      readonly type: 'managed';
      readonly entries: readonly FileSystemEntry[];
      readonly network: NetworkAccess;
      /** Absolute paths of the unix sockets (or folders of sockets) that may be reached; all others are closed. */
      readonly unixSockets: readonly string[];
    }
  | { readonly type: 'disabled' };

/** A profile with the name a person writes in `default_permissions`. */
export interface NamedProfile {
  readonly name: string;
  readonly profile: Profile;
}

/**
 * One narrow widening of a profile. `write` and `read` cover the path and, when it is a folder, everything below it.
 * `network` is the host's whole network. `unsandboxed` is no sandbox at all, and is never part of a smaller grant.
 */
export type Grant =
  | { readonly kind: 'write'; readonly path: string }
  | { readonly kind: 'read'; readonly path: string }
  | { readonly kind: 'unix_socket'; readonly path: string }
  | { readonly kind: 'network' }
  | { readonly kind: 'unsandboxed' };

/** The facts that turn symbolic places into paths: those of the machine and session that run the command. */
export interface BindContext {
  /** Absolute folders the session works in; `workspace_roots` entries apply to each. */
  readonly workspaceRoots: readonly string[];
  /** `$TMPDIR` of the command, or null when it is not set. */
  readonly tmpdir: string | null;
  /** `$CODEX_HOME`: read-only inside a writable root, its key files unreadable. */
  readonly codexHome: string;
  /** Folder of our own sockets, hidden in every sandbox; null when there is none. */
  readonly runtimeDir: string | null;
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
      readonly writableRoots: readonly WritableRoot[];
      /** Files and sockets that cannot be opened at all. */
      readonly denied: readonly string[];
      /** Folders that look empty and closed: denied ones, and the folder of our own sockets. */
      readonly hidden: readonly string[];
      /** Read-only again below a hidden folder, or below what every sandbox hides. */
      readonly readable?: readonly string[];
      /** `$CODEX_HOME`: a write grant for it as a whole, or a read grant for the keys in it, changes nothing. */
      readonly keptFolder?: string;
      readonly network: NetworkAccess;
      readonly unixSockets: readonly string[];
    }
  | { readonly type: 'disabled'; readonly name: string };
