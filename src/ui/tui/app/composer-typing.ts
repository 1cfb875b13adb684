// How does what was typed reach the message?

import type { GuardKey } from '../approvals/guard.ts';
import { attached, pasted, typed } from '../composer/composer.ts';
import { pastedImages } from '../composer/image-paste.ts';
import type { Key } from '../input/key.ts';
import { onOwnKey } from './main-keys.ts';
import type { ScreenApp } from './screen-app.ts';

export interface ComposerTyping {
  /** Text at the cursor. */
  type(text: string): void;
  /** A press that answers no question; `key` is what was pressed, null when it was no key. */
  press(press: GuardKey, key: Key | null): void;
}

/** A model can look at an image; a command line wants its path. */
export function takesImages(app: ScreenApp): boolean {
  return app.transcript.session?.model != null && !app.composer.buffer.text.startsWith('!');
}

/** Ctrl-V: the image or text on the clipboard of this machine. */
export function pasteFromClipboard(app: ScreenApp): void {
  app.options.readClipboard().then((clip) => {
    if (clip.kind === 'nothing') app.toasts.show(clip.words);
    else if (clip.kind === 'text') app.composer = pasted(app.composer, clip.text, app.options.settings.pasteFold);
    else if (takesImages(app)) app.composer = attached(app.composer, [clip.image]);
    else app.composer = typed(app.composer, clip.image.path);
    app.painter.changed('echo');
  }, app.onDefect);
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

  function paste(text: string): void {
    const images = takesImages(app) ? pastedImages(text, app.options.look.home) : null;
    app.composer = images === null ? pasted(app.composer, text, settings.pasteFold) : attached(app.composer, images);
  }

  return {
    type,
    press(press, key) {
      if (press.key === 'text') return type(press.text);
      if (press.key === 'paste') paste(press.text);
      else if (key !== null) return onOwnKey(app, key);
      app.painter.changed('echo');
    },
  };
}
