// How the rows of the window are shared between panes, tail, background list, queue and composer.

/** What a pane asks for. */
export interface PaneNeed {
  readonly process: number;
  /** Rows below its title that it could use. */
  readonly need: number;
  readonly claim: 'open_card' | 'focused' | 'own' | 'other';
  /** `waiting`: for input. `asking`: a question that is not the open one. `fresh`: printed in the last two seconds. */
  readonly activity: 'asking' | 'waiting' | 'fresh' | 'quiet';
  /** Ms since 1970; the newest output comes first. */
  readonly lastOutputAt: number;
}

export interface HeightRequest {
  /** Of the window. */
  readonly rows: number;
  readonly composer: number;
  readonly queue: number;
  readonly tail: number;
  readonly panel: number;
  /** In the order in which they are shown. */
  readonly panes: readonly PaneNeed[];
}

interface PaneHeight {
  readonly process: number;
  /** Rows below the title. */
  readonly body: number;
}

export interface Heights {
  readonly hasStatus: boolean;
  readonly hasRule: boolean;
  readonly composer: number;
  readonly queue: number;
  readonly tail: number;
  readonly panel: number;
  /** Those that are shown, in display order. */
  readonly panes: readonly PaneHeight[];
  /** Those represented by the overflow row. */
  readonly hidden: readonly number[];
  readonly memory: HeightMemory;
}

/** The heights of before, so that panes do not jump. */
export interface HeightMemory {
  readonly windowRows: number;
  readonly panes: ReadonlyMap<number, { readonly body: number; readonly changedAt: number }>;
}

export const noHeights: HeightMemory = { windowRows: 0, panes: new Map() };

/** Below so many rows these go away. */
export const STATUS_FROM_ROWS = 8;
export const RULE_FROM_ROWS = 12;
const QUEUE_FROM_ROWS = 10;

/** A pane nobody chose gets at most so many rows. */
const CAP_OF_OTHERS = 10;

/** The rows without which an open card cannot be answered. */
const SMALLEST_CARD = 3;

/** A pane keeps its height for so long after its last change, unless another needs the row. */
const KEEP_HEIGHT_MS = 1_500;

/** `now`: ms since 1970. */
export function shareHeights(request: HeightRequest, before: HeightMemory, now: number): Heights {
  const frame = frameOf(request);
  const { panes } = request;
  const card = panes.find(({ claim }) => claim === 'open_card');
  const cardNeed = card === undefined ? 0 : Math.min(card.need, SMALLEST_CARD);
  const bodies =
    panes.length + cardNeed > frame.room
      ? titlesOnly(panes, frame.room, cardNeed)
      : sharedBodies(panes, request.rows, frame.room, keptFrom(before, request.rows, now));
  const shown = panes.filter(({ process }) => bodies.has(process));
  return {
    ...frame.rows,
    panes: shown.map(({ process }) => ({ process, body: bodies.get(process) ?? 0 })),
    hidden: panes.filter(({ process }) => !bodies.has(process)).map(({ process }) => process),
    memory: remembered(shown, bodies, before, request.rows, now),
  };
}

type FrameRows = Pick<Heights, 'hasStatus' | 'hasRule' | 'composer' | 'queue' | 'tail' | 'panel'>;

/** What everything but the panes takes, after it gave rows up for them; `room` is what is left for panes. */
function frameOf({ rows, composer, queue, tail, panel, panes }: HeightRequest): { rows: FrameRows; room: number } {
  const hasStatus = rows >= STATUS_FROM_ROWS;
  const hasRule = rows >= RULE_FROM_ROWS;
  const parts = {
    tail: Math.min(tail, Math.floor(rows / 3)),
    panel: Math.min(panel, Math.floor(rows / 2)),
    queue: rows >= QUEUE_FROM_ROWS ? queue : 0,
    composer: Math.max(1, composer),
  };
  const fixed = rows - 1 - Number(hasStatus) - Number(hasRule);
  const room = () => fixed - parts.composer - parts.queue - parts.tail - parts.panel;
  const wanted = Math.min(panes.length, 3);
  for (const part of ['tail', 'panel', 'queue', 'composer'] as const) {
    const least = part === 'composer' ? 1 : 0;
    while (room() < wanted && parts[part] > least) parts[part] -= 1;
  }
  return { rows: { hasStatus, hasRule, ...parts }, room: Math.max(0, room()) };
}

/** Too many for the room: the first ones as titles, one row for the rest, and the open card its smallest form. */
function titlesOnly(panes: readonly PaneNeed[], room: number, cardNeed: number): Map<number, number> {
  const ordered = [...panes].sort(byPriority);
  const everyTitleFits = panes.length <= room;
  const titles =
    everyTitleFits && cardNeed === 0
      ? panes.length
      : Math.max(cardNeed > 0 ? 1 : 0, Math.min(panes.length, room - 1 - cardNeed));
  const overflow = titles < panes.length ? 1 : 0;
  const bodies = new Map(ordered.slice(0, titles).map(({ process }) => [process, 0]));
  const first = ordered[0];
  if (first?.claim === 'open_card')
    bodies.set(first.process, Math.max(0, Math.min(first.need, room - titles - overflow)));
  return bodies;
}

function sharedBodies(
  panes: readonly PaneNeed[],
  windowRows: number,
  room: number,
  kept: ReadonlyMap<number, number>,
): Map<number, number> {
  const bodies = new Map(panes.map(({ process }) => [process, 0]));
  let rest = room - panes.length;
  const give = (process: number, rows: number) => {
    bodies.set(process, (bodies.get(process) ?? 0) + rows);
    rest -= rows;
  };
  const most = (pane: PaneNeed) => Math.min(pane.need, capOf(pane, windowRows, room));
  for (const pane of panes) if (pane.claim === 'open_card') give(pane.process, Math.min(pane.need, rest));
  const sharing = panes.filter(({ claim }) => claim !== 'open_card');
  const weights = sharing.reduce((sum, pane) => sum + weightOf(pane), 0);
  const toShare = rest;
  for (const pane of sharing)
    give(pane.process, Math.min(most(pane), Math.floor((toShare * weightOf(pane)) / weights)));
  const hungry = [...sharing].sort(byLeftoverOrder);
  for (let gave = true; rest > 0 && gave; ) {
    gave = false;
    for (const pane of hungry) {
      if (rest === 0 || (bodies.get(pane.process) ?? 0) >= most(pane)) continue;
      give(pane.process, 1);
      gave = true;
    }
  }
  for (const pane of sharing) {
    const missing = (kept.get(pane.process) ?? 0) - (bodies.get(pane.process) ?? 0);
    if (missing > 0) give(pane.process, Math.min(missing, rest));
  }
  return bodies;
}

function capOf(pane: PaneNeed, windowRows: number, room: number): number {
  if (pane.claim === 'focused') return room;
  return pane.claim === 'own' ? Math.floor(windowRows / 2) : CAP_OF_OTHERS;
}

function weightOf(pane: PaneNeed): number {
  if (pane.claim === 'focused') return 4;
  return pane.activity === 'fresh' || pane.activity === 'waiting' ? 2 : 1;
}

/** Open question, focused, waiting for input, the person's own, running by newest output, quiet. */
function byPriority(a: PaneNeed, b: PaneNeed): number {
  return rank(a) - rank(b) || b.lastOutputAt - a.lastOutputAt || a.process - b.process;
}

function rank({ claim, activity }: PaneNeed): number {
  if (claim === 'open_card') return 0;
  if (activity === 'asking') return 1;
  if (claim === 'focused') return 2;
  if (activity === 'waiting') return 3;
  if (claim === 'own') return 4;
  return activity === 'fresh' ? 5 : 6;
}

function byLeftoverOrder(a: PaneNeed, b: PaneNeed): number {
  const focus = Number(b.claim === 'focused') - Number(a.claim === 'focused');
  return focus || b.lastOutputAt - a.lastOutputAt || a.process - b.process;
}

function keptFrom(before: HeightMemory, windowRows: number, now: number): ReadonlyMap<number, number> {
  if (before.windowRows !== windowRows) return new Map();
  const kept = [...before.panes].filter(([, { changedAt }]) => now - changedAt < KEEP_HEIGHT_MS);
  return new Map(kept.map(([process, { body }]) => [process, body]));
}

function remembered(
  shown: readonly PaneNeed[],
  bodies: ReadonlyMap<number, number>,
  before: HeightMemory,
  windowRows: number,
  now: number,
): HeightMemory {
  const panes = new Map(
    shown.map(({ process }) => {
      const body = bodies.get(process) ?? 0;
      const old = before.panes.get(process);
      return [process, old?.body === body ? old : { body, changedAt: now }] as const;
    }),
  );
  return { windowRows, panes };
}
