// What one printed line says: which refusal, and which program says so.

import { type RefusalKind, refusalTexts } from './errno-texts.ts';

export interface LineReading {
  readonly kind: RefusalKind;
  /** The line without the refusal's own words. */
  readonly rest: string;
  /** The line from its start to the refusal. */
  readonly ahead: string;
  /** Base name of the program that speaks, when the line begins with one. */
  readonly program: string | null;
}

const texts = refusalTexts.map((refusal) => ({ ...refusal, small: refusal.text.toLowerCase() }));

/** What stands before an errno text that the system gave, rather than one that somebody wrote about. */
const afterWhat = /(?:^|[:\](,;=–-])\s*$/;

/** Answers of other machines, which use the same words for their own refusals. */
const ofOthers = /permission denied \((?:[a-z-]+,?)+\)|permission denied, please try again|^remote: /i;

/** The refusal in a line, or null when its words only look like one. */
export function readRefusal(line: string): LineReading | null {
  if (ofOthers.test(line)) return null;
  const small = line.toLowerCase();
  for (const { kind, small: text, isTelling } of texts) {
    // A letter whose small form is longer would shift the index; such a line is then merely read a little off.
    const at = small.lastIndexOf(text);
    if (at === -1) continue;
    const ahead = line.slice(0, at);
    if (isTelling !== true && !afterWhat.test(ahead)) continue;
    const rest = isTelling === true ? line : `${ahead} ${line.slice(at + text.length)}`;
    return { kind, rest, ahead, program: programOf(line) };
  }
  return null;
}

function programOf(line: string): string | null {
  const name = /^(?:\/\S*\/)?([\w.+-]+)(?:\[\d+\])?: /.exec(line)?.[1];
  return name ?? null;
}
