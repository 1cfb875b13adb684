// Which events of a process may be told now, and what is missing in between? Decides only; asks nobody.

import type { NotificationParams, StreamName } from '../protocol/messages.ts';
import type { CallResult } from './results.ts';

export type ProcessEvent =
  | { readonly kind: 'output'; readonly seq: number; readonly stream: StreamName; readonly bytes: Uint8Array }
  | ({ readonly kind: 'exited'; readonly seq: number } & RemoteExit)
  | { readonly kind: 'closed'; readonly seq: number };

/** How the child ended. `sandboxDenied` null: the server could not be asked. `denial`: as it came, null without one. */
export interface RemoteExit {
  readonly code: number;
  readonly sandboxDenied: boolean | null;
  readonly denial: unknown;
}

/** Events that wait for one before them; more output than this is left for the server to tell again. */
const HELD_EVENTS = 256;
const HELD_BYTES = 1024 * 1024;

export interface EventOrder {
  /** Takes an event in whatever order it comes; doubles are passed over. */
  take(event: ProcessEvent): void;
  /** What can be told now, in order; an exit whose verdict is missing holds back itself and what follows. */
  next(): ProcessEvent | null;
  /**
   * Whether the server has to be asked for what was not told: `soon`, as it may still be under way, or `now`, as its end
   * is here already, half of the room is taken, or the verdict is missing.
   */
  missing(): 'nothing' | 'soon' | 'now';
  /** Takes what a read from `last()` gave. False: output is missing that the server does not have any more. */
  settle(read: CallResult<'process/read'>): boolean;
  /** The server does not know the process any more: an exit is told without a verdict. */
  withoutVerdict(): void;
  /** Number of the last event that was told. */
  last(): number;
}

export function openEventOrder(): EventOrder {
  const held = new Map<number, ProcessEvent>();
  let heldBytes = 0;
  /** Of the exit and the close, how many are held: behind them nothing else comes. */
  let heldEnds = 0;
  let last = 0;
  let hasExit = false;
  let hasClose = false;
  let needsVerdict = true;
  /** Output was left out for want of room since the last read. */
  let hasLeftOut = false;

  const isKnown = (seq: number): boolean => seq <= last || held.has(seq);
  const hold = (event: ProcessEvent): void => {
    if (isKnown(event.seq)) return;
    if (event.kind === 'exited') hasExit = true;
    if (event.kind === 'closed') hasClose = true;
    if (event.kind !== 'output') heldEnds++;
    held.set(event.seq, event);
    heldBytes += sizeOf(event);
  };
  const isTooMuch = (event: ProcessEvent): boolean =>
    event.kind === 'output' &&
    event.seq !== last + 1 &&
    (held.size >= HELD_EVENTS || heldBytes + sizeOf(event) > HELD_BYTES);
  const waitsForVerdict = (event: ProcessEvent | undefined): boolean =>
    event?.kind === 'exited' && event.sandboxDenied === null && needsVerdict;
  const firstHole = (from: number): number => {
    let seq = from;
    while (held.has(seq)) seq++;
    return seq;
  };

  return {
    take(event) {
      if (isKnown(event.seq)) return;
      if (isTooMuch(event)) hasLeftOut = true;
      else hold(event);
    },
    next() {
      const event = held.get(last + 1);
      if (event === undefined || waitsForVerdict(event)) return null;
      held.delete(event.seq);
      heldBytes -= sizeOf(event);
      if (event.kind !== 'output') heldEnds--;
      last = event.seq;
      return event;
    },
    missing() {
      if (hasLeftOut || waitsForVerdict(held.get(last + 1))) return 'now';
      if (held.size === 0) return 'nothing';
      const isAlmostFull = held.size >= HELD_EVENTS / 2 || heldBytes >= HELD_BYTES / 2;
      return heldEnds > 0 || isAlmostFull ? 'now' : 'soon';
    },
    settle(read) {
      const target = read.nextSeq - 1;
      hasLeftOut = false;
      for (const { seq, stream, chunk } of read.chunks)
        hold({ kind: 'output', seq, stream, bytes: Buffer.from(chunk, 'base64') });
      if (read.closed && !hasClose) hold({ kind: 'closed', seq: target });
      const verdict = { sandboxDenied: read.sandboxDenied, denial: read.denial };
      const hole = firstHole(last + 1);
      if (read.exited && !hasExit && hole <= target && firstHole(hole + 1) > target)
        hold({ kind: 'exited', seq: hole, code: read.exitCode ?? -1, ...verdict });
      for (const event of held.values())
        if (read.exited && event.kind === 'exited' && event.sandboxDenied === null)
          held.set(event.seq, { ...event, ...verdict });
      return firstHole(last + 1) > target;
    },
    withoutVerdict() {
      needsVerdict = false;
    },
    last: () => last,
  };
}

const sizeOf = (event: ProcessEvent): number => (event.kind === 'output' ? event.bytes.length : 0);

export function outputEvent(params: NotificationParams<'process/output'>): ProcessEvent {
  return { kind: 'output', seq: params.seq, stream: params.stream, bytes: params.chunk };
}

export function exitedEvent(params: NotificationParams<'process/exited'>): ProcessEvent {
  const { seq, exitCode: code, sandboxDenied, denial } = params;
  return { kind: 'exited', seq, code, sandboxDenied, denial };
}

export function closedEvent(params: NotificationParams<'process/closed'>): ProcessEvent {
  return { kind: 'closed', seq: params.seq };
}
