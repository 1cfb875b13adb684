// The terminal emulator, loaded when something first needs one.

import { DEFAULT_COLOURS, loadTerminals } from './exec/index.ts';
import type { TerminalFactory } from './ui/tui/index.ts';

/** Emulators that only show: they answer no program. */
export async function loadEmulator(): Promise<TerminalFactory> {
  const open = await loadTerminals();
  return (size) => open({ ...size, answer: null, colours: DEFAULT_COLOURS });
}
