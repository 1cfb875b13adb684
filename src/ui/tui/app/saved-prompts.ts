// Messages that were written down: which there are, and what becomes of `/name words`.

import type { PromptLine } from '../../../core/bus/index.ts';
import type { SlashEntry } from '../completion/slash-menu.ts';
import { cleared } from '../composer/composer.ts';
import type { ScreenApp } from './screen-app.ts';

/** Asked when a session is there, and again when a slash is typed into an empty composer. */
export function loadPrompts(app: ScreenApp): void {
  app.options.door.query({ type: 'prompts' }).then(
    ({ prompts }) => {
      app.state.prompts = prompts.map(entryOf);
    },
    // An owner of an older version has none; the rest of the menu stands.
    () => {},
  );
}

function entryOf({ name, origin, description, argumentHint }: PromptLine): SlashEntry {
  return { name, argument: argumentHint, text: description, origin };
}

/** True when the message is a call of one. `/prompts:name` names it too, as elsewhere. */
export function runPrompt(app: ScreenApp, message: string): boolean {
  const [, called, words = ''] =
    /^\/(?:prompts:)?([A-Za-z0-9][\w.:-]*)(?:\s+([\s\S]*))?$/.exec(message.trimEnd()) ?? [];
  const prompt = app.state.prompts.find(({ name }) => name === called);
  if (prompt === undefined) return false;
  const before = app.composer;
  app.composer = cleared(app.composer);
  app.options.door.query({ type: 'prompts.expand', name: prompt.name, words }).then(
    ({ text, problem }) => {
      if (text !== null) return app.send({ type: 'submit', text });
      // What was typed comes back, to be mended.
      if (app.composer.buffer.text === '') app.composer = before;
      app.toasts.show([problem?.what ?? '', problem?.next ?? ''].join(' ').trim());
      app.painter.changed('echo');
    },
    (error: unknown) => app.toasts.show(String(error)),
  );
  return true;
}
