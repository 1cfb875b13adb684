// Which of a program's words can do harm that cannot be undone, or hide what is run?

export type DangerKind =
  /** Deletes without asking: under the policy `never` the command is refused for it. */
  | 'forced removal'
  | 'removal'
  | 'privileges'
  | 'unread script'
  | 'device'
  | 'permissions'
  | 'lost work'
  | 'hidden program'
  | 'power'
  | 'fork bomb';

/** Words of one program to mark, by index, and why. */
export interface DangerousWords {
  readonly kind: DangerKind;
  readonly indexes: readonly number[];
  readonly why: string;
}

type Look = (args: readonly string[]) => DangerousWords | null;

/** Judges a program by its base name and its arguments. Indexes count from the program, which is 0. */
export function dangerousWords(program: string, args: readonly string[]): DangerousWords | null {
  if (/^(?:mkfs(?:\..+)?|mke2fs|mkswap|wipefs|blkdiscard|fdisk|sfdisk|gdisk|sgdisk|parted|cryptsetup)$/.test(program)) {
    return mark('device', [-1], 'it overwrites a disk');
  }
  const look = Object.hasOwn(LOOKS, program) ? LOOKS[program] : undefined;
  return look?.(args) ?? null;
}

const LOOKS: Readonly<Record<string, Look>> = {
  rm: lookAtRm,
  find: lookAtFind,
  git: lookAtGit,
  dd: (args) =>
    found('device', args, /^of=\/dev\/(?!null$|zero$|full$|std(?:out|err)$|fd\/|tty)/, 'it overwrites a device'),
  shred: () => mark('removal', [-1], 'what it overwrites cannot be restored'),
  tee: (args) => found('device', args, DEVICE, 'it overwrites a device'),
  cp: (args) => found('device', args.slice(-1), DEVICE, 'it overwrites a device', args.length - 1),
  chmod: lookAtChmod,
  chown: (args) => lookAtOwner(args),
  chgrp: (args) => lookAtOwner(args),
  sudo: () => mark('privileges', [-1], 'it runs with the rights of another user'),
  doas: () => mark('privileges', [-1], 'it runs with the rights of another user'),
  pkexec: () => mark('privileges', [-1], 'it runs with the rights of another user'),
  su: () => mark('privileges', [-1], 'it runs with the rights of another user'),
  kill: (args) =>
    args.at(-1) === '-1' && args.length > 1
      ? mark('power', [-1, args.length - 1], 'it ends every process of yours')
      : null,
  shutdown: () => mark('power', [-1], 'it stops this machine'),
  reboot: () => mark('power', [-1], 'it stops this machine'),
  halt: () => mark('power', [-1], 'it stops this machine'),
  poweroff: () => mark('power', [-1], 'it stops this machine'),
  systemctl: (args) => found('power', args, /^(?:poweroff|reboot|halt|kexec)$/, 'it stops this machine'),
};

/** Block devices and the memory. */
export const DEVICE = /^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|loop|dm-|md|disk|mapper|sr|mem$|kmem$|port$)/;

/** `at`: indexes of arguments, the program itself is -1. */
function mark(kind: DangerKind, at: readonly number[], why: string): DangerousWords {
  return { kind, indexes: at.map((index) => index + 1), why };
}

/** Marks the program and the arguments that match; null when none does. `shift`: where the arguments given begin. */
function found(
  kind: DangerKind,
  args: readonly string[],
  pattern: RegExp,
  why: string,
  shift = 0,
): DangerousWords | null {
  const at = args.flatMap((word, index) => (pattern.test(word) ? [index + shift] : []));
  return at.length === 0 ? null : mark(kind, [-1, ...at], why);
}

/** The arguments before `--`. */
function options(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end === -1 ? args : args.slice(0, end);
}

function lookAtRm(args: readonly string[]): DangerousWords | null {
  const before = options(args);
  // `--force` may be abbreviated as long as it is unique.
  const forced = found(
    'forced removal',
    before,
    /^(?:-[A-Za-z]*f[A-Za-z]*|--f(?:o|or|orc|orce)?)$/,
    'it deletes without asking',
  );
  if (forced !== null) return forced;
  return found(
    'removal',
    before,
    /^(?:-[A-Za-z]*[rR][A-Za-z]*|--r(?:e\w*)?)$/,
    'it deletes folders with all that is in them',
  );
}

function lookAtFind(args: readonly string[]): DangerousWords | null {
  const at = args.findIndex((word) => /^-(?:delete|exec|execdir|ok|okdir)$/.test(word));
  if (at === -1) return null;
  if (args[at] === '-delete') return mark('removal', [-1, at], 'it deletes what it finds');
  const program = (args[at + 1] ?? '').replace(/^.*\//, '');
  return /^(?:rm|shred|unlink|(?:ba|z|da)?sh)$/.test(program)
    ? mark('removal', [-1, at, at + 1], 'it runs this for all it finds')
    : null;
}

/** Options of git that take the next word. */
const GIT_VALUES = new Set([
  '-C',
  '-c',
  '--config-env',
  '--exec-path',
  '--git-dir',
  '--namespace',
  '--super-prefix',
  '--work-tree',
]);

/** Settings of git whose value is a program. */
const GIT_PROGRAMS =
  /^(?:core\.(?:pager|editor|sshcommand|fsmonitor|hookspath|askpass|gitproxy|alternaterefscommand)|alias\.|pager\.|diff\.|difftool\.|merge\.|mergetool\.|filter\.|credential\.|gpg\.|sequence\.editor|protocol\.|uploadpack\.|remote\..*\.(?:uploadpack|receivepack|vcs)|browser\.|man\.|web\.|interactive\.difffilter|trailer\.|sendemail\.|include)/i;

function lookAtGit(args: readonly string[]): DangerousWords | null {
  let at = 0;
  while (at < args.length && /^-/.test(args[at] ?? '')) {
    const word = args[at] ?? '';
    const value = GIT_VALUES.has(word) ? (args[at + 1] ?? '') : word.replace(/^(?:-c|--config-env=)/, '');
    const isSetting = /^-c|^--config-env/.test(word) && (GIT_PROGRAMS.test(value) || /^[^=]*=\s*!/.test(value));
    if (isSetting || /^--exec-path=/.test(word)) {
      const marked = GIT_VALUES.has(word) ? [at, at + 1] : [at];
      return mark('hidden program', [-1, ...marked], 'this setting makes git run another program');
    }
    at += GIT_VALUES.has(word) ? 2 : 1;
  }
  const look = LOST_WORK.get(args[at] ?? '');
  const marked = look === undefined ? null : found('lost work', args.slice(at + 1), look.pattern, look.why, at + 1);
  return marked === null
    ? null
    : { ...marked, indexes: [...marked.indexes.slice(0, 1), at + 1, ...marked.indexes.slice(1)] };
}

const LOST_WORK: ReadonlyMap<string, { readonly pattern: RegExp; readonly why: string }> = new Map([
  ['reset', { pattern: /^--hard$/, why: 'changes that were not committed are lost' }],
  ['clean', { pattern: /^(?:-[A-Za-z]*f[A-Za-z]*|--force)$/, why: 'files that git does not know are deleted' }],
  ['checkout', { pattern: /^(?:-f|--force|\.|--)$/, why: 'changes that were not committed are lost' }],
  ['restore', { pattern: /^(?:\.|:\/)$/, why: 'changes that were not committed are lost' }],
  [
    'push',
    { pattern: /^(?:-[A-Za-z]*f[A-Za-z]*|--force(?:-.*)?|--mirror|\+.+)$/, why: 'commits on the other side are lost' },
  ],
]);

/** Places that hold more than a project. */
const BROAD =
  /^(?:\/+\*?|~[^/]*\/?\*?|"?\$\{?HOME\}?"?\/?\*?|\/(?:bin|boot|dev|etc|home|lib(?:64)?|opt|proc|root|sbin|srv|sys|tmp|usr|var)(?:\/\*?)?)$/;

const RECURSIVE = /^(?:-[A-Za-z]*R[A-Za-z]*|--recursive)$/;

function lookAtChmod(args: readonly string[]): DangerousWords | null {
  const broad = lookAtOwner(args);
  const mode = args.findIndex((word) =>
    /^(?:[0-7]?[0-7]{2}[2367]|[ugo]*[ao][ugoa]*[+=][rxXst]*w[rwxXst]*)$/.test(word),
  );
  if (mode === -1 || !args.some((word) => RECURSIVE.test(word))) return broad;
  const target = args.findIndex((word) => BROAD.test(word));
  return mark(
    'permissions',
    [-1, mode, ...(target === -1 ? [] : [target])],
    'everyone on this machine may write there',
  );
}

function lookAtOwner(args: readonly string[]): DangerousWords | null {
  const recursive = args.findIndex((word) => RECURSIVE.test(word));
  const target = args.findIndex((word) => BROAD.test(word));
  return recursive === -1 || target === -1
    ? null
    : mark('permissions', [-1, recursive, target], 'it changes who may use the files of the whole system or home');
}
