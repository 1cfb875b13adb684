// Which lines of an output are shown in an item, and what is said of those that are not.

import type { Attempt, StdioValue } from '../../../core/bus/index.ts';
import { type Look, leftOut, paint } from './look.ts';
import { counted, sizeText } from './numbers.ts';
import { type OutputReading, outputLines } from './output-lines.ts';

/** Up to `over` lines are shown whole; beyond it the first and the last so many. Null: never folded. */
export interface FoldRule {
  readonly over: number;
  readonly first: number;
  readonly last: number;
}

/** A model's commands are many and read by the way; a person's own are what they came for. */
export interface FoldRules {
  readonly model: FoldRule | null;
  readonly person: FoldRule | null;
}

/** Rows of one attempt's output, folded; without indent. `rule` null shows everything that is kept. */
export function foldedOutput(
  attempt: Attempt,
  stdio: StdioValue,
  rule: FoldRule | null,
  reading: OutputReading,
  look: Look,
): string[] {
  const value = attempt.excerpt.value();
  if (attempt.excerpt.wasReleased)
    return value.bytes === 0 ? [] : [foldRow(attempt.end?.lines ?? null, value.bytes, rule !== null, look)];
  const { head, tail, isWhole } = outputLines(value, stdio, reading);
  if (isWhole) {
    if (rule === null || head.length <= rule.over) return [...head];
    const hidden = head.length - rule.first - rule.last;
    return [
      ...head.slice(0, rule.first),
      foldRow(hidden, value.bytes, rule !== null, look),
      ...head.slice(head.length - rule.last),
    ];
  }
  const first = rule === null ? head : head.slice(0, rule.first);
  const last = rule === null ? tail : tail.slice(Math.max(0, tail.length - rule.last));
  const total = attempt.end?.lines ?? null;
  const hidden = total === null ? null : Math.max(1, total - first.length - last.length);
  return [...first, foldRow(hidden, value.bytes, rule !== null, look), ...last];
}

/** `… 1,204 lines, Ctrl-T to read`; of a command whose end nobody saw only the size is known. */
function foldRow(hidden: number | null, bytes: number, isFolded: boolean, look: Look): string {
  const what = hidden === null ? `part of ${sizeText(bytes)}` : counted(hidden, 'line');
  return paint(look, 'dim', `${leftOut(look)} ${what}${isFolded ? ', Ctrl-T to read' : ' not loaded'}`);
}
