// Which size does each program see of the window?

import type { ScreenApp } from './screen-app.ts';

export interface WindowSizes {
  /** To everything that runs, and to what will be started. */
  send(): void;
  /** The size that a program on the whole screen has. */
  sendFull(process: number): void;
  /** The size that a program in a pane has. */
  sendPane(process: number): void;
}

/** Indent and the column that stays free. */
const PANE_COLS_LESS = 3;
/** Composer and status line. */
const PANE_ROWS_LESS = 2;
const LEAST_COLS = 20;
const LEAST_ROWS = 10;

export function openWindowSizes(app: ScreenApp): WindowSizes {
  function paneSize(): { readonly cols: number; readonly rows: number } {
    const { cols, rows } = app.options.size();
    return { cols: Math.max(LEAST_COLS, cols - PANE_COLS_LESS), rows: Math.max(LEAST_ROWS, rows - PANE_ROWS_LESS) };
  }

  function sendPane(process: number): void {
    app.send({ type: 'process.resize', process, ...paneSize() });
  }

  function sendFull(process: number): void {
    const { cols, rows } = app.options.size();
    app.send({ type: 'process.resize', process, cols, rows: Math.max(1, rows - 1) });
  }

  return {
    send() {
      app.send({ type: 'terminal.size', ...paneSize() });
      const full = app.views.full;
      for (const { stdio, number } of app.transcript.live) {
        if (stdio.kind === 'pty' && number !== full) sendPane(number);
      }
      if (full !== null) sendFull(full);
    },
    sendFull,
    sendPane,
  };
}
