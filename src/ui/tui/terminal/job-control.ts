// How does the program stop and come back under a shell's job control?

import type { Clock } from './clock.ts';
import { canBeSuspended, foreground } from './foreground.ts';
import type { TerminalHold } from './restore.ts';
import type { FrameWriter } from './writer-contract.ts';

/** After `bg` there is no signal when the shell gives the terminal back without a stop: looked at this often. */
const LOOK_AGAIN_MS = 1_000;

export interface JobControl {
  /** Ctrl-Z: gives the terminal back, prints `notice`, stops. False when no shell could bring us back. */
  suspend(): boolean;
  close(): void;
}

export interface JobControlOptions {
  readonly hold: TerminalHold;
  readonly writer: FrameWriter;
  readonly clock: Clock;
  /** One line for the shell's screen. */
  readonly notice: string;
  /** Stdin's raw bytes must not be read while the shell has the terminal. */
  readonly input: { pause(): unknown; resume(): unknown };
  readonly onResumed?: () => void;
}

/** Listens to SIGTSTP and SIGCONT until closed. */
export function openJobControl({ hold, writer, clock, notice, input, onResumed }: JobControlOptions): JobControl {
  let cancelLook: (() => void) | null = null;
  let isAway = false;

  const stop = (): void => {
    isAway = true;
    input.pause();
    hold.giveBack();
    writer.sendAndWait(`${notice}\r\n`);
    // Without a listener the signal has its default action again, and the shell sees an ordinary stop.
    process.off('SIGTSTP', onStop);
    process.kill(0, 'SIGTSTP');
  };

  const comeBack = (): void => {
    cancelLook?.();
    cancelLook = null;
    const now = foreground();
    if (now === 'background') {
      // Writing or changing modes from here would stop us again, or ruin the shell's terminal.
      cancelLook = clock.after(LOOK_AGAIN_MS, comeBack);
      return;
    }
    if (now === 'no terminal') return;
    if (isAway) {
      isAway = false;
      process.on('SIGTSTP', onStop);
      hold.take();
      input.resume();
    } else {
      // SIGSTOP cannot be caught: the shell changed the modes behind our back and printed over the region.
      hold.takeAnew();
    }
    onResumed?.();
  };

  const onStop = (): void => {
    if (canBeSuspended()) stop();
  };
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', comeBack);

  return {
    suspend() {
      if (!canBeSuspended()) return false;
      stop();
      return true;
    },
    close() {
      cancelLook?.();
      process.off('SIGTSTP', onStop);
      process.off('SIGCONT', comeBack);
    },
  };
}
