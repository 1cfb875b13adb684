// Where does one line end and the next begin, in what comes in pieces?

export interface LineReader {
  add(bytes: Buffer): void;
}

/** Hands on each line without its end (`\n` or `\r\n`). One that is longer than `limitBytes` ends the reading. */
export function openLineReader(limitBytes: number, line: (text: string) => void, tooLong: () => void): LineReader {
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let isOver = false;

  const keep = (piece: Buffer): void => {
    pieces.push(piece);
    pieceBytes += piece.length;
    if (pieceBytes <= limitBytes) return;
    isOver = true;
    pieces = [];
    tooLong();
  };
  const finish = (): void => {
    const text = Buffer.concat(pieces).toString();
    pieces = [];
    pieceBytes = 0;
    line(text.endsWith('\r') ? text.slice(0, -1) : text);
  };

  return {
    add(bytes) {
      let from = 0;
      while (!isOver) {
        const end = bytes.indexOf(0x0a, from);
        if (end === -1) break;
        keep(bytes.subarray(from, end));
        if (!isOver) finish();
        from = end + 1;
      }
      if (!isOver && from < bytes.length) keep(bytes.subarray(from));
    },
  };
}
