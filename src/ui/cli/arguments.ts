// What was typed after `codex`, and what it means.

import { fail, ok, type Result } from '../../problem/index.ts';
import { completionFor, SHELLS } from './completion.ts';
import { type ExecInvocation, understandExec, understandReview } from './exec-arguments.ts';
import { helpText, subcommandHelp } from './help-text.ts';
import { type LoginInvocation, understandLogin } from './login-arguments.ts';
import { type McpInvocation, understandMcp } from './mcp-arguments.ts';
import { EVERYWHERE, SESSION_OPTIONS, SUBCOMMANDS, type Subcommand } from './subcommands.ts';
import { innerSubcommand, parseTyped, usage } from './typed.ts';

export interface SessionFlags {
  readonly cd: string | null;
  readonly model: string | null;
  readonly sandbox: string | null;
  readonly approval: string | null;
  /** No record is kept. */
  readonly isEphemeral: boolean;
  /** A model of a server on this machine, whatever provider is configured. */
  readonly isLocal?: true;
  readonly settings: ConfigFlags;
}

/** What is configured for this once. */
export interface ConfigFlags {
  /** `key=value`, as typed; of several for one key the last one counts. */
  readonly overrides: readonly string[];
  readonly profile: string | null;
}

export type Resume =
  | { readonly kind: 'choose'; readonly everyFolder: boolean }
  | { readonly kind: 'last'; readonly everyFolder: boolean }
  | { readonly kind: 'named'; readonly id: string }
  /** One that is open; null: the only one. */
  | { readonly kind: 'live'; readonly id: string | null };

/** The sessions that an operand of a subcommand can name. */
export type SessionIds = 'listed' | 'open';

/** All but the choice from a list, which needs a screen. */
export type NamedResume = Exclude<Resume, { kind: 'choose' }>;

/** What nobody watches while it runs. */
export type UnwatchedInvocation =
  | ExecInvocation
  | { readonly kind: 'mcp-server' }
  | LoginInvocation
  /** The ids that a shell completes an operand with. */
  | { readonly kind: 'ids'; readonly which: SessionIds };

/** What to do. `screen` is the terminal UI; `prompt` is its first message. */
export type Invocation =
  | {
      readonly kind: 'screen';
      readonly prompt: string | null;
      readonly resume: Resume | null;
      /** On with a copy of it. */
      readonly forks: boolean;
      readonly flags: SessionFlags;
    }
  /** A session without a screen. `isCore`: in this very process; else in one that is started for it. */
  | {
      readonly kind: 'detached';
      readonly prompt: string | null;
      readonly resume: NamedResume | null;
      readonly flags: SessionFlags;
      readonly isCore: boolean;
    }
  | {
      readonly kind: 'sandbox';
      readonly argv: readonly [string, ...string[]];
      readonly profile: string | null;
      readonly cd: string | null;
      readonly keepsExitCode: boolean;
      /** As they were typed; relative ones start at the folder it runs in. */
      readonly unixSockets: readonly string[];
      readonly logsDenials: boolean;
      readonly explains: boolean;
      readonly settings: ConfigFlags;
    }
  /** Why a setting, or each that is set, has the value it has. */
  | {
      readonly kind: 'config';
      readonly key: string | null;
      readonly json: boolean;
      readonly cd: string | null;
      readonly settings: ConfigFlags;
    }
  | {
      readonly kind: 'execpolicy';
      readonly argv: readonly string[];
      /** As typed; none means the person's own. */
      readonly files: readonly string[];
      readonly resolves: boolean;
      readonly pretty: boolean;
    }
  | { readonly kind: 'rename'; readonly id: string; readonly name: string }
  | {
      readonly kind: 'export';
      readonly id: string;
      readonly as: 'markdown' | 'asciicast';
      readonly file: string | null;
      readonly isFull: boolean;
      readonly pane: number | null;
    }
  | { readonly kind: 'archive' | 'unarchive'; readonly id: string }
  | { readonly kind: 'delete'; readonly id: string; readonly isForced: boolean }
  | { readonly kind: 'ps' }
  | { readonly kind: 'kill'; readonly id: string }
  | { readonly kind: 'doctor'; readonly json: boolean }
  | McpInvocation
  | UnwatchedInvocation
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' };

/** What `codex` alone takes. */
const ROOT: Pick<Subcommand, 'options' | 'subcommands'> = { options: SESSION_OPTIONS, subcommands: SUBCOMMANDS };

/** Understands `argv` (without the program's name). A problem is a usage error: exit code 2. */
export function understand(argv: readonly string[]): Result<Invocation> {
  const dashes = argv.indexOf('--');
  const { inner: subcommand, mine: behind } = innerSubcommand(ROOT, argv.slice(0, dashes < 0 ? undefined : dashes));
  const rest = dashes < 0 ? [] : argv.slice(dashes + 1);
  const { inner, mine } = innerSubcommand(subcommand, behind);
  const own = inner?.options ?? subcommand?.options ?? SESSION_OPTIONS;
  const typed = parseTyped(mine, [...own, ...EVERYWHERE]);
  if (!typed.ok) return typed;
  const { flags, operands } = typed.value;
  if (flags.has('help')) return ok({ kind: 'help', text: helpOf(subcommand, inner) });
  if (flags.has('version')) return ok({ kind: 'version' });
  const text = (name: string) => flags.get(name) ?? null;
  const settings: ConfigFlags = { overrides: typed.value.lists.get('config') ?? [], profile: text('profile') };
  const nothing = settings.overrides.find((it) => !/^[^=]*[^=\s][^=]*=/.test(it));
  if (nothing !== undefined) return fail(usage('-c takes key=value, as in -c model="o3".'));
  const session: SessionFlags = {
    cd: text('cd'),
    model: text('model'),
    sandbox: text('sandbox'),
    approval: text('ask-for-approval'),
    isEphemeral: flags.has('ephemeral'),
    ...(flags.has('oss') ? { isLocal: true as const } : {}),
    settings,
  };
  const isCore = flags.has('detached-core');
  const isDetached = flags.has('detach') || isCore;

  switch (subcommand?.name) {
    case undefined: {
      const words = [...operands, ...rest];
      const prompt = words.length === 0 ? null : words.join(' ');
      return ok(
        isDetached
          ? { kind: 'detached', prompt, resume: null, flags: session, isCore }
          : { kind: 'screen', prompt, resume: null, forks: false, flags: session },
      );
    }
    case 'fork':
    case 'resume': {
      const everyFolder = flags.has('all');
      const [id, extra] = operands;
      if (extra !== undefined) return fail(usage(`codex ${subcommand.name} takes one session, not also "${extra}".`));
      const resume: Resume = flags.has('last')
        ? { kind: 'last', everyFolder }
        : id === undefined
          ? { kind: 'choose', everyFolder }
          : { kind: 'named', id };
      const forks = subcommand.name === 'fork';
      if (isDetached && !forks) {
        if (resume.kind === 'choose') return fail(usage('codex resume --detach needs an ID, or --last.'));
        return ok({ kind: 'detached', prompt: null, resume, flags: session, isCore });
      }
      return ok({ kind: 'screen', prompt: null, resume, forks, flags: session });
    }
    case 'exec':
      return understandExec(inner?.name ?? null, { typed: typed.value, words: [...operands, ...rest], session });
    case 'review':
      return understandReview({ typed: typed.value, words: [...operands, ...rest], session });
    case 'mcp':
      return understandMcp(inner?.name ?? null, { typed: typed.value, rest, settings });
    case 'mcp-server':
      if (operands.length > 0) return fail(usage(`codex mcp-server takes no "${operands[0]}".`));
      return ok({ kind: 'mcp-server' });
    case 'login':
    case 'logout':
      return understandLogin(subcommand.name, { ...typed.value, operands: [...operands, ...rest] });
    case 'completion':
      return understandCompletion(operands, text('ids'));
    case 'sandbox': {
      const [program, ...parameters] = [...operands, ...rest];
      if (program === undefined) return fail(usage('codex sandbox needs a command: codex sandbox -- COMMAND'));
      return ok({
        kind: 'sandbox',
        argv: [program, ...parameters],
        profile: text('permission-profile') ?? text('permissions-profile'),
        cd: text('cd'),
        keepsExitCode: flags.has('keep-exit-code'),
        unixSockets: typed.value.lists.get('allow-unix-socket') ?? [],
        logsDenials: flags.has('log-denials'),
        explains: flags.has('explain'),
        settings,
      });
    }
    case 'config': {
      const [verb, key = null, extra] = [...operands, ...rest];
      if (verb !== 'explain' || extra !== undefined)
        return fail(usage('codex config knows one thing: codex config explain [KEY]'));
      return ok({ kind: 'config', key, json: flags.has('json'), cd: text('cd'), settings });
    }
    case 'ps':
      return ok({ kind: 'ps' });
    case 'attach': {
      const [id = null, extra] = operands;
      if (extra !== undefined) return fail(usage(`codex attach takes one session, not also "${extra}".`));
      return ok({ kind: 'screen', prompt: null, resume: { kind: 'live', id }, forks: false, flags: session });
    }
    case 'rename': {
      const [id, ...words] = [...operands, ...rest];
      if (id === undefined || words.length === 0) return fail(usage('codex rename needs an ID and a NAME.'));
      return ok({ kind: 'rename', id, name: words.join(' ') });
    }
    case 'export':
    case 'archive':
    case 'unarchive':
    case 'delete':
    case 'kill': {
      const [id, extra] = operands;
      const { name } = subcommand;
      if (id === undefined) return fail(usage(`codex ${name} needs the ID of a session.`));
      if (extra !== undefined) return fail(usage(`codex ${name} takes one session, not also "${extra}".`));
      if (name === 'export') return understandExport(id, flags);
      return ok(name === 'delete' ? { kind: 'delete', id, isForced: flags.has('force') } : { kind: oneOf(name), id });
    }
    case 'execpolicy': {
      const [verb, ...command] = [...operands, ...rest];
      if (verb !== 'check' || command.length === 0)
        return fail(usage('codex execpolicy knows one thing: codex execpolicy check -- COMMAND'));
      return ok({
        kind: 'execpolicy',
        argv: command,
        files: typed.value.lists.get('rules') ?? [],
        resolves: flags.has('resolve-host-executables'),
        pretty: flags.has('pretty'),
      });
    }
    default:
      return ok({ kind: 'doctor', json: flags.has('json') });
  }
}

function helpOf(subcommand: Subcommand | null, inner: Subcommand | null): string {
  if (subcommand === null) return helpText();
  return inner === null ? subcommandHelp(subcommand) : subcommandHelp(inner, [subcommand.name]);
}

function understandCompletion(operands: readonly string[], ids: string | null): Result<Invocation> {
  if (ids === 'listed' || ids === 'open') return ok({ kind: 'ids', which: ids });
  const [name = 'bash', extra] = operands;
  const shell = SHELLS.find((known) => known === name);
  if (shell === undefined || extra !== undefined)
    return fail(usage(`codex completion knows ${SHELLS.join(', ')}, not "${extra ?? name}".`));
  return ok({ kind: 'help', text: completionFor(shell) });
}

function oneOf(name: string): 'archive' | 'unarchive' | 'kill' {
  return name === 'archive' || name === 'unarchive' ? name : 'kill';
}

function understandExport(id: string, flags: ReadonlyMap<string, string>): Result<Invocation> {
  const file = flags.get('output') ?? null;
  const as = flags.get('as') ?? (file?.endsWith('.cast') ? 'asciicast' : 'markdown');
  if (as !== 'markdown' && as !== 'asciicast') return fail(usage(`--as ${as} is not possible: markdown or asciicast.`));
  const pane = flags.get('pane');
  if (pane !== undefined && (as !== 'asciicast' || !/^[1-9]\d{0,5}$/.test(pane)))
    return fail(usage('--pane takes the number of a command, and goes with --as asciicast.'));
  return ok({
    kind: 'export',
    id,
    as,
    file,
    isFull: flags.has('full'),
    pane: pane === undefined ? null : Number(pane),
  });
}
