// `codex mcp list`, `get`, `add`, `remove`, `login`, `logout`: the servers whose tools a model gets.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  type Config,
  configPath,
  keyNamesOf,
  loadMcp,
  type McpEntry,
  machineOf,
  writeMcpServer,
} from './core/index.ts';
import type { Environment } from './exec/index.ts';
import { openMachineNamed } from './machines.ts';
import { complain, definedOnly, EXIT_FAILED, EXIT_OK, openPlace, type Place, VERSION } from './place.ts';
import { fail, ok, type Problem, problemText, type Result } from './problem/index.ts';
import type { AddedServer, McpInvocation } from './ui/cli/index.ts';
import { visible } from './ui/tui/index.ts';

type Written = Config['mcp_servers'][string];

/** Values of variables and headers may be keys. */
const HIDDEN = '*****';

export async function changeMcp({ task }: McpInvocation, place: Place): Promise<number> {
  const answer = await answerTo(task, place);
  if (!answer.ok) return complain(answer.problem, EXIT_FAILED);
  process.stdout.write(answer.value);
  return EXIT_OK;
}

async function answerTo(task: McpInvocation['task'], place: Place): Promise<Result<string>> {
  switch (task.verb) {
    case 'list':
      return ok(await listText(place, task.json));
    case 'get': {
      const written = serverOf(task.name, place);
      return written.ok ? ok(await oneText(task.name, written.value, place, task.json)) : written;
    }
    case 'add': {
      const done = change(task.name, entryOf(task.server), place);
      if (!done.ok) return done;
      const isTyped = process.stdout.isTTY && task.server.kind === 'http';
      const look = isTyped ? await lookAtAdded(task.name, place) : '';
      return ok(`MCP server ${task.name} is in ${place.configFile}.\n${look}`);
    }
    case 'remove': {
      const done = change(task.name, null, place);
      if (!done.ok) return done;
      if (done.value) return ok(`MCP server ${task.name} is no longer in ${place.configFile}.\n`);
      return fail(unknown(task.name, place));
    }
    case 'login':
      return login(task, place);
    case 'logout': {
      const written = serverOf(task.name, place);
      if (!written.ok) return written;
      const { openCredentials } = await loadMcp();
      const forgotten = openCredentials(place.codexHome).forget(task.name, written.value.url ?? '');
      if (!forgotten.ok) return forgotten;
      return ok(forgotten.value ? `Logged out of ${task.name}.\n` : `Nobody is logged in to ${task.name}.\n`);
    }
  }
}

// ---------------------------------------------------------------------------------------------------- showing them

type Auth = 'unsupported' | 'bearer_token' | 'o_auth' | 'not_logged_in';

const AUTH_TEXT: Readonly<Record<Auth, string>> = {
  unsupported: '-',
  bearer_token: 'token',
  o_auth: 'logged in',
  not_logged_in: 'not logged in',
};

async function listText(place: Place, asJson: boolean): Promise<string> {
  const servers = Object.entries(place.config.mcp_servers);
  const rows = await Promise.all(
    servers.map(async ([name, it]) => ({ name, it, auth: await authOf(name, it, place) })),
  );
  if (asJson) return spelled(rows.map(({ name, it, auth }) => ({ ...documentOf(name, it), auth_status: auth })));
  if (rows.length === 0)
    return 'There is no MCP server yet: codex mcp add NAME -- COMMAND, or codex mcp add NAME --url URL\n';
  const cells = rows.map(({ name, it, auth }) => [
    name,
    it.enabled ? 'on' : 'off',
    AUTH_TEXT[auth],
    machineOf(it) ?? 'here',
    it.url ?? [it.command, ...it.args].join(' '),
  ]);
  const table = [['Name', 'State', 'Login', 'Machine', 'Where'], ...cells].map((row) => row.map((it) => visible(it)));
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) => `${row.map((it, column) => it.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('');
}

async function oneText(name: string, it: Written, place: Place, asJson: boolean): Promise<string> {
  if (asJson) return spelled(documentOf(name, it));
  const where =
    it.url === null
      ? [
          ['command', it.command ?? '-'],
          ['args', it.args.join(' ') || '-'],
          ['cwd', it.cwd ?? '-'],
          ['env', hiddenValues(it.env) || '-'],
          ['env_vars', it.env_vars.map(variableText).join(', ') || '-'],
        ]
      : [
          ['url', it.url],
          ['bearer_token_env_var', it.bearer_token_env_var ?? '-'],
          ['http_headers', hiddenValues(it.http_headers) || '-'],
          [
            'env_http_headers',
            Object.entries(it.env_http_headers)
              .map((pair) => pair.join('='))
              .join(', ') || '-',
          ],
          ['login', AUTH_TEXT[await authOf(name, it, place)]],
        ];
  const rows = [
    ['enabled', String(it.enabled)],
    ...(machineOf(it) === null ? [] : [['environment_id', machineOf(it)]]),
    ...where,
    ...(it.enabled_tools === null ? [] : [['enabled_tools', it.enabled_tools.join(', ')]]),
    ...(it.disabled_tools.length === 0 ? [] : [['disabled_tools', it.disabled_tools.join(', ')]]),
    ['remove', `codex mcp remove ${name}`],
  ];
  return [visible(name), ...rows.map(([key, value]) => `  ${key}: ${visible(value ?? '')}`), ''].join('\n');
}

/** As codex-cli has it, but for the values that may be keys. */
function documentOf(name: string, it: Written) {
  const hidden = (map: Readonly<Record<string, string>>) => {
    const names = Object.keys(map);
    return names.length === 0 ? null : Object.fromEntries(names.map((key) => [key, HIDDEN]));
  };
  return {
    name,
    enabled: it.enabled,
    disabled_reason: null,
    environment_id: machineOf(it),
    transport:
      it.url === null
        ? {
            type: 'stdio',
            command: it.command,
            args: it.args,
            env: hidden(it.env),
            env_vars: it.env_vars.map((variable) => (variable.source === 'local' ? variable.name : variable)),
            cwd: it.cwd,
          }
        : {
            type: 'streamable_http',
            url: it.url,
            bearer_token_env_var: it.bearer_token_env_var,
            http_headers: hidden(it.http_headers),
            env_http_headers: Object.keys(it.env_http_headers).length === 0 ? null : it.env_http_headers,
          },
    enabled_tools: it.enabled_tools,
    disabled_tools: it.disabled_tools.length === 0 ? null : it.disabled_tools,
    startup_timeout_sec: it.startup_timeout_sec,
    tool_timeout_sec: it.tool_timeout_sec,
  };
}

function variableText({ name, source }: Written['env_vars'][number]): string {
  return source === 'local' ? name : `${name} (of that machine)`;
}

function hiddenValues(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .map((key) => `${key}=${HIDDEN}`)
    .join(', ');
}

async function authOf(name: string, { url, bearer_token_env_var: variable }: Written, place: Place): Promise<Auth> {
  if (url === null) return 'unsupported';
  if (variable !== null) return 'bearer_token';
  const { openCredentials } = await loadMcp();
  return openCredentials(place.codexHome).read(name, url) === null ? 'not_logged_in' : 'o_auth';
}

function spelled(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

// --------------------------------------------------------------------------------------------------- changing them

function change(name: string, entry: McpEntry | null, place: Place): Result<boolean> {
  return writeMcpServer({ file: configPath(place.codexHome), shown: place.configFile, name, entry });
}

function entryOf(server: AddedServer): McpEntry {
  if (server.kind === 'program') {
    const [command, ...args] = server.argv;
    return {
      command,
      ...(args.length === 0 ? {} : { args }),
      ...(Object.keys(server.env).length === 0 ? {} : { env: server.env }),
    };
  }
  const { url, tokenVariable, clientId, clientSecret, resource } = server;
  const secret = clientSecret === '-' ? readFileSync(0, 'utf8').trim() : clientSecret;
  const oauth = {
    ...(clientId === null ? {} : { client_id: clientId }),
    ...(secret === null ? {} : { client_secret: secret }),
  };
  return {
    url,
    ...(tokenVariable === null ? {} : { bearer_token_env_var: tokenVariable }),
    ...(resource === null ? {} : { oauth_resource: resource }),
    ...(Object.keys(oauth).length === 0 ? {} : { oauth }),
  };
}

/** So long for a first look at it. */
const LOOK_MS = 5_000;

/** Whether it is there, and what a person has to type next. */
async function lookAtAdded(name: string, before: Place): Promise<string> {
  const place = openPlace(null, before.asked);
  const written = place.ok ? serverOf(name, place.value) : place;
  if (!place.ok || !written.ok || !written.value.enabled) return '';
  const { config, env, codexHome, cwd } = place.value;
  const { mcpServerSettings, openMcpServers } = await loadMcp();
  const settings = mcpServerSettings(name, written.value, config);
  const opened: Environment[] = [];
  const servers = openMcpServers([{ ...settings, isRequired: true, startupMs: LOOK_MS }], {
    cwd,
    codexHome,
    env: definedOnly(env),
    keyNames: keyNamesOf(config),
    machine: async (machine) => {
      const environment = openMachineNamed(machine, place.value);
      if (!environment.ok) return environment;
      opened.push(environment.value);
      return environment.value.ready();
    },
    version: VERSION,
    notice: () => {},
  });
  const problem = await servers.missing(AbortSignal.timeout(LOOK_MS));
  await servers.close();
  for (const environment of opened) await environment.dispose(0);
  return problem === null ? '' : `${problemText(problem)}\n`;
}

function serverOf(name: string, place: Place): Result<Written> {
  const { mcp_servers: servers } = place.config;
  const written = Object.hasOwn(servers, name) ? servers[name] : undefined;
  return written === undefined ? fail(unknown(name, place)) : ok(written);
}

function unknown(name: string, { configFile }: Place): Problem {
  return {
    what: `There is no MCP server ${name} in ${configFile}.`,
    why: '',
    next: 'codex mcp list shows those there are.',
  };
}

// ----------------------------------------------------------------------------------------------------- logging in

type LoginTask = Extract<McpInvocation['task'], { verb: 'login' }>;

async function login({ name, scopes, opensBrowser }: LoginTask, place: Place): Promise<Result<string>> {
  const written = serverOf(name, place);
  if (!written.ok) return written;
  const { loginTo, mcpServerSettings, openCredentials, openLoginFetch } = await loadMcp();
  const { place: where } = mcpServerSettings(name, written.value, place.config);
  if (where.kind === 'nowhere') return fail(where.problem);
  if (where.kind === 'program')
    return fail({ what: `MCP server ${name} is a program: nobody logs in to it.`, why: '', next: '' });
  const machine = where.machine === null ? ok(null) : openMachineNamed(where.machine, place);
  if (!machine.ok) return machine;
  const reached = await (machine.value?.ready() ?? ok(null));
  const fetch = reached.ok ? openLoginFetch(definedOnly(place.env), reached.value?.services ?? null) : reached;
  if (!fetch.ok) {
    await machine.value?.dispose(0);
    return fetch;
  }
  const leaving = new AbortController();
  const leave = () => leaving.abort(new Error('You left.'));
  process.once('SIGINT', leave);
  const lines = process.stdin.isTTY ? createInterface({ input: process.stdin }) : null;
  try {
    const done = await loginTo({
      name,
      scopes,
      place: where,
      fetch: fetch.value,
      credentials: openCredentials(place.codexHome),
      signal: leaving.signal,
      openUrl: (url, answer) => {
        process.stderr.write(`Open this in a browser, and allow it there:\n\n${url}\n\n`);
        if (lines !== null) {
          process.stderr.write('Is the browser on another machine? Paste the address here that it ends at.\n');
          lines.on('line', (line) => {
            if (!answer(line.trim())) process.stderr.write('This is not the address that is waited for.\n');
          });
        }
        if (opensBrowser) openBrowser(url, place);
      },
    });
    return done.ok ? ok(`Logged in to ${name}.\n`) : done;
  } finally {
    lines?.close();
    process.off('SIGINT', leave);
    await machine.value?.dispose(0);
  }
}

/** Where there is none, the address on the screen is enough. */
function openBrowser(url: string, { env }: Place): void {
  const program = process.platform === 'darwin' ? 'open' : env.DISPLAY || env.WAYLAND_DISPLAY ? 'xdg-open' : null;
  if (program === null) return;
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.once('error', () => {
    // It is not there.
  });
  child.unref();
}
