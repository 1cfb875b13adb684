// What happens when no model is set up: what a person types runs as a command, and that is the whole answer.

import { randomUUID } from 'node:crypto';
import type { ModelEvent, ModelRequest, Provider } from './provider.ts';
import { functionCall, isFunctionCallOutput, isMessage, textOf } from './response-item.ts';

/**
 * The built-in provider without a model. Its commands get a terminal, because a person is looking at them; pipes where a
 * program reads what they print.
 */
export function createShellProvider(
  newCallId: () => string = () => `shell_${randomUUID()}`,
  hasTerminal = true,
): Provider {
  return {
    id: 'shell',
    model: null,
    async *respond(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
      if (signal.aborted) return;
      const typed = typedCommand(request);
      if (typed === null) return;
      const { command, environment } = addressed(typed, request.environments);
      const callId = newCallId();
      const where = environment === null ? {} : { environment };
      yield {
        type: 'item',
        id: callId,
        item: functionCall('exec_command', { cmd: reportingDirectory(command), tty: hasTerminal, ...where }, callId),
      };
    },
  };
}

/** `@NAME command` is for the machine of that name; any other word after `@` is part of the command. */
function addressed(
  typed: string,
  environments: readonly string[],
): { readonly command: string; readonly environment: string | null } {
  const [, name, command] = /^\s*@([A-Za-z0-9_-]+)\s+(.*\S.*)$/s.exec(typed) ?? [];
  return name !== undefined && command !== undefined && environments.includes(name)
    ? { command, environment: name }
    : { command: typed, environment: null };
}

/** The last message of the person, unless it has run already or is blank. */
function typedCommand(request: ModelRequest): string | null {
  const at = request.input.findLastIndex((item) => isMessage(item) && item.role === 'user');
  const message = request.input[at];
  if (message === undefined || request.input.slice(at + 1).some(isFunctionCallOutput)) return null;
  const text = textOf(message);
  return text.trim() === '' ? null : text;
}

/**
 * `cd` with at most one argument and nothing else on the line. The argument is one shell word: quotes, `~` and
 * `$NAME` are fine, command substitution is not, because its parentheses and spaces need a real parser.
 */
const DIRECTORY_CHANGE =
  /^\s*cd(?:[ \t]+--)?(?:[ \t]+(?:'[^']*'|"(?:[^"\\$`\n]|\\.|\$[A-Za-z_{])*"|\\.|\$[A-Za-z_{]|[^\s'"\\$`;&|<>()#!])+)?\s*$/;

const REPORT = ' && pwd';

/** A lone `cd` also says where it arrived, so that the session can follow it; anything else stays as it was typed. */
export function reportingDirectory(command: string): string {
  return DIRECTORY_CHANGE.test(command) ? `${command.trim()}${REPORT}` : command;
}

/**
 * The folder a session is in after `command`, null when it did not change. `command` is what ran (with the report),
 * `output` all it printed. Each command has a shell of its own: `cd -` needs OLDPWD in its environment.
 */
export function changedDirectory(command: string, exit: { readonly code: number }, output: string): string | null {
  if (exit.code !== 0 || !command.endsWith(REPORT)) return null;
  if (!DIRECTORY_CHANGE.test(command.slice(0, -REPORT.length))) return null;
  // Start-up files of a shell and `cd -` may print before it; the report is the last line.
  const last = output.trimEnd().split(/\r?\n/).at(-1) ?? '';
  return last.startsWith('/') ? last : null;
}
