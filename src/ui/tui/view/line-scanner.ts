// How a line of a program's output looks once its overwrites, tabs, colours and control characters took effect.

import { afterSgr, plainSgr, SGR_RESET, type SgrState, sgrOf } from '../terminal/sgr.ts';
import { cellWidth } from '../terminal/width.ts';
import { sequenceAt } from './escape-sequence.ts';
import { countText } from './numbers.ts';

/**
 * Columns of one line that are shown. A whole minified file may be one line: more than this nobody reads on a
 * terminal, and it would push everything else away.
 */
const LONGEST_LINE = 16_384;

const TAB_STOP = 8;

/** Lines that need nothing done: no controls (C0, DEL, C1), no bidirectional or other hidden direction marks. */
const PLAIN = /^[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$/;
const HIDDEN = /^[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]$/;

/** Attributes that are not passed on: blinking (5, 6) disturbs, concealed text (8) hides. */
const DROPPED_ATTRIBUTES: ReadonlySet<string> = new Set(['5', '6', '8']);

/** Reads lines in order; colours carry over from one to the next as they do on a terminal. Linear in the text. */
export class LineScanner {
  private sgr: SgrState = plainSgr;

  /** `hasColour` false drops colours and keeps bold, underline and the like. */
  constructor(private readonly hasColour: boolean) {}

  /** A whole output as lines. A last line feed ends the last line and begins none. */
  lines(text: string): string[] {
    if (text === '') return [];
    const parts = text.split('\n');
    if (parts.at(-1) === '') parts.pop();
    return parts.map((part) => this.line(part));
  }

  /** One line without its line feed, as text and SGR only; it opens and closes its own colours. */
  line(raw: string): string {
    const line = raw.endsWith('\r') ? raw.replace(/\r+$/, '') : raw;
    if (this.sgr === plainSgr && line.length <= LONGEST_LINE && PLAIN.test(line)) return line;
    const cells = new Cells(this.sgr);
    this.write(line, cells);
    this.sgr = sgrOf(cells.sgr) === '' ? plainSgr : cells.sgr;
    return cells.text(this.hasColour);
  }

  private write(line: string, cells: Cells): void {
    for (let at = 0; at < line.length; ) {
      const code = line.charCodeAt(at);
      if (code === 0x1b) {
        const sequence = sequenceAt(line, at);
        if (sequence.kind === 'style') cells.sgr = afterSgr(cells.sgr, line.slice(at, sequence.end));
        else if (sequence.kind === 'line') cells.move(sequence.final, sequence.parameter);
        at = sequence.end;
      } else if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) {
        cells.control(code);
        at += 1;
      } else if (code < 0x7f) {
        cells.put(line[at] ?? '', 1);
        at += 1;
      } else {
        const codePoint = line.codePointAt(at) ?? code;
        const character = String.fromCodePoint(codePoint);
        if (HIDDEN.test(character)) cells.word(`\\u${codePoint.toString(16).padStart(4, '0')}`);
        else cells.put(character, cellWidth(character));
        at += character.length;
      }
    }
  }
}

/** One line as cells: what stands in each column and in which colours. A wide character leaves the next cell empty. */
class Cells {
  private readonly characters: string[] = [];
  private readonly styles: SgrState[] = [];
  private column = 0;
  private beyond = 0;

  constructor(public sgr: SgrState) {}

  put(character: string, width: number): void {
    if (width === 0) {
      // A combining character belongs to the one before it.
      const before = this.column - 1;
      if (before >= 0 && before < this.characters.length) this.characters[before] += character;
      return;
    }
    if (this.column + width > LONGEST_LINE) {
      this.beyond += 1;
      return;
    }
    while (this.characters.length < this.column) this.blank(this.characters.length);
    this.splitWide(this.column);
    this.splitWide(this.column + width);
    this.characters[this.column] = character;
    this.styles[this.column] = this.sgr;
    if (width === 2) {
      this.characters[this.column + 1] = '';
      this.styles[this.column + 1] = this.sgr;
    }
    this.column += width;
  }

  word(text: string): void {
    for (const character of text) this.put(character, 1);
  }

  control(code: number): void {
    if (code === 0x0d) {
      this.column = 0;
      this.beyond = 0;
    } else if (code === 0x08) this.column = Math.max(0, this.column - 1);
    else if (code === 0x09) this.tab();
    // A bell and padding show nothing on a terminal.
    else if (code === 0x07 || code === 0x00) return;
    else if (code < 0x20) this.word(`^${String.fromCharCode(code + 0x40)}`);
    else if (code === 0x7f) this.word('^?');
    else this.word(`\\u${code.toString(16).padStart(4, '0')}`);
  }

  move(final: string, parameter: number): void {
    const count = Math.max(1, parameter);
    if (final === 'G' || final === '`') this.column = Math.min(count - 1, LONGEST_LINE);
    else if (final === 'C') this.column = Math.min(this.column + count, LONGEST_LINE);
    else if (final === 'D') this.column = Math.max(0, this.column - count);
    else if (final === 'X') this.erase(this.column, this.column + count);
    else if (parameter === 0) this.cut();
    else this.erase(0, parameter === 1 ? this.column + 1 : this.characters.length);
  }

  text(hasColour: boolean): string {
    let text = '';
    let shown = '';
    let style: SgrState | null = null;
    for (let at = 0; at < this.characters.length; at++) {
      const here = this.styles[at] ?? plainSgr;
      if (here !== style) {
        style = here;
        const sequence = sgrOf(passedOn(here, hasColour));
        if (sequence !== shown) {
          text += shown === '' ? sequence : SGR_RESET + sequence;
          shown = sequence;
        }
      }
      text += this.characters[at];
    }
    if (shown !== '') text += SGR_RESET;
    return this.beyond > 0 ? `${text} … ${countText(this.beyond)} more characters` : text;
  }

  private tab(): void {
    const target = Math.min(LONGEST_LINE, (Math.floor(this.column / TAB_STOP) + 1) * TAB_STOP);
    // A tab moves over what is there; only cells that nothing was written to become blanks.
    while (this.characters.length < target) this.blank(this.characters.length);
    this.column = target;
  }

  private cut(): void {
    this.splitWide(this.column);
    this.characters.length = Math.min(this.characters.length, this.column);
    this.styles.length = this.characters.length;
    this.beyond = 0;
  }

  private erase(from: number, to: number): void {
    this.splitWide(from);
    this.splitWide(to);
    for (let at = from; at < Math.min(to, this.characters.length); at++) this.blank(at);
  }

  private blank(at: number): void {
    this.characters[at] = ' ';
    this.styles[at] = plainSgr;
  }

  /** A wide character that is cut between its two columns leaves blanks. */
  private splitWide(at: number): void {
    if (this.characters[at] !== '' || at === 0) return;
    this.blank(at - 1);
    this.blank(at);
  }
}

function passedOn(state: SgrState, hasColour: boolean): SgrState {
  const attributes = state.attributes.filter((attribute) => !DROPPED_ATTRIBUTES.has(attribute));
  return hasColour ? { ...state, attributes } : { ...plainSgr, attributes };
}
