// The tool that starts a command: how it is described to a model, and what its arguments mean.

import type { Result } from '../../problem/index.ts';
import type { FunctionTool } from '../agent/provider.ts';
import type { Json } from '../agent/response-item.ts';
import { OUTPUT_TOKENS, WAIT_FOR_COMMAND, within } from './call-bounds.ts';
import { type ArgumentReader, argumentsOf, badCall, readArguments } from './tool-arguments.ts';

export const EXEC_COMMAND = 'exec_command';

const ENVIRONMENT = {
  type: 'string',
  description: 'Name of the machine to run on, one of those in <environments>. Default: the primary one.',
} as const;

/** With several machines it can be said where: the argument is absent where there is nothing to choose. */
export function execCommandTool(hasChoice: boolean): FunctionTool {
  const { parameters } = execCommand;
  const properties = parameters.properties as Record<string, Json>;
  return hasChoice
    ? { ...execCommand, parameters: { ...parameters, properties: { ...properties, environment_id: ENVIRONMENT } } }
    : execCommand;
}

const execCommand: FunctionTool = {
  type: 'function',
  name: EXEC_COMMAND,
  description:
    'Starts a command in a shell. Answers with its output and exit code when it has ended, or with a session id for ' +
    'write_stdin when it is still running after yield_time_ms.',
  strict: false,
  parameters: {
    type: 'object',
    properties: {
      cmd: { type: 'string', description: 'The command line, as it would be typed into the shell.' },
      workdir: {
        type: 'string',
        description: 'Folder to run in, absolute or relative to the current one, which is the default.',
      },
      shell: { type: 'string', description: "Path of another shell than the person's own." },
      login: { type: 'boolean', description: 'Whether the shell reads its login files. Default: true.' },
      tty: {
        type: 'boolean',
        description:
          'true gives the command a terminal, which programs that ask questions or draw need, and an open stdin. ' +
          'Default: false, plain pipes and nothing to read.',
      },
      yield_time_ms: {
        type: 'number',
        description: `Whole milliseconds to wait for the end. Default ${WAIT_FOR_COMMAND.unsaid}, from ${WAIT_FOR_COMMAND.least} to ${WAIT_FOR_COMMAND.most}.`,
      },
      max_output_tokens: {
        type: 'number',
        description: `How much output to be told; more is cut in the middle. Default ${OUTPUT_TOKENS.unsaid}.`,
      },
      sandbox_permissions: {
        type: 'string',
        enum: ['use_default', 'with_additional_permissions', 'require_escalated'],
        description:
          'with_additional_permissions asks the person for what additional_permissions names, inside the sandbox; ' +
          'require_escalated asks them to let this one command run without it. Default: use_default.',
      },
      additional_permissions: {
        type: 'object',
        description: 'With with_additional_permissions: what this command needs beyond the profile, and no more.',
        properties: {
          file_system: {
            type: 'object',
            properties: {
              read: { type: 'array', items: { type: 'string' }, description: 'Paths to read.' },
              write: { type: 'array', items: { type: 'string' }, description: 'Paths to write.' },
            },
            additionalProperties: false,
          },
          network: {
            type: 'object',
            properties: { enabled: { type: 'boolean', description: 'Whether the whole network is needed.' } },
            additionalProperties: false,
          },
        },
        additionalProperties: false,
      },
      justification: {
        type: 'string',
        description: 'When you ask for more: the question to the person, in one sentence they can decide on.',
      },
      prefix_rule: {
        type: 'array',
        items: { type: 'string' },
        description: 'With require_escalated: first words of the command that the person may allow for good.',
      },
    },
    required: ['cmd'],
    additionalProperties: false,
  },
};

/** What a model asks for beyond the profile. `justification` is `''` when it gave no reason. */
export type AskedFor =
  /** To run without the sandbox. */
  | { readonly kind: 'escalation'; readonly justification: string; readonly prefixRule: readonly string[] }
  /** Paths as written. */
  | {
      readonly kind: 'permission';
      readonly justification: string;
      readonly read: readonly string[];
      readonly write: readonly string[];
      readonly network: boolean;
    };

export interface ExecCommandCall {
  readonly cmd: string;
  /** As written: relative to the session's folder. Null: that folder. */
  readonly workdir: string | null;
  /** Null: the one of commands that name none. */
  readonly environment: string | null;
  /** Null: the person's. */
  readonly shell: string | null;
  readonly login: boolean;
  readonly tty: boolean;
  readonly yieldTimeMs: number;
  readonly maxOutputTokens: number;
  /** Null: it does not ask for more than the profile gives. */
  readonly askedFor: AskedFor | null;
}

/** Parameters it does not know are ignored: models add some, and a refusal would only cost a round. */
export function parseExecCommand(text: string): Result<ExecCommandCall> {
  const args = argumentsOf('exec_command', text);
  if (!args.ok) return args;
  const read = readArguments('exec_command', args.value);
  const cmd = read.text('cmd');
  const workdir = read.text('workdir');
  const shell = read.text('shell');
  const environment = read.text('environment_id') ?? read.text('environment');
  const login = read.flag('login', true);
  const tty = read.flag('tty', false);
  const yieldTimeMs = read.whole('yield_time_ms');
  const maxOutputTokens = read.whole('max_output_tokens');
  const askedFor = askedForIn(read);
  if (cmd === null) read.refuse('cmd, the command line, is missing.');
  for (const [name, value] of Object.entries({ cmd, workdir, shell })) {
    // The kernel ends a string there: what would run is not what was written.
    if (value?.includes('\0') === true) read.refuse(`${name} holds a NUL character.`);
  }
  return read.result(() => ({
    cmd: cmd ?? '',
    workdir: emptyIsNull(workdir),
    environment: emptyIsNull(environment),
    shell: emptyIsNull(shell),
    login,
    tty,
    yieldTimeMs: within(WAIT_FOR_COMMAND, yieldTimeMs),
    maxOutputTokens: within(OUTPUT_TOKENS, maxOutputTokens),
    askedFor,
  }));
}

const PERMISSIONS = ['use_default', 'with_additional_permissions', 'require_escalated'] as const;

function askedForIn(read: ArgumentReader): AskedFor | null {
  const permissions = read.choice('sandbox_permissions', PERMISSIONS, 'use_default');
  const justification = read.text('justification')?.trim() ?? '';
  const prefixRule = read.texts('prefix_rule') ?? [];
  if (permissions === 'use_default') return null;
  if (permissions === 'require_escalated') return { kind: 'escalation', justification, prefixRule };
  const wanted = read.inside('additional_permissions');
  const files = wanted?.inside('file_system') ?? null;
  const paths = { read: files?.texts('read') ?? [], write: files?.texts('write') ?? [] };
  const network = wanted?.inside('network')?.flag('enabled', false) ?? false;
  if (!network && paths.read.length + paths.write.length === 0)
    read.refuse('additional_permissions names nothing that the command needs.');
  if ([...paths.read, ...paths.write].some((text) => text === '' || text.includes('\0')))
    read.refuse('a path in additional_permissions is empty or holds a NUL character.');
  return { kind: 'permission', justification, ...paths, network };
}

function emptyIsNull(text: string | null): string | null {
  return text === '' ? null : text;
}

/** The folder the call names is not there. */
export function missingWorkdir(workdir: string) {
  return badCall('exec_command', `the folder ${workdir} does not exist.`, '');
}

/** The shell the call names cannot be run. */
export function missingShell(shell: string) {
  return badCall('exec_command', `${shell} is not a program that can be run here.`, '');
}
