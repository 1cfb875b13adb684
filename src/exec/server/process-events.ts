// How is what happens to a process told? In one message each, which is spelled here.

import type { OutputStream } from '../environment.ts';
import { notificationText } from '../protocol/envelope.ts';
import type { RecordedExit } from './process-record.ts';

/** What the events of one process are made of; its name is spelled once. */
export interface ProcessSpelling {
  /** What stands before and after the bytes of a piece of output; in ASCII. */
  output(seq: number, stream: OutputStream): readonly [before: string, after: string];
  exited(seq: number, exit: RecordedExit): string;
  closed(seq: number): string;
}

export function spellingOf(processId: string): ProcessSpelling {
  const beforeSeq = `{"method":"process/output","params":{"processId":${asciiJson(processId)},"seq":`;
  return {
    output: (seq, stream) => [`${beforeSeq}${seq},"stream":"${stream}","chunk":"`, '"}}'],
    exited: (seq, { code, denial }) =>
      notificationText('process/exited', {
        processId,
        seq,
        exitCode: code,
        sandboxDenied: denial !== null,
        ...(denial === null ? {} : { denial }),
      }),
    closed: (seq) => notificationText('process/closed', { processId, seq }),
  };
}

/** JSON of a text in ASCII alone, so that a byte is a character. */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
