// How does the terminal come back as it was found, on every way out? One function: synchronous, callable at any moment
// and as often as anyone likes.

import type { Clock } from './clock.ts';
import { type ModeStep, type Modes, modesOff, modesOn, restingModes, viewOff, viewOn } from './modes.ts';
import { type FrameWriter, LEAVE_VIEW } from './writer-contract.ts';

/** What leaving waits for answers that are under way, and how often it looks. */
const ANSWER_LIMIT_MS = 50;
const ANSWER_LOOK_MS = 4;

/** The terminal's line discipline. Node saves the attributes before the first change and puts exactly those back. */
export interface RawInput {
  setRawMode(isRaw: boolean): unknown;
}

export interface TerminalHold {
  readonly modes: Modes;
  /** Raw mode, then the modes; the first time also the queries. After `giveBack` also what was painted. */
  take(): void;
  /** Sends the bytes of a step and remembers its modes. */
  apply(step: ModeStep): void;
  /**
   * Asks the terminal for nothing more, and waits until every answer has come, at most 50 ms. To be awaited before
   * leaving: an answer that comes later is typed into the shell. Input must still be read meanwhile.
   */
  whenQuiet(): Promise<void>;
  /**
   * Puts everything back and leaves `lines` where the live region was. Later calls do nothing. False when the
   * terminal did not take all of it (it is gone, or has not read for 100 ms).
   */
  restore(lines?: readonly string[]): boolean;
  /** Everything off for a while (a stop, an editor), the region removed; `take` brings it back. */
  giveBack(): void;
  /**
   * A shell took the terminal without asking (SIGSTOP): nothing is written or changed until `take`, which then sets
   * all modes anew and paints below what stands there.
   */
  lose(): void;
  /** The terminal is gone: nothing is written any more, not even by `restore`. */
  abandon(): void;
}

type HoldState = 'free' | 'held' | 'given back' | 'lost' | 'over';

export function holdTerminal(input: RawInput, writer: FrameWriter, clock: Clock): TerminalHold {
  let modes = restingModes;
  let state: HoldState = 'free';
  let returnsToView = false;

  const setRaw = (isRaw: boolean): void => {
    try {
      input.setRawMode(isRaw);
    } catch {
      // EIO: the terminal was closed, and there are no attributes to change any more.
    }
  };

  const apply = (step: ModeStep): void => {
    modes = step.modes;
    if (state === 'held') writer.send(step.bytes);
  };

  const take = (): void => {
    if (state === 'over' || state === 'held') return;
    const before = state;
    state = 'held';
    // Node does not set a mode it believes to be set already.
    if (before === 'lost') setRaw(false);
    setRaw(true);
    if (before === 'lost') {
      // Which of our modes are still on is not known; switching off what is off does nothing.
      apply(modesOff(modes, returnsToView ? LEAVE_VIEW : ''));
    }
    apply(modesOn(modes));
    if (before === 'free') return;
    writer.resume();
    if (returnsToView) apply(viewOn(modes));
    returnsToView = false;
  };

  return {
    get modes() {
      return modes;
    },
    take,
    apply,
    whenQuiet() {
      writer.hush();
      const since = clock.now();
      const isQuiet = (): boolean =>
        state !== 'held' ||
        clock.now() - since >= ANSWER_LIMIT_MS ||
        (!writer.isAnswerAwaited() && modes.keyboard !== 'unknown');
      return new Promise((resolve) => {
        const look = (): void => {
          if (isQuiet()) resolve();
          else clock.after(ANSWER_LOOK_MS, look);
        };
        look();
      });
    },
    restore(lines = []) {
      if (state === 'over') return true;
      const wasHeld = state === 'held';
      state = 'over';
      const { view, region } = writer.retire(lines);
      const off = modesOff(modes, view);
      modes = off.modes;
      const isWritten = writer.sendAndWait((wasHeld ? off.bytes : view) + region);
      if (wasHeld) setRaw(false);
      writer.close();
      return isWritten;
    },
    giveBack() {
      if (state !== 'held') return;
      returnsToView = modes.isInView;
      if (returnsToView) apply(viewOff(modes));
      state = 'given back';
      writer.suspend();
      const off = modesOff(modes, '');
      modes = off.modes;
      writer.sendAndWait(off.bytes);
      setRaw(false);
    },
    lose() {
      if (state !== 'held') return;
      state = 'lost';
      returnsToView = modes.isInView;
      writer.freeze();
    },
    abandon() {
      if (state === 'over') return;
      state = 'over';
      setRaw(false);
      writer.close();
    },
  };
}

/** Restores when the process ends by a way nobody handled; the result takes that promise back. */
export function restoreOnExit(hold: TerminalHold): () => void {
  const onExit = (): void => {
    hold.restore();
  };
  process.on('exit', onExit);
  return () => process.off('exit', onExit);
}
