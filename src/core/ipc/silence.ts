// Does the other end still answer? Looked at only while something was asked: nothing is sent to find it out otherwise.

/** Without a word for so long after something was asked, it is asked for a sign of life, and then so long again. */
const PATIENCE_MS = 1000;

export interface SilenceWatch {
  /** Something was asked. */
  asked(): void;
  /** Anything came. */
  heard(): void;
  close(): void;
}

export interface SilenceOptions {
  /** Something that was asked has no answer yet. */
  readonly isOwed: () => boolean;
  /** Asks for something that a living owner answers at once: a write may wait for a program that does not read. */
  readonly knock: () => void;
  readonly tell: (isSilent: boolean) => void;
}

export function openSilenceWatch({ isOwed, knock, tell }: SilenceOptions): SilenceWatch {
  let timer: NodeJS.Timeout | null = null;
  let hasKnocked = false;
  let isSilent = false;

  const look = (): void => {
    timer = null;
    if (!isOwed()) return;
    if (hasKnocked) {
      isSilent = true;
      return tell(true);
    }
    hasKnocked = true;
    knock();
    wait();
  };

  const wait = (): void => {
    timer = setTimeout(look, PATIENCE_MS);
    timer.unref();
  };

  return {
    asked() {
      if (timer === null && !isSilent) wait();
    },
    heard() {
      hasKnocked = false;
      if (isSilent) {
        isSilent = false;
        tell(false);
      }
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (isOwed()) wait();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      isSilent = true;
    },
  };
}
