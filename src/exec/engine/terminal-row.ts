// How is one row of an emulator written down with nothing but text and SGR?

import type { IBufferCell, IBufferLine } from '@xterm/headless';

const RESET = '\x1b[0m';

/** Flags of a cell and the SGR parameter that sets each (ECMA-48, 8.3.117). */
const ATTRIBUTES: readonly (readonly [(cell: IBufferCell) => number, number])[] = [
  [(cell) => cell.isBold(), 1],
  [(cell) => cell.isDim(), 2],
  [(cell) => cell.isItalic(), 3],
  [(cell) => cell.isUnderline(), 4],
  [(cell) => cell.isBlink(), 5],
  [(cell) => cell.isInverse(), 7],
  [(cell) => cell.isInvisible(), 8],
  [(cell) => cell.isStrikethrough(), 9],
  [(cell) => cell.isOverline(), 53],
];

/** Blank cells without a style at the end are left out; a styled row ends with a reset. `spare` is scratch space. */
export function rowWithStyles(line: IBufferLine, spare: IBufferCell): string {
  let text = '';
  let length = 0;
  let style = '';
  for (let column = 0; column < line.length; column++) {
    const cell = line.getCell(column, spare);
    // The second half of a wide character has no width: the first half wrote both.
    if (cell === undefined || cell.getWidth() === 0) continue;
    const next = cell.isAttributeDefault() ? '' : styleOf(cell);
    if (next !== style) text += next === '' ? RESET : `\x1b[0;${next}m`;
    style = next;
    const characters = cell.getChars();
    text += characters === '' ? ' ' : characters;
    if ((characters !== '' && characters !== ' ') || showsBlank(cell)) length = text.length;
  }
  return endReset(text.slice(0, length));
}

/** The style may have ended behind what was cut off. */
function endReset(shown: string): string {
  const last = shown.lastIndexOf('\x1b[');
  return last === -1 || shown.startsWith(RESET, last) ? shown : shown + RESET;
}

/** A blank that can be seen: it has a background, a line through or under it, or is inverse. */
function showsBlank(cell: IBufferCell): boolean {
  return (
    !cell.isBgDefault() ||
    cell.isInverse() !== 0 ||
    cell.isUnderline() !== 0 ||
    cell.isStrikethrough() !== 0 ||
    cell.isOverline() !== 0
  );
}

function styleOf(cell: IBufferCell): string {
  const parameters: string[] = ATTRIBUTES.filter(([isOn]) => isOn(cell) !== 0).map(([, parameter]) =>
    String(parameter),
  );
  if (cell.isFgRGB()) parameters.push(`38;2;${rgb(cell.getFgColor())}`);
  else if (cell.isFgPalette()) parameters.push(palette(cell.getFgColor(), 30, 90, 38));
  if (cell.isBgRGB()) parameters.push(`48;2;${rgb(cell.getBgColor())}`);
  else if (cell.isBgPalette()) parameters.push(palette(cell.getBgColor(), 40, 100, 48));
  return parameters.join(';');
}

function rgb(colour: number): string {
  return `${(colour >> 16) & 255};${(colour >> 8) & 255};${colour & 255}`;
}

/** The first sixteen have short forms, which the person's own theme colours. */
function palette(colour: number, normal: number, bright: number, extended: number): string {
  if (colour < 8) return String(normal + colour);
  return colour < 16 ? String(bright + colour - 8) : `${extended};5;${colour}`;
}
