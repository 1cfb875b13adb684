import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waitBeforeRetry } from '../../../src/core/agent/backoff.ts';
import { waitInWords } from '../../../src/core/agent/response-failure.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the wait before another try', () => {
  it('is never shorter than what the server asks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300_000 }), chance, (asked, luck) => {
        expect(waitBeforeRetry(1, asked, luck)).toBeGreaterThanOrEqual(asked);
      }),
    );
  });

  it('grows, stays bounded and is spread', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), chance, (retry, luck) => {
        const wait = waitBeforeRetry(retry, null, luck);
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(22_500);
        expect(waitBeforeRetry(retry + 1, null, luck)).toBeGreaterThanOrEqual(wait);
      }),
    );
    expect(waitBeforeRetry(3, null, 0)).toBeLessThan(waitBeforeRetry(3, null, 0.9));
  });

  it.each([
    ['Please try again in 1.898s. Visit …', 1898],
    ['try again in 35ms', 35],
    ['Try again in 2 minutes', 120_000],
    ['try later', null],
  ])('is read from the sentence %j', (sentence, ms) => {
    expect(waitInWords(sentence)).toBe(ms);
  });
});
