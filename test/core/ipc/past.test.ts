import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BusEvent, type EventBody, Excerpt } from '../../../src/core/bus/index.ts';
import { eventsOf, openPast } from '../../../src/core/ipc/past.ts';
import { sessionEvents } from '../rollout/session-events.ts';
import { finished, fold, message, OPENED, output, pictured, SESSION, started } from './session.ts';

function numbered(bodies: readonly EventBody[]): BusEvent[] {
  return bodies.map((body, index) => ({ seq: index + 1, at: 1000 + index * 7, session: SESSION, ...body }));
}

/** What somebody is told who heard everything before `from`. */
function told(events: readonly BusEvent[], from: number): BusEvent[] {
  const past = openPast();
  for (const event of events) past.take(event);
  return past.since(from).flatMap((entry) => eventsOf(entry, from));
}

function picturedLate(events: readonly BusEvent[], from: number): string {
  return pictured(fold([...events.slice(0, from - 1), ...told(events, from)]));
}

const problem = { what: 'w', why: '', next: '' };
const asked: EventBody[] = [
  { type: 'process.waiting', process: 1, wait: { hidden: false } },
  { type: 'process.waiting', process: 1, wait: null },
  { type: 'process.suspended', process: 1, isSuspended: true },
  { type: 'process.suspended', process: 1, isSuspended: false },
  { type: 'process.linked', process: 1, isLinked: false },
  { type: 'process.linked', process: 1, isLinked: true },
  { type: 'process.signalled', process: 1, signal: 'interrupt' },
  { type: 'process.signalled', process: 1, signal: 'continue' },
  { type: 'process.resized', process: 1, cols: 90, rows: 30 },
  { type: 'process.backgrounded', process: 1 },
  { type: 'process.foregrounded', process: 1 },
  { type: 'process.exited', process: 1, attempt: 1, exit: { kind: 'code', code: 0 } },
  { type: 'answer.delta', item: 'a', turn: 't1', from: 0, text: 'ab' },
  { type: 'answer.delta', item: 'a', turn: 't1', from: 2, text: 'cd' },
  { type: 'answer.delta', item: 'a', turn: 't1', from: 1, text: 'bcd' },
  { type: 'answer.completed', item: 'a', turn: 't1', text: 'abcd' },
  { type: 'answer.completed', item: 'a', turn: 't1', text: '' },
  { type: 'message.queued', message: 'm', text: 'later' },
  { type: 'message.unqueued', message: 'm', reason: 'sent' },
  { type: 'call.started', turn: 't1', call: 'call-1', name: 'exec_command', arguments: '{"cmd":"ls"}' },
  { type: 'call.started', turn: 't1', call: 'call-2', name: 'exec_command', arguments: '{"cmd":"make"}' },
  { type: 'call.answered', turn: 't1', call: 'call-2', output: 'x' },
  { type: 'process.finished', process: 2, call: 'call-2', outcome: 'not_started', problem },
  { type: 'process.finished', process: 1, call: 'call-1', outcome: 'ok', problem: null },
  started(1),
  { type: 'turn.ended', turn: 't1', outcome: 'completed', durationMs: 1, commands: 1, tokens: null, problem: null },
  { type: 'usage.updated', used: 1, window: null },
  output(1, 0, Buffer.from('hello')),
  output(1, 5, Buffer.from(' world')),
  output(1, 900, Buffer.from('after a gap')),
  output(2, 0, Buffer.from('of nobody')),
  { ...output(1, 0, Buffer.from('second')), attempt: 2 },
];

/** Attempts are counted; all else may come in any order. */
function withAttempts(bodies: readonly EventBody[]): EventBody[] {
  let attempt = 0;
  return bodies.map((body) => {
    if (body.type !== 'process.started') return body;
    attempt += 1;
    return { ...body, attempt };
  });
}

describe('what somebody is told who comes late', () => {
  it('folds to what those see who were there, wherever they come in', () => {
    fc.assert(
      fc.property(sessionEvents, fc.nat(90), (bodies, heard) => {
        const events = numbered(bodies);
        const from = Math.min(heard, events.length) + 1;
        expect(picturedLate(events, from)).toBe(pictured(fold(events)));
      }),
      { numRuns: 400 },
    );
  });

  it('does so for events in any order, also one that no session makes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...asked), { maxLength: 25 }), fc.nat(26), (bodies, heard) => {
        const events = numbered(withAttempts([OPENED, started(1), ...bodies]));
        const from = Math.min(heard, events.length) + 1;
        expect(picturedLate(events, from)).toBe(pictured(fold(events)));
      }),
      { numRuns: 2000 },
    );
  });

  it('goes on as if they had been there', () => {
    fc.assert(
      fc.property(sessionEvents, fc.nat(80), fc.nat(80), (bodies, one, other) => {
        const events = numbered(bodies);
        const [from = 0, to = 0] = [one, other].map((at) => Math.min(at, events.length)).sort((a, b) => a - b);
        const late = [...events.slice(0, from), ...told(events.slice(0, to), from + 1), ...events.slice(to)];
        expect(pictured(fold(late))).toBe(pictured(fold(events)));
      }),
      { numRuns: 200 },
    );
  });

  it('numbers it without ever going back, from where they stood', () => {
    fc.assert(
      fc.property(sessionEvents, fc.nat(80), (bodies, heard) => {
        const seqs = told(numbered(bodies), heard + 1).map(({ seq }) => seq);
        expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
        expect(seqs.every((seq) => seq > heard)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('is little of a flood, and the same excerpt', () => {
    const piece = Buffer.alloc(60_000, '0123456789\n');
    const flood = Array.from({ length: 200 }, (_, index) => output(1, index * piece.length, piece));
    const events = numbered([OPENED, started(1), ...flood, message(1)]);
    const late = told(events, 1);
    const bytes = late.reduce((sum, event) => sum + (event.type === 'process.output' ? event.bytes.length : 0), 0);
    expect(bytes).toBe(128 * 1024);
    expect(pictured(fold(late))).toBe(pictured(fold(events)));
    // Who has seen the first bytes needs the last ones only.
    const later = told(events, 150).filter(({ type }) => type === 'process.output');
    expect(later).toHaveLength(1);
    expect(picturedLate(events, 150)).toBe(pictured(fold(events)));
  });

  it('gives up the same outputs as everybody else', () => {
    const whole = Buffer.alloc(128 * 1024, 'x');
    const bodies = Array.from({ length: 140 }, (_, index) => [
      started(index + 1),
      output(index + 1, 0, whole),
      finished(index + 1),
    ]).flat();
    const events = numbered([OPENED, ...bodies]);
    const all = fold(events);
    const released = all.items.filter((item) => item.kind === 'process' && item.attempts[0]?.excerpt.wasReleased);
    expect(released.length).toBe(12);
    expect(pictured(fold(told(events, 1)))).toBe(pictured(all));
  });

  it('leaves an excerpt that goes on as the first one does', () => {
    const [first, second] = [new Excerpt(), new Excerpt()];
    const pieces = [output(1, 0, Buffer.alloc(70_000, 'a')), output(1, 200_000, Buffer.alloc(90_000, 'b'))];
    for (const { from, bytes } of pieces) first.add(from, bytes);
    for (const event of told(numbered([OPENED, started(1), ...pieces, message(1)]), 1)) {
      if (event.type === 'process.output') second.add(event.from, event.bytes);
    }
    for (const excerpt of [first, second]) excerpt.add(290_000, Buffer.alloc(1000, 'c'));
    expect(second.value()).toEqual(first.value());
    expect(second.heldBytes).toBe(first.heldBytes);
  });
});
