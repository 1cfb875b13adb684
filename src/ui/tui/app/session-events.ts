// What does an event of the session change on the screen, beside the transcript?

import { apply, type BusEvent } from '../../../core/bus/index.ts';
import { givenBack } from '../composer/composer.ts';
import type { ScreenApp } from './screen-app.ts';

const ESCAPE = 0x1b;

/** Takes one event after the other. */
export function openSessionEvents(app: ScreenApp): (event: BusEvent) => void {
  /** Texts of queued messages, so that a returned one can come back into the composer. */
  const queuedTexts = new Map<string, string>();

  function follow(event: BusEvent): void {
    switch (event.type) {
      case 'process.output':
        if (!app.emulator.isWanted && event.stream === 'pty' && event.bytes.includes(ESCAPE)) app.emulator.want();
        return app.views.openFullIfWanted(event.process);
      case 'process.waiting':
        if (event.wait !== null && app.focus.mayTakeKeyboard(event.process)) app.focus.typeInto(event.process);
        return;
      case 'process.exited':
      case 'process.finished':
        return app.focus.leavePane(event.process);
      case 'message.queued':
        queuedTexts.set(event.message, event.text);
        return;
      case 'message.unqueued': {
        const text = queuedTexts.get(event.message);
        if (event.reason === 'returned' && text !== undefined)
          app.composer = givenBack(app.composer, text, app.state.sentImages);
        queuedTexts.delete(event.message);
        return;
      }
      case 'environment.picked':
      case 'question.opened':
        // The status line now has something to say that matters more.
        return app.toasts.clear();
    }
  }

  return (event) => {
    apply(app.transcript, event);
    app.bodies.follow(event);
    follow(event);
    app.attention.heard(event);
    app.desk.tell({ type: 'question', question: app.transcript.questions[0] ?? null });
    app.painter.changed();
  };
}
