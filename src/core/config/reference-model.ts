// The settings of models: which one answers, who serves it, and how it is asked.

import * as v from 'valibot';
import { isNarrowerSearch, SEARCHES } from './narrower.ts';
import { choice, each, flag, list, map, openChoice, openWhole, shape, table, whole, words } from './setting.ts';

const OWN = { isOwn: true } as const;
const SECRET = { isSecret: true } as const;

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;

export const modelProviders = each(
  '<id>',
  'Servers of models. A built-in name may be adjusted here.',
  {
    name: words('What the provider is called on screen. Unsaid: its id.'),
    base_url: words('Address up to where `/responses` is added, e.g. `http://localhost:11434/v1`.'),
    env_key: words('Variable that holds the key. Unsaid: no key is sent. Commands never inherit it.'),
    env_key_instructions: words('How to get that key; shown when the variable is not set.'),
    experimental_bearer_token: words(
      'The key itself. A key in a variable is safer: everybody who reads this file has this one.',
      SECRET,
    ),
    auth: table('A program that prints the key, in place of `env_key`. It is started without a shell.', {
      command: words('The program.'),
      args: list('Its arguments.'),
      timeout_ms: whole(1, 5000, 'How long it may take.'),
      refresh_interval_ms: whole(0, 300_000, 'How long its answer is used. `0`: until the server refuses it.'),
      cwd: words('The folder it runs in. Unsaid: the one you work in.', { isPath: true }),
    }),
    wire_api: openChoice(['responses', 'chat'], {
      unsaid: null,
      unsaidText: '"responses"',
      text: 'Protocol: the Responses API, or Chat Completions. Unsaid, a built-in server of this machine is spoken to in `chat`.',
    }),
    http_headers: map('Further headers of every request.', SECRET),
    env_http_headers: map('Further headers whose values are taken from the variables named here.'),
    query_params: map('Query parameters of every request.', SECRET),
    request_max_retries: whole(0, 4, 'Tries after the first when a request is not answered, or with 429 or 5xx.'),
    stream_max_retries: whole(0, 5, 'Tries after the first when an answer breaks off.'),
    stream_idle_timeout_ms: whole(1, 300_000, 'How long an answer may be silent before it counts as broken off.'),
    requires_openai_auth: flag(false, 'The key is the one of the provider `openai`: see `codex login --help`.'),
  },
  OWN,
);

export const modelSettings = {
  model: words('The model. Unsaid, the OpenAI provider takes its own default; any other is asked which it has.'),
  model_provider: words(
    'Who answers: `shell` (no model, what is typed runs as a command), `openai`, `ollama`, `lmstudio`, `llamacpp`, ' +
      '`vllm`, or the name of a table in `model_providers`. Unsaid: `openai` when there is a key for it, else `shell`.',
    OWN,
  ),
  oss_provider: words('The provider `--oss` takes. Unsaid: the first server of this machine that answers.', OWN),
  openai_base_url: words('Another address for the provider `openai`, up to where `/responses` is added.', OWN),
  review_model: words('The model of `codex review`. Unsaid: the same as everywhere.'),
  model_reasoning_effort: openChoice(EFFORTS, {
    unsaid: null,
    text: 'How much the model thinks before it answers. Unsaid: as the server likes.',
  }),
  model_reasoning_summary: choice(['auto', 'concise', 'detailed', 'none'], {
    unsaid: 'auto',
    text: 'What the model tells of its thoughts.',
  }),
  model_verbosity: openChoice(['low', 'medium', 'high'], {
    unsaid: null,
    text: 'How much it says. Unsaid: as the server likes.',
  }),
  hide_agent_reasoning: flag(false, 'What the model tells of its thoughts is not shown.'),
  show_raw_agent_reasoning: flag(false, 'Its thoughts are shown word by word, where a server gives them.'),
  model_context_window: openWhole(1024, 'Tokens the model can hold. Unsaid: as known for the model.'),
  model_max_output_tokens: openWhole(1, 'Tokens of one answer at most. Unsaid: as the server likes.'),
  model_auto_compact_token_limit: openWhole(
    1,
    'With this many tokens in it the conversation is made shorter. Unsaid: before the window is full.',
  ),
  compact_prompt: words('How the model is asked for what stays of a conversation that is made shorter.'),
  experimental_compact_prompt_file: words('The same in a file; `compact_prompt` wins.', { isOwn: true, isPath: true }),
  tool_output_token_limit: openWhole(1, "Tokens of one tool's output that the model gets. Unsaid: as the tool says."),
};

/** A word in a list of names: no path leads out of the folder it is looked for in. */
const FileName = v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[^/\\\0]+$/));

export const instructionSettings = {
  developer_instructions: words('What a model is told besides, with the weight of this program.'),
  model_instructions_file: words("A file with what a model is told in place of this program's own instructions.", {
    isOwn: true,
    isPath: true,
  }),
  project_doc_max_bytes: whole(0, 32 * 1024, 'Bytes of AGENTS.md files that a model gets. `0`: none are read.'),
  project_doc_fallback_filenames: shape<readonly string[]>('list of file names', v.array(FileName), {
    unsaid: [],
    text: 'Files that are read in a folder without AGENTS.md; the first that is there.',
  }),
  project_root_markers: shape<readonly string[]>('list of names', v.array(v.pipe(v.string(), v.minLength(1))), {
    unsaid: ['.git'],
    isOwn: true,
    text: 'What makes a folder the root of a project. An empty list: the folder you work in.',
  }),
  skills: table(
    'Skills.',
    {
      include_instructions: flag(true, 'A model is told which skills there are.'),
      bundled: table('Those that come with the program.', { enabled: flag(true, 'Whether they are there.') }),
      config: shape<readonly SkillSwitch[]>('list of { path or name, enabled }', v.array(SkillValue()), {
        unsaid: [],
        unsaidText: '',
        text: 'Switches single skills on or off, by the path of their SKILL.md or by name.',
      }),
    },
    OWN,
  ),
};

export interface SkillSwitch {
  readonly path: string | null;
  readonly name: string | null;
  readonly enabled: boolean;
}

function SkillValue() {
  return v.pipe(
    v.strictObject({ path: v.optional(v.string()), name: v.optional(v.string()), enabled: v.boolean() }),
    v.check(({ path, name }) => path !== undefined || name !== undefined),
    v.transform(({ path, name, enabled }): SkillSwitch => ({ path: path ?? null, name: name ?? null, enabled })),
  );
}

/** What the search of a provider is told. */
export interface SearchSettings {
  readonly context_size?: 'low' | 'medium' | 'high' | undefined;
  readonly allowed_domains?: readonly string[] | undefined;
  readonly location?:
    | {
        readonly country?: string | undefined;
        readonly region?: string | undefined;
        readonly city?: string | undefined;
        readonly timezone?: string | undefined;
      }
    | undefined;
}

const SearchValue = v.strictObject({
  context_size: v.optional(v.picklist(['low', 'medium', 'high'])),
  allowed_domains: v.optional(v.array(v.string())),
  location: v.optional(
    v.strictObject({
      country: v.optional(v.string()),
      region: v.optional(v.string()),
      city: v.optional(v.string()),
      timezone: v.optional(v.string()),
    }),
  ),
});

export const toolSettings = {
  web_search: openChoice(SEARCHES, {
    unsaid: null,
    whenWrong: 'disabled',
    narrows: isNarrowerSearch,
    text:
      'Whether a model may search the web, which its provider does. `cached`: pages the provider has already. ' +
      '`indexed`: its index. `live`: the web. Unsaid: `cached` with OpenAI, else `disabled`.',
  }),
  tools: table('Single tools.', {
    view_image: flag(true, 'A model may look at image files.', { whenWrong: false, narrows: (value) => !value }),
    web_search: shape<SearchSettings | boolean | null>(
      '{ context_size, allowed_domains, location } | true | false',
      v.union([v.boolean(), SearchValue]),
      {
        unsaid: null,
        whenWrong: false,
        narrows: (value) => value === false,
        text: 'How the search works: `"low" | "medium" | "high"`, a list of hosts, where you are. `false`: no search.',
      },
    ),
  }),
};
