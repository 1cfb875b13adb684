// What a finished item looks like in the scrollback, live and resumed alike.

import type { CompactedItem, Item, Plan, TurnEnd } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import { markdownRows } from '../markdown/markdown.ts';
import { cutMiddle, visible, wrap } from '../terminal/width.ts';
import { joined, type Look, leftOut, paint, ruleLine } from './look.ts';
import { counted, tokenText, turnDurationText } from './numbers.ts';
import { lookOfState } from './outcome.ts';
import { ownRows } from './own-rows.ts';
import { noticeRows } from './problem-rows.ts';
import { type ItemView, processRows } from './process-rows.ts';
import { proseWidth } from './prose.ts';
import { stateGlyph, titleOf } from './title.ts';
import { dateTimeText } from './when.ts';

/** Lines of a person's message that are repeated in the scrollback; a pasted file is not. */
const MESSAGE_LINES = 40;

/** Rows of one item without the blank row before it; none when it is not shown by itself. */
export function itemRows(item: Item, view: ItemView, isUnfolded = false): string[] {
  const { look } = view;
  switch (item.kind) {
    case 'message':
      return item.isCommand ? [] : messageRows(item, view, isUnfolded);
    case 'answer':
      return markdownRows(item.text, view);
    case 'reasoning':
      return markdownRows(item.text, view).map((row) => paintedReasoning(row, look));
    case 'plan':
      return ownRows(planRows(item, look), view.cols);
    case 'web_search':
      return ownRows([webSearchRow(item.query, look)], view.cols);
    case 'compacted':
      return [
        ...ownRows([compactedRow(item, look)], view.cols),
        ...(isUnfolded ? markdownRows(item.summary, view) : []),
      ];
    case 'process':
      return processRows(item, view, isUnfolded);
    case 'notice':
      return ownRows(noticeRows(item.level, item.problem, look), view.cols);
    case 'turn_end':
      return ownRows(turnEndRows(item, look), view.cols);
    case 'moved_to_background': {
      const glyph = stateGlyph(lookOfState({ state: 'background' }), 0, look);
      const after = ' moved to the background';
      const room = Math.max(8, view.cols - 1 - after.length - `x ${item.process} `.length);
      const title = cutMiddle(titleOf(item.command, look), room, look.glyphs.ellipsis);
      return ownRows([`${glyph} ${item.process} ${title}${after}`], view.cols);
    }
    case 'resumed':
      return ownRows(resumedRows(item.recordedAt, item.lost, look), view.cols);
    default:
      return assertNever(item);
  }
}

/** What a model says of its thinking is there to be seen, and steps back behind what it answers. */
export function paintedReasoning(row: string, look: Look): string {
  return row === '' ? row : paint(look, 'dim', row);
}

/** `[x] done`, `[>] being done`, `[ ] to do`: readable without colours. */
export function planRows({ explanation, steps }: Plan, look: Look): string[] {
  const rows = steps.map(({ step, status }) => {
    const text = `  ${PLAN_MARKS[status]} ${visible(step)}`;
    return status === 'completed'
      ? paint(look, 'dim', text)
      : status === 'in_progress'
        ? paint(look, 'bold', text)
        : text;
  });
  const done = steps.filter(({ status }) => status === 'completed').length;
  return [joined(look, ['plan', `${done} of ${steps.length}`, visible(explanation)]), ...rows];
}

const PLAN_MARKS = { pending: '[ ]', in_progress: '[>]', completed: '[x]' } as const;

export function webSearchRow(query: string, look: Look): string {
  return joined(look, ['searched the web', visible(query)]);
}

export function compactedRow({ by, before, after }: CompactedItem, look: Look): string {
  const what = by === 'person' ? 'summarised' : 'summarised to make room';
  return ruleLine(look, joined(look, [`context ${what}`, `${tokenText(before)} tokens became ${tokenText(after)}`]));
}

type Message = Extract<Item, { kind: 'message' }>;

function messageRows({ text, images }: Message, { cols, look }: ItemView, isUnfolded: boolean): string[] {
  const lines = text.split('\n');
  const shown = isUnfolded || lines.length <= MESSAGE_LINES ? lines : lines.slice(0, MESSAGE_LINES - 1);
  const rows = shown.flatMap((line) => wrap(visible(line.replaceAll('\t', '    ')), proseWidth(cols)));
  const hidden = lines.length - shown.length;
  const fold = hidden > 0 ? [paint(look, 'dim', `  ${leftOut(look)} ${counted(hidden, 'line')}, Ctrl-T to read`)] : [];
  const prompt = paint(look, 'accent', look.glyphs.prompt);
  const shownImages = images.map((name) => paint(look, 'dim', `  [image: ${visible(name)}]`));
  return [
    ...rows.map((row, index) => (index === 0 ? `${prompt} ${row}` : row === '' ? '' : `  ${row}`)),
    ...fold,
    ...shownImages,
  ];
}

function turnEndRows(turn: TurnEnd, look: Look): string[] {
  const tokens = turn.tokens === null ? '' : `${tokenText(turn.tokens)} tokens`;
  const took = turnDurationText(turn.durationMs);
  const commands = turn.commands === 0 ? '' : counted(turn.commands, 'command');
  switch (turn.outcome) {
    case 'completed':
      return turn.isCommand ? [] : [`  ${ruleLine(look, joined(look, [took, commands, tokens]))}`];
    case 'interrupted':
      return [`  ${ruleLine(look, joined(look, [`stopped by you after ${took}`, commands, tokens]))}`];
    case 'lost':
      return turn.isCommand ? [] : [`  ${ruleLine(look, joined(look, [`lost after ${took}`, commands, tokens]))}`];
    case 'failed': {
      const card = turn.problem === null ? [] : noticeRows('error', turn.problem, look);
      return [...card, `  ${ruleLine(look, joined(look, [`failed after ${took}`, commands, tokens]))}`];
    }
    default:
      return assertNever(turn.outcome);
  }
}

function resumedRows(recordedAt: number, lost: number, look: Look): string[] {
  const rule = ruleLine(look, `resumed, recorded until ${dateTimeText(recordedAt)}`, ` ${look.glyphs.rule.repeat(2)}`);
  if (lost === 0) return [rule];
  const were = lost === 1 ? '1 command was' : `${lost} commands were`;
  const they = lost === 1 ? 'It was' : 'They were';
  return [rule, `${were} running when the program ended. ${they} not started again.`];
}
