// Messages that were written down: which there are, and what becomes of `/name words`.

import type { PromptLine } from '../../../core/bus/index.ts';
import type { SlashEntry } from '../completion/slash-menu.ts';
import { taken } from '../composer/composer.ts';
import type { ScreenApp } from './screen-app.ts';
import { SLASH_COMMANDS } from './slash.ts';

/** As codex-cli writes it. It also names a prompt that is called like a command of ours. */
const PREFIX = 'prompts:';

/** Asked when a session is there, and again when the list of commands opens: files come and go meanwhile. */
export async function loadPrompts(app: ScreenApp): Promise<void> {
  try {
    const { prompts } = await app.options.door.query({ type: 'prompts' });
    app.state.prompts = prompts.map(entryOf);
  } catch {
    // An owner of an older version has none; the rest of the menu stands.
  }
}

function entryOf({ name, origin, description, argumentHint }: PromptLine): SlashEntry {
  const isTaken = SLASH_COMMANDS.some(({ names }) => names.includes(name));
  return { name: isTaken ? PREFIX + name : name, argument: argumentHint, text: description, origin };
}

/** What the menu offers. Prompts are said to a model: without one there are none. */
export function promptEntries(app: ScreenApp): readonly SlashEntry[] {
  return app.transcript.session?.model == null ? [] : app.state.prompts;
}

/** True when the message is a call of one. */
export function runPrompt(app: ScreenApp, message: string, how: 'queues' | 'steers'): boolean {
  const [, prefix = '', name = '', words = ''] =
    /^\/(prompts:)?([A-Za-z0-9][\w.:-]*)(?:\s+([\s\S]*))?$/.exec(message.trimEnd()) ?? [];
  const prompt = app.state.prompts.find((entry) => entry.name === name || entry.name === prefix + name);
  if (prompt === undefined) return false;
  if (app.transcript.session?.model == null) {
    // Without a model it would run as a command.
    app.toasts.show(`/${name} is said to a model, and there is none; /model says how`);
    return true;
  }
  const before = app.composer;
  const { images, composer } = taken(before);
  app.composer = composer;
  app.options.door.query({ type: 'prompts.expand', name, words }).then(
    ({ text, problem }) => {
      if (text !== null) return app.sendMessage(text, images, how);
      // What was typed comes back, to be mended.
      if (app.composer.buffer.text === '') app.composer = before;
      app.toasts.show([problem?.what ?? '', problem?.next || (problem?.why ?? '')].join(' ').trim());
      app.painter.changed('echo');
    },
    (error: unknown) => app.toasts.show(String(error)),
  );
  return true;
}
