import { describe, expect, it } from 'vitest';
import { backToDraft, newer, older, searchHistory, startWalk } from '../../../../src/ui/tui/composer/history.ts';

describe('walking through the history', () => {
  it('goes back entry by entry, shows equal neighbours once, and returns to the draft', () => {
    const start = startWalk(['third', 'second', 'second', 'first']);
    const one = older(start, 'draft')!;
    const two = older(one.walk, one.text)!;
    const three = older(two.walk, two.text)!;
    expect([one.text, two.text, three.text]).toEqual(['third', 'second', 'first']);
    expect(older(three.walk, three.text)).toBeNull();
    const back = newer(newer(newer(three.walk)!.walk)!.walk)!;
    expect(back.text).toBe('draft');
    expect(newer(back.walk)).toBeNull();
    expect(backToDraft(two.walk).text).toBe('draft');
  });

  it('does not show the draft itself as its own past', () => {
    const start = startWalk(['same', 'before']);
    const one = older(start, 'same')!;
    expect(one.text).toBe('before');
    expect(newer(one.walk)).toMatchObject({ text: 'same', walk: { at: -1 } });
  });

  it('has nothing to show when there is no history', () => {
    expect(older(startWalk([]), 'x')).toBeNull();
  });
});

describe('searching the history', () => {
  const entries = ['Run the tests', 'fix the README', 'run the tests', 'deploy', 'deploy'];
  it('finds substrings newest first, each text once, with case only where it is typed', () => {
    expect(searchHistory(entries, 'run', 9)).toEqual([
      { entry: 0, start: 0, end: 3 },
      { entry: 2, start: 0, end: 3 },
    ]);
    expect(searchHistory(entries, 'Run', 9)).toEqual([{ entry: 0, start: 0, end: 3 }]);
    expect(searchHistory(entries, 'dep', 9)).toHaveLength(1);
    expect(searchHistory(entries, 'the', 2)).toHaveLength(2);
    expect(searchHistory(entries, '', 9)).toEqual([]);
    expect(searchHistory(entries, '.*', 9)).toEqual([]);
  });
});
