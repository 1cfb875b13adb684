import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/core/bus/contract.ts';
import { apply, emptyTranscript } from '../../../src/core/bus/transcript.ts';
import { decodeRecords, recordsOf } from '../../../src/core/rollout/index.ts';
import { OPENED, sessionEvents } from './session-events.ts';
import { kept, linesFor, outputs, recordsFor, spellingIn } from './written.ts';

const open = { codexHome: '/h', whenFileEnds: 'open' } as const;
const lost = { codexHome: '/h', whenFileEnds: 'lost' } as const;
const RUNS = { numRuns: 400 };

/** A carry of up to three bytes is written with what follows it; the end of each attempt writes it in any case. */
function closedOnly(events: readonly EventBody[]): Record<string, string[]> {
  const closed = new Set(events.flatMap((e) => (e.type === 'process.closed' ? [`${e.process}.${e.attempt}`] : [])));
  return Object.fromEntries(Object.entries(outputs(events)).filter(([attempt]) => closed.has(attempt)));
}

describe('what a session recorded', () => {
  it('is read back as the same events', () => {
    fc.assert(
      fc.property(sessionEvents, (events) => {
        const decoded = decodeRecords(linesFor(events), open);
        expect(kept(decoded.events)).toEqual(kept(events));
        expect(decoded.damagedLines).toBe(0);
        expect(closedOnly(decoded.events)).toEqual(closedOnly(events));
      }),
      RUNS,
    );
  });

  it('gives the same transcript resumed as live', () => {
    fc.assert(
      fc.property(sessionEvents, (events) => {
        const state = spellingIn('/h');
        const live = emptyTranscript();
        const lines: string[] = [];
        // Waiting is true for a moment, and a carry may still be on its way: neither is part of what is compared.
        const shown = events.filter((event) => event.type !== 'process.waiting' && event.type !== 'process.output');
        for (const event of shown) {
          lines.push(...linesFor([event], state));
          apply(live, { ...event, at: 0 });
        }
        const resumed = emptyTranscript();
        for (const event of decodeRecords(lines, open).events) apply(resumed, { ...event, at: 0 });
        expect(visible(resumed)).toEqual(visible(live));
      }),
      RUNS,
    );
  });

  it('ends everything that was open when its owner died, and only that', () => {
    fc.assert(
      fc.property(sessionEvents, (events) => {
        const decoded = decodeRecords(linesFor(events), lost);
        const transcript = emptyTranscript();
        for (const event of decoded.events) apply(transcript, event);
        expect(transcript.live).toEqual([]);
        expect(transcript.questions).toEqual([]);
        expect(transcript.streaming).toEqual([]);
        expect(transcript.turn).toBeNull();
        expect(transcript.queued).toEqual([]);
        const before = kept(decodeRecords(linesFor(events), open).events).filter(isNoDelta);
        expect(kept(decoded.events).filter(isNoDelta).slice(0, before.length)).toEqual(before);
      }),
      RUNS,
    );
  });

  it('numbers every record codex-cli knows from 0 without a gap, and none of ours', () => {
    fc.assert(
      fc.property(sessionEvents, (events) => {
        const records = linesFor(events).map((line) => JSON.parse(line));
        const known = records.filter((record) => !record.type.startsWith('codex_ts.'));
        expect(known.map((record) => record.ordinal)).toEqual(known.map((_, index) => index));
        expect(records.filter((record) => record.type.startsWith('codex_ts.') && 'ordinal' in record)).toEqual([]);
        expect(records[0].type).toBe('session_meta');
        expect(records[1].type).toBe('codex_ts.session');
      }),
    );
  });
});

function isNoDelta(event: unknown): boolean {
  return !(typeof event === 'object' && event !== null && 'type' in event && event.type === 'answer.delta');
}

function visible(transcript: ReturnType<typeof emptyTranscript>): unknown {
  const { session, items, finished, live, streaming, questions, queued, turn, usage, ended } = transcript;
  return JSON.parse(
    JSON.stringify(
      { session, items, finished, live, streaming, questions, queued, turn, usage, ended },
      (key, value) =>
        // Counts how often something changed, which pieces of an answer and the whole of it do not do equally often.
        key === 'revision' ? undefined : value,
    ),
  );
}

describe('output in the record', () => {
  const start = (process: number): EventBody => ({
    type: 'process.started',
    process,
    call: `c${process}`,
    turn: 't1',
    attempt: 1,
    command: 'yes',
    argv: ['yes'],
    cwd: '/',
    origin: 'person',
    stdio: { kind: 'pipe', stdin: 'closed' },
    profile: ':workspace',
    grants: [],
  });
  const chunk = (from: number, bytes: Uint8Array): EventBody => ({
    type: 'process.output',
    process: 1,
    attempt: 1,
    from,
    stream: 'stdout',
    bytes,
  });
  const closed = (bytes: number): EventBody => ({
    type: 'process.closed',
    process: 1,
    attempt: 1,
    exit: { kind: 'code', code: 0 },
    outcome: 'ok',
    bytes,
    lines: 0,
    durationMs: 1,
    denial: null,
  });
  const finished: EventBody = { type: 'process.finished', process: 1, call: 'c1', outcome: 'ok', problem: null };

  it('is text where it is UTF-8, however the code points were cut', () => {
    const text = Buffer.from('é漢🙂'.repeat(50));
    const events = [...text].map((byte, index) => chunk(index, Uint8Array.of(byte)));
    const records = recordsFor([OPENED, start(1), ...events, closed(text.length)], spellingIn('/h'));
    const output = records.filter((record) => record.type === 'codex_ts.output');
    expect(output.map((record) => record.payload.text).join('')).toBe(text.toString());
  });

  it('is base64 where it is not', () => {
    const bytes = Uint8Array.of(0xff, 0xfe, 0x41);
    const records = recordsFor([OPENED, start(1), chunk(0, bytes)], spellingIn('/h'));
    expect(records.at(-1)?.payload).toMatchObject({ from: 0, n: 3, b64: Buffer.from(bytes).toString('base64') });
  });

  it('stops at the first MiB, and ends with the last bytes when no output file was opened', () => {
    const size = 3 * 1024 * 1024;
    const all = Buffer.alloc(size, 'abcdefghi\n');
    const pieces: EventBody[] = [];
    for (let from = 0; from < size; from += 50_000) pieces.push(chunk(from, all.subarray(from, from + 50_000)));
    const lines = linesFor([OPENED, start(1), ...pieces, closed(size), finished]);
    const decoded = decodeRecords(lines, lost).events.filter((event) => event.type === 'process.output');
    const recorded = Buffer.concat(decoded.map((event) => event.bytes));
    const last = decoded.at(-1);
    expect(recorded.subarray(0, 1024 * 1024).equals(all.subarray(0, 1024 * 1024))).toBe(true);
    expect(last === undefined ? 0 : last.from + last.bytes.length).toBe(size);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(256 * 1024);
  });

  it('stands in the item for codex-cli with head and tail, 64 KiB at most', () => {
    const all = Buffer.from(Array.from({ length: 60_000 }, (_, index) => `${index}\n`).join(''));
    const state = spellingIn('/h');
    recordsFor([OPENED, start(1), chunk(0, all), closed(all.length)], state);
    const item = Object(recordsOf(finished, 0, state)[0]?.payload.item);
    expect(Buffer.byteLength(item.aggregated_output)).toBeLessThanOrEqual(65_536);
    expect(item.aggregated_output.startsWith('0\n1\n2\n')).toBe(true);
    expect(item.aggregated_output.endsWith('59998\n59999\n')).toBe(true);
  });
});

describe('items a provider must get back unchanged', () => {
  it('are recorded as they are, and the events about them do not repeat them', () => {
    const call = { type: 'function_call', id: 'fc_1', name: 'exec_command', arguments: '{"cmd":"ls"}', call_id: 'c1' };
    const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
    const answer = {
      type: 'message',
      role: 'assistant',
      id: 'msg_1',
      content: [{ type: 'output_text', text: 'done' }],
    };
    const lines = linesFor([
      OPENED,
      { type: 'turn.started', turn: 't1' },
      { type: 'response_item', payload: reasoning },
      { type: 'response_item', payload: call },
      { type: 'call.started', turn: 't1', call: 'c1', name: 'exec_command', arguments: '{"cmd":"ls"}' },
      { type: 'response_item', payload: answer },
      { type: 'answer.completed', item: 'a1', turn: 't1', text: 'done' },
    ]);
    const items = lines.map((line) => JSON.parse(line)).filter((record) => record.type === 'response_item');
    expect(items.map((record) => record.payload)).toEqual([reasoning, call, answer]);
    expect(decodeRecords(lines, open).events).toContainEqual(
      expect.objectContaining({ type: 'call.started', turn: 't1', call: 'c1' }),
    );
  });
});
