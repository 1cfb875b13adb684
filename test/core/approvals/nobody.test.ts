// Where nobody is there to answer, no question stays open.

import { describe, expect, it } from 'vitest';
import { NOBODY, openQuestions } from '../../../src/core/approvals/questions.ts';
import type { EventBody } from '../../../src/core/bus/index.ts';

describe('questions without anybody', () => {
  it('are refused at once, by policy, and are over', async () => {
    const events: EventBody[] = [];
    const questions = openQuestions(
      (event) => events.push(event),
      () => 'q1',
      'nobody',
    );
    const answer = await questions.ask({
      process: 1,
      attempt: 0,
      subject: { kind: 'escalation', justification: 'why' },
      command: 'make',
      cwd: '/',
      profile: ':workspace',
      offers: ['unsandboxed', 'refused'],
      preset: null,
      always: null,
    });
    expect(answer).toEqual({ kind: 'decided', decision: 'refused', grants: [], reason: NOBODY, by: 'policy' });
    expect(events.map(({ type }) => type)).toEqual(['question.opened', 'question.decided']);
    expect(questions.isOpenFor(1)).toBe(false);
    const opened = events[0]?.type === 'question.opened' ? events[0].shown : '';
    expect(questions.decide('q1', 'unsandboxed', '', opened)).toMatchObject({ ok: false, code: 'already_decided' });
  });
});
