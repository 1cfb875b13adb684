// Real emulators for drawing tests, opened ahead because loading them takes a moment.

import { DEFAULT_COLOURS, openTerminal } from '../../../../src/exec/engine/terminal.ts';
import type { TerminalFactory } from '../../../../src/ui/tui/view/terminal-factory.ts';

/** A factory for at most `count` terminals; `made` counts those that were asked for. */
export async function terminals(count: number): Promise<{ factory: TerminalFactory; made(): number }> {
  const open = await Promise.all(
    Array.from({ length: count }, () =>
      openTerminal({ cols: 80, rows: 24, scrollback: 1000, answer: null, colours: DEFAULT_COLOURS }),
    ),
  );
  let made = 0;
  return {
    factory({ cols, rows }) {
      const terminal = open[made++];
      if (terminal === undefined) throw new Error('no terminal is left');
      terminal.resize(cols, rows);
      return terminal;
    },
    made: () => made,
  };
}
