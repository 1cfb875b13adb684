// The table of subcommands and options: the parser, the help and the completions read it.

import { COMPLETION, execSubcommand, MCP_SERVER, reviewSubcommand } from './exec-options.ts';
import { LOGIN, LOGOUT } from './login-arguments.ts';
import { mcpSubcommand } from './mcp-options.ts';

export interface Option {
  readonly name: string;
  readonly short?: string;
  /** The name of its value in the help; null for a switch. */
  readonly value: string | null;
  /** All values there are; unsaid, any. */
  readonly choices?: readonly string[];
  /** What a shell completes its value with. */
  readonly completes?: 'file' | 'folder';
  /** It can be given several times, and each value counts. */
  readonly isRepeated?: true;
  /** What it does; null: only the program itself says it. */
  readonly text: string | null;
}

export interface Subcommand {
  readonly name: string;
  readonly operands: string;
  readonly text: string;
  readonly options: readonly Option[];
  /** What a shell completes its operands with: words, or the ids of sessions, or a command. */
  readonly completes?: readonly string[] | 'listed' | 'open' | 'command';
  /** Its own subcommands: their names stand behind this one's. */
  readonly subcommands?: readonly Subcommand[];
  /** More to know, below the options of its help. */
  readonly notes?: readonly string[];
}

const CONFIG_OPTIONS: readonly Option[] = [
  {
    name: 'config',
    short: 'c',
    value: 'KEY=VALUE',
    isRepeated: true,
    text: 'set one setting for this once; as often as needed',
  },
  { name: 'profile', short: 'p', value: 'NAME', text: 'settings of that name win over the usual ones' },
];

export const SESSION_OPTIONS: readonly Option[] = [
  {
    name: 'cd',
    short: 'C',
    value: 'FOLDER',
    completes: 'folder',
    text: 'work in FOLDER instead of the current one',
  },
  { name: 'model', short: 'm', value: 'MODEL', text: 'the model to ask, instead of the configured one' },
  { name: 'oss', value: null, text: 'a model of a server on this machine: oss_provider, or the one that answers' },
  {
    name: 'sandbox',
    short: 's',
    value: 'MODE',
    choices: ['read-only', 'workspace-write', 'danger-full-access'],
    text: 'read-only, workspace-write or danger-full-access',
  },
  {
    name: 'ask-for-approval',
    short: 'a',
    value: 'POLICY',
    choices: ['untrusted', 'on-request', 'never'],
    text: 'untrusted, on-request or never',
  },
  ...CONFIG_OPTIONS,
  { name: 'ephemeral', value: null, text: 'write nothing of this session to disk' },
  { name: 'detach', value: null, text: 'without a screen, in the background; codex attach shows it' },
  { name: 'detached-core', value: null, text: null },
];

export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'resume',
    operands: '[ID]',
    text: 'go on with an earlier session; without ID, choose from a list',
    completes: 'listed',
    options: [
      { name: 'last', value: null, text: 'the newest session of this folder, without the list' },
      { name: 'all', value: null, text: 'list the sessions of every folder' },
      ...SESSION_OPTIONS,
    ],
  },
  {
    name: 'sandbox',
    operands: '-- COMMAND [ARGUMENT...]',
    text: 'run one command as a session would, and tell what the sandbox stopped',
    completes: 'command',
    options: [
      { name: 'permission-profile', short: 'P', value: 'NAME', text: 'a built-in profile or one of config.toml' },
      { name: 'permissions-profile', value: 'NAME', text: 'the same' },
      {
        name: 'allow-unix-socket',
        value: 'PATH',
        isRepeated: true,
        text: 'a socket that may be reached; as often as needed',
      },
      { name: 'log-denials', value: null, text: 'print everything that was stopped, one line each' },
      { name: 'explain', value: null, text: 'print how it would be started, and start nothing' },
      { name: 'keep-exit-code', value: null, text: "exit with the command's own code also after a denial" },
      { name: 'cd', short: 'C', value: 'FOLDER', text: 'run it in FOLDER' },
      ...CONFIG_OPTIONS,
    ],
  },
  {
    name: 'config',
    operands: 'explain [KEY]',
    text: 'say where a setting comes from, or each that is set',
    options: [
      { name: 'json', value: null, text: 'the same as JSON' },
      { name: 'cd', short: 'C', value: 'FOLDER', text: 'as a session in FOLDER has it' },
      ...CONFIG_OPTIONS,
    ],
  },
  {
    name: 'fork',
    operands: '[ID]',
    text: 'go on with a copy of an earlier session, which stays as it is',
    completes: 'listed',
    options: [
      { name: 'last', value: null, text: 'of the newest session of this folder, without the list' },
      { name: 'all', value: null, text: 'list the sessions of every folder' },
      ...SESSION_OPTIONS,
    ],
  },
  {
    name: 'rename',
    operands: 'ID NAME',
    text: 'give a session a name, which stands for its ID everywhere',
    completes: 'listed',
    options: [],
  },
  {
    name: 'export',
    operands: 'ID',
    text: 'write a session as a document',
    completes: 'listed',
    options: [
      { name: 'as', value: 'FORM', text: 'markdown, or asciicast, which terminal players play (unsaid: by FILE)' },
      { name: 'output', short: 'o', value: 'FILE', text: 'write there instead of printing; never over a file' },
      { name: 'full', value: null, text: 'every line of every output' },
      { name: 'pane', value: 'N', text: 'one command alone, by its number (asciicast)' },
    ],
  },
  {
    name: 'archive',
    operands: 'ID',
    text: 'take a session out of the list; nothing is lost',
    completes: 'listed',
    options: [],
  },
  { name: 'unarchive', operands: 'ID', text: 'put it back', options: [] },
  {
    name: 'delete',
    operands: 'ID',
    text: 'delete a session and its output for good',
    completes: 'listed',
    options: [{ name: 'force', value: null, text: 'without asking' }],
  },
  { name: 'ps', operands: '', text: 'list the sessions that are open here', options: [] },
  {
    name: 'attach',
    operands: '[ID]',
    text: 'show and drive an open session here too; without ID, the only one, or the only one of this folder',
    completes: 'open',
    options: [],
  },
  {
    name: 'kill',
    operands: 'ID',
    text: 'end an open session and what runs in it; its record stays',
    completes: 'open',
    options: [],
  },
  {
    name: 'execpolicy',
    operands: 'check -- COMMAND [ARGUMENT...]',
    text: 'say what rule files decide about a command, as JSON',
    completes: 'command',
    options: [
      { name: 'rules', value: 'FILE', isRepeated: true, text: 'a rule file; as often as needed (unsaid: your own)' },
      { name: 'resolve-host-executables', value: null, text: 'rules with a bare name speak about whole paths too' },
      { name: 'pretty', value: null, text: 'over several lines' },
    ],
  },
  execSubcommand(SESSION_OPTIONS),
  reviewSubcommand(SESSION_OPTIONS),
  mcpSubcommand(CONFIG_OPTIONS),
  MCP_SERVER,
  LOGIN,
  LOGOUT,
  COMPLETION,
  {
    name: 'exec-server',
    operands: '',
    text: 'run commands and file operations for a codex elsewhere; codex exec-server --help',
    options: [],
  },
  {
    name: 'doctor',
    operands: '',
    text: 'show what sandbox, terminal and configuration look like here',
    options: [{ name: 'json', value: null, text: 'the same as JSON' }],
  },
];

export const EVERYWHERE: readonly Option[] = [
  { name: 'help', short: 'h', value: null, text: 'this text' },
  { name: 'version', short: 'V', value: null, text: 'the version' },
];
