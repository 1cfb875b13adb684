// The bodies of live panes: made with their process, fed with its output, gone with its item.

import type { BusEvent, StdioValue } from '../../../core/bus/index.ts';
import { createPaneBody, type PaneBody } from '../view/pane-body.ts';
import type { TerminalFactory } from '../view/terminal-factory.ts';

export interface PaneBodies {
  /** Takes what an event says about output. */
  follow(event: BusEvent): void;
  get(process: number): PaneBody | null;
  /** Its item was printed. */
  drop(process: number): void;
}

/** `factory` is asked anew at each look: the emulator is loaded when the first output needs it. */
export function openPaneBodies(hasColour: boolean, factory: () => TerminalFactory | null): PaneBodies {
  const bodies = new Map<number, PaneBody>();

  function begin(process: number, stdio: StdioValue): void {
    const known = bodies.get(process);
    if (known === undefined) bodies.set(process, createPaneBody(stdio, hasColour, factory));
    else known.clear();
  }

  return {
    follow(event) {
      switch (event.type) {
        case 'process.started':
          return begin(event.process, event.stdio);
        case 'process.output':
          return bodies.get(event.process)?.feed(event.from, event.bytes);
        case 'process.resized':
          return bodies.get(event.process)?.resize(event.cols, event.rows);
      }
    },
    get: (process) => bodies.get(process) ?? null,
    drop(process) {
      bodies.get(process)?.dispose();
      bodies.delete(process);
    },
  };
}
