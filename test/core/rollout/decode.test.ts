import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/core/bus/contract.ts';
import { decodeRecords, historyOf, LOST_ANSWER } from '../../../src/core/rollout/index.ts';
import { legacy, paginated } from './foreign.ts';
import { OPENED, sessionEvents } from './session-events.ts';
import { linesFor } from './written.ts';

const lost = { codexHome: '/h', whenFileEnds: 'lost' } as const;

function typesOf(lines: Iterable<string>): string[] {
  return decodeRecords(lines, lost).events.map((event) => event.type);
}

const process: EventBody = {
  type: 'process.started',
  process: 4,
  call: 'c1',
  turn: 't1',
  attempt: 1,
  command: 'sleep 9',
  argv: ['sleep', '9'],
  cwd: '/',
  origin: 'model',
  stdio: { kind: 'pty', cols: 80, rows: 24 },
  profile: ':workspace',
  grants: [],
};

const inTheMiddle: EventBody[] = [
  OPENED,
  { type: 'turn.started', turn: 't1' },
  { type: 'message.added', item: 'm1', turn: 't1', text: 'wait' },
  { type: 'answer.delta', item: 'a1', turn: 't1', from: 0, text: 'I will ' },
  { type: 'answer.delta', item: 'a1', turn: 't1', from: 7, text: 'wait' },
  { type: 'call.started', turn: 't1', call: 'c1', name: 'exec_command', arguments: '{}' },
  process,
  { type: 'process.output', process: 4, attempt: 1, from: 0, stream: 'pty', bytes: Buffer.from('one\ntwo') },
];

describe('a session whose owner died', () => {
  it('marks the command lost, keeps the answer so far and ends the turn as interrupted', () => {
    const { events, lost: count } = decodeRecords(linesFor(inTheMiddle), lost);
    expect(count).toBe(1);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'process.closed', process: 4, outcome: 'lost', bytes: 7, lines: 2 }),
    );
    expect(events).toContainEqual(expect.objectContaining({ type: 'process.finished', call: 'c1', outcome: 'lost' }));
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'answer.completed', item: 'a1', text: 'I will wait' }),
    );
    expect(events).toContainEqual(expect.objectContaining({ type: 'call.answered', call: 'c1', output: LOST_ANSWER }));
    expect(events.at(-1)).toMatchObject({ type: 'turn.ended', outcome: 'lost', commands: 1 });
  });

  it('withdraws an open question, and does not judge the attempt that was closed again', () => {
    const events = decodeRecords(
      linesFor([
        ...inTheMiddle,
        {
          type: 'process.closed',
          process: 4,
          attempt: 1,
          exit: { kind: 'code', code: 1 },
          outcome: 'blocked',
          bytes: 7,
          lines: 2,
          durationMs: 5,
          denial: null,
        },
        {
          type: 'question.opened',
          question: 'q1',
          process: 4,
          attempt: 1,
          subject: { kind: 'escalation', justification: '' },
          command: 'x',
          cwd: '/',
          profile: 'p',
          offers: ['once'],
          preset: null,
          always: null,
          shown: 's',
        },
      ]),
      lost,
    ).events;
    expect(events.filter((event) => event.type === 'process.closed')).toHaveLength(1);
    expect(events).toContainEqual(expect.objectContaining({ type: 'question.withdrawn', question: 'q1', process: 4 }));
    expect(events).toContainEqual(expect.objectContaining({ type: 'process.finished', outcome: 'lost' }));
  });

  it('has its losses before the next owner, not after, however often it is resumed', () => {
    const resumed: EventBody[] = [
      ...inTheMiddle,
      OPENED,
      { type: 'session.resumed', recordedAt: 1, lost: 1 },
      { type: 'turn.started', turn: 't2' },
    ];
    const types = typesOf(linesFor(resumed));
    expect(types.indexOf('process.finished')).toBeLessThan(types.indexOf('session.resumed'));
    expect(types.filter((type) => type === 'process.finished')).toHaveLength(1);
    expect(types.filter((type) => type === 'session.opened')).toHaveLength(1);
  });
});

describe('a session of codex-cli', () => {
  const shown = ['message.added', 'call.started', 'process.started', 'process.output', 'process.closed'];

  it('in its present form shows prompt, command with output and exit code, and answer', () => {
    const { events, facts, damagedLines } = decodeRecords(paginated, lost);
    expect(events.map((event) => event.type)).toEqual([
      'session.opened',
      'turn.started',
      ...shown,
      'process.finished',
      'call.answered',
      'answer.completed',
      'turn.ended',
    ]);
    expect(events[0]).toMatchObject({ cwd: '/home/u/proj', provider: 'openai', model: 'gpt-5.2-codex' });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'process.started', command: 'exit 3', cwd: '/home/u/a b', call: 'call_1' }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({ exit: { kind: 'code', code: 3 }, outcome: 'failed', durationMs: 1500 }),
    );
    expect(facts).toMatchObject({ originator: 'codex-tui', history: 'paginated', startedAt: 1_795_253_034_808 });
    expect(damagedLines).toBe(0);
  });

  it('in its legacy form shows the command from the call and its answer', () => {
    const { events } = decodeRecords(legacy, lost);
    expect(events.map((event) => event.type)).toEqual([
      'session.opened',
      ...shown,
      'process.finished',
      'call.answered',
      'answer.completed',
    ]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'process.closed', exit: { kind: 'code', code: 3 } }));
    const output = events.find((event) => event.type === 'process.output');
    expect(Buffer.from(output?.bytes ?? []).toString()).toBe('rc\n');
  });

  it('that it continued after us ends what we had running', () => {
    const types = typesOf([
      ...linesFor(inTheMiddle),
      ...paginated.slice(1).map((text) => text.replaceAll('"t1"', '"t9"')),
    ]);
    expect(types.filter((type) => type === 'turn.started')).toHaveLength(2);
    expect(types.filter((type) => type === 'turn.ended')).toHaveLength(2);
  });
});

describe('a damaged record', () => {
  const own = linesFor([
    ...inTheMiddle,
    { type: 'notice', level: 'info', problem: { what: 'é漢', why: '', next: '' } },
    { type: 'session.ended', reason: 'quit' },
  ]);

  it('cut at any byte of its last records shows everything before the cut', () => {
    const whole = Buffer.from(`${own.join('\n')}\n`);
    const last = Buffer.byteLength(own.slice(-3).join('\n'));
    const before = typesOf(own.slice(0, -3)).filter((type) => type !== 'turn.ended');
    for (let cut = whole.length - last; cut < whole.length; cut += 1) {
      const decoded = decodeRecords(whole.subarray(0, cut).toString('utf8').split('\n'), lost);
      const types = decoded.events.map((event) => event.type);
      expect(types.slice(0, 6)).toEqual(before.slice(0, 6));
      expect(decoded.damagedLines).toBeLessThanOrEqual(1);
    }
  });

  it.each([
    ['a byte order mark', (lines: readonly string[]) => [`\uFEFF${lines[0]}`, ...lines.slice(1)]],
    ['CRLF', (lines: readonly string[]) => lines.map((text) => `${text}\r`)],
    ['blank lines', (lines: readonly string[]) => lines.flatMap((text) => ['', '  ', text])],
    [
      'foreign types',
      (lines: readonly string[]) => lines.flatMap((text) => ['{"type":"new_thing","payload":{}}', text]),
    ],
    ['a NUL block before each line', (lines: readonly string[]) => lines.map((text) => `${'\0'.repeat(512)}${text}`)],
  ])('with %s reads as if nothing were wrong', (_, damage) => {
    for (const lines of [own, paginated]) expect(typesOf(damage(lines))).toEqual(typesOf(lines));
  });

  it('with every line twice begins and ends nothing twice', () => {
    // Notices and the session's end have no names: of these a second one is shown.
    const named = own.slice(0, -2);
    for (const lines of [named, paginated])
      expect(typesOf(lines.flatMap((text) => [text, text]))).toEqual(typesOf(lines));
  });

  it('without its first line takes id and date from the name and the folder from the first turn', () => {
    const fallback = { session: '01a1fd6b-5f34-78e1-92ab-7e513b4e8146', startedAt: 5 };
    const decoded = decodeRecords(['{"timestamp":', ...paginated.slice(1)], { ...lost, fallback });
    expect(decoded.facts).toMatchObject({ session: fallback.session, startedAt: 5, cwd: '/home/u/proj' });
    expect(decoded.events[0]).toMatchObject({ type: 'session.opened', cwd: '/home/u/proj' });
    expect(decoded.damagedLines).toBe(1);
  });

  it('with lines lost, doubled, swapped and flipped never throws and never contradicts itself', () => {
    const change = fc.record({ how: fc.nat(3), at: fc.nat(200), byte: fc.nat(2_000), to: fc.nat(255) });
    fc.assert(
      fc.property(sessionEvents, fc.array(change, { maxLength: 12 }), (events, changes) => {
        const lines = linesFor(events);
        for (const { how, at, byte, to } of changes) {
          const index = at % lines.length;
          const text = lines[index] ?? '';
          if (how === 0) lines.splice(index, lines.length > 1 ? 1 : 0);
          else if (how === 1) lines.splice(index, 0, text);
          else if (how === 2) lines.splice((index * 7) % lines.length, 0, text.slice(0, byte));
          else
            lines[index] =
              text.slice(0, byte % (text.length + 1)) + String.fromCharCode(to) + text.slice(byte % (text.length + 1));
        }
        const started = new Set<number>();
        const finished = new Set<number>();
        for (const event of decodeRecords(lines, lost).events) {
          if (event.type === 'process.started') started.add(event.process);
          if (event.type === 'process.output' || event.type === 'process.closed') {
            expect(started.has(event.process) && !finished.has(event.process)).toBe(true);
          }
          if (event.type === 'process.finished') {
            expect(finished.has(event.process)).toBe(false);
            finished.add(event.process);
          }
        }
        expect([...started].filter((number) => !finished.has(number))).toEqual([]);
        historyOf(lines);
      }),
      { numRuns: 400 },
    );
  });
});

describe('what a model gets back', () => {
  it('is every response item in order', () => {
    expect(historyOf(paginated).map((item) => item.type)).toEqual([
      'message',
      'message',
      'function_call',
      'function_call_output',
      'message',
    ]);
  });

  it('has an answer for a call that was lost and no answer without its call', () => {
    const withoutAnswer = paginated.filter((text) => !text.includes('function_call_output'));
    expect(historyOf(withoutAnswer)[3]).toEqual({
      type: 'function_call_output',
      call_id: 'call_1',
      output: LOST_ANSWER,
    });
    const withoutCall = paginated.filter((text) => !text.includes('"function_call"'));
    expect(historyOf(withoutCall).map((item) => item.type)).toEqual(['message', 'message', 'message']);
  });

  it('begins at the newest compaction and leaves out turns that were rolled back', () => {
    const summary = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'summary' }] };
    const compacted = JSON.stringify({ type: 'compacted', payload: { message: 's', replacement_history: [summary] } });
    const rollback = JSON.stringify({ type: 'event_msg', payload: { type: 'thread_rolled_back', num_turns: 1 } });
    expect(historyOf([...paginated, compacted])).toEqual([summary]);
    expect(historyOf([...paginated, compacted, ...paginated.slice(1), rollback])).toEqual([
      summary,
      expect.objectContaining({ role: 'developer' }),
    ]);
  });
});
