// What one control sequence in a program's output means for somebody who draws lines.

/**
 * `style`: colours and attributes. `line`: moves or erases within the current line. `screen`: only an emulator can show
 * what it does. `none`: no effect on what is shown (modes, titles, links, queries). `open`: the text ends inside it.
 */
type SequenceKind = 'style' | 'line' | 'screen' | 'none' | 'open';

export interface Sequence {
  readonly kind: SequenceKind;
  /** Code unit behind its end. */
  readonly end: number;
  /** Final byte of a CSI, else `''`. */
  readonly final: string;
  /** First parameter of a CSI, 0 when absent. */
  readonly parameter: number;
}

/** A sequence longer than this is taken as not one: real strings (titles, links) stay far below. */
const LONGEST_SEQUENCE = 4096;

/** Finals of CSI that stay within the line: column absolute, right, left, erase in line, erase characters. */
const LINE_FINALS = 'GCDKX`';

/** Finals without effect on what is shown: modes, device queries, reports, window operations, tab stops, cursor shape. */
const QUIET_FINALS = 'hlcnqtgpvwxyz';

/** Private modes that hand the whole screen or the mouse to the program. */
const WHOLE_SCREEN_MODES: ReadonlySet<number> = new Set([47, 1047, 1049, 9, 1000, 1002, 1003]);

/** Reads the sequence that begins at `at`, where `text` holds ESC. Works on UTF-8 decoded and on latin1 text alike. */
export function sequenceAt(text: string, at: number): Sequence {
  if (at + 1 >= text.length) return open(text);
  switch (text[at + 1]) {
    case '[':
      return controlSequence(text, at);
    case ']':
    case 'P':
    case '_':
    case '^':
    case 'X':
      return stringSequence(text, at);
    case '(':
    case ')':
    case '*':
    case '+':
    case '#':
    case '%':
      return at + 2 < text.length ? quiet(at + 3, text[at + 1] === '#' ? 'screen' : 'none') : open(text);
    case '7':
    case '8':
    case 'D':
    case 'E':
    case 'M':
    case 'c':
      return quiet(at + 2, 'screen');
    default:
      return quiet(at + 2, 'none');
  }
}

function controlSequence(text: string, at: number): Sequence {
  let end = at + 2;
  while (end < text.length && end - at < LONGEST_SEQUENCE) {
    const code = text.charCodeAt(end);
    if (code >= 0x40 && code <= 0x7e) break;
    // Anything but a parameter or intermediate byte ends the sequence without meaning.
    if (code < 0x20 || code > 0x3f) return quiet(end, 'none');
    end += 1;
  }
  if (end >= text.length) return open(text);
  const final = text[end] ?? '';
  const body = text.slice(at + 2, end);
  return { kind: kindOf(final, body), end: end + 1, final, parameter: Number.parseInt(body, 10) || 0 };
}

function kindOf(final: string, body: string): SequenceKind {
  const isPrivate = /^[<-?]/.test(body);
  if (final === 'm') return isPrivate ? 'none' : 'style';
  if (isPrivate) return final === 'h' && modesIn(body).some((mode) => WHOLE_SCREEN_MODES.has(mode)) ? 'screen' : 'none';
  if (LINE_FINALS.includes(final)) return 'line';
  return QUIET_FINALS.includes(final) ? 'none' : 'screen';
}

function modesIn(body: string): number[] {
  return body.slice(1).split(';').map(Number);
}

function stringSequence(text: string, at: number): Sequence {
  const limit = Math.min(text.length, at + LONGEST_SEQUENCE);
  for (let end = at + 2; end < limit; end++) {
    const code = text.charCodeAt(end);
    if (code === 0x07) return quiet(end + 1, 'none');
    if (code === 0x1b) {
      if (end + 1 >= text.length) return open(text);
      return quiet(text[end + 1] === '\\' ? end + 2 : end, 'none');
    }
  }
  return limit === text.length ? open(text) : quiet(limit, 'none');
}

function quiet(end: number, kind: SequenceKind): Sequence {
  return { kind, end, final: '', parameter: 0 };
}

function open(text: string): Sequence {
  return { kind: 'open', end: text.length, final: '', parameter: 0 };
}

const ESC = 0x1b;
/** An unfinished sequence is carried to the next piece, but never more than this. */
const LONGEST_CARRY = LONGEST_SEQUENCE;

/** An ESC that begins anything but a complete SGR sequence. */
const NOT_STYLE = /\x1b(?!\[[\d;:]*m)/;

/**
 * Watches output go by and says whether lines can still show it. Costs one search for ESC per piece of plain output.
 * Once an emulator is needed it stays needed.
 */
export class LevelWatch {
  private carry = '';
  private isNeeded = false;

  get needsTerminal(): boolean {
    return this.isNeeded;
  }

  watch(bytes: Uint8Array): void {
    if (this.isNeeded || (this.carry === '' && bytes.indexOf(ESC) < 0)) return;
    const text = this.carry + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    this.carry = '';
    // Floods of coloured lines hold nothing but SGR, which one search can tell.
    if (!NOT_STYLE.test(text)) return;
    for (let at = text.indexOf('\x1b'); at >= 0; ) {
      const { kind, end } = sequenceAt(text, at);
      if (kind === 'screen') {
        this.isNeeded = true;
        return;
      }
      if (kind === 'open') {
        this.carry = text.slice(at, at + LONGEST_CARRY);
        return;
      }
      at = text.indexOf('\x1b', end);
    }
  }
}
