// What is submitted: the prompt that was typed, what stdin holds, or both.

import { causeOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { ExecPrompt } from './exec-arguments.ts';

/** No model takes in more than that as one message; a mistaken `< /dev/zero` ends here. */
const STDIN_BYTES = 16 * 1024 * 1024;

/** A writer that says nothing for so long may be one that never closes its end. */
const SILENCE_MS = 3_000;

export interface PromptInput {
  readonly stream: NodeJS.ReadableStream;
  readonly isTerminal: boolean;
}

/**
 * Reads stdin only where it counts: where it was asked for, or is no terminal. `waiting` hears of a stdin that stays
 * silent. `''`: nothing was said at all.
 */
export async function readPrompt(
  prompt: ExecPrompt,
  { stream, isTerminal }: PromptInput,
  waiting: (problem: Problem) => void,
): Promise<Result<string>> {
  if (prompt.kind !== 'stdin' && isTerminal) return ok(prompt.kind === 'typed' ? prompt.text : '');
  const timer = isTerminal ? null : setTimeout(() => waiting(stdinIsOpen(prompt)), SILENCE_MS);
  const read = await readText(stream);
  if (timer !== null) clearTimeout(timer);
  if (!read.ok) return read;
  return ok(prompt.kind === 'typed' ? withStdin(prompt.text, read.value) : read.value);
}

/** The form that codex-cli has for it. */
export function withStdin(prompt: string, text: string): string {
  if (text.trim() === '') return prompt;
  return `${prompt}\n\n<stdin>\n${text}${text.endsWith('\n') ? '' : '\n'}</stdin>`;
}

async function readText(stream: NodeJS.ReadableStream): Promise<Result<string>> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of stream) {
      const read = typeof piece === 'string' ? Buffer.from(piece) : piece;
      bytes += read.length;
      if (bytes > STDIN_BYTES)
        return fail({
          what: 'stdin holds more than 16 MiB.',
          why: 'That is more than fits into a message.',
          next: 'Put it into a file and name the file in the prompt.',
        });
      pieces.push(read);
    }
  } catch (error) {
    return fail({ what: 'stdin could not be read.', why: causeOf(error), next: 'Close it: codex exec … < /dev/null' });
  }
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces)));
  } catch {
    // The decoder says no more than that.
    return fail({ what: 'stdin is not text in UTF-8.', why: '', next: 'Name the file in the prompt instead.' });
  }
}

function stdinIsOpen(prompt: ExecPrompt): Problem {
  return {
    what: prompt.kind === 'typed' ? 'Waiting for what stdin adds to the prompt.' : 'Waiting for the prompt on stdin.',
    why: 'Its other end is open and says nothing.',
    next: prompt.kind === 'typed' ? 'codex exec … < /dev/null does not wait.' : '',
  };
}
