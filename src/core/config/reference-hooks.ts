// The settings of hooks: programs of a person's own that hear of a moment, and may say no to it.

import * as v from 'valibot';
import { gathered, table, wholeFrom } from './setting.ts';

/** What is done. Of codex-cli's kinds only commands are there; another one is told and does nothing. */
export type HookHandler = HookCommand | { readonly type: 'other'; readonly name: string };

/** One program. `command` is a line for the shell, as it is published. */
export interface HookCommand {
  readonly type: 'command';
  readonly command: string;
  /** Seconds; null: the usual. */
  readonly timeout: number | null;
  /** Nobody waits for it, and it decides nothing. */
  readonly async: boolean;
}

/** Programs for the tools whose names `matcher` matches; null: for all. */
export interface HookGroup {
  readonly matcher: string | null;
  readonly hooks: readonly HookHandler[];
}

const CommandValue = v.pipe(
  v.object({
    type: v.literal('command'),
    command: v.pipe(v.string(), v.trim(), v.nonEmpty()),
    timeout: v.optional(wholeFrom(1)),
    async: v.optional(v.boolean(), false),
  }),
  v.transform(({ type, command, timeout, async }): HookHandler => ({ type, command, timeout: timeout ?? null, async })),
);

const OtherValue = v.pipe(
  v.object({ type: v.pipe(v.string(), v.notValue('command')) }),
  v.transform(({ type }): HookHandler => ({ type: 'other', name: type })),
);

const GroupValue = v.pipe(
  v.object({
    matcher: v.optional(v.pipe(v.string(), v.check(isPattern))),
    hooks: v.array(v.union([CommandValue, OtherValue])),
  }),
  v.transform(({ matcher, hooks }): HookGroup => ({ matcher: matcher ?? null, hooks })),
);

/** A star alone is published as a word for everything. */
function isPattern(matcher: string): boolean {
  try {
    return matcher === '*' || new RegExp(matcher) instanceof RegExp;
  } catch {
    // A hook that was to say no, and would never be asked.
    return false;
  }
}

const HOOK_TYPE = 'list of { matcher, hooks = [{ type = "command", command, timeout = seconds }] }';

function hooksFor(text: string) {
  return gathered<HookGroup>(HOOK_TYPE, GroupValue, text);
}

export const hooks = table(
  'Programs that hear of a moment. Those of all layers run, the lowest first. Each gets one JSON document on its input.',
  {
    PreToolUse: hooksFor(
      "Before a model's command or another tool of it runs. Exit code 2, or a JSON answer that says so, forbids it. " +
        '`matcher` is compared with the name of the tool.',
    ),
    PermissionRequest: hooksFor('When you are asked something. It hears of the question and decides nothing.'),
    Stop: hooksFor('When a turn has ended. It decides nothing.'),
  },
  { isOwn: true },
);
