// What stands on the card between an answer and its effect: all that a wide yes gives, or the words of a no.

import type { PresetValue, QuestionValue } from '../../../core/bus/index.ts';
import { cutToWidth, visible, wrap } from '../terminal/width.ts';
import { type Look, paint } from '../view/look.ts';
import { withTilde } from '../view/paths.ts';
import { grantWords } from '../view/words.ts';
import { choicesOf } from './choices.ts';
import type { Guard } from './guard-state.ts';

/** What a run without the sandbox means. */
export const OUTSIDE = 'it could then read and change everything you can, and use the network';

const LEAST_COLUMNS = 8;

export interface SecondStep {
  /** To be read before Enter. */
  readonly rows: readonly string[];
  /** What Enter and Esc do; never left out. */
  readonly keys: readonly string[];
}

/** Null while the choices themselves are shown. Rows at most `width` wide. */
export function secondStep(question: QuestionValue, guard: Guard, width: number, look: Look): SecondStep | null {
  const { phase } = guard;
  if (phase.kind === 'reason') {
    const cursor = look.glyphs.name === 'ascii' ? '_' : '▏';
    const rows = [`Why not: ${lastCells(guard.reason, width - 11)}${cursor}`];
    return { rows, keys: keyRows('Enter sends no and these words', width) };
  }
  if (phase.kind !== 'confirm') return null;
  const decision = choicesOf(question).find(({ key }) => key === phase.choice)?.decision;
  if (decision === 'preset' && question.preset !== null) {
    const rows = insetRows(presetLines(question.preset, look.home), width);
    return { rows, keys: keyRows('Enter allows all of this', width) };
  }
  if (decision === 'always' && question.always !== null) {
    const rows = insetRows([`Adds to ${visible(withTilde(question.always.file, look.home))}:`], width);
    return { rows: [...rows, ...addedRows(question.always, width)], keys: keyRows('Enter writes it', width) };
  }
  return {
    rows: wrap(OUTSIDE, width).map((row) => paint(look, 'warn', row)),
    keys: keyRows('Enter runs it without the sandbox', width),
  };
}

/** A preset in full: its meaning, then everything that it gives. */
export function presetLines({ name, meaning, grants }: PresetValue, home: string): string[] {
  return [
    `Preset "${visible(name)}", until this session ends: ${visible(meaning)}`,
    ...grants.map((grant) => `  ${grantWords(grant, home)}`),
  ];
}

/** The lines as they will stand in the file, broken anywhere rather than changed. */
export function addedRows({ added }: NonNullable<QuestionValue['always']>, width: number): string[] {
  const lines = added.replace(/\n+$/, '').split('\n');
  return lines.flatMap((line) =>
    piecesOf(visible(line.replaceAll('\t', '    ')), Math.max(1, width - ADDED_MARK.length)).map(
      (piece, index) => (index === 0 ? ADDED_MARK : ' '.repeat(ADDED_MARK.length)) + piece,
    ),
  );
}

const ADDED_MARK = '  + ';

/** At least one piece, each at most `cells` wide unless one character is wider. */
function piecesOf(text: string, cells: number): string[] {
  const pieces: string[] = [];
  for (let rest = text; rest !== '' || pieces.length === 0; ) {
    const piece = cutToWidth(rest, cells) || ([...rest][0] ?? rest);
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return pieces;
}

/** Lines broken where they are too long; what follows is set in deeper than its line. */
function insetRows(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => {
    const indent = line.length - line.trimStart().length;
    const deeper = Math.min(indent + 2, Math.max(0, width - LEAST_COLUMNS));
    const [first = '', ...more] = wrap(line.slice(indent), Math.max(1, width - deeper));
    return [' '.repeat(Math.min(indent, deeper)) + first, ...more.map((row) => ' '.repeat(deeper) + row)];
  });
}

/** Both keys on one row where they fit. */
function keyRows(enter: string, width: number): string[] {
  const both = `${enter}   Esc back`;
  return both.length <= width ? [both] : [...wrap(enter, width), 'Esc back'];
}

function lastCells(text: string, cells: number): string {
  const shown = visible(text);
  return shown.length > cells ? shown.slice(shown.length - Math.max(1, cells)) : shown;
}
