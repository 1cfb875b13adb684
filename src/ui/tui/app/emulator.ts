// Is the terminal emulator there? It is loaded the first time that output needs one.

import type { TerminalFactory } from '../view/terminal-factory.ts';

export interface Emulator {
  /** Null while it is not loaded. */
  readonly factory: TerminalFactory | null;
  /** An item must wait for it, because its output cannot be drawn as lines. */
  readonly isAwaited: boolean;
  readonly isWanted: boolean;
  /** Loads it, once. */
  want(): void;
}

export function openEmulator(
  load: () => Promise<TerminalFactory>,
  onLoaded: () => void,
  onFailed: () => void,
): Emulator {
  let factory: TerminalFactory | null = null;
  let isLoading = false;

  return {
    get factory() {
      return factory;
    },
    get isAwaited() {
      return isLoading && factory === null;
    },
    get isWanted() {
      return isLoading;
    },
    want() {
      if (isLoading) return;
      isLoading = true;
      load().then((loaded) => {
        factory = loaded;
        onLoaded();
      }, onFailed);
    },
  };
}
