// What a person's own programs are told of a session, and asked before a model's deed.

import type { EventBody, QuestionValue } from '../bus/contract.ts';
import type { Hooks, HookVerdict, PermissionMode } from '../hooks/index.ts';

/** What is about to be done, as hooks know it. */
export interface HookedDeed {
  readonly tool: string;
  readonly aliases: readonly string[];
  readonly input: Readonly<Record<string, unknown>>;
}

export interface SessionHooks {
  /** Follows the session: turns that end and questions are told of. */
  take(event: EventBody): void;
  before(
    deed: HookedDeed,
    call: { readonly call: string; readonly turn: string; readonly cwd: string },
    signal: AbortSignal,
  ): Promise<HookVerdict>;
  close(graceMs: number): Promise<void>;
}

export interface SessionHooksOptions {
  readonly session: string;
  readonly cwd: string;
  readonly model: string;
  readonly mode: PermissionMode;
  readonly transcript: string | null;
}

/** Names that people's scripts know from elsewhere. */
export const COMMAND_DEED = 'Bash';
export const PATCH_ALIASES = ['Write', 'Edit'] as const;

/** Only of turns of a model: what a person runs they see themselves. */
export function openSessionHooks(hooks: Hooks, options: SessionHooksOptions): SessionHooks {
  const { session, model, mode, transcript } = options;
  let { cwd } = options;
  let turn = '';
  let said: string[] = [];
  let answer: string | null = null;
  const facts = () => ({ session, turn, cwd, model, mode, transcript });

  return {
    take(event) {
      switch (event.type) {
        case 'session.moved':
          cwd = event.cwd;
          return;
        case 'turn.started':
          turn = event.turn;
          said = [];
          answer = null;
          return;
        case 'message.added':
          said.push(event.text);
          return;
        case 'answer.completed':
          if (event.text !== '') answer = event.text;
          return;
        case 'turn.ended':
          hooks.turnEnded({ ...facts(), inputMessages: said, lastAssistantMessage: answer });
          return;
        case 'question.opened':
          hooks.questionOpened({ ...facts(), tool: toolOf(event), command: event.command, reason: reasonOf(event) });
          return;
        default:
          return;
      }
    },
    before: (deed, call, signal) => hooks.beforeCommand({ ...facts(), ...call, ...deed }, signal),
    close: (graceMs) => hooks.close(graceMs),
  };
}

function toolOf({ deed }: QuestionValue): string {
  return deed === 'patch' ? 'apply_patch' : deed === 'tool' ? 'mcp' : COMMAND_DEED;
}

function reasonOf({ subject }: QuestionValue): string | null {
  return subject.kind === 'escalation' || subject.kind === 'permission' ? subject.justification : null;
}
