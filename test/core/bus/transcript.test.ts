import { describe, expect, it } from 'vitest';
import type { EventOf } from '../../../src/core/bus/contract.ts';
import type { ExcerptValue } from '../../../src/core/bus/excerpt.ts';
import {
  apply,
  emptyTranscript,
  type ProcessItem,
  type Transcript,
  type TranscriptEvent,
} from '../../../src/core/bus/transcript.ts';

function fold(events: readonly TranscriptEvent[]): Transcript {
  return events.reduce(apply, emptyTranscript());
}

const opened: TranscriptEvent = {
  type: 'session.opened',
  cwd: '/home/ana/src/app',
  provider: 'openai',
  model: 'gpt-5.2',
  profile: ':workspace',
  network: 'restricted',
  version: '0.1.0',
  earlierItems: 0,
};

function started(process: number, attempt = 1, at = 1000): TranscriptEvent {
  return {
    type: 'process.started',
    process,
    call: `call-${process}`,
    turn: 't1',
    attempt,
    command: `run ${process}`,
    argv: ['bash', '-lc', `run ${process}`],
    cwd: '/home/ana/src/app',
    origin: 'model',
    stdio: { kind: 'pty', cols: 80, rows: 24 },
    profile: ':workspace',
    grants: [],
    at,
  };
}

function output(process: number, from: number, text: string, attempt = 1): TranscriptEvent {
  return { type: 'process.output', process, attempt, from, stream: 'pty', bytes: Buffer.from(text), at: 1500 };
}

const denial = {
  operation: 'write' as const,
  target: '/srv/x',
  certainty: 'certain' as const,
  evidence: 'touch: /srv/x: Read-only file system',
  because: ':workspace opens ~/src/app and the temp folders only',
  grants: [{ kind: 'write' as const, path: '/srv/x' }],
  also: [],
};

function closed(process: number, attempt: number, outcome: 'ok' | 'blocked' | 'failed' | 'stopped'): TranscriptEvent {
  const exit = { kind: 'code' as const, code: outcome === 'ok' ? 0 : 1 };
  const verdict = outcome === 'blocked' ? denial : null;
  return {
    type: 'process.closed',
    process,
    attempt,
    exit,
    outcome,
    bytes: 3,
    lines: 1,
    durationMs: 120,
    denial: verdict,
    at: 2000,
  };
}

function finished(
  process: number,
  outcome: 'ok' | 'blocked' | 'refused' | 'stopped' | 'not_started' | 'lost',
): TranscriptEvent {
  return { type: 'process.finished', process, call: `call-${process}`, outcome, problem: null, at: 2100 };
}

function asked(process: number, attempt: number): EventOf<'question.opened'> {
  return {
    type: 'question.opened',
    question: `q${process}`,
    process,
    attempt,
    subject: { kind: 'denial', denial },
    command: `run ${process}`,
    cwd: '/home/ana/src/app',
    profile: ':workspace',
    offers: ['once', 'session', 'unsandboxed', 'refused'],
    preset: null,
    always: null,
    shown: 'digest',
  };
}

function decided(process: number, decision: 'once' | 'refused', reason = ''): TranscriptEvent {
  const grants = decision === 'once' ? denial.grants : [];
  return { type: 'question.decided', question: `q${process}`, process, decision, reason, grants, by: 'person' };
}

function states(events: readonly TranscriptEvent[]): string[] {
  const transcript = emptyTranscript();
  return events.map((event) => {
    apply(transcript, event);
    return transcript.processes.get(1)?.state.kind ?? '-';
  });
}

function process(transcript: Transcript, number: number): ProcessItem {
  const item = transcript.processes.get(number);
  if (item === undefined) throw new Error(`process ${number} is missing`);
  return item;
}

function given(grant: number, scope: 'session' | 'always', at: number): TranscriptEvent {
  const grants = [{ kind: 'write' as const, path: `/srv/${grant}` }];
  return { type: 'grant.given', grant, scope, name: null, grants, command: `run ${grant}`, at };
}

const resumed: TranscriptEvent = { type: 'session.resumed', recordedAt: 5, lost: 0 };

describe('the grants of a session', () => {
  const statesOf = ({ grants }: Transcript) => grants.map(({ number, state }) => [number, state]);

  it('are listed in the order they were given, with what they are and what they were for, and are no items', () => {
    const npm = {
      type: 'grant.given' as const,
      grant: 2,
      scope: 'session' as const,
      name: 'npm cache',
      command: 'npm ci',
    };
    const transcript = fold([given(1, 'always', 7), { ...npm, grants: [{ kind: 'network' }], at: 9 }]);
    expect(transcript.grants).toEqual([
      {
        number: 1,
        scope: 'always',
        name: null,
        grants: [{ kind: 'write', path: '/srv/1' }],
        command: 'run 1',
        at: 7,
        state: 'in force',
      },
      {
        number: 2,
        scope: 'session',
        name: 'npm cache',
        grants: [{ kind: 'network' }],
        command: 'npm ci',
        at: 9,
        state: 'in force',
      },
    ]);
    expect([transcript.items, transcript.finished, transcript.live]).toEqual([[], [], []]);
  });

  it('stay in the list when they are revoked, and are there once when they are told twice', () => {
    const transcript = fold([given(1, 'session', 1), given(2, 'session', 2), { type: 'grant.revoked', grant: 1 }]);
    apply(transcript, given(1, 'session', 3));
    apply(transcript, { type: 'grant.revoked', grant: 99 });
    expect(statesOf(transcript)).toEqual([
      [1, 'revoked'],
      [2, 'in force'],
    ]);
  });

  it('count no longer after a resume, except those in the configuration, until they are restored', () => {
    const transcript = fold([given(1, 'session', 1), given(2, 'always', 2), given(3, 'session', 3), resumed]);
    expect(statesOf(transcript)).toEqual([
      [1, 'not restored'],
      [2, 'in force'],
      [3, 'not restored'],
    ]);
    apply(transcript, { type: 'grant.restored', grant: 1 });
    apply(transcript, { type: 'grant.revoked', grant: 3 });
    expect(statesOf(transcript).map(([, state]) => state)).toEqual(['in force', 'in force', 'revoked']);
    apply(transcript, { type: 'grant.restored', grant: 3 });
    apply(transcript, resumed);
    expect(statesOf(transcript).map(([, state]) => state)).toEqual(['not restored', 'in force', 'revoked']);
  });
});

describe('an answer', () => {
  it('keeps the name of the preset it took', () => {
    const preset = { name: 'npm cache', meaning: 'npm keeps its downloads there', grants: denial.grants };
    const open = [started(1), closed(1, 1, 'blocked'), { ...asked(1, 1), preset }];
    const took = (decision: 'preset' | 'session'): TranscriptEvent => ({
      type: 'question.decided',
      question: 'q1',
      process: 1,
      decision,
      reason: '',
      grants: denial.grants,
      by: 'person',
    });
    const name = (transcript: Transcript) => process(transcript, 1).attempts[0]?.decision?.preset;
    expect(name(fold([...open, took('preset')]))).toBe('npm cache');
    expect(name(fold([...open, took('session')]))).toBeNull();
    expect(fold([...open]).questions[0]).toMatchObject({ preset, always: null });
  });
});

describe('the transcript', () => {
  it('takes a process from its start through a question and a second attempt to its end', () => {
    const walk = [
      started(1),
      output(1, 0, 'no\n'),
      closed(1, 1, 'blocked'),
      asked(1, 1),
      decided(1, 'once'),
      started(1, 2),
    ];
    expect(states([...walk, output(1, 0, 'ok\n', 2), closed(1, 2, 'ok'), finished(1, 'ok')])).toEqual([
      'running',
      'running',
      'closed',
      'asking',
      'starting',
      'running',
      'running',
      'closed',
      'finished',
    ]);
    const item = process(fold(walk), 1);
    expect(item.attempts.map(({ number, decision }) => [number, decision?.decision ?? null])).toEqual([
      [1, 'once'],
      [2, null],
    ]);
  });

  it('keeps output of each attempt apart', () => {
    const item = process(fold([started(1), output(1, 0, 'first'), started(1, 2), output(1, 0, 'second', 2)]), 1);
    expect(item.attempts.map(({ excerpt }) => Buffer.from(excerpt.value().head).toString())).toEqual([
      'first',
      'second',
    ]);
  });

  it('follows waiting, suspension, reach and exit of the running program', () => {
    const waiting = (wait: { hidden: boolean } | null): TranscriptEvent => ({
      type: 'process.waiting',
      process: 1,
      wait,
    });
    const suspended = (isSuspended: boolean): TranscriptEvent => ({
      type: 'process.suspended',
      process: 1,
      isSuspended,
    });
    const linked = (isLinked: boolean): TranscriptEvent => ({ type: 'process.linked', process: 1, isLinked });
    const exited: TranscriptEvent = { type: 'process.exited', process: 1, attempt: 1, exit: { kind: 'code', code: 0 } };
    expect(
      states([
        started(1),
        waiting({ hidden: true }),
        waiting(null),
        suspended(true),
        suspended(false),
        linked(false),
        linked(true),
        exited,
        linked(false),
      ]),
    ).toEqual(['running', 'waiting', 'running', 'suspended', 'running', 'unlinked', 'running', 'exited', 'exited']);
  });

  it('orders finished items by when they became final, and all items by when they began', () => {
    const transcript = fold([
      opened,
      { type: 'message.added', item: 'm1', turn: 't1', text: 'go' },
      { type: 'answer.delta', item: 'a1', turn: 't1', from: 0, text: 'I start' },
      started(1),
      started(2),
      closed(2, 1, 'ok'),
      finished(2, 'ok'),
      { type: 'answer.completed', item: 'a1', turn: 't1', text: 'I start both.' },
      closed(1, 1, 'ok'),
      finished(1, 'ok'),
      { type: 'turn.ended', turn: 't1', outcome: 'completed', durationMs: 5, commands: 2, tokens: 7, problem: null },
    ]);
    const name = (item: Transcript['items'][number]) =>
      item.kind === 'process' ? `process ${item.number}` : item.kind;
    expect(transcript.items.map(name)).toEqual(['message', 'answer', 'process 1', 'process 2', 'turn_end']);
    expect(transcript.finished.map(name)).toEqual(['message', 'process 2', 'answer', 'process 1', 'turn_end']);
  });

  it('repeats no text of a streamed answer and lets the complete one correct it', () => {
    const delta = (from: number, text: string): TranscriptEvent => ({
      type: 'answer.delta',
      item: 'a',
      turn: 't',
      from,
      text,
    });
    const streamed = fold([delta(0, 'abc'), delta(1, 'bcde'), delta(9, 'lost')]);
    expect(streamed.items).toMatchObject([{ text: 'abcde', isComplete: false }]);
    expect(streamed.finished).toEqual([]);
    apply(streamed, { type: 'answer.completed', item: 'a', turn: 't', text: 'abcdefgh' });
    expect(streamed.finished).toMatchObject([{ text: 'abcdefgh', isComplete: true }]);
  });

  it('completes an answer that its turn left open', () => {
    const ended: TranscriptEvent = {
      type: 'turn.ended',
      turn: 't',
      outcome: 'interrupted',
      durationMs: 5,
      commands: 0,
      tokens: null,
      problem: null,
    };
    const transcript = fold([{ type: 'answer.delta', item: 'a', turn: 't', from: 0, text: 'half' }, ended]);
    expect(transcript.finished.map((item) => item.kind)).toEqual(['answer', 'turn_end']);
  });

  it('keeps open questions in order and drops those that are answered, withdrawn, or whose process ended', () => {
    const open = fold([1, 2, 3, 4].flatMap((n) => [started(n), closed(n, 1, 'blocked'), asked(n, 1)]));
    expect(open.questions.map(({ question }) => question)).toEqual(['q1', 'q2', 'q3', 'q4']);
    apply(open, decided(2, 'refused', 'use ./tmp'));
    apply(open, { type: 'question.withdrawn', question: 'q3', process: 3, reason: 'stopped' });
    apply(open, finished(4, 'stopped'));
    expect(open.questions.map(({ question }) => question)).toEqual(['q1']);
    expect(process(open, 2).attempts[0]?.decision).toMatchObject({ decision: 'refused', reason: 'use ./tmp' });
    expect(process(open, 3).state.kind).toBe('closed');
  });

  it('shows a question that comes before anything ran, and its answer', () => {
    const escalation = { ...asked(1, 0), subject: { kind: 'escalation' as const, justification: 'needs the network' } };
    const transcript = fold([opened, escalation]);
    expect(process(transcript, 1)).toMatchObject({ command: 'run 1', attempts: [], state: { kind: 'asking' } });
    apply(transcript, decided(1, 'refused'));
    apply(transcript, finished(1, 'refused'));
    expect(process(transcript, 1).decisionsBefore).toHaveLength(1);
    expect(transcript.finished).toHaveLength(1);
    expect(transcript.live).toEqual([]);
  });

  it('names a process that never started by the command its call asked for', () => {
    const call: TranscriptEvent = {
      type: 'call.started',
      turn: 't1',
      call: 'call-9',
      name: 'exec_command',
      arguments: '{"cmd":"make it"}',
    };
    expect(process(fold([opened, call, finished(9, 'not_started')]), 9).command).toBe('make it');
    const broken: TranscriptEvent = { ...call, arguments: '{"cmd":' };
    expect(process(fold([opened, broken, finished(9, 'not_started')]), 9).command).toBe('exec_command');
  });

  it('tells of a move to the background once', () => {
    const background: TranscriptEvent = { type: 'process.backgrounded', process: 1 };
    const transcript = fold([started(1), background, background, { type: 'process.foregrounded', process: 1 }]);
    expect(transcript.finished.map((item) => item.kind)).toEqual(['moved_to_background']);
    expect(process(transcript, 1).place).toBe('front');
  });

  it('follows the queue, the turn, the folder and the usage', () => {
    const transcript = fold([
      opened,
      { type: 'turn.started', turn: 't1', at: 50 },
      { type: 'message.queued', message: 'a', text: 'first' },
      { type: 'message.queued', message: 'b', text: 'second' },
      { type: 'message.unqueued', message: 'a', reason: 'returned' },
      { type: 'session.moved', cwd: '/tmp' },
      { type: 'usage.updated', used: 10, window: 100 },
      { type: 'session.ended', reason: 'quit' },
    ]);
    expect(transcript.queued).toEqual([{ message: 'b', text: 'second' }]);
    expect(transcript.turn).toEqual({ turn: 't1', startedAt: 50 });
    expect(transcript.session).toMatchObject({ cwd: '/tmp', profile: ':workspace' });
    expect([transcript.usage, transcript.ended]).toEqual([{ used: 10, window: 100 }, 'quit']);
  });

  it('folds a replay without the events that only live screens hear to the same items', () => {
    const bytes = Buffer.alloc(400_000, 'x\n');
    const live = fold([
      started(1),
      ...Array.from({ length: 100 }, (_, i) => output(1, i * 4000, bytes.toString('latin1', i * 4000, (i + 1) * 4000))),
      { type: 'process.waiting', process: 1, wait: { hidden: false } },
      { type: 'process.exited', process: 1, attempt: 1, exit: { kind: 'code', code: 0 } },
      closed(1, 1, 'ok'),
      finished(1, 'ok'),
    ]);
    const replayed = fold([
      started(1),
      output(1, 0, bytes.toString('latin1', 0, 100_000)),
      output(1, 400_000 - 65_536, bytes.toString('latin1', 400_000 - 65_536)),
      closed(1, 1, 'ok'),
      finished(1, 'ok'),
    ]);
    const kept = ({ head, tail, ...rest }: ExcerptValue) => ({
      ...rest,
      head: Buffer.from(head).toString('latin1'),
      tail: Buffer.from(tail).toString('latin1'),
    });
    const seen = (transcript: Transcript) => {
      const { attempts, state } = process(transcript, 1);
      return { state, attempts: attempts.map(({ excerpt, ...rest }) => ({ ...rest, kept: kept(excerpt.value()) })) };
    };
    expect(seen(replayed)).toEqual(seen(live));
  });

  it('gives up the oldest finished output beyond its bound and keeps the counts', () => {
    const flood = Buffer.alloc(200_000, 'y\n').toString('latin1');
    const transcript = emptyTranscript();
    for (let n = 1; n <= 200; n++) {
      for (const event of [started(n), output(n, 0, flood), closed(n, 1, 'ok'), finished(n, 'ok')])
        apply(transcript, event);
    }
    const held = [...transcript.processes.values()].map(({ attempts }) => attempts[0]?.excerpt.heldBytes ?? 0);
    expect(held.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(held.at(-1)).toBe(131_072);
    expect(process(transcript, 1).attempts[0]?.excerpt.bytes).toBe(200_000);
  });
});
