// The tool that starts a command: how it is described to a model, and what its arguments mean.

import type { Result } from '../../problem/index.ts';
import type { ToolSchema } from '../agent/provider.ts';
import type { Json } from '../agent/response-item.ts';
import { OUTPUT_TOKENS, WAIT_FOR_COMMAND, within } from './call-bounds.ts';
import { argumentsOf, badCall, readArguments } from './tool-arguments.ts';

export const EXEC_COMMAND = 'exec_command';

const ENVIRONMENT = {
  type: 'string',
  description: 'Name of the machine to run on, one of those in <environments>. Default: the primary one.',
} as const;

/** With several machines it can be said where: the argument is absent where there is nothing to choose. */
export function execCommandTool(hasChoice: boolean): ToolSchema {
  const { parameters } = execCommand;
  const properties = parameters.properties as Record<string, Json>;
  return hasChoice
    ? { ...execCommand, parameters: { ...parameters, properties: { ...properties, environment_id: ENVIRONMENT } } }
    : execCommand;
}

const execCommand: ToolSchema = {
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
        enum: ['use_default', 'require_escalated'],
        description:
          'require_escalated asks the person to let this one command run without the sandbox. Default: use_default.',
      },
      justification: {
        type: 'string',
        description: 'With require_escalated: the question to the person, in one sentence they can decide on.',
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

interface Escalation {
  /** What the person is asked; `''` when the model gave no reason. */
  readonly justification: string;
  readonly prefixRule: readonly string[];
}

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
  /** Null: it does not ask to leave the sandbox. */
  readonly escalation: Escalation | null;
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
  const permissions = read.choice('sandbox_permissions', ['use_default', 'require_escalated'], 'use_default');
  const justification = read.text('justification');
  const prefixRule = read.texts('prefix_rule');
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
    escalation:
      permissions === 'require_escalated'
        ? { justification: justification?.trim() ?? '', prefixRule: prefixRule ?? [] }
        : null,
  }));
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
