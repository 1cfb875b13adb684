// The tool that types into a running command, or waits for more of its output.

import type { Problem, Result } from '../../problem/index.ts';
import type { FunctionTool } from '../agent/provider.ts';
import { OUTPUT_TOKENS, WAIT_AFTER_TYPING, WAIT_WHILE_POLLING, within } from './call-bounds.ts';
import { argumentsOf, readArguments } from './tool-arguments.ts';

export const WRITE_STDIN = 'write_stdin';

export const writeStdinTool: FunctionTool = {
  type: 'function',
  name: WRITE_STDIN,
  description: 'Types into a running command and answers with what it printed since the last answer.',
  strict: false,
  parameters: {
    type: 'object',
    properties: {
      session_id: { type: 'number', description: 'The session id from the answer that said the command is running.' },
      chars: {
        type: 'string',
        description: 'What to type, exactly: \\n is Enter, \\u0003 is Ctrl-C. Empty or left out: only wait.',
      },
      yield_time_ms: {
        type: 'number',
        description: `Whole milliseconds to wait for output or the end. Default ${WAIT_AFTER_TYPING.unsaid} after typing, ${WAIT_WHILE_POLLING.unsaid} (also the least) when only waiting.`,
      },
      max_output_tokens: {
        type: 'number',
        description: `How much output to be told; more is cut in the middle. Default ${OUTPUT_TOKENS.unsaid}.`,
      },
    },
    required: ['session_id'],
    additionalProperties: false,
  },
};

export interface WriteStdinCall {
  readonly sessionId: number;
  /** `''`: only wait. */
  readonly chars: string;
  readonly yieldTimeMs: number;
  readonly maxOutputTokens: number;
}

export function parseWriteStdin(text: string): Result<WriteStdinCall> {
  const args = argumentsOf('write_stdin', text);
  if (!args.ok) return args;
  const read = readArguments('write_stdin', args.value);
  const sessionId = read.whole('session_id');
  const chars = read.text('chars') ?? '';
  const yieldTimeMs = read.whole('yield_time_ms');
  const maxOutputTokens = read.whole('max_output_tokens');
  if (sessionId === null) read.refuse('session_id, a number from an earlier answer, is missing.');
  return read.result(() => ({
    sessionId: sessionId ?? 0,
    chars,
    yieldTimeMs: within(chars === '' ? WAIT_WHILE_POLLING : WAIT_AFTER_TYPING, yieldTimeMs),
    maxOutputTokens: within(OUTPUT_TOKENS, maxOutputTokens),
  }));
}

/** The one thing that may be written although stdin is closed: it asks the command to stop. */
export const INTERRUPT = '\u0003';

export function unknownSession(sessionId: number): Problem {
  return {
    what: `write_stdin was not run: no command with session id ${sessionId} is running.`,
    why: 'It has ended, and its end was told, or there never was one.',
    next: '',
  };
}

export function closedStdin(): Problem {
  return {
    what: 'write_stdin was not run: this command has no stdin.',
    why: '',
    next: 'Start it again with tty=true to type into it, or send \\u0003 to stop it.',
  };
}

/** A tool that is not there. */
export function unknownTool(name: string, known: readonly string[]): Problem {
  return {
    what: `${name} was not run: there is no such tool.`,
    why: `There are ${known.join(', ')}.`,
    next: 'Call one of those.',
  };
}
