// What are the lines of a file, so that every byte of it can be put back?

/**
 * Lines as text with one character for each byte (latin1): what is no UTF-8 stays what it is. `ends` has what ended
 * each; the last one may have ended with the file.
 */
export interface FileLines {
  readonly texts: readonly string[];
  readonly ends: readonly string[];
  /** A byte order mark of UTF-8 is no part of the first line. */
  readonly mark: string;
}

const UTF8_MARK = '\xef\xbb\xbf';
const LINE = /([^\r\n]*)(\r\n|\n|\r|$)/gy;

export function fileLines(bytes: Uint8Array): FileLines {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const mark = all.startsWith(UTF8_MARK) ? UTF8_MARK : '';
  const texts: string[] = [];
  const ends: string[] = [];
  LINE.lastIndex = mark.length;
  while (LINE.lastIndex < all.length) {
    const [, text = '', end = ''] = LINE.exec(all) ?? [];
    texts.push(text);
    ends.push(end);
  }
  return { texts, ends, mark };
}

/** How lines end that are new to the file: like its first one. */
export function usualEnd({ ends }: Pick<FileLines, 'ends'>): string {
  return ends[0] || '\n';
}

/** The bytes of a text as those lines have them. */
export function asBytesText(text: string): string {
  return isPlain(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The characters that such a line stands for. Bytes that are no UTF-8 become U+FFFD. */
export function asCharacters(line: string): string {
  return isPlain(line) ? line : Buffer.from(line, 'latin1').toString('utf8');
}

function isPlain(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}
