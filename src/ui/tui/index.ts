// The terminal UI: what the entry and the composition root need of it.

export type { FirstScreen } from './app/first-screen.ts';
export { type Opened, runScreen, type ScreenRun } from './app/run-screen.ts';
export type { ScreenSettings } from './app/screen-settings.ts';
export { leadNowhere } from './terminal/let-go.ts';
export { cellWidth, visible } from './terminal/width.ts';
export type { TerminalFactory } from './view/terminal-factory.ts';
