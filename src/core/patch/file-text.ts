// A file as lines that can be changed and become the same file again, byte for byte where nothing was changed.

/** `text` has no line end; `end` is the one it has, `''` for a last line without. */
export interface FileLine {
  readonly text: string;
  readonly end: '\n' | '\r\n' | '';
}

export interface FileText {
  readonly lines: readonly FileLine[];
  /** What new lines end with. */
  readonly end: '\n' | '\r\n';
  /** It is no UTF-8: each character stands for a byte. */
  readonly isBinary: boolean;
}

export function readFileText(bytes: Uint8Array): FileText {
  const utf8 = utf8Of(bytes);
  const text = utf8 ?? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const lines = text
    .split(/(?<=\n)/)
    .filter((line) => line !== '')
    .map(lineOf);
  const windows = lines.filter(({ end }) => end === '\r\n').length;
  return { lines, end: windows * 2 > lines.length ? '\r\n' : '\n', isBinary: utf8 === null };
}

/** The bytes of lines that were read so. */
export function writtenText(lines: readonly FileLine[], isBinary: boolean): Uint8Array {
  return Buffer.from(lines.map(({ text, end }) => text + end).join(''), isBinary ? 'latin1' : 'utf8');
}

/** Text of a patch in the form in which the lines of this file are. */
export function inFormOf({ isBinary }: Pick<FileText, 'isBinary'>, text: string): string {
  return isBinary ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** A mark at the beginning of the file is part of its first line, and stays. */
function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Another encoding, or no text at all.
    return null;
  }
}

function lineOf(line: string): FileLine {
  if (line.endsWith('\r\n')) return { text: line.slice(0, -2), end: '\r\n' };
  return line.endsWith('\n') ? { text: line.slice(0, -1), end: '\n' } : { text: line, end: '' };
}
