import { describe, expect, it } from 'vitest';
import { openQuestions } from '../../../src/core/approvals/questions.ts';
import type { DenialValue, EventBody, QuestionValue } from '../../../src/core/bus/index.ts';

function denialOf(path: string): DenialValue {
  return {
    operation: 'write',
    target: path,
    certainty: 'certain',
    evidence: '',
    because: '',
    grants: [{ kind: 'write', path }],
    also: [],
  };
}

function asked(process: number, path: string): Omit<QuestionValue, 'question' | 'shown'> {
  return {
    process,
    attempt: 1,
    subject: { kind: 'denial', denial: denialOf(path) },
    command: 'touch it',
    cwd: '/w',
    profile: ':workspace',
    offers: ['once', 'session', 'unsandboxed', 'refused'],
    preset: null,
    always: null,
  };
}

function open() {
  const events: EventBody[] = [];
  let next = 0;
  const questions = openQuestions(
    (event) => events.push(event),
    () => `q${++next}`,
  );
  const shown = (question: string) =>
    events.flatMap((event) =>
      event.type === 'question.opened' && event.question === question ? [event.shown] : [],
    )[0] ?? '';
  return { questions, events, shown };
}

describe('a question', () => {
  it('is decided once; the second answer is told who was first', async () => {
    const { questions, shown } = open();
    const answer = questions.ask(asked(1, '/srv/x'));
    expect(questions.decide('q1', 'once', '', shown('q1'))).toEqual({ ok: true });
    expect(questions.decide('q1', 'refused', '', shown('q1'))).toMatchObject({ ok: false, code: 'already_decided' });
    expect(await answer).toMatchObject({
      kind: 'decided',
      decision: 'once',
      grants: [{ kind: 'write', path: '/srv/x' }],
    });
  });

  it('cannot be answered by a screen that showed something else', () => {
    const { questions } = open();
    void questions.ask(asked(1, '/srv/x'));
    expect(questions.decide('q1', 'once', '', 'stale')).toMatchObject({ ok: false, code: 'changed' });
    expect(questions.isOpenFor(1)).toBe(true);
  });

  it('takes only answers that it offers', () => {
    const { questions, shown } = open();
    void questions.ask({ ...asked(1, '/srv/x'), offers: ['unsandboxed', 'refused'] });
    expect(questions.decide('q1', 'once', '', shown('q1'))).toMatchObject({ ok: false, code: 'not_now' });
  });

  it('gives nothing when it is refused, and no sandbox at all only when that was chosen', async () => {
    const { questions, shown } = open();
    const refused = questions.ask(asked(1, '/srv/x'));
    const wide = questions.ask(asked(2, '/srv/x'));
    questions.decide('q1', 'refused', 'use ./tmp', shown('q1'));
    questions.decide('q2', 'unsandboxed', '', shown('q2'));
    expect(await refused).toMatchObject({ grants: [], reason: 'use ./tmp' });
    expect(await wide).toMatchObject({ grants: [{ kind: 'unsandboxed' }] });
  });

  it('is answered by a session grant that covers it, and by none that does not', async () => {
    const { questions, events } = open();
    const inside = questions.ask(asked(1, '/srv/cache/x'));
    void questions.ask(asked(2, '/opt/x'));
    questions.coverBy([{ kind: 'write', path: '/srv' }], 'local');
    expect(await inside).toMatchObject({ kind: 'decided', decision: 'session' });
    expect(events).toContainEqual(expect.objectContaining({ type: 'question.decided', question: 'q1', by: 'cover' }));
    expect(questions.isOpenFor(2)).toBe(true);
  });

  it('is withdrawn with its process', async () => {
    const { questions } = open();
    const answer = questions.ask(asked(7, '/srv/x'));
    questions.withdraw((question) => question.process === 7, 'stopped');
    expect(await answer).toEqual({ kind: 'withdrawn' });
  });
});
