// Which environment variables does a command get? Pure: environment and policy in, environment out.

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** `[shell_environment_policy]` of the configuration. Patterns are globs (`*`, `?`), compared without case. */
export interface EnvironmentPolicy {
  /** What to start from: everything, the few that every program needs, or nothing. */
  readonly inherit: 'all' | 'core' | 'none';
  /** False drops names that look like secrets (`*KEY*`, `*SECRET*`, `*TOKEN*`). */
  readonly ignoreDefaultExcludes: boolean;
  readonly exclude: readonly string[];
  readonly set: Variables;
  /** When not empty, only names that match stay, those of `set` included. */
  readonly includeOnly: readonly string[];
}

/** Everything is inherited, as in any shell; our own secrets never are. */
export const DEFAULT_ENVIRONMENT_POLICY: EnvironmentPolicy = {
  inherit: 'all',
  ignoreDefaultExcludes: true,
  exclude: [],
  set: {},
  includeOnly: [],
};

/**
 * Variables of a command, wherever it runs: what the policy leaves of its machine's own, and these laid over them. A
 * machine elsewhere can be told them without knowing any of ours.
 */
export interface CommandVariables {
  readonly policy: EnvironmentPolicy;
  readonly over: Variables;
}

/** What a command's variables depend on. */
export interface VariablesRequest {
  readonly policy: EnvironmentPolicy;
  /** A person's command looks like in their own terminal; a model's output is read by a machine. */
  readonly origin: 'person' | 'model';
  readonly isTerminal: boolean;
  /** False when the sandbox gives it an empty network. */
  readonly hasNetwork: boolean;
  /** Names of variables that are ours alone: keys of model providers and the like. No policy gives them away. */
  readonly ownSecrets: readonly string[];
}

/** The names that `inherit = "core"` keeps, as codex-cli does. */
const CORE_NAMES: readonly string[] = [
  'HOME',
  'LANG',
  'LC_ALL',
  'LOGNAME',
  'PATH',
  'SHELL',
  'TEMP',
  'TMP',
  'TMPDIR',
  'USER',
];

const SECRET_PATTERNS: readonly string[] = ['*KEY*', '*SECRET*', '*TOKEN*'];

/** The launcher moves NODE_EXTRA_CA_CERTS here, because Node reads it before the first line runs, at a cost. */
const MOVED_CA = 'CODEX_EXTRA_CA';
const CA_CERTS = 'NODE_EXTRA_CA_CERTS';

/** No colours, no pager, no language: what a model reads is the same everywhere. As codex-cli sets them. */
const FOR_A_MODEL: Variables = {
  NO_COLOR: '1',
  TERM: 'dumb',
  LANG: 'C.UTF-8',
  LC_CTYPE: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  COLORTERM: '',
  PAGER: 'cat',
  GIT_PAGER: 'cat',
  GH_PAGER: 'cat',
  CODEX_CI: '1',
};

/** What a pane's terminal understands. Locale, pager and colours stay the person's own. */
const FOR_A_PERSON: Variables = { TERM: 'xterm-256color' };

/** Sizes and identities of the outer terminal: wrong inside a pane, and programs believe them. */
const OUTER_TERMINAL: readonly string[] = [
  'COLUMNS',
  'LINES',
  'TMUX',
  'TMUX_PANE',
  'STY',
  'TERM_PROGRAM',
  'TERM_PROGRAM_VERSION',
];

/** Says to a command that its network is empty, as codex-cli does. */
const NETWORK_DISABLED = 'CODEX_SANDBOX_NETWORK_DISABLED';

/** The variables of one command. */
export function commandVariables(request: VariablesRequest): CommandVariables {
  const { policy, ownSecrets, isTerminal, hasNetwork } = request;
  const never = [...ownSecrets, NETWORK_DISABLED];
  const decor = request.origin === 'model' ? FOR_A_MODEL : isTerminal ? FOR_A_PERSON : {};
  // What a person sets by name wins over what we find fitting.
  const isOpen = ([name]: [string, string]): boolean => !(name in policy.set) && !ownSecrets.includes(name);
  return {
    policy: {
      ...policy,
      exclude: [...policy.exclude, ...never, ...(isTerminal ? OUTER_TERMINAL : [])],
      set: Object.fromEntries(Object.entries(policy.set).filter(([name]) => !never.includes(name))),
    },
    over: {
      ...Object.fromEntries(Object.entries(decor).filter(isOpen)),
      ...(hasNetwork ? {} : { [NETWORK_DISABLED]: '1' }),
    },
  };
}

/** The environment of a command on the machine whose program was started with `inherited`. */
export function resolveVariables(
  inherited: Readonly<Record<string, string | undefined>>,
  { policy, over }: CommandVariables,
): Record<string, string> {
  return { ...applyPolicy(givenBack(inherited), policy), ...over };
}

/** Inherit, drop what looks secret, drop the excluded, set, keep the included: in this order. */
export function applyPolicy(inherited: Variables, policy: EnvironmentPolicy): Record<string, string> {
  const { inherit, ignoreDefaultExcludes, exclude, set, includeOnly } = policy;
  const isInherited = (name: string): boolean => inherit === 'all' || (inherit === 'core' && CORE_NAMES.includes(name));
  const isExcluded = matcherOf([...(ignoreDefaultExcludes ? [] : SECRET_PATTERNS), ...exclude]);
  const isIncluded = includeOnly.length === 0 ? () => true : matcherOf(includeOnly);
  const kept = Object.entries(inherited).filter(([name]) => isInherited(name) && !isExcluded(name));
  return Object.fromEntries([...kept, ...Object.entries(set)].filter(([name]) => isIncluded(name)));
}

/** The person's environment as it was before the launcher touched it. */
function givenBack(inherited: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) if (value !== undefined) variables[name] = value;
  const moved = variables[MOVED_CA];
  delete variables[MOVED_CA];
  if (moved !== undefined && moved !== '') variables[CA_CERTS] = moved;
  return variables;
}

function matcherOf(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map(globExpression);
  return (name) => expressions.some((expression) => expression.test(name));
}

function globExpression(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'is');
}
