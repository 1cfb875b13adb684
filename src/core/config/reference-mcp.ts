// The settings of MCP servers: how one is reached, what it may be asked, and how long that may take.

import * as v from 'valibot';
import { each, flag, list, map, openChoice, openWhole, shape, table, wholeFrom, words } from './setting.ts';

/** A variable that a server gets; `remote`: the one of the machine the server runs on. */
export interface ServerVariable {
  readonly name: string;
  readonly source: 'local' | 'remote';
}

const VariableValue = v.pipe(
  v.union([
    v.pipe(v.string(), v.minLength(1)),
    v.strictObject({
      name: v.pipe(v.string(), v.minLength(1)),
      source: v.optional(v.picklist(['local', 'remote']), 'local'),
    }),
  ]),
  v.transform((value): ServerVariable => (typeof value === 'string' ? { name: value, source: 'local' } : value)),
);

const APPROVALS = ['auto', 'prompt', 'writes', 'approve'] as const;
const OWN = { isOwn: true } as const;
const SECRET = { isSecret: true } as const;

function seconds(text: string) {
  const schema = v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(86_400));
  return shape<number | null>('seconds, above 0', schema, { unsaid: null, text });
}

function port(text: string) {
  const schema = v.pipe(wholeFrom(1), v.maxValue(65_535));
  return shape<number | null>('port', schema, { unsaid: null, text, isOwn: true });
}

export const mcpServers = each(
  '<id>',
  'MCP servers. Each has either `command` (a program on this machine or the one in `environment_id`) or `url`.',
  {
    command: words('The program to start. It speaks MCP on its input and output.'),
    args: list('Its arguments.'),
    env: map('Variables it gets, with their values.', SECRET),
    env_vars: shape<readonly ServerVariable[]>(
      'list of names, or of { name, source = "local" | "remote" }',
      v.array(VariableValue),
      {
        unsaid: [],
        text: 'Variables of yours it gets. `remote`: of the machine it runs on.',
      },
    ),
    cwd: words(
      'The folder it runs in. Unsaid: the one you work in. On another machine it is absolute; unsaid, the one where ' +
        'commands start there.',
    ),
    environment_id: words(
      'The machine of `environments.toml` it runs on, or that makes the requests to `url`. Unsaid: this one.',
    ),
    experimental_environment: words('The older name of `environment_id`.'),
    url: words('Address of a server that speaks streamable HTTP.'),
    bearer_token_env_var: words(
      'Variable that holds its bearer token. Commands never inherit it. With `environment_id` it is one of that machine.',
    ),
    http_headers: map('Further headers of every request.', SECRET),
    env_http_headers: map('Further headers whose values are taken from the variables named here.'),
    oauth: table('How you log in to it with `codex mcp login`.', {
      client_id: words('A client that is registered already. Unsaid: one is registered at the first login.'),
      client_secret: words('The secret of that client.', SECRET),
      callback_url: words('Where the browser is sent back to, instead of the loopback address.'),
      callback_port: port('The port that is listened at for it.'),
    }),
    oauth_resource: words('The resource the login asks for (RFC 8707).'),
    scopes: list('The scopes the login asks for.'),
    startup_timeout_sec: seconds('How long it may take to start and to say which tools it has.'),
    startup_timeout_ms: openWhole(1, 'The same in milliseconds; `startup_timeout_sec` wins.'),
    tool_timeout_sec: seconds('How long one of its tools may take.'),
    enabled: flag(true, '`false`: it is not started.', { whenWrong: false }),
    required: flag(false, '`codex exec` fails when it cannot be started.'),
    supports_parallel_tool_calls: flag(false, 'Its tools may run beside each other.'),
    enabled_tools: shape<readonly string[] | null>('list of texts', v.array(v.string()), {
      unsaid: null,
      whenWrong: [],
      text: 'Only these of its tools are offered to a model.',
    }),
    disabled_tools: list('These of its tools are not offered.'),
    default_tools_approval_mode: openChoice(APPROVALS, {
      unsaid: null,
      whenWrong: 'prompt',
      text:
        'When you are asked before one of its tools runs. `prompt`: always. `writes`: unless the tool says that it only ' +
        'reads. `approve`: never. `auto`: as the tool describes itself.',
    }),
    tools: each('<tool>', 'One of its tools.', {
      approval_mode: openChoice(APPROVALS, {
        unsaid: null,
        whenWrong: 'prompt',
        text: 'The same for this tool; it wins over `default_tools_approval_mode`.',
      }),
      output_token_limit: openWhole(1, 'Tokens of its answer that a model gets.'),
    }),
  },
  OWN,
);

export const mcpOauthStore = openChoice(['auto', 'file', 'keyring'], {
  unsaid: null,
  isOwn: true,
  text: 'Where tokens of MCP servers are kept. Here it is a file of mode 0600 in each case.',
});
export const mcpOauthPort = port(
  'The port that is listened at while you log in to an MCP server. Unsaid: any free one.',
);
export const mcpOauthUrl = words('Where the browser is sent back to then, instead of the loopback address.', OWN);
