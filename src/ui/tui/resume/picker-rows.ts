// What the resume picker puts on the screen: the sessions, the filter, and a look at the selected one.

import type { SessionSummary } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import type { Role } from '../terminal/style.ts';
import { cellWidth, cutEnd, cutToWidth, visible } from '../terminal/width.ts';
import { joined, type Look, paint, ruleLine } from '../view/look.ts';
import { countText } from '../view/numbers.ts';
import { withTilde } from '../view/paths.ts';
import { agoText } from '../view/when.ts';
import { chosen, matching, type ResumePicker, type SessionActivity, unreadable } from './picker.ts';

/** From so many columns the preview stands beside the list, from so many rows below it. */
const PREVIEW_BESIDE_FROM_COLS = 100;
const PREVIEW_BELOW_FROM_ROWS = 20;

/** Below so many columns what a session waits for goes to a second row of the selected one. */
const NARROW_BELOW = 60;

/** Columns of the list when the preview stands beside it. */
const LIST_COLUMNS = 64;

const STATE_COLUMNS = 6;
const WHEN_COLUMNS = 7;

export interface PickerScreen {
  readonly cols: number;
  readonly rows: number;
  readonly look: Look;
  /** Ms since 1970. */
  readonly now: number;
  readonly cwd: string;
  /** The listing is not complete yet. */
  readonly isSearching: boolean;
  /** Rows of the selected session as it was seen, laid out for `previewCols`; newest at the end. */
  readonly preview: readonly string[];
}

/** Columns for which the preview has to be laid out; 0 when it is not shown. */
export function previewCols(cols: number, rows: number): number {
  if (cols >= PREVIEW_BESIDE_FROM_COLS) return cols - LIST_COLUMNS - 3;
  return rows >= PREVIEW_BELOW_FROM_ROWS ? cols - 2 : 0;
}

/** At most `rows` rows for the alternate screen, each at most `cols - 1` wide. */
export function pickerRows(picker: ResumePicker, screen: PickerScreen): string[] {
  const { cols, rows, look } = screen;
  const isBeside = cols >= PREVIEW_BESIDE_FROM_COLS;
  const isBelow = !isBeside && previewCols(cols, rows) > 0 && screen.preview.length > 0;
  const head = headRows(picker, screen);
  const foot = footRows(picker, screen);
  const previewHeight = isBelow ? Math.floor(rows / 3) : 0;
  const room = Math.max(1, rows - head.length - foot.length - previewHeight);
  const list = listRows(picker, isBeside ? { ...screen, cols: LIST_COLUMNS } : screen, room);
  const below = isBelow
    ? [`  ${ruleLine(look, 'preview')}`, ...screen.preview.slice(-(previewHeight - 1)).map((row) => `  ${row}`)]
    : [];
  const body = isBeside ? beside(list, screen.preview.slice(-room), room) : list;
  return [...head, ...body, ...below, ...foot].slice(0, rows).map((row) => cutToWidth(row, cols - 1));
}

function headRows(picker: ResumePicker, { look, cwd, cols, isSearching }: PickerScreen): string[] {
  const found = matching(picker).length;
  const place = picker.scope === 'folder' ? `Sessions of ${withTilde(cwd, look.home)}` : 'Sessions of all folders';
  const count = isSearching
    ? `searching ${countText(picker.sessions.length)} of ${countText(picker.total)}`
    : picker.filter === '' && found === picker.total
      ? countText(found)
      : `${countText(found)} of ${countText(picker.total)}`;
  const key = picker.scope === 'folder' ? 'Ctrl-X a: all folders' : 'Ctrl-X a: this folder';
  const cursor = look.glyphs.name === 'ascii' ? '_' : '▏';
  const title = joined(look, cols < NARROW_BELOW ? [place, count] : [place, count, key]);
  return [`  ${cutEnd(title, cols - 3, look.glyphs.ellipsis)}`, `  > ${picker.filter}${cursor}`];
}

function footRows(picker: ResumePicker, { look }: PickerScreen): string[] {
  const broken = unreadable(picker);
  return broken === 0 ? [] : [`  ${paint(look, 'dim', `unreadable (${broken})`)}`];
}

function listRows(picker: ResumePicker, screen: PickerScreen, room: number): string[] {
  const found = matching(picker);
  if (found.length === 0) return [`  ${nothingText(picker, screen.isSearching)}`];
  const selected = chosen(picker);
  const hasDetail = screen.cols < NARROW_BELOW ? 1 : 0;
  const height = Math.max(1, room - hasDetail);
  const at = found.findIndex(({ session }) => session === selected?.session);
  const from = Math.min(Math.max(0, at - height + 1), Math.max(0, found.length - height));
  return found
    .slice(from, from + height)
    .flatMap((session) => sessionRows(session, session === selected, picker, screen));
}

function nothingText(picker: ResumePicker, isSearching: boolean): string {
  if (isSearching) return 'Looking for sessions.';
  if (picker.filter !== '') return 'No session matches. Backspace widens the search.';
  if (picker.scope === 'all') return 'No sessions yet.';
  const elsewhere =
    picker.totalElsewhere === 0 ? 'the other folders' : `${countText(picker.totalElsewhere)} from elsewhere`;
  return `No sessions in this folder. Ctrl-X a shows ${elsewhere}.`;
}

function sessionRows(
  session: SessionSummary,
  isSelected: boolean,
  { scope, activities }: ResumePicker,
  screen: PickerScreen,
): string[] {
  const { cols, look, now } = screen;
  const activity = activities.get(session.session) ?? null;
  const state = stateOf(session.state, activity);
  const pointer = isSelected ? look.glyphs.pointer : ' ';
  const glyph = look.glyphs.name === 'ascii' ? state.ascii : state.glyph;
  const painted = state.role === null ? glyph : paint(look, state.role, glyph);
  const when = agoText(session.changedAt, now).padEnd(WHEN_COLUMNS);
  const name = visible(session.title.replace(/\s+/g, ' ')) || 'no message yet';
  const facts = [activityWords(activity), ...factsOf(session, scope, look)].filter((fact) => fact !== '');
  if (cols < NARROW_BELOW) {
    const row = `  ${pointer} ${painted} ${when}${cutEnd(name, Math.max(8, cols - 1 - 6 - WHEN_COLUMNS), look.glyphs.ellipsis)}`;
    return isSelected
      ? [row, `      ${cutEnd(joined(look, [state.word, ...facts]), cols - 7, look.glyphs.ellipsis)}`]
      : [row];
  }
  const lead = `  ${pointer} ${painted} ${state.word.padEnd(STATE_COLUMNS)} ${when} `;
  const room = cols - 1 - (6 + STATE_COLUMNS + 1 + WHEN_COLUMNS + 1);
  const said = joined(look, facts);
  const title = cutEnd(name, Math.max(12, room - cellWidth(said) - 3), look.glyphs.ellipsis);
  return [
    lead + cutEnd(joined(look, [isSelected ? paint(look, 'bold', title) : title, said]), room, look.glyphs.ellipsis),
  ];
}

function factsOf(session: SessionSummary, scope: ResumePicker['scope'], look: Look): string[] {
  const turns = session.turns === null ? '' : `${countText(session.turns)} ${session.turns === 1 ? 'turn' : 'turns'}`;
  const folder = scope === 'all' ? withTilde(session.cwd, look.home) : '';
  return [turns, folder, session.originator === OWN_ORIGINATOR ? '' : visible(session.originator)].filter(
    (fact) => fact !== '',
  );
}

/** As records of this program say who wrote them. */
const OWN_ORIGINATOR = 'codex_ts';

/** `needs your answer: write /srv/x`, `runs npm test`. */
function activityWords(activity: SessionActivity | null): string {
  switch (activity?.state) {
    case 'waiting':
      return `needs your answer: ${visible(activity.about)}`;
    case 'running':
      return `runs ${visible(activity.about)}`;
    case 'idle':
    case undefined:
      return '';
  }
}

interface StateMark {
  readonly glyph: string;
  readonly ascii: string;
  readonly word: string;
  readonly role: Role | null;
}

function stateOf(state: SessionSummary['state'], activity: SessionActivity | null): StateMark {
  switch (state) {
    case 'open':
      return activity?.state === 'waiting'
        ? { glyph: '?', ascii: '?', word: 'asks', role: 'warn' }
        : { glyph: '⇣', ascii: '&', word: 'live', role: 'note' };
    case 'lost':
      return { glyph: '∅', ascii: '0', word: 'lost', role: 'blocked' };
    case 'ended':
      return { glyph: ' ', ascii: ' ', word: 'ended', role: null };
    case 'unreadable':
      return { glyph: '⊗', ascii: '#', word: 'unreadable', role: 'bad' };
    default:
      return assertNever(state);
  }
}

function beside(list: readonly string[], preview: readonly string[], height: number): string[] {
  const rows: string[] = [];
  const count = Math.min(height, Math.max(list.length, preview.length));
  for (let at = 0; at < count; at++) {
    const left = list[at] ?? '';
    const right = preview[at] ?? '';
    rows.push(right === '' ? left : `${left}${' '.repeat(Math.max(0, LIST_COLUMNS - cellWidth(left)))}  ${right}`);
  }
  return rows;
}
