// How does what was typed reach the message?

import type { GuardKey } from '../approvals/guard.ts';
import { pasted, typed } from '../composer/composer.ts';
import type { Key } from '../input/key.ts';
import { onOwnKey } from './main-keys.ts';
import type { ScreenApp } from './screen-app.ts';

export interface ComposerTyping {
  /** Text at the cursor. */
  type(text: string): void;
  /** A press that answers no question; `key` is what was pressed, null when it was no key. */
  press(press: GuardKey, key: Key | null): void;
}

export function openComposerTyping(app: ScreenApp): ComposerTyping {
  const { writer, settings } = app.options;

  function type(text: string): void {
    if (text.length === 1 && echo(text)) return;
    app.composer = typed(app.composer, text);
    app.painter.changed('echo');
  }

  /** One letter at the end of the text is written where the cursor stands; everything else goes through a frame. */
  function echo(letter: string): boolean {
    const { buffer, search } = app.composer;
    if (search !== null || buffer.cursor !== buffer.text.length || !writer.echo(letter)) return false;
    app.composer = typed(app.composer, letter);
    app.painter.changed('quietly');
    return true;
  }

  return {
    type,
    press(press, key) {
      if (press.key === 'text') return type(press.text);
      if (press.key === 'paste') app.composer = pasted(app.composer, press.text, settings.pasteFold);
      else if (key !== null) return onOwnKey(app, key);
      app.painter.changed('echo');
    },
  };
}
