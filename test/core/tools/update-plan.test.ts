// Is a plan read as a model wrote it, and refused with what to correct?

import { describe, expect, it } from 'vitest';
import { parseUpdatePlan } from '../../../src/core/tools/index.ts';
import { problemText } from '../../../src/problem/index.ts';

const parse = (args: unknown) => parseUpdatePlan(JSON.stringify(args));

describe('a plan', () => {
  it('has its steps in order, and an explanation when there is one', () => {
    const plan = [
      { step: ' read it ', status: 'completed' },
      { step: 'change it', status: 'in_progress' },
    ];
    expect(parse({ plan, explanation: 'why' })).toEqual({
      ok: true,
      value: {
        explanation: 'why',
        steps: [
          { step: 'read it', status: 'completed' },
          { step: 'change it', status: 'in_progress' },
        ],
      },
    });
    expect(parse({ plan: [] })).toMatchObject({ ok: true, value: { explanation: '', steps: [] } });
  });

  it.each([
    [{}, 'plan, a list of steps, is missing'],
    [{ plan: 'read' }, 'plan, a list of steps, is missing'],
    [
      { plan: [{ step: 'x', status: 'done' }] },
      'step 1 needs a text in step and one of pending, in_progress, completed',
    ],
    [{ plan: [{ step: '', status: 'pending' }] }, 'step 1 needs'],
    [{ plan: [null] }, 'step 1 needs'],
    [{ plan: Array(51).fill({ step: 'x', status: 'pending' }) }, 'at most 50 steps; this one has 51'],
    [{ plan: Array(2).fill({ step: 'x', status: 'in_progress' }) }, 'at most one step can be in_progress'],
  ])('%j is refused', (args, sentence) => {
    const refused = parse(args);
    expect(refused.ok ? '' : problemText(refused.problem)).toContain(sentence);
  });
});
