// How long does a typed letter take to the screen? Typed as a person types: at uneven distances.

import { sleep } from './terminal.mjs';

/** Even distances would measure the phase of somebody's frame timer. */
const SHORTEST_GAP_MS = 30;
const LONGEST_GAP_MS = 90;

/** Capital letters that nothing else on the screens has. Each is typed once before the line is cleared. */
const LETTERS = 'QXZJVKWY';
const CLEAR_LINE = '\x15';
/** Time for the cleared line to be painted, which may repaint letters. */
const CLEARED_MS = 120;

export function randomGap() {
  return sleep(SHORTEST_GAP_MS + Math.random() * (LONGEST_GAP_MS - SHORTEST_GAP_MS));
}

/** A typist for one terminal: each call types the next letter and gives the ms until it was to be seen. */
export function openTypist(terminal) {
  let typed = 0;
  return async () => {
    if (typed > 0 && typed % LETTERS.length === 0) {
      terminal.send(CLEAR_LINE);
      await sleep(CLEARED_MS);
    }
    await randomGap();
    const letter = LETTERS[typed % LETTERS.length];
    typed += 1;
    return terminal.echoOf(letter);
  };
}
