// When is a frame made, and of what? Finished items go to the scrollback, everything else into the live region.

import { assertNever } from '../../../problem/index.ts';
import { cardRows } from '../approvals/card.ts';
import { cardHasFocus } from '../approvals/guard.ts';
import { permissionsRows } from '../approvals/permissions-list.ts';
import { completionRows } from '../completion/completion-rows.ts';
import { composerHeight, layoutComposer } from '../composer/layout.ts';
import { searchRows } from '../composer/search-rows.ts';
import { backgroundListRows } from '../panes/background-list.ts';
import { environmentRows } from '../panes/environment-list.ts';
import type { Frame } from '../terminal/frame-bytes.ts';
import { type HeaderFacts, headerRows } from '../view/header.ts';
import { liveRegion } from '../view/live-region.ts';
import type { ItemView } from '../view/process-rows.ts';
import { dueRows, headerPrinted, nothingPrinted, type Printed, resumedRows, tailRows } from '../view/scrollback.ts';
import { type HeightMemory, noHeights } from '../view/share-heights.ts';
import type { StatusFacts } from '../view/status-line.ts';
import { goneCardRows } from './gone-card.ts';
import { leaveCardRows } from './leave-card.ts';
import { currentEnvironment } from './panel-keys.ts';
import type { ScreenApp } from './screen-app.ts';
import { resumedRowsWanted } from './screen-settings.ts';
import { viewFrame } from './view-frame.ts';

/** Frames a second while things happen by themselves; a key has its frame at once. */
const FRAME_MS = 33;

/** While a command floods: on two cores drawing takes time from the reader. */
const FLOOD_FRAME_MS = 100;

/** So much output between two frames is a flood. */
const FLOOD_BYTES = 256 * 1024;

/** Spinners turn, and elapsed times move. */
const SPIN_MS = 125;
const TICK_MS = 1000;

/** `frame`: soon. `echo`: now, a key waits for it. `quietly`: what changed is on the screen already. */
export type Change = 'frame' | 'echo' | 'quietly';

export interface Painter {
  changed(change?: Change): void;
  /** Rows for the scrollback that are no item. */
  print(rows: readonly string[]): void;
  /** Something is not painted yet. */
  readonly isBehind: boolean;
  close(): void;
}

export function openPainter(app: ScreenApp): Painter {
  const { options } = app;
  const { clock, writer, look } = options;
  let printed: Printed = nothingPrinted;
  let isHeaderPrinted = false;
  let heights: HeightMemory = noHeights;
  let lastFrameAt = Number.NEGATIVE_INFINITY;
  let bytesAtLastFrame = 0;
  let cancelNext: (() => void) | null = null;
  let cancelTick: (() => void) | null = null;
  let waiting: string[] = [];
  let isBehind = false;
  let isClosed = false;

  function changed(change: Change = 'frame'): void {
    if (isClosed) return;
    if (change === 'echo') return paint('echo');
    isBehind = isBehind || change === 'frame';
    if (cancelNext !== null) return;
    const wait = lastFrameAt + frameMs() - clock.now();
    cancelNext = clock.after(Math.max(0, wait), () => paint('frame'));
  }

  function frameMs(): number {
    return totalBytes() - bytesAtLastFrame > FLOOD_BYTES ? FLOOD_FRAME_MS : FRAME_MS;
  }

  function totalBytes(): number {
    let bytes = 0;
    for (const { attempts } of app.transcript.live) bytes += attempts.at(-1)?.excerpt.bytes ?? 0;
    return bytes;
  }

  function paint(urgency: 'frame' | 'echo'): void {
    cancelNext?.();
    cancelNext = null;
    lastFrameAt = clock.now();
    bytesAtLastFrame = totalBytes();
    isBehind = false;
    const size = options.size();
    printDue(size.cols, size.rows);
    const frame = mainFrame(size.cols, size.rows);
    // The main region is kept up to date behind a view: it is what comes back when the view closes.
    writer.frame(frame, app.state.view === null ? urgency : 'frame');
    if (app.state.view !== null) writer.view(viewFrame(app, app.state.view, size), urgency);
    scheduleTick();
  }

  // ------------------------------------------------------------------------------------------------ scrollback

  function itemView(cols: number): ItemView {
    return { cols, look: app.links.look, folds: options.settings.folds, factory: app.emulator.factory };
  }

  function printDue(cols: number, rows: number): void {
    const { session } = app.transcript;
    if (session === null || app.emulator.isAwaited) return;
    if (!isHeaderPrinted) {
      isHeaderPrinted = true;
      writer.print(headerRows(headerFacts(), cols, look));
      printed = headerPrinted;
      if (app.transcript.finished.length > 0) {
        const resumed = resumedRows(app.transcript, resumedRowsWanted(options.settings, rows), itemView(cols));
        writer.print(['', ...resumed.rows]);
        printed = resumed.printed;
        return;
      }
    }
    if (waiting.length > 0) {
      writer.print(['', ...waiting]);
      waiting = [];
    }
    const before = printed.finished;
    const due = dueRows(app.transcript, printed, itemView(cols));
    printed = due.printed;
    writer.print(due.rows);
    for (const item of app.transcript.finished.slice(before)) if (item.kind === 'process') app.bodies.drop(item.number);
  }

  function headerFacts(): HeaderFacts {
    const { session } = app.transcript;
    return {
      version: session?.version ?? '',
      cwd: session?.cwd ?? '',
      branch: options.branch,
      model: session?.model ?? null,
      instructionFiles: session?.model == null ? 0 : session.instructionFiles,
      sessions: 0,
      alerts: options.alerts,
    };
  }

  // ------------------------------------------------------------------------------------------------ live region

  function mainFrame(cols: number, rows: number): Frame {
    const composer = composerRows(cols, rows);
    const now = Date.now();
    const region = liveRegion({
      transcript: app.transcript,
      cols,
      rows,
      look,
      now,
      bodies: (process) => app.bodies.get(process),
      tail: tailRows(app.transcript, printed, itemView(cols)),
      panel: panelRows(cols, rows, now),
      composer,
      selected: app.focus.selected,
      typingInto: app.focus.typingInto,
      card: (question, maxRows) =>
        app.layOut('card', cardRows(question, { cols, look, guard: app.desk.guard }, maxRows), cols),
      status: statusFacts(),
      heights,
    });
    heights = region.heights;
    const hidesCursor = cardHasFocus(app.desk.guard) || app.state.panel !== null || app.focus.selected !== null;
    return { rows: region.rows, cursor: hidesCursor ? null : region.cursor };
  }

  function composerRows(cols: number, rows: number) {
    const isModel = app.transcript.session?.model != null;
    const prompt = `${isModel ? look.glyphs.prompt : look.glyphs.shellPrompt} `;
    const { up, down } = look.glyphs;
    const space = { cols, maxRows: composerHeight(rows), prompt, up, down, top: app.composer.top };
    const { search } = app.composer;
    if (search !== null) {
      const found = searchRows(app.composer, search, space, look);
      return { rows: app.layOut('composer', found.rows, cols), cursor: found.cursor, isEmpty: false };
    }
    const layout = layoutComposer(app.composer.buffer, space);
    app.composer = { ...app.composer, top: layout.top };
    const isDim = app.state.focus.kind !== 'composer' || app.state.panel !== null || cardHasFocus(app.desk.guard);
    const shown = isDim ? layout.rows.map((row) => look.style.paint('dim', row)) : layout.rows;
    const list = app.completions.shown;
    // Below the message: what is typed stays where it is while the list grows and shrinks.
    const below = list === null ? [] : completionRows(list, { cols, rows, look });
    return {
      rows: [...app.layOut('composer', shown, cols), ...below],
      cursor: layout.cursor,
      isEmpty: app.composer.buffer.text === '',
    };
  }

  function panelRows(cols: number, rows: number, now: number): readonly string[] {
    const { panel } = app.state;
    if (panel === null) return [];
    switch (panel.kind) {
      case 'gone':
        return goneCardRows(cols, look);
      case 'leave':
        return leaveCardRows(app.transcript, cols, look);
      case 'permissions':
        return permissionsRows(app.transcript, { cols, rows, now, look, selected: panel.selected });
      case 'environments': {
        const { environments, selected } = panel;
        return environmentRows({ cols, look, environments, selected, current: currentEnvironment(app) });
      }
      case 'background': {
        const bodies = (process: number) => app.bodies.get(process);
        return backgroundListRows(app.transcript, { cols, rows, now, look, selected: panel.selected, bodies });
      }
      default:
        return assertNever(panel);
    }
  }

  /** As far as a command there has told. */
  function isOutOfReach(name: string): boolean {
    return app.transcript.live.some((item) => item.environment === name && item.state.kind === 'unlinked');
  }

  function statusFacts(): StatusFacts {
    const { session, environment, live, questions, usage } = app.transcript;
    const behind = live.filter(({ place }) => place === 'background').length;
    const front = live.filter(({ place, state }) => place === 'front' && state.kind !== 'asking').length;
    const window = usage?.window ?? null;
    return {
      session:
        session === null
          ? null
          : {
              name: session.model ?? session.provider,
              cwd: environment?.cwd ?? session.cwd,
              profile: session.profile,
              network: session.network,
            },
      environment:
        environment === null ? '' : `@${environment.name}${isOutOfReach(environment.name) ? ' (no link)' : ''}`,
      contextLeft:
        usage === null || window === null ? null : Math.max(0, Math.round(100 - (100 * usage.used) / window)),
      questions: questions.length,
      questionKey: cardHasFocus(app.desk.guard) ? '' : app.composer.buffer.text === '' ? 'Tab' : 'Ctrl-X a',
      running: front,
      background: behind,
      queued: 0,
      terminals: 1,
      offersHelp: !app.state.hasOpenedHelp,
      isUnrecorded: false,
      toast: app.state.leaderSince !== null ? leaderHint() : app.toasts.text,
    };
  }

  /** What may follow the leader key. */
  function leaderHint(): string {
    const contexts = app.focus.selected === null ? (['composer', 'global'] as const) : (['pane', 'global'] as const);
    return app.keys
      .continuations(contexts)
      .map(({ key, help }) => `${key} ${help}`)
      .join(', ');
  }

  // ------------------------------------------------------------------------------------------------ by themselves

  /** Spinners and elapsed times move while something runs; at rest there is no timer. */
  function scheduleTick(): void {
    cancelTick?.();
    cancelTick = null;
    const running = app.transcript.live.filter(({ state }) => state.kind !== 'finished');
    if (running.length === 0) return;
    const spins =
      look.motion === 'full' &&
      running.some(
        ({ place, state, lastOutputAt }) =>
          place === 'front' &&
          (state.kind === 'running' || state.kind === 'starting') &&
          Date.now() - lastOutputAt < 30_000,
      );
    cancelTick = clock.after(spins ? SPIN_MS : TICK_MS, () => changed());
  }

  return {
    changed,
    print(rows) {
      waiting.push(...rows);
      changed();
    },
    get isBehind() {
      return isBehind || cancelNext !== null;
    },
    close() {
      isClosed = true;
      cancelNext?.();
      cancelTick?.();
    },
  };
}
