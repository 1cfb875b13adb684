// What can a front end ask of the only writer to the terminal?

import type { Clock } from './clock.ts';
import type { Frame, Reflow } from './frame-bytes.ts';
import type { WindowSize } from './frame-fit.ts';

export const ENTER_VIEW = '\x1b[?1049h\x1b[H\x1b[J';
export const LEAVE_VIEW = '\x1b[?1049l';

export interface FrameWriterOptions {
  /** An open descriptor of the terminal; its device is opened anew, without blocking. */
  readonly fd: number;
  /** The window's size by ioctl, asked before every flush. */
  readonly size: () => WindowSize;
  readonly clock: Clock;
  /** The frame shown while the window's size keeps changing: few and short rows. */
  readonly collapsed?: (size: WindowSize) => Frame;
  /** The window has a new size and keeps it: time for a new layout. */
  readonly onSettled?: (size: WindowSize) => void;
  /** The terminal is gone. */
  readonly onGone?: () => void;
  /** A first frame that was painted before this writer existed, cursor included. */
  readonly painted?: Frame;
}

export type Urgency = 'frame' | 'echo';

export interface FrameWriter {
  /** Finished lines for the scrollback, in order, each exactly once. Wider ones are wrapped by the terminal. */
  print(lines: readonly string[]): void;
  /** The live region. With `echo` it is written at once. */
  frame(frame: Frame, urgency?: Urgency): void;
  /** Writes one printable ASCII character at the cursor when that is all that changes; false: use `frame`. */
  echo(character: string): boolean;
  /** The terminal answered a status request (`CSI 0 n`). */
  acknowledged(): void;
  /** True while an answer to a status request is on its way: leaving now would give it to the shell. */
  isAnswerAwaited(): boolean;
  /** SIGWINCH: looks at the size now. */
  sizeMayHaveChanged(): void;
  /** What this terminal does with rows that are too wide after a resize; see `reflowOf`. */
  setReflow(reflow: Reflow): void;
  /** Milliseconds between frames: more for slow links and floods. */
  setFrameMs(ms: number): void;
  /** Paints the region anew from a clean line. */
  redraw(): void;
  /** Into the alternate screen; `modes` is sent inside it. Finished lines are held meanwhile. */
  enterView(modes?: string): void;
  view(frame: Frame, urgency?: Urgency): void;
  /** Back to the main screen; `modes` is sent before leaving. */
  leaveView(modes?: string): void;
  /** Sends no more frames until `resume`: each asks the terminal for an answer, and leaving waits for the last one. */
  hush(): void;
  /** Removes the region, or leaves the view, and writes nothing until `resume`: for an editor, a shell, a stop. */
  suspend(): void;
  resume(): void;
  /** Somebody else has the terminal: as `suspend`, but without a byte; `resume` paints below what stands there then. */
  freeze(): void;
  /** Resolves when all finished lines and the newest frame were taken by the terminal. */
  whenWritten(): Promise<void>;
  /**
   * For the way out: the bytes that leave the alternate screen (if in it) and those that replace the region by what
   * was not printed yet and `lines`. The writer writes nothing after that.
   */
  retire(lines: readonly string[]): { readonly view: string; readonly region: string };
  /** Sends bytes that are not part of a frame (modes, queries, titles) in order with the frames. */
  send(bytes: string): void;
  /** Sends bytes and waits up to 100 ms for them; works after `retire`. */
  sendAndWait(bytes: string): boolean;
  close(): void;
}
