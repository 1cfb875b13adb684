// What one printed line says: which refusal, and which program says so.

import { everydayTexts, type RefusalKind, refusalTexts, shortTexts } from './errno-texts.ts';
import type { KeptLine } from './line-watch.ts';

export interface LineReading {
  readonly kind: RefusalKind;
  /** A mere code, which a record has beside the message that names the place. */
  readonly isCode: boolean;
  /** The line without the refusal's own words, and without the speaker's name (its colon stays). */
  readonly rest: string;
  /** The line from its start to the refusal. */
  readonly ahead: string;
  /** Base name of the program that speaks, when the line begins with one. */
  readonly program: string | null;
}

const texts = [...refusalTexts, ...everydayTexts, ...shortTexts].map((refusal) => ({
  ...refusal,
  small: refusal.text.toLowerCase(),
}));

/** What stands before an errno text that the system gave, rather than one that somebody wrote about. */
const afterWhat = /(?:^|[:\](,;=–-])\s*$/;

/** Answers of other machines, which use the same words for their own refusals. */
const ofOthers = /permission denied \((?:[a-z-]+,?)+\)|permission denied, please try again|^remote: /i;

/** The name of a test, as runners print it: what it speaks of is what it expects. */
const titleOfTest = /^\s*(?:[✓✔✗✘×√✖]|(?:not )?ok \d+\b|# Subtest:|PASS\b|FAIL\b|[+]+ \w)/;

/** Below a file and a line number alone stands that line of it. */
const placeInSource = /(?:^|\n)\S+:\d+$/;

/** The refusals in a line, none where its words only look like one. A wrapped error may hold several. */
export function readRefusals({ text: line, before }: KeptLine): LineReading[] {
  if (ofOthers.test(line) || titleOfTest.test(line) || placeInSource.test(before)) return [];
  const small = line.toLowerCase();
  return texts.flatMap(({ kind, small: text, isTelling, isCode }) => {
    // A letter whose small form is longer would shift the index; such a line is then merely read a little off.
    const at = small.lastIndexOf(text);
    if (at === -1) return [];
    const ahead = line.slice(0, at);
    const behind = line.slice(at + text.length);
    if (isTelling !== true && !afterWhat.test(ahead)) return [];
    if (isCode === true && (/\w$/.test(ahead) || /^\w/.test(behind))) return [];
    const speaker = speakerOf(ahead);
    const rest = isTelling === true ? line : `${ahead} ${behind}`;
    const said = { kind, isCode: isCode === true, ahead };
    return [
      speaker === null
        ? { ...said, rest, program: null }
        : { ...said, rest: rest.slice(speaker.length - 1), program: speaker.program },
    ];
  });
}

/** The name a line begins with, and how much of the line it takes. What stands alone before the refusal is no speaker. */
function speakerOf(ahead: string): { readonly program: string; readonly length: number } | null {
  const found = /^(?:\/\S*\/)?([\w.+-]+)(?:\[\d+\]| \(child\))?:(?= )/.exec(ahead);
  const program = found?.[1];
  if (found === null || program === undefined || /(?:Error|Exception)$/.test(program)) return null;
  const isPathItself = found[0].startsWith('/') && found[0].length >= ahead.trimEnd().length;
  return isPathItself ? null : { program, length: found[0].length };
}
