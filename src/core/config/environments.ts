// Which machines has a person named in `environments.toml`, and how is each reached?

import { parse, TomlError } from 'smol-toml';
import * as v from 'valibot';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';

/** The name that is this machine's, and the word for no machine at all. */
const RESERVED = ['local', 'none'];

/** What of a machine that is reached by a command or by an address. */
export type EnvironmentConfig =
  | {
      readonly kind: 'url';
      readonly name: string;
      /** `ws://`, `wss://`, or `unix:///path` for a socket of this machine. */
      readonly url: string;
      readonly token: TokenSource | null;
      readonly connectMs: number;
      readonly initializeMs: number;
    }
  | {
      readonly kind: 'program';
      readonly name: string;
      readonly program: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      /** Absolute, or relative to the folder of the file; null: that folder. */
      readonly cwd: string | null;
      readonly initializeMs: number;
    };

/** A token in the file itself is a secret at rest; the other two keep it elsewhere. */
export type TokenSource =
  | { readonly kind: 'text'; readonly token: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'variable'; readonly name: string };

export interface EnvironmentsConfig {
  /** Where commands run that name none; null: nowhere. */
  readonly first: string | null;
  readonly includesLocal: boolean;
  readonly environments: readonly EnvironmentConfig[];
}

/** Without a file. */
export const ONLY_LOCAL: EnvironmentsConfig = { first: 'local', includesLocal: true, environments: [] };

const seconds = v.optional(v.pipe(v.number(), v.minValue(0)), 10);

const TOP = { default: v.optional(v.string()), include_local: v.optional(v.boolean(), true) };

const ENTRY = {
  id: v.string(),
  skills: v.optional(v.unknown()),
  url: v.optional(v.string()),
  auth_bearer_token: v.optional(v.string()),
  auth_bearer_token_file: v.optional(v.string()),
  auth_bearer_token_env: v.optional(v.string()),
  program: v.optional(v.string()),
  args: v.optional(v.array(v.string())),
  env: v.optional(v.record(v.string(), v.string())),
  cwd: v.optional(v.string()),
  connect_timeout_sec: v.optional(seconds),
  initialize_timeout_sec: seconds,
};

const Entry = v.strictObject(ENTRY);
const File = v.strictObject({ ...TOP, environments: v.optional(v.array(Entry), []) });

/** Validated as a whole: one wrong line, and nothing of the file counts. `file` is shown in the problem. */
export function readEnvironments(text: string, file: string): Result<EnvironmentsConfig> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return refused(file, `line ${error.line}: ${error.message.split('\n')[0] ?? ''}`);
  }
  const read = v.safeParse(File, value);
  if (!read.success) return refused(file, issueText(read.issues[0]));
  const { default: first, include_local: includesLocal, environments } = read.output;
  const configured: EnvironmentConfig[] = [];
  for (const entry of environments) {
    const one = configOf(entry);
    if (typeof one === 'string') return refused(file, one);
    if (configured.some(({ name }) => name === one.name))
      return refused(file, `environment id \`${one.name}\` is used twice`);
    configured.push(one);
  }
  const names = [...(includesLocal ? ['local'] : []), ...configured.map(({ name }) => name)];
  if (first !== undefined && first !== 'none' && !names.includes(first))
    return refused(file, `default environment \`${first}\` is not configured`);
  const unsaid = includesLocal ? 'local' : null;
  return ok({ first: first === 'none' ? null : (first ?? unsaid), includesLocal, environments: configured });
}

/** `CODEX_EXEC_SERVER_URL`, which counts where there is no file. */
export function environmentsOfVariable(url: string): EnvironmentsConfig {
  if (url === '') return ONLY_LOCAL;
  if (url.toLowerCase() === 'none') return { first: null, includesLocal: false, environments: [] };
  const remote = {
    kind: 'url',
    name: 'remote',
    url,
    token: null,
    connectMs: 10_000,
    initializeMs: 10_000,
  } as const;
  return { first: 'remote', includesLocal: false, environments: [remote] };
}

/** Whether what it says must be read by nobody else. */
export function holdsSecret({ environments }: EnvironmentsConfig): boolean {
  return environments.some((it) => it.kind === 'url' && it.token?.kind === 'text');
}

/** A text is what is wrong. */
function configOf(entry: v.InferOutput<typeof Entry>): EnvironmentConfig | string {
  const { id: name, url, program } = entry;
  const wrongName = nameProblem(name);
  if (wrongName !== null) return wrongName;
  if ((url === undefined) === (program === undefined))
    return `environment \`${name}\` must set exactly one of url or program`;
  const initializeMs = entry.initialize_timeout_sec * 1000;
  if (url !== undefined) {
    if (entry.args !== undefined || entry.env !== undefined || entry.cwd !== undefined)
      return `environment \`${name}\` args, env, and cwd require program`;
    if (!/^(?:wss?:\/\/|unix:\/\/\/)./.test(url))
      return `environment url \`${url}\` must use ws:// or wss:// (or unix:///, for a socket of this machine)`;
    const token = tokenOf(entry);
    if (typeof token === 'string') return token;
    return { kind: 'url', name, url, token, connectMs: (entry.connect_timeout_sec ?? 10) * 1000, initializeMs };
  }
  for (const key of ['connect_timeout_sec', ...TOKEN_KEYS] as const)
    if (entry[key] !== undefined) return `environment \`${name}\` ${key} requires url`;
  const { args = [], env = {}, cwd = null } = entry;
  return { kind: 'program', name, program: program ?? '', args, env, cwd, initializeMs };
}

const TOKEN_KEYS = ['auth_bearer_token', 'auth_bearer_token_file', 'auth_bearer_token_env'] as const;

function tokenOf(entry: v.InferOutput<typeof Entry>): TokenSource | null | string {
  const given = TOKEN_KEYS.filter((key) => entry[key] !== undefined);
  if (given.length > 1) return `environment \`${entry.id}\` has ${given.join(' and ')}; one is enough`;
  if (entry.auth_bearer_token !== undefined) return { kind: 'text', token: entry.auth_bearer_token };
  if (entry.auth_bearer_token_file !== undefined) return { kind: 'file', path: entry.auth_bearer_token_file };
  if (entry.auth_bearer_token_env !== undefined) return { kind: 'variable', name: entry.auth_bearer_token_env };
  return null;
}

function nameProblem(name: string): string | null {
  if (RESERVED.includes(name)) return `environment id \`${name}\` is reserved`;
  if (!/^[A-Za-z0-9_-]+$/.test(name))
    return `environment id \`${name}\` must contain only ASCII letters, numbers, '-' or '_'`;
  return name.length > 64 ? `environment id \`${name}\` has more than 64 characters` : null;
}

function issueText(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? '';
  const isUnknown = issue.type === 'strict_object' && issue.expected === 'never';
  if (!isUnknown) return `${path}: ${issue.message}`;
  const allowed = path.startsWith('environments.') ? Object.keys(ENTRY) : [...Object.keys(TOP), 'environments'];
  return `unknown field \`${path}\`, expected one of ${allowed.map((key) => `\`${key}\``).join(', ')}`;
}

function refused(file: string, why: string): { readonly ok: false; readonly problem: Problem } {
  return fail({
    what: `${file} cannot be used.`,
    why,
    next: 'Mend it. Until then nothing is started: commands must not run on another machine than the one meant.',
  });
}
