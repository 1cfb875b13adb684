import { describe, expect, it } from 'vitest';
import { proseWidth } from '../../../../src/ui/tui/view/prose.ts';

describe('the width of prose', () => {
  it('uses every column of a narrow window and leaves room in a wide one', () => {
    expect([20, 40, 59, 60, 80, 104, 105, 200].map(proseWidth)).toEqual([17, 37, 56, 52, 72, 96, 96, 96]);
  });
});
