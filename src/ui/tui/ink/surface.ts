// Ink, kept off the terminal: it lays a tree out into a stand-in, and gives the rows back.

import { EventEmitter } from 'node:events';
import { type Instance, render } from 'ink';
import type { ReactNode } from 'react';
import * as layoutEngine from 'yoga-layout';

/** Rows of the stand-in: more than any tree of ours, so that Ink never believes its frame is too tall. */
const STAND_IN_ROWS = 100_000;

export interface Surface {
  /** Lays `tree` out at a width of `cols` cells and returns its rows: text and colours, nothing that moves. */
  layOut(tree: ReactNode, cols: number): readonly string[];
  close(): void;
}

/**
 * Prepares Ink for `layOut`. In the bundle the layout engine is filled here (top-level await does not exist there);
 * from sources it has filled itself on import.
 */
export async function openSurface(): Promise<Surface> {
  if ('initYoga' in layoutEngine && typeof layoutEngine.initYoga === 'function') await layoutEngine.initYoga();
  const output = new StandInOutput();
  let instance: Instance | null = null;

  return {
    layOut(tree, cols) {
      output.columns = cols;
      if (instance === null) {
        // `debug` makes each render one synchronous write of the whole frame: no erasing, no throttle, no clearing.
        instance = render(tree, {
          stdout: output.asStream(),
          stdin: new StandInInput().asStream(),
          debug: true,
          patchConsole: false,
          exitOnCtrlC: false,
        });
      } else {
        // Ink listens to `resize` only where it believes in a terminal; the new width must reach the layout first.
        output.emit('resize');
        instance.rerender(tree);
      }
      return output.frame === '' ? [] : output.frame.split('\n');
    },
    close() {
      instance?.unmount();
      instance = null;
    },
  };
}

/** What Ink takes for its terminal. */
class StandInOutput extends EventEmitter {
  columns = 80;
  readonly rows = STAND_IN_ROWS;
  readonly isTTY = true;
  frame = '';

  write(text: string): boolean {
    // Cursor visibility arrives as writes of its own; the real cursor is not Ink's business.
    if (!text.startsWith('\u001b[?25')) this.frame = text;
    return true;
  }

  asStream(): NodeJS.WriteStream {
    // Ink asks for a whole stream and uses exactly the members above.
    return this as unknown as NodeJS.WriteStream;
  }
}

/** No component of ours reads keys through Ink; it only wants to see a stream. */
class StandInInput extends EventEmitter {
  readonly isTTY = true;

  setEncoding(): void {}
  setRawMode(): void {}
  ref(): void {}
  unref(): void {}
  read(): null {
    return null;
  }

  asStream(): NodeJS.ReadStream {
    return this as unknown as NodeJS.ReadStream;
  }
}
