// The table of all settings of config.toml. The reader, docs/config.md and the help are made from it.

import * as v from 'valibot';
import type { ApprovalPolicy } from '../approvals/policy.ts';
import { isAtLeastReadOnly, isNarrowerMode, isStricterPolicy, MODES } from './narrower.ts';
import { hooks } from './reference-hooks.ts';
import { mcpOauthPort, mcpOauthStore, mcpOauthUrl, mcpServers } from './reference-mcp.ts';
import { instructionSettings, modelProviders, modelSettings, toolSettings } from './reference-model.ts';
import { choice, each, flag, list, map, openChoice, shape, table, whole, wholeFrom, words } from './setting.ts';

/** From how many lines on a finished command's output is folded, and how much of it stays to be seen. */
export interface Fold {
  readonly over: number;
  readonly first: number;
  readonly last: number;
}

const FoldValue = v.union([
  v.literal('off'),
  v.strictObject({ over: wholeFrom(1), first: wholeFrom(0), last: wholeFrom(0) }),
]);
const FOLD_TYPE = '{ over = lines, first = lines, last = lines } | "off"';

function fold(unsaid: Fold, text: string) {
  const unsaidText = `{ over = ${unsaid.over}, first = ${unsaid.first}, last = ${unsaid.last} }`;
  return shape<Fold | 'off'>(FOLD_TYPE, FoldValue, { unsaid, unsaidText, text });
}

const GranularValue = v.object({
  granular: v.object({
    sandbox_approval: v.boolean(),
    rules: v.boolean(),
    mcp_elicitations: v.boolean(),
    skill_approval: v.optional(v.boolean(), false),
    request_permissions: v.optional(v.boolean(), false),
  }),
});
/** What closes something when it is true. */
const CLOSING = { whenWrong: true, narrows: (it: boolean): boolean => it };

const PolicyValue = v.union([v.picklist(['untrusted', 'on-request', 'never']), GranularValue]);
const POLICY_TYPE =
  '"untrusted" | "on-request" | "never" | { granular = { sandbox_approval, rules, mcp_elicitations } }';

/** An older policy of codex-cli. */
function foreignPolicy(value: unknown) {
  if (value !== 'on-failure') return null;
  return { value: 'on-request', notice: '"on-failure" is read as "on-request".' } as const;
}

export const configReference = {
  ...modelSettings,
  model_providers: modelProviders,
  ...instructionSettings,
  ...toolSettings,
  mcp_servers: mcpServers,
  mcp_oauth_credentials_store: mcpOauthStore,
  mcp_oauth_callback_port: mcpOauthPort,
  mcp_oauth_callback_url: mcpOauthUrl,
  notify: shape<readonly string[]>('list of texts', v.array(v.string()), {
    unsaid: [],
    isOwn: true,
    text:
      'A program and its arguments, started without a shell when a turn has ended and when you are asked something. ' +
      'Its last argument is a JSON document that says what happened.',
  }),
  hooks,
  projects: each(
    '<folder>',
    'Folders you have decided about, by their whole path. What is said of the root of a git repository holds for what ' +
      'is below it and for its work trees.',
    {
      trust_level: openChoice(['trusted', 'untrusted'], {
        unsaid: null,
        whenWrong: 'untrusted',
        text: 'Whether what the folder brings along (`.codex`, instructions for a model) is used.',
      }),
    },
    { isOwn: true },
  ),
  profile: words(
    'The profile in force: a table in `profiles`, or the file `NAME.config.toml` beside this one. `--profile` wins.',
    { isOwn: true },
  ),
  profiles: shape<Readonly<Record<string, unknown>>>('tables of settings', v.record(v.string(), v.unknown()), {
    unsaid: {},
    unsaidText: '',
    merge: 'deep',
    isOwn: true,
    text: 'Each table `[profiles.NAME]` holds settings of this page that win over the others while it is in force.',
  }),
  record_sessions: flag(
    true,
    '`false`: nothing of a session is written to disk, neither what was said nor what was printed. It can be attached ' +
      'to while it lives, and not resumed. `codex --ephemeral` says so for one session.',
    { isOwn: true, whenWrong: false },
  ),
  detached_idle_seconds: whole(
    0,
    1800,
    'A session whose terminal went away lives on, to be attached to. It ends after this long with nothing running, ' +
      'nothing asked and nobody attached. `0`: never by itself.',
  ),
  approval_policy: shape<ApprovalPolicy>(POLICY_TYPE, PolicyValue, {
    unsaid: 'on-request',
    whenWrong: 'untrusted',
    foreign: foreignPolicy,
    narrows: isStricterPolicy,
    text:
      "When you are asked. `untrusted`: before each of a model's commands. `on-request`: when the sandbox stopped " +
      'something, or a model asks to leave it. `never`: not at all, what is blocked stays blocked. `granular`: kind by ' +
      'kind, true or false.',
  }),
  default_permissions: shape<string | null>('name of a profile', v.pipe(v.string(), v.minLength(1)), {
    unsaid: null,
    unsaidText: '":workspace"',
    // A profile of the person's own may close what `:read-only` shows: then that one stays.
    afterWrong: (below) => (isAtLeastReadOnly(below) ? ':read-only' : below),
    narrows: (value, below) => value === ':read-only' && isAtLeastReadOnly(below),
    text:
      'What commands may touch. `:read-only`: write nothing. `:workspace`: write the folder you work in and the temp ' +
      'folders. Neither has a network. `:danger-full-access`: no sandbox at all. `:external`: somebody else guards ' +
      'this machine, a container for example, and nothing here does. Or a profile of your own from `permissions`.',
  }),
  permissions: shape<Readonly<Record<string, unknown>>>('tables of profiles', v.record(v.string(), v.unknown()), {
    unsaid: {},
    unsaidText: '',
    merge: 'deep',
    isOwn: true,
    text: 'Profiles of your own, each a table `[permissions.NAME]`: see the last section.',
  }),
  sandbox_mode: openChoice(MODES, {
    unsaid: null,
    whenWrong: 'read-only',
    narrows: isNarrowerMode,
    text: 'The older way to say `default_permissions`, which wins when both are there.',
  }),
  sandbox_workspace_write: table(
    'What `sandbox_mode = "workspace-write"` (also unsaid) allows further.',
    {
      writable_roots: list('Further folders that may be written; relative ones start at the folder you work in.', {
        whenWrong: [],
      }),
      network_access: flag(false, 'Commands have the network of this machine.', { whenWrong: false }),
      exclude_tmpdir_env_var: flag(false, 'The folder in TMPDIR may not be written.', CLOSING),
      exclude_slash_tmp: flag(false, '`/tmp` may not be written.', CLOSING),
    },
    { isOwn: true },
  ),
  shell_environment_policy: table(
    'Which of your variables commands see. The steps apply in this order.',
    {
      inherit: choice(['all', 'core', 'none'], {
        unsaid: 'all',
        whenWrong: 'core',
        text: 'What to start with. `core`: home, user, shell, path, temp folders and language.',
      }),
      ignore_default_excludes: flag(false, 'Keep variables with KEY, SECRET or TOKEN in their names.', {
        whenWrong: false,
      }),
      exclude: list('Names to drop; `*` and `?` stand for anything and any character, in either case.'),
      set: map('Variables to add.'),
      include_only: list('When not empty: drop every name that none of these patterns matches.'),
    },
    { isOwn: true },
  ),
  output_file_limit: whole(2 * 1024 * 1024, 1024 ** 3, 'Bytes of output kept on disk for each command.'),
  tui: table(
    'The screen.',
    {
      fold_model: fold(
        { over: 20, first: 5, last: 10 },
        'Folding of finished commands a model started. `off`: all lines.',
      ),
      fold_person: fold({ over: 400, first: 100, last: 200 }, 'Folding of finished commands you started.'),
      motion: choice(['full', 'reduced'], {
        unsaid: 'full',
        text: '`reduced`: nothing spins, times move every ten seconds.',
      }),
      glyphs: choice(['auto', 'unicode', 'ascii'], {
        unsaid: 'auto',
        text: 'Characters to draw with. `auto` looks at the locale and the terminal.',
      }),
      theme: choice(['auto', 'light', 'dark', '16', 'none'], {
        unsaid: 'auto',
        foreign: (value) =>
          typeof value === 'string' ? { value: 'auto', notice: 'It names no theme here; "auto" is used.' } : null,
        text: "Colours. `16`: only your terminal's own. `none`: no colours.",
      }),
      paste_fold: shape<{ readonly lines: number; readonly chars: number } | false>(
        '{ lines = number, chars = number } | false',
        v.union([v.literal(false), v.strictObject({ lines: wholeFrom(1), chars: wholeFrom(1) })]),
        {
          unsaid: { lines: 10, chars: 1000 },
          unsaidText: '{ lines = 10, chars = 1000 }',
          text: 'A paste beyond this is shown as one placeholder. `false`: never.',
        },
      ),
      resume_rows: shape<number | 'auto' | 'all'>(
        'whole number | "auto" | "all"',
        v.union([v.picklist(['auto', 'all']), wholeFrom(1)]),
        { unsaid: 'auto', text: 'Rows painted when a session is resumed. `auto`: two windows.' },
      ),
      notify: openChoice(['auto', 'osc9', 'osc777', 'osc99', 'bel', 'off'], {
        unsaid: null,
        text:
          'How you are told, while the window is not in front, that something long ended or needs you. `auto` looks at ' +
          'what the terminal calls itself. Unsaid: as `notification_method` says.',
      }),
      notifications: shape<boolean | readonly string[]>(
        'true | false | list of texts',
        v.union([v.boolean(), v.array(v.string())]),
        { unsaid: true, text: '`false`: you are not told. A list counts as `true`.' },
      ),
      notification_method: choice(['auto', 'osc9', 'osc777', 'osc99', 'bel'], {
        unsaid: 'auto',
        text: 'An older name of `notify`, which wins.',
      }),
      notification_condition: choice(['unfocused', 'always'], {
        unsaid: 'unfocused',
        text: '`always`: you are told also while the window is in front.',
      }),
      title: flag(true, "The window's title says the folder, and whether something runs or asks."),
      keymap: shape<Readonly<Record<string, unknown>>>('tables of keys', v.record(v.string(), v.unknown()), {
        unsaid: {},
        unsaidText: '',
        text:
          'Your own keys, as codex-cli writes them: `[tui.keymap.CONTEXT]` with `action = "ctrl-k"`, a list for several, ' +
          '`[]` for none. `/keys` shows what is in force.',
      }),
      keymap_ts: shape<Readonly<Record<string, unknown>>>('tables of keys', v.record(v.string(), v.unknown()), {
        unsaid: {},
        unsaidText: '',
        text: 'The same for actions that only this program has, by its own names.',
      }),
      approval: table('How a question takes the keyboard, so that what you type is never taken for an answer.', {
        quiet_ms: whole(0, 1000, 'No key for this long before a question takes the focus by itself.'),
        arm_ms: whole(0, 600, 'Its choices become live this long after it was painted.'),
        settle_ms: whole(0, 300, 'A letter counts as an answer when no other letter follows for this long.'),
        auto_focus: flag(true, 'Whether a question takes the focus by itself at all.'),
      }),
    },
    { isOwn: true },
  ),
};
