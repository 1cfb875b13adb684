// The message in the person's editor; the turn and everything that runs go on meanwhile.

import { rewritten } from '../composer/composer.ts';
import { fullText } from '../composer/paste.ts';
import type { ScreenApp } from './screen-app.ts';

export function editMessage(app: ScreenApp): void {
  app.options.outside.edit(fullText(app.composer.buffer)).then(({ text, words }) => {
    if (text !== null) app.composer = rewritten(app.composer, text);
    if (words !== '') app.toasts.show(words);
    app.painter.changed('echo');
  }, app.onDefect);
}
