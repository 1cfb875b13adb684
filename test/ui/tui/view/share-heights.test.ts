import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type HeightRequest,
  noHeights,
  type PaneNeed,
  shareHeights,
} from '../../../../src/ui/tui/view/share-heights.ts';

function pane(process: number, need: number, changes: Partial<PaneNeed> = {}): PaneNeed {
  return { process, need, claim: 'other', activity: 'fresh', lastOutputAt: process, ...changes };
}

function request(rows: number, panes: readonly PaneNeed[], changes: Partial<HeightRequest> = {}): HeightRequest {
  return { rows, composer: 1, queue: 0, tail: 0, panel: 0, panes, ...changes };
}

function bodies(asked: HeightRequest, before = noHeights, now = 0): number[] {
  return shareHeights(asked, before, now).panes.map(({ body }) => body);
}

describe('sharing the height', () => {
  it('gives nobody rows it does not need', () => {
    expect(bodies(request(24, [pane(1, 5), pane(2, 1), pane(3, 3)], { queue: 1 }))).toEqual([5, 1, 3]);
  });

  it('shares by weight when there is not enough', () => {
    const panes = [pane(1, 20), pane(2, 20, { activity: 'quiet' }), pane(3, 3, { activity: 'waiting' })];
    expect(bodies(request(12, panes))).toEqual([2, 1, 2]);
  });

  it('shows some titles and counts the rest in a low window', () => {
    const shared = shareHeights(
      request(
        8,
        Array.from({ length: 9 }, (_, i) => pane(i + 1, 5)),
      ),
      noHeights,
      0,
    );
    expect(shared.panes.map(({ body }) => body)).toEqual([0, 0, 0, 0]);
    expect(shared.hidden).toHaveLength(5);
    expect([shared.hasStatus, shared.hasRule]).toEqual([true, false]);
  });

  it('shows in a low window what needs somebody first, in the order of start', () => {
    const panes = [
      pane(1, 5),
      pane(2, 5, { activity: 'waiting' }),
      pane(3, 5, { claim: 'own' }),
      pane(4, 5, { activity: 'quiet' }),
      pane(5, 5),
      pane(6, 0, { activity: 'asking' }),
    ];
    const shared = shareHeights(request(8, panes), noHeights, 0);
    expect(shared.panes.map(({ process }) => process)).toEqual([2, 3, 5, 6]);
  });

  it('gives the open card its rows before all others', () => {
    expect(bodies(request(20, [pane(1, 30), pane(2, 11, { claim: 'open_card', activity: 'asking' })]))).toEqual([
      3, 11,
    ]);
  });

  it('never drops the open card', () => {
    for (let rows = 5; rows <= 24; rows++) {
      const panes = [
        ...Array.from({ length: 9 }, (_, i) => pane(i + 1, 5)),
        pane(10, 11, { claim: 'open_card', activity: 'asking' }),
      ];
      const card = shareHeights(request(rows, panes), noHeights, 0).panes.find(({ process }) => process === 10);
      expect(card?.body).toBeGreaterThanOrEqual(Math.min(3, rows - 5));
    }
  });

  it("gives a focused pane what it can use, and a model's at most ten rows", () => {
    expect(bodies(request(50, [pane(1, 100)]))).toEqual([10]);
    expect(bodies(request(50, [pane(1, 100, { claim: 'own' })]))).toEqual([25]);
    expect(bodies(request(50, [pane(1, 100, { claim: 'focused' })]))).toEqual([45]);
  });

  it('takes rows from tail, list, queue and composer, in this order, before panes lose their titles', () => {
    const asked = request(12, [pane(1, 5), pane(2, 5), pane(3, 5)], { tail: 4, panel: 3, queue: 2, composer: 3 });
    const { tail, panel, queue, composer, panes } = shareHeights(asked, noHeights, 0);
    expect({ tail, panel, queue, composer, panes: panes.length }).toEqual({
      tail: 0,
      panel: 1,
      queue: 2,
      composer: 3,
      panes: 3,
    });
  });

  it('keeps a height for a moment unless another pane needs the rows', () => {
    const tall = shareHeights(request(24, [pane(1, 8), pane(2, 2)]), noHeights, 1_000);
    expect(bodies(request(24, [pane(1, 3), pane(2, 2)]), tall.memory, 2_000)).toEqual([8, 2]);
    expect(bodies(request(24, [pane(1, 3), pane(2, 2)]), tall.memory, 2_500)).toEqual([3, 2]);
    expect(bodies(request(14, [pane(1, 3), pane(2, 2)]), tall.memory, 2_000)).toEqual([3, 2]);
    expect(bodies(request(24, [pane(1, 3), pane(2, 40, { claim: 'focused' })]), tall.memory, 2_000)).toEqual([3, 15]);
  });

  it('never gives away more rows than there are', () => {
    const panes = fc.array(
      fc.record({
        need: fc.nat(60),
        claim: fc.constantFrom('focused' as const, 'own' as const, 'other' as const),
        activity: fc.constantFrom('waiting' as const, 'fresh' as const, 'quiet' as const),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(
        panes,
        fc.integer({ min: 5, max: 70 }),
        fc.nat(12),
        fc.nat(3),
        fc.nat(20),
        fc.nat(12),
        fc.boolean(),
        (needs, rows, composer, queue, tail, panel, hasCard) => {
          const asked = request(
            rows,
            needs.map((need, i) => ({
              ...pane(i, 0),
              ...need,
              ...(hasCard && i === 0 ? { claim: 'open_card' as const } : {}),
            })),
            { composer: Math.min(composer + 1, rows - 2), queue, tail, panel },
          );
          const shared = shareHeights(asked, noHeights, 0);
          const inPanes =
            shared.panes.reduce((sum, { body }) => sum + 1 + body, 0) + (shared.hidden.length > 0 ? 1 : 0);
          const others =
            shared.composer +
            shared.queue +
            shared.tail +
            shared.panel +
            Number(shared.hasStatus) +
            Number(shared.hasRule);
          expect(inPanes + others).toBeLessThanOrEqual(rows - 1);
          expect(shared.panes.length + shared.hidden.length).toBe(needs.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
