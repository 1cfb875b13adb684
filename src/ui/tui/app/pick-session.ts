// The list of earlier sessions: on the alternate screen, before a session is open.

import { apply, emptyTranscript, type SessionSummary } from '../../../core/bus/index.ts';
import { type Key, nameOfKey } from '../input/key.ts';
import type { KeyTable } from '../input/key-table.ts';
import type { InputParser } from '../input/parser.ts';
import {
  chosen,
  emptyPicker,
  eraseFilter,
  moveSelection,
  type ResumePicker,
  toggleScope,
  typeFilter,
  withSessions,
} from '../resume/picker.ts';
import { pickerRows, previewCols } from '../resume/picker-rows.ts';
import type { Clock } from '../terminal/clock.ts';
import { afterReply, viewOff, viewOn } from '../terminal/modes.ts';
import type { TerminalHold } from '../terminal/restore.ts';
import type { FrameWriter } from '../terminal/writer-contract.ts';
import type { FoldRules } from '../view/fold.ts';
import type { Look } from '../view/look.ts';
import { dueRows, nothingPrinted } from '../view/scrollback.ts';
import type { SessionSource } from './run-screen.ts';

export interface PickOptions {
  readonly sessions: SessionSource;
  readonly everyFolder: boolean;
  readonly cwd: string;
  readonly writer: FrameWriter;
  readonly hold: TerminalHold;
  readonly parser: InputParser;
  readonly look: Look;
  readonly folds: FoldRules;
  readonly keys: KeyTable;
  readonly size: () => { readonly cols: number; readonly rows: number };
  readonly clock: Clock;
  /** Hands over the bytes of the person's terminal until the list is closed. */
  readonly listen: (listener: (bytes: Uint8Array) => void) => void;
}

/** How many sessions are read into the list; the filter searches these. */
const LISTED = 10_000;

/** Items of the preview: what fits below a list. */
const PREVIEW_ITEMS = 12;

/** Shows the list until one is chosen; null when the person closes it. */
export function pickSession(options: PickOptions): Promise<SessionSummary | null> {
  const { writer, hold, parser, look, clock, sessions, keys } = options;
  let picker: ResumePicker = options.everyFolder ? toggleScope(emptyPicker) : emptyPicker;
  let isSearching = true;
  /** Number of the newest listing; older ones stop. */
  let loading = 0;
  let leaderSince: number | null = null;
  const previews = new Map<string, readonly string[]>();

  return new Promise((resolve, reject) => {
    let cancelEscape: (() => void) | null = null;
    const step = viewOn(hold.modes);
    writer.enterView(step.bytes);
    hold.apply({ modes: step.modes, bytes: '' });
    process.stdout.on('resize', paint);
    options.listen(onBytes);
    load(picker.scope);
    paint();
    sessions.activities().then((activities) => {
      picker = { ...picker, activities };
      paint();
    }, reject);

    function load(scope: ResumePicker['scope']): void {
      loading += 1;
      read(scope, loading).catch(reject);
    }

    async function read(scope: ResumePicker['scope'], number: number): Promise<void> {
      isSearching = true;
      let total = 0;
      for await (const found of sessions.list(scope === 'folder' ? options.cwd : null, LISTED)) {
        // Closed, or asked for another list meanwhile.
        if (number !== loading) return;
        ({ total } = found);
        picker = withSessions(picker, scope, found.sessions, total);
        paint();
      }
      isSearching = false;
      paint();
      if (scope === 'folder' && total === 0) await countElsewhere(number);
    }

    async function countElsewhere(number: number): Promise<void> {
      for await (const found of sessions.list(null, 1)) {
        if (number !== loading) return;
        picker = withSessions(picker, 'all', found.sessions, found.total);
        paint();
      }
    }

    function paint(): void {
      const { cols, rows } = options.size();
      const drawn = pickerRows(picker, {
        cols,
        rows,
        look,
        now: Date.now(),
        cwd: options.cwd,
        isSearching,
        preview: preview(cols, rows),
      });
      writer.view({ rows: drawn, cursor: null }, 'echo');
    }

    function preview(cols: number, rows: number): readonly string[] {
      const session = chosen(picker);
      const width = previewCols(cols, rows);
      if (session === null || width === 0) return [];
      const name = `${session.session} ${width}`;
      const known = previews.get(name);
      if (known !== undefined) return known;
      const transcript = emptyTranscript();
      for (const event of sessions.preview(session.path, PREVIEW_ITEMS)) apply(transcript, event);
      const drawn = dueRows(transcript, nothingPrinted, {
        cols: width,
        look,
        folds: options.folds,
        factory: null,
      }).rows;
      previews.set(name, drawn);
      return drawn;
    }

    function onBytes(bytes: Uint8Array): void {
      cancelEscape?.();
      cancelEscape = null;
      take(parser.feed(bytes, clock.now()));
      const wait = parser.pending();
      if (wait !== null) cancelEscape = clock.after(wait, () => take(parser.flush(clock.now())));
    }

    function take(events: ReturnType<InputParser['feed']>): void {
      for (const event of events) {
        if (event.kind === 'key') onKey(event);
        else if (event.kind === 'reply') {
          if (event.reply.kind === 'status') writer.acknowledged();
          else hold.apply(afterReply(hold.modes, event.reply, process.env.TERM ?? ''));
        } else if (event.kind === 'paste') picker = typeFilter(picker, event.text);
      }
      paint();
    }

    function onKey(key: Key): void {
      const meaning = keys.meaning(['picker'], key, leaderSince, clock.now());
      leaderSince = meaning.kind === 'leader' ? clock.now() : null;
      const name = nameOfKey(key);
      if (name === 'esc' || name === 'ctrl-c' || name === 'ctrl-d') return close(null);
      if (meaning.kind === 'text') picker = typeFilter(picker, meaning.text);
      if (meaning.kind !== 'action') return;
      const page = Math.max(1, options.size().rows - 4);
      switch (meaning.action) {
        case 'list.up':
          picker = moveSelection(picker, -1);
          return;
        case 'list.down':
          picker = moveSelection(picker, 1);
          return;
        case 'list.page.up':
          picker = moveSelection(picker, -page);
          return;
        case 'list.page.down':
          picker = moveSelection(picker, page);
          return;
        case 'list.erase':
          picker = eraseFilter(picker);
          return;
        case 'list.all':
          picker = toggleScope(picker);
          load(picker.scope);
          return;
        case 'list.open':
          if (chosen(picker) !== null) close(chosen(picker));
      }
    }

    function close(session: SessionSummary | null): void {
      loading += 1;
      cancelEscape?.();
      process.stdout.off('resize', paint);
      const off = viewOff(hold.modes);
      writer.leaveView(off.bytes);
      hold.apply({ modes: off.modes, bytes: '' });
      resolve(session);
    }
  });
}
