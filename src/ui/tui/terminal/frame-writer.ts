// When is what written to the terminal? The only writer of the program: frames and finished lines go in, one write per
// flush goes out. What the bytes are is decided in `frame-bytes.ts`, how they leave in `terminal-sink.ts`.

import { assertNever } from '../../../problem/index.ts';
import { createAcknowledgements } from './acknowledgements.ts';
import { createWakeUp } from './clock.ts';
import { directEcho } from './direct-echo.ts';
import {
  CURSOR_SHOWN,
  eraseRegion,
  type Frame,
  nothingPainted,
  type Painted,
  paintFrame,
  paintView,
  type Reflow,
  replaceFrame,
  rowsAboveCursor,
} from './frame-bytes.ts';
import { fitFrame, plainCollapse } from './frame-fit.ts';
import { createPrintQueue } from './print-queue.ts';
import { openTerminalSink } from './terminal-sink.ts';
import { ENTER_VIEW, type FrameWriter, type FrameWriterOptions, LEAVE_VIEW, type Urgency } from './writer-contract.ts';

export type { FrameWriter, FrameWriterOptions, Urgency } from './writer-contract.ts';

/** 30 frames a second look continuous; more only cost the terminal time. */
const FRAME_MS = 33;
/** A window that keeps this still for so long has its new size. */
const SETTLED_MS = 500;
/** Finished lines wait for a changing window at most this long. */
const HELD_LINES_MS = 3_000;

interface View {
  readonly kind: 'view';
  painted: Painted | null;
  next: Frame | null;
}

type Screen =
  | { readonly kind: 'main' }
  | View
  | { readonly kind: 'suspended'; readonly from: View | null }
  | { readonly kind: 'retired' };

/** The window: settled, or changing since a moment. */
type Window = { readonly kind: 'settled' } | { readonly kind: 'changing'; readonly since: number; last: number };

/** Opens the terminal for frames. Idle it writes nothing and keeps no timer. */
export function openFrameWriter(options: FrameWriterOptions): FrameWriter {
  const { clock } = options;
  const acknowledgements = createAcknowledgements();
  const lines = createPrintQueue();
  const sink = openTerminalSink(options.fd, {
    clock,
    onDrained: () => flush('frame'),
    onGone: () => {
      screen = { kind: 'retired' };
      wakeUp.cancel();
      settleWaiters();
      options.onGone?.();
    },
  });

  let screen: Screen = { kind: 'main' };
  let window: Window = { kind: 'settled' };
  let size = options.size();
  let painted: Painted = nothingPainted;
  /** Width the main screen was painted at; differs from the window's after a resize inside a view. */
  let paintedColumns = size.cols;
  let next: Frame | null = null;
  let reflow: Reflow = 'all but the cursor row';
  let frameMs = FRAME_MS;
  let isHushed = false;
  let lastFlush = Number.NEGATIVE_INFINITY;
  let waiters: (() => void)[] = [];

  if (options.painted !== undefined) {
    const frame = fitFrame(options.painted, size);
    painted = { rows: frame.rows, at: frame.cursor ?? painted.at, isCursorShown: frame.cursor !== null };
  }

  // One timer for all reasons to look again.
  const wakeUp = createWakeUp(clock, () => flush('frame'));

  const settleWaiters = (): void => {
    const settled = waiters;
    waiters = [];
    for (const settle of settled) settle();
  };

  const isDirty = (): boolean => {
    switch (screen.kind) {
      case 'main':
        return next !== null || !lines.isEmpty;
      case 'view':
        return screen.next !== null;
      case 'suspended':
      case 'retired':
        return false;
      default:
        return assertNever(screen);
    }
  };

  const write = (bytes: string): void => {
    if (bytes === '') return;
    lastFlush = clock.now();
    sink.write(bytes + acknowledgements.request(lastFlush));
  };

  /** Replaces the region, whose rows the terminal may have wrapped anew, by `frame` (and finished lines above it). */
  const replaceRegion = (printed: readonly string[], frame: Frame, counting: Reflow): void => {
    const above = rowsAboveCursor(painted, size.cols, counting);
    const paint = replaceFrame(painted, above, printed, fitFrame(frame, size), size.cols);
    painted = paint.painted;
    paintedColumns = size.cols;
    write(paint.bytes);
  };

  const collapsed = (): Frame => options.collapsed?.(size) ?? plainCollapse(painted);

  const noticeSize = (): void => {
    const now = clock.now();
    const seen = options.size();
    if (seen.cols !== size.cols || seen.rows !== size.rows) {
      // Rows still on their way were not wrapped anew, and nobody knows which: then the smaller number counts.
      const counting = acknowledgements.isQuiet(now) ? reflow : 'none';
      size = seen;
      if (window.kind === 'changing') window.last = now;
      else window = { kind: 'changing', since: now, last: now };
      if (screen.kind === 'main' && painted.rows.length > 0) {
        next ??= { rows: painted.rows, cursor: painted.isCursorShown ? painted.at : null };
        replaceRegion([], collapsed(), counting);
      } else if (screen.kind === 'view') {
        screen.next ??= screen.painted === null ? null : frameOf(screen.painted);
        screen.painted = null;
      }
    }
    if (window.kind === 'settled') return;
    const stillMs = now - window.last;
    if (stillMs < SETTLED_MS) {
      wakeUp.within(SETTLED_MS - stillMs);
      return;
    }
    window = { kind: 'settled' };
    options.onSettled?.(size);
  };

  const flush = (urgency: Urgency): void => {
    if (isHushed || screen.kind === 'suspended' || screen.kind === 'retired') return;
    noticeSize();
    if (!isDirty()) {
      if (sink.waiting === 0) settleWaiters();
      return;
    }
    // The rest of the last flush goes first; the sink calls when it has gone.
    if (sink.waiting > 0) return;
    const now = clock.now();
    const waitMs = Math.max(
      urgency === 'echo' ? 0 : lastFlush + (lines.isFull ? 0 : frameMs) - now,
      acknowledgements.waitMs(now, urgency),
    );
    if (waitMs > 0) {
      wakeUp.within(waitMs);
      return;
    }
    if (screen.kind === 'view') flushView(screen);
    else if (window.kind === 'changing') flushWhileChanging(window, urgency, now);
    else flushMain();
    if (isDirty() && window.kind === 'settled') wakeUp.within(0);
    else if (!isDirty() && sink.waiting === 0) settleWaiters();
  };

  const flushMain = (): void => {
    const frame = next === null ? frameOf(painted) : next;
    next = null;
    const printed = lines.take();
    if (paintedColumns !== size.cols) {
      replaceRegion(printed, frame, 'none');
      return;
    }
    const paint = paintFrame(painted, printed, fitFrame(frame, size), size.cols);
    painted = paint.painted;
    write(paint.bytes);
  };

  const flushWhileChanging = (changing: { readonly since: number }, urgency: Urgency, now: number): void => {
    const heldMs = now - changing.since;
    const printed = !lines.isEmpty && heldMs >= HELD_LINES_MS ? lines.take() : [];
    if (!lines.isEmpty && heldMs < HELD_LINES_MS) wakeUp.within(HELD_LINES_MS - heldMs);
    if (printed.length === 0 && urgency === 'frame') return;
    if (paintedColumns !== size.cols) {
      replaceRegion(printed, collapsed(), 'none');
      return;
    }
    const paint = paintFrame(painted, printed, fitFrame(collapsed(), size), size.cols);
    painted = paint.painted;
    write(paint.bytes);
  };

  const flushView = (view: View): void => {
    if (view.next === null) return;
    const paint = paintView(view.painted, fitFrame(view.next, { cols: size.cols, rows: size.rows + 1 }));
    view.painted = paint.painted;
    view.next = null;
    write(paint.bytes);
  };

  /** Nothing is painted until `resume`; false when nothing was before. */
  const stepAside = (): boolean => {
    if (screen.kind !== 'main' && screen.kind !== 'view') return false;
    next ??= frameOf(painted);
    screen = { kind: 'suspended', from: screen.kind === 'view' ? screen : null };
    painted = nothingPainted;
    wakeUp.cancel();
    return true;
  };

  return {
    print(printed) {
      if (printed.length === 0 || screen.kind === 'retired') return;
      lines.add(printed);
      if (screen.kind === 'main') wakeUp.within(0);
    },
    frame(frame, urgency = 'frame') {
      if (screen.kind === 'retired') return;
      next = frame;
      if (screen.kind !== 'main') return;
      if (urgency === 'echo') flush('echo');
      else wakeUp.within(0);
    },
    echo(character) {
      if (isHushed || screen.kind !== 'main' || window.kind === 'changing' || sink.waiting > 0) return false;
      noticeSize();
      if (size.cols !== paintedColumns || window.kind !== 'settled') return false;
      const after = directEcho(painted, character, size.cols);
      if (after === null) return false;
      if (next !== null) {
        const pending = directEcho(
          { rows: next.rows, at: next.cursor ?? painted.at, isCursorShown: next.cursor !== null },
          character,
          size.cols,
        );
        if (pending === null || next.cursor === null) return false;
        next = frameOf(pending);
      }
      painted = after;
      sink.write(character);
      return true;
    },
    acknowledged() {
      acknowledgements.answered();
      if (isDirty()) flush('frame');
    },
    isAnswerAwaited: () => acknowledgements.isAwaited(clock.now()),
    sizeMayHaveChanged: () => flush('frame'),
    setReflow(known) {
      reflow = known;
    },
    setFrameMs(ms) {
      frameMs = ms;
    },
    redraw() {
      if (isHushed) return;
      if (screen.kind === 'view') {
        screen.next ??= screen.painted === null ? null : frameOf(screen.painted);
        screen.painted = null;
        flush('echo');
      } else if (screen.kind === 'main') {
        const frame = next ?? frameOf(painted);
        next = null;
        replaceRegion([], frame, reflow);
      }
    },
    enterView(modes = '') {
      if (screen.kind !== 'main') return;
      screen = { kind: 'view', painted: null, next: null };
      sink.write(ENTER_VIEW + modes);
    },
    view(frame, urgency = 'frame') {
      if (screen.kind !== 'view') return;
      screen.next = frame;
      if (urgency === 'echo') flush('echo');
      else wakeUp.within(0);
    },
    leaveView(modes = '') {
      if (screen.kind !== 'view') return;
      // The cursor comes back where it was, shown or hidden as the view left it.
      next ??= frameOf(painted);
      painted = { ...painted, isCursorShown: screen.painted?.isCursorShown ?? painted.isCursorShown };
      screen = { kind: 'main' };
      sink.write(modes + LEAVE_VIEW);
      flush('echo');
    },
    hush() {
      isHushed = true;
    },
    suspend() {
      const { at } = painted;
      const leaving = screen.kind === 'view' ? LEAVE_VIEW : '';
      if (stepAside()) sink.writeAndWait(`\x1b[?2026l${leaving}${eraseRegion(at.row)}${CURSOR_SHOWN}`);
    },
    freeze() {
      stepAside();
    },
    resume() {
      isHushed = false;
      if (screen.kind !== 'suspended') return;
      const { from } = screen;
      screen = from ?? { kind: 'main' };
      if (from !== null) {
        from.next ??= from.painted === null ? null : frameOf(from.painted);
        from.painted = null;
        sink.write(ENTER_VIEW);
      }
      window = { kind: 'settled' };
      size = options.size();
      paintedColumns = size.cols;
      acknowledgements.forget();
      options.onSettled?.(size);
      flush('echo');
    },
    whenWritten() {
      if (screen.kind === 'retired' || (!isDirty() && sink.waiting === 0)) return Promise.resolve();
      return new Promise((resolve) => waiters.push(resolve));
    },
    retire(last) {
      const view = screen.kind === 'view' ? LEAVE_VIEW : '';
      const isThere = screen.kind === 'main' || screen.kind === 'view';
      screen = { kind: 'retired' };
      wakeUp.cancel();
      settleWaiters();
      const printed = [...lines.takeAll(), ...last];
      const paint = paintFrame(nothingPainted, printed, { rows: [], cursor: { row: 0, col: 0 } }, size.cols);
      return { view, region: (isThere ? eraseRegion(painted.at.row) : '') + paint.bytes + CURSOR_SHOWN };
    },
    send(bytes) {
      if (screen.kind !== 'retired') sink.write(bytes);
    },
    sendAndWait: (bytes) => sink.writeAndWait(bytes),
    close() {
      screen = { kind: 'retired' };
      wakeUp.cancel();
      settleWaiters();
      sink.close();
    },
  };
}

function frameOf(painted: Painted): Frame {
  return { rows: painted.rows, cursor: painted.isCursorShown ? painted.at : null };
}
