// The settings of hooks: programs of a person's own that hear of a moment, and may say no to it.

import * as v from 'valibot';
import { gathered, table, wholeFrom } from './setting.ts';

/** One program. `command` is a line for the shell, as it is published. */
export interface HookCommand {
  readonly type: 'command';
  readonly command: string;
  /** Seconds; null: the usual. */
  readonly timeout: number | null;
  /** Nobody waits for it, and it decides nothing. */
  readonly async: boolean;
  readonly statusMessage: string | null;
}

/** Programs for the tools whose names `matcher` matches; null: for all. */
export interface HookGroup {
  readonly matcher: string | null;
  readonly hooks: readonly HookCommand[];
}

const CommandValue = v.pipe(
  v.strictObject({
    type: v.literal('command'),
    command: v.pipe(v.string(), v.nonEmpty()),
    timeout: v.optional(wholeFrom(1)),
    async: v.optional(v.boolean(), false),
    statusMessage: v.optional(v.string()),
    visibilityHint: v.optional(v.unknown()),
  }),
  v.transform(
    ({ type, command, timeout, async, statusMessage }): HookCommand => ({
      type,
      command,
      timeout: timeout ?? null,
      async,
      statusMessage: statusMessage ?? null,
    }),
  ),
);

const GroupValue = v.pipe(
  v.strictObject({ matcher: v.optional(v.string()), hooks: v.array(CommandValue) }),
  v.transform(({ matcher, hooks }): HookGroup => ({ matcher: matcher ?? null, hooks })),
);

const HOOK_TYPE = 'list of { matcher, hooks = [{ type = "command", command, timeout = seconds }] }';

function hooksFor(text: string) {
  return gathered<HookGroup>(HOOK_TYPE, GroupValue, text);
}

export const hooks = table(
  'Programs that hear of a moment. Those of all layers run, the lowest first. Each gets one JSON document on its input.',
  {
    PreToolUse: hooksFor(
      "Before a model's command runs. Exit code 2, or a JSON answer that says so, forbids it. `matcher` is compared " +
        'with the name of the tool (`Bash`).',
    ),
    PermissionRequest: hooksFor('When you are about to be asked. It hears of the question and decides nothing.'),
    Stop: hooksFor('When a turn has ended. It decides nothing.'),
  },
  { isOwn: true },
);
