// Can these bytes be shown as lines, or only by a terminal?

/**
 * `plain`: text and line ends. `styled`: also colours and other attributes (SGR). `terminal`: the cursor moves, modes
 * change, or something is asked: only an emulator shows it right.
 */
export type OutputLevel = 'plain' | 'styled' | 'terminal';

/** Reads a stream in pieces: sequences may be cut anywhere. The level never falls. */
export interface LevelReader {
  read(bytes: Uint8Array): OutputLevel;
}

const BACKSPACE = 0x08;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;

/** Longest SGR that is waited for: true colour for both grounds with every attribute is some 60 bytes. */
const LONGEST_SGR_BYTES = 256;

/**
 * Blocks larger than this are a flood. Of a flood only what can still be on the screen afterwards is read byte by byte,
 * and the whole only for what outlives its line: modes, titles, questions.
 */
const FLOOD_BYTES = 32 * 1024;
/** A large window's text. */
const SCREEN_BYTES = 8 * 1024;
const STATE_SEQUENCES: readonly Buffer[] = [
  '\x1b[?',
  '\x1b[>',
  '\x1b]',
  '\x1bP',
  '\x1bc',
  '\x1b[c',
  '\x1b[6n',
  '\x1b[5n',
].map((text) => Buffer.from(text, 'latin1'));

/** The level of a whole text. A sequence that is cut off at its end counts as what it has shown so far. */
export function outputLevel(bytes: Uint8Array): OutputLevel {
  return scan(bytes).level;
}

/** True when lines with colours cannot show these bytes. */
export function needsTerminal(bytes: Uint8Array): boolean {
  return outputLevel(bytes) === 'terminal';
}

export function openLevelReader(): LevelReader {
  let level: OutputLevel = 'plain';
  let carried: Uint8Array = new Uint8Array(0);
  return {
    read(bytes) {
      if (level === 'terminal' || bytes.length === 0) return level;
      const whole = carried.length === 0 ? bytes : Buffer.concat([carried, bytes]);
      const part = whole.length > FLOOD_BYTES ? whole.subarray(-SCREEN_BYTES) : whole;
      if (part !== whole && changesState(whole)) level = 'terminal';
      const found = scan(part);
      if (found.level === 'terminal' || (found.level === 'styled' && level === 'plain')) level = found.level;
      carried = Uint8Array.from(part.subarray(found.undecidedFrom));
      return level;
    },
  };
}

function changesState(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!buffer.includes(ESCAPE)) return false;
  return STATE_SEQUENCES.some((sequence) => buffer.includes(sequence));
}

interface Scan {
  readonly level: OutputLevel;
  /** From here on more bytes are needed to tell. */
  readonly undecidedFrom: number;
}

function scan(bytes: Uint8Array): Scan {
  let isStyled = false;
  const found = (level: 'terminal' | null, undecidedFrom: number): Scan => ({
    level: level ?? (isStyled ? 'styled' : 'plain'),
    undecidedFrom,
  });
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte >= 0x20 || byte === LINE_FEED || byte === TAB) continue;
    if (byte === CARRIAGE_RETURN) {
      // A terminal's own line end is CR LF, and a program may have written one already: CR CR LF.
      let next = index + 1;
      while (bytes[next] === CARRIAGE_RETURN) next++;
      if (next === bytes.length) return found(null, index);
      if (bytes[next] !== LINE_FEED) return found('terminal', bytes.length);
      index = next;
    } else if (byte === ESCAPE) {
      const end = endOfSgr(bytes, index);
      if (end === 'cut') return found(null, index);
      if (end === 'other') return found('terminal', bytes.length);
      isStyled = true;
      index = end;
    } else if (byte === BACKSPACE || byte === 0x0b || byte === 0x0c || byte === 0x0e || byte === 0x0f) {
      return found('terminal', bytes.length);
    }
    // Whatever else there is (a bell, NUL …) shows nothing and moves nothing.
  }
  return found(null, bytes.length);
}

/** The index of the final `m` of `ESC [ digits m`; `cut` when the bytes end before it can be told. */
function endOfSgr(bytes: Uint8Array, start: number): number | 'cut' | 'other' {
  if (start + 1 === bytes.length) return 'cut';
  if (bytes[start + 1] !== 0x5b) return 'other';
  for (let index = start + 2; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === 0x6d) return index;
    const isParameter = (byte >= 0x30 && byte <= 0x39) || byte === 0x3b || byte === 0x3a;
    if (!isParameter || index - start > LONGEST_SGR_BYTES) return 'other';
  }
  return bytes.length - start > LONGEST_SGR_BYTES ? 'other' : 'cut';
}
