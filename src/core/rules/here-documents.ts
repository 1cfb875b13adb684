// Where do the texts end that a script carries behind `<<`?

import { type HereDocument, type Reader, readApart } from './shell-reader.ts';
import { readHereText } from './shell-words.ts';

/** Skips the bodies of those announced on the line that just ended. A body that is expanded may run commands. */
export function readHereDocuments(reader: Reader): void {
  const announced = reader.hereDocuments;
  if (announced.length === 0) return;
  reader.hereDocuments = [];
  for (const document of announced) {
    const start = reader.at;
    const end = bodyEnd(reader, document);
    if (document.isQuoted) continue;
    readApart(reader, { text: reader.text, start, end, span: null }, () => readHereText(reader));
  }
}

/** Moves behind the closing line and returns where the body ends. Without one, as in a shell, all the rest is body. */
function bodyEnd(reader: Reader, { delimiter, stripsTabs }: HereDocument): number {
  while (reader.at < reader.end) {
    const lineStart = reader.at;
    const found = reader.text.indexOf('\n', lineStart);
    const lineEnd = found === -1 || found > reader.end ? reader.end : found;
    reader.at = Math.min(lineEnd + 1, reader.end);
    const line = reader.text.slice(lineStart, lineEnd);
    if ((stripsTabs ? line.replace(/^\t+/, '') : line) === delimiter) return lineStart;
  }
  return reader.end;
}
