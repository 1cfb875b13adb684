// Tells a person who looks elsewhere what happened, and keeps the window's title.

import type { BusEvent } from '../../../core/bus/index.ts';
import { occasionOf } from '../notify/occasions.ts';
import { isAway, type Presence } from '../notify/presence.ts';
import { notification, notifyWay } from '../notify/ways.ts';
import { windowTitle } from '../notify/window-title.ts';
import { withTitle } from '../terminal/modes.ts';
import type { ScreenApp } from './screen-app.ts';

/** Of several things at once the first one is told; a question always. */
const ONCE_IN_MS = 1_000;

/** Terminals that would print a title. */
const WITHOUT_TITLE = /^(?:linux|vt\d+|dumb|cons\d+|)$/;

export interface Attention {
  /** An event that is in the transcript already. */
  heard(event: BusEvent): void;
  focused(isInFront: boolean): void;
  /** The terminal's answer to XTVERSION. */
  named(name: string): void;
  tell(text: string): void;
}

export function openAttention(app: ScreenApp): Attention {
  const { settings, clock, writer, hold, term, env, look } = app.options;
  /** What happened before this screen was opened is no news. */
  const since = Date.now();
  let isInFront: Presence['isInFront'] = null;
  let name: string | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;
  let title: string | null = null;
  const hasTitle = settings.title && !WITHOUT_TITLE.test(term);

  function tell(text: string): void {
    const { lastKeyAt } = app.state;
    if (settings.notifyWhen === 'unfocused' && !isAway({ isInFront, lastKeyAt }, clock.now())) return;
    const way = notifyWay(settings.notify, name, env);
    if (way === null) return;
    toldAt = clock.now();
    writer.send(notification(way, text));
  }

  function showTitle(): void {
    const next = hasTitle ? windowTitle(app.transcript, look) : null;
    if (next === null || next === title) return;
    title = next;
    hold.apply(withTitle(hold.modes, next));
  }

  return {
    heard(event) {
      if (event.type === 'process.output') return;
      showTitle();
      if (event.at < since) return;
      const isQuestion = event.type === 'question.opened';
      // In the editor nothing of it can be seen.
      if (isQuestion && app.options.outside.isOpen) return app.options.outside.ring();
      const text = occasionOf(event, app.transcript);
      if (text !== null && (isQuestion || clock.now() - toldAt >= ONCE_IN_MS)) tell(text);
    },
    focused(now) {
      isInFront = now;
    },
    named(answer) {
      name = answer;
    },
    tell,
  };
}
