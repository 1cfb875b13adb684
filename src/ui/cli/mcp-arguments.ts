// What is meant by what was typed after `codex mcp`.

import { fail, ok, type Result } from '../../problem/index.ts';
import type { ConfigFlags } from './arguments.ts';
import { type Typed, usage } from './typed.ts';

export type McpTask =
  | { readonly verb: 'list'; readonly json: boolean }
  | { readonly verb: 'get'; readonly name: string; readonly json: boolean }
  | { readonly verb: 'add'; readonly name: string; readonly server: AddedServer }
  | { readonly verb: 'remove' | 'logout'; readonly name: string }
  /** `scopes`: null means the configured ones. */
  | {
      readonly verb: 'login';
      readonly name: string;
      readonly scopes: readonly string[] | null;
      readonly opensBrowser: boolean;
    };

export type AddedServer =
  | {
      readonly kind: 'program';
      readonly argv: readonly [string, ...string[]];
      readonly env: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly tokenVariable: string | null;
      readonly clientId: string | null;
      /** `-`: it is on stdin. */
      readonly clientSecret: string | null;
      readonly resource: string | null;
    };

export interface McpInvocation {
  readonly kind: 'mcp';
  readonly task: McpTask;
  readonly settings: ConfigFlags;
}

interface Said {
  readonly typed: Typed;
  /** Those behind `--`. */
  readonly rest: readonly string[];
  readonly settings: ConfigFlags;
}

export function understandMcp(verb: string | null, { typed, rest, settings }: Said): Result<McpInvocation> {
  const task = taskOf(verb, typed, rest);
  return task.ok ? ok({ kind: 'mcp', task: task.value, settings }) : task;
}

function taskOf(verb: string | null, { flags, lists, operands }: Typed, rest: readonly string[]): Result<McpTask> {
  const [name, ...further] = operands;
  const json = flags.has('json');
  switch (verb) {
    case 'list':
      return name === undefined ? ok({ verb, json }) : fail(usage(`codex mcp list takes no "${name}".`));
    case 'add':
      if (name === undefined) return fail(usage('codex mcp add needs a NAME.'));
      return addTask(name, { flags, lists, operands: [...further, ...rest] });
    case 'get':
    case 'remove':
    case 'login':
    case 'logout': {
      const [extra] = [...further, ...rest];
      if (name === undefined) return fail(usage(`codex mcp ${verb} needs the NAME of a server.`));
      if (extra !== undefined) return fail(usage(`codex mcp ${verb} takes one server, not also "${extra}".`));
      if (verb === 'get') return ok({ verb, name, json });
      if (verb !== 'login') return ok({ verb, name });
      const scopes =
        flags
          .get('scopes')
          ?.split(',')
          .filter((it) => it !== '') ?? null;
      return ok({ verb, name, scopes, opensBrowser: !flags.has('no-browser') });
    }
    default:
      return fail(usage(`codex mcp knows list, get, add, remove, login and logout${name ? `, not "${name}"` : ''}.`));
  }
}

/** A name that a header of TOML and a terminal can show. */
const NAME = /^[^\p{C}]{1,64}$/u;

function addTask(name: string, { flags, lists, operands }: Typed): Result<McpTask> {
  if (!NAME.test(name)) return fail(usage('codex mcp add needs a NAME of at most 64 characters.'));
  const [program, ...parameters] = operands;
  const url = flags.get('url') ?? null;
  if (program !== undefined && url !== null) return fail(usage('codex mcp add takes --url or a COMMAND, not both.'));
  const ofHttp = ['bearer-token-env-var', 'oauth-client-id', 'oauth-client-secret', 'oauth-resource'];
  if (url !== null) {
    if (lists.has('env')) return fail(usage('--env goes with a COMMAND.'));
    return ok({
      verb: 'add',
      name,
      server: {
        kind: 'http',
        url,
        tokenVariable: flags.get('bearer-token-env-var') ?? null,
        clientId: flags.get('oauth-client-id') ?? null,
        clientSecret: flags.get('oauth-client-secret') ?? null,
        resource: flags.get('oauth-resource') ?? null,
      },
    });
  }
  if (program === undefined) return fail(usage('codex mcp add NAME needs --url URL, or -- COMMAND.'));
  const wrong = ofHttp.find((it) => flags.has(it));
  if (wrong !== undefined) return fail(usage(`--${wrong} goes with --url.`));
  const pairs = (lists.get('env') ?? []).map(
    (it) => [it.slice(0, it.indexOf('=')), it.slice(it.indexOf('=') + 1)] as const,
  );
  if ((lists.get('env') ?? []).some((it) => it.indexOf('=') < 1)) return fail(usage('--env takes KEY=VALUE.'));
  return ok({
    verb: 'add',
    name,
    server: { kind: 'program', argv: [program, ...parameters], env: Object.fromEntries(pairs) },
  });
}
