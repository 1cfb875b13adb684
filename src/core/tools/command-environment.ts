// Which variables a command gets: the person's, less what could give a key away, plus what its reader needs.

import type { ShellEnvironmentPolicy } from '../config/config.ts';

export interface CommandEnvironmentFacts {
  /** The environment this program was started with. */
  readonly base: Readonly<Record<string, string | undefined>>;
  readonly policy: ShellEnvironmentPolicy;
  /** Variables the configuration takes keys from: never inherited, whatever the policy says. */
  readonly keyNames: readonly string[];
  /** A model is spared colours, pagers and surprises of the locale; a person gets their own. */
  readonly reader: 'person' | 'model';
  readonly isTerminal: boolean;
  readonly networkIsOff: boolean;
  readonly session: string;
  readonly call: string;
  readonly version: string;
  /** The folder the session was in before this one, for `cd -`; null when there was none. */
  readonly previousFolder: string | null;
}

/** What `inherit = "core"` keeps. */
const CORE = ['HOME', 'LANG', 'LC_ALL', 'LOGNAME', 'PATH', 'SHELL', 'TEMP', 'TMP', 'TMPDIR', 'USER'];

/** Names that look like a secret. */
const SECRET_PATTERNS = ['*KEY*', '*SECRET*', '*TOKEN*'];

/** Our own bookkeeping, and what only fits the shell that started us. */
const NEVER_INHERITED = ['CODEX_EXTRA_CA', 'OLDPWD', 'SHLVL', '_'];

/** What the panes' terminal understands. */
const TERMINAL_NAME = 'xterm-256color';

const FOR_A_MODEL: Readonly<Record<string, string>> = {
  NO_COLOR: '1',
  COLORTERM: '',
  LANG: 'C.UTF-8',
  LC_CTYPE: 'C.UTF-8',
  LC_ALL: 'C.UTF-8',
  PAGER: 'cat',
  GIT_PAGER: 'cat',
  GH_PAGER: 'cat',
  CODEX_CI: '1',
};

export function commandEnvironment(facts: CommandEnvironmentFacts): Readonly<Record<string, string>> {
  const person = personsVariables(facts);
  const extraCa = facts.base.CODEX_EXTRA_CA ?? '';
  return {
    ...person,
    // Taken away from this program at its start only because reading it costs Node too much.
    ...(extraCa === '' || facts.policy.inherit !== 'all' ? {} : { NODE_EXTRA_CA_CERTS: extraCa }),
    ...(facts.previousFolder === null ? {} : { OLDPWD: facts.previousFolder }),
    ...(facts.reader === 'model' ? FOR_A_MODEL : {}),
    TERM: facts.isTerminal ? TERMINAL_NAME : facts.reader === 'model' ? 'dumb' : (person.TERM ?? 'dumb'),
    ...(facts.networkIsOff ? { CODEX_SANDBOX_NETWORK_DISABLED: '1' } : {}),
    CODEX_THREAD_ID: facts.session,
    CODEX_SESSION_ID: facts.session,
    CODEX_TOOL_CALL_ID: facts.call,
    CODEX_VERSION: facts.version,
  };
}

/** The policy, step by step: start set, secrets, `exclude`, `set`, `include_only`. */
function personsVariables({ base, policy, keyNames }: CommandEnvironmentFacts): Record<string, string> {
  const isCore = matcher(CORE);
  const isDropped = matcher([
    ...NEVER_INHERITED,
    ...(policy.ignore_default_excludes ? [] : SECRET_PATTERNS),
    ...policy.exclude,
  ]);
  const isIncluded = policy.include_only.length === 0 ? () => true : matcher(policy.include_only);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    if (value === undefined || isDropped(name) || keyNames.includes(name)) continue;
    if (policy.inherit === 'all' || (policy.inherit === 'core' && isCore(name))) kept[name] = value;
  }
  return Object.fromEntries(Object.entries({ ...kept, ...policy.set }).filter(([name]) => isIncluded(name)));
}

/** Patterns of whole names, `*` for anything and `?` for one character, in any case. */
function matcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const source = pattern
      .replace(/[\\^$+.()|[\]{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${source}$`, 'is');
  });
  return (name) => expressions.some((expression) => expression.test(name));
}
