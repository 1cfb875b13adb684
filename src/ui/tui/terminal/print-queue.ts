// Which finished lines go with the next flush?

/** Characters of finished lines per flush: keys are handled between two, and a slow terminal is never flooded. */
const SLICE_CHARACTERS = 16 * 1024;

export interface PrintQueue {
  readonly isEmpty: boolean;
  /** More than one flush takes: no reason to wait for more. */
  readonly isFull: boolean;
  add(lines: readonly string[]): void;
  /** The next lines, about 16 kB of them, at least one when there is any. */
  take(): string[];
  takeAll(): string[];
}

export function createPrintQueue(): PrintQueue {
  let lines: string[] = [];
  let from = 0;
  let characters = 0;
  return {
    get isEmpty() {
      return from >= lines.length;
    },
    get isFull() {
      return characters > SLICE_CHARACTERS;
    },
    add(more) {
      for (const line of more) {
        lines.push(line);
        characters += line.length;
      }
    },
    take() {
      let sliced = 0;
      const start = from;
      while (from < lines.length && (from === start || sliced + lines[from]!.length <= SLICE_CHARACTERS)) {
        sliced += lines[from]!.length;
        from += 1;
      }
      characters -= sliced;
      const taken = lines.slice(start, from);
      if (from >= lines.length) {
        lines = [];
        from = 0;
      }
      return taken;
    },
    takeAll() {
      const taken = lines.slice(from);
      lines = [];
      from = characters = 0;
      return taken;
    },
  };
}
