// What do the bytes of the person's terminal mean for the screen?

import type { InputEvent } from '../input/parser.ts';
import { afterReply } from '../terminal/modes.ts';
import { onMainKey } from './main-keys.ts';
import type { ScreenApp } from './screen-app.ts';
import { onViewKey } from './view-keys.ts';

export interface TerminalInput {
  take(bytes: Uint8Array): void;
  close(): void;
}

export function openTerminalInput(app: ScreenApp): TerminalInput {
  const { parser, clock, writer, hold, term } = app.options;
  let cancelFlush: (() => void) | null = null;

  function hear(event: InputEvent): void {
    switch (event.kind) {
      case 'reply':
        if (event.reply.kind === 'status') {
          writer.acknowledged();
          app.desk.confirmPainted();
        } else {
          if (event.reply.kind === 'terminal name') {
            app.attention.named(event.reply.name);
            app.links.named(event.reply.name);
          }
          hold.apply(afterReply(hold.modes, event.reply, term));
        }
        return;
      case 'focus':
        app.attention.focused(event.isFocused);
        return app.desk.tell({ type: 'window', isInFront: event.isFocused });
      case 'raw': {
        app.state.keysSinceSubmit += 1;
        const process = app.focus.typingInto;
        if (process !== null) app.send({ type: 'process.write', process, bytes: event.bytes });
        return;
      }
      case 'left raw':
        return app.focus.leaveTyping();
      case 'back to raw':
        return app.focus.backToTyping();
      case 'paste':
        return paste(event.text);
      case 'paste too large':
        return app.toasts.show(
          `This paste has ${Math.round(event.bytes / 1e6)} MB; the limit is 16 MB. Save it as a file.`,
        );
      case 'mouse':
        return;
      case 'key': {
        app.state.lastKeyAt = clock.now();
        app.state.keysSinceSubmit += 1;
        if (app.state.view === null) onMainKey(app, event);
        else onViewKey(app, app.state.view, event);
        return;
      }
    }
  }

  function paste(text: string): void {
    app.state.lastKeyAt = clock.now();
    if (app.state.view !== null || app.state.panel !== null) return;
    if (app.state.focus.kind === 'pane') app.focus.toComposer();
    app.desk.key({ key: 'paste', text }, null);
  }

  return {
    take(bytes) {
      cancelFlush?.();
      cancelFlush = null;
      for (const event of parser.feed(bytes, clock.now())) hear(event);
      const wait = parser.pending();
      if (wait === null) return;
      // An Esc may be the beginning of a longer key: what is left after a moment stands for itself.
      cancelFlush = clock.after(wait, () => {
        cancelFlush = null;
        for (const event of parser.flush(clock.now())) hear(event);
      });
    },
    close() {
      cancelFlush?.();
    },
  };
}
