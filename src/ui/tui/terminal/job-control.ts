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
  /**
   * A child in front has the terminal, which was given back: a stop is an ordinary one of the whole group, and coming
   * back is that child's business, until `takeBack`.
   */
  lend(): void;
  takeBack(): void;
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
  let isStopping = false;
  let isAway = false;
  let isLent = false;

  const stop = async (): Promise<void> => {
    if (isAway || isStopping) return;
    isStopping = true;
    await hold.whenQuiet();
    isStopping = false;
    isAway = true;
    input.pause();
    hold.giveBack();
    writer.sendAndWait(`${notice}\r\n`);
    // Without a listener the signal has its default action again, and the shell sees an ordinary stop.
    process.off('SIGTSTP', onStop);
    process.kill(0, 'SIGTSTP');
    // Here again after SIGCONT. With stdin paused nothing else may keep the loop running until its listener is called.
    cancelLook = clock.after(LOOK_AGAIN_MS, comeBack);
  };

  const comeBack = (): void => {
    cancelLook?.();
    cancelLook = null;
    if (isLent) return;
    if (!isAway) {
      // SIGSTOP cannot be caught: the shell changed the modes behind our back and printed over the region.
      isAway = true;
      input.pause();
      hold.lose();
    }
    if (foreground() !== 'foreground') {
      // Writing or changing modes from here would stop us again, or ruin the shell's terminal.
      cancelLook = clock.after(LOOK_AGAIN_MS, comeBack);
      return;
    }
    isAway = false;
    process.off('SIGTSTP', onStop);
    process.on('SIGTSTP', onStop);
    hold.take();
    input.resume();
    onResumed?.();
  };

  const onStop = (): void => {
    if (canBeSuspended()) void stop();
  };
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', comeBack);

  return {
    suspend() {
      if (!canBeSuspended()) return false;
      void stop();
      return true;
    },
    lend() {
      isLent = true;
      process.off('SIGTSTP', onStop);
    },
    takeBack() {
      isLent = false;
      process.off('SIGTSTP', onStop);
      process.on('SIGTSTP', onStop);
    },
    close() {
      cancelLook?.();
      process.off('SIGTSTP', onStop);
      process.off('SIGCONT', comeBack);
    },
  };
}
