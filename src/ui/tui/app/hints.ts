// Which hints does this person still need? Each is given once, over all sessions.

import type { Memory } from './run-screen.ts';
import type { ScreenApp } from './screen-app.ts';

export interface Hints {
  /** What earlier sessions of this person have seen. */
  recall(memory: Memory): void;
  /** Said at a person's first command: where it runs. */
  explainSandbox(): void;
  helpWasOpened(): void;
}

export function openHints(app: ScreenApp): Hints {
  let memory: Memory | null = null;

  return {
    recall(recalled) {
      memory = recalled;
      if (memory.hasSeenHint('help')) app.state.hasOpenedHelp = true;
      app.painter.changed();
    },
    explainSandbox() {
      if (memory === null || app.transcript.session?.network !== 'restricted' || memory.hasSeenHint('sandbox')) return;
      memory.rememberHint('sandbox');
      app.toasts.show('Sandboxed: writes only this folder and temp folders, no network');
    },
    helpWasOpened() {
      app.state.hasOpenedHelp = true;
      memory?.rememberHint('help');
    },
  };
}
