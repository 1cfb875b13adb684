// What one printed line says: which refusal, and which program says so.

import { type RefusalKind, refusalTexts } from './errno-texts.ts';

export interface LineReading {
  readonly kind: RefusalKind;
  /** The line without the refusal's own words, and without the speaker's name (its colon stays). */
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

/** The refusals in a line, none where its words only look like one. A wrapped error may hold several. */
export function readRefusals(line: string): LineReading[] {
  if (ofOthers.test(line)) return [];
  const small = line.toLowerCase();
  return texts.flatMap(({ kind, small: text, isTelling }) => {
    // A letter whose small form is longer would shift the index; such a line is then merely read a little off.
    const at = small.lastIndexOf(text);
    if (at === -1) return [];
    const ahead = line.slice(0, at);
    if (isTelling !== true && !afterWhat.test(ahead)) return [];
    const speaker = speakerOf(ahead);
    const rest = isTelling === true ? line : `${ahead} ${line.slice(at + text.length)}`;
    return [
      speaker === null
        ? { kind, rest, ahead, program: null }
        : { kind, rest: rest.slice(speaker.length - 1), ahead, program: speaker.program },
    ];
  });
}

/** The name a line begins with, and how much of the line it takes. What stands alone before the refusal is no speaker. */
function speakerOf(ahead: string): { readonly program: string; readonly length: number } | null {
  const found = /^(?:\/\S*\/)?([\w.+-]+)(?:\[\d+\])?:(?= )/.exec(ahead);
  if (found?.[1] === undefined) return null;
  const isPathItself = found[0].startsWith('/') && found[0].length >= ahead.trimEnd().length;
  return isPathItself ? null : { program: found[1], length: found[0].length };
}
