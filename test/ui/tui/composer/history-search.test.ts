import { describe, expect, it } from 'vitest';
import {
  type Composer,
  edited,
  emptyComposer,
  isAtRest,
  isRecalled,
  pasted,
  searchBegun,
  searched,
  searchLeft,
  taken,
  typed,
  withHistory,
} from '../../../../src/ui/tui/composer/composer.ts';
import { searchRows } from '../../../../src/ui/tui/composer/search-rows.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import type { Look } from '../../../../src/ui/tui/view/look.ts';
import { plain, uncoloured } from '../view/session.ts';

const past = withHistory(emptyComposer, ['npm ci', 'deploy one', 'run tests', 'deploy\ntwo']);

function rows(composer: Composer, cols = 80, maxRows = 5, look: Look = plain): readonly string[] {
  const space = { cols, maxRows, prompt: '$ ', up: '^', down: 'v' };
  return composer.search === null ? [] : searchRows(composer, composer.search, space, look).rows;
}

const searching = (text: string, draft = '') => typed(searchBegun(typed(past, draft)), text);

describe('searching earlier messages', () => {
  it('narrows with every letter, newest first, and goes on to older ones and back', () => {
    expect(rows(searchBegun(past))).toEqual(['search: ', '$ ']);
    const found = searching('dep');
    expect(rows(found)).toEqual(['search: dep · 1 of 2', '$ deploy', '  two']);
    const older = searched(found, 'search.previous');
    expect(rows(older)).toEqual(['search: dep · 2 of 2', '$ deploy one']);
    expect(rows(searched(older, 'search.previous'))).toEqual(rows(older));
    expect(rows(searched(older, 'search.next'))).toEqual(rows(found));
    expect(rows(searched(searched(older, 'search.erase'), 'search.erase'))[0]).toBe('search: d · 1 of 2');
  });

  it('takes what it found into the message and sends nothing; the draft comes back after it', () => {
    const stayed = searched(searching('one', 'half a sentence'), 'search.stay');
    expect([stayed.buffer.text, stayed.search, isRecalled(stayed)]).toEqual(['deploy one', null, true]);
    let back = stayed;
    for (let step = 0; step < 5; step++) back = edited(back, 'move.down', 78) ?? back;
    expect(back.buffer.text).toBe('half a sentence');
  });

  it('goes on from where it found something', () => {
    const stayed = searched(searching('run'), 'search.stay');
    expect(edited(stayed, 'move.up', 78)?.buffer.text).toBe('deploy one');
  });

  it('leaves the draft as it was, with Esc or when nothing was found', () => {
    const draft = searching('nowhere', 'draft');
    expect(rows(draft)).toEqual(['search: nowhere · nothing found', '$ draft']);
    expect(searched(draft, 'search.stay').buffer.text).toBe('draft');
    expect(searchLeft(searching('dep', 'draft')).buffer.text).toBe('draft');
    expect(searchLeft(searching('dep')).search).toBeNull();
  });

  it('takes pasted text into the query and counts as something being written', () => {
    const found = pasted(searchBegun(past), 'deploy\ntwo', { lines: 1, chars: 1 });
    expect(found.search?.query).toBe('deploy two');
    expect(isAtRest(found)).toBe(false);
    expect([isAtRest(past), isAtRest(typed(past, 'x'))]).toEqual([true, false]);
  });

  it('is over when a message is sent, and finds that one too', () => {
    const sent = taken(searched(searching('npm'), 'search.stay')).composer;
    expect(sent.search).toBeNull();
    expect(rows(typed(searchBegun(sent), 'npm'))[0]).toBe('search: npm · 1 of 1');
  });

  it('marks what it found and stays inside its rows and columns', () => {
    expect(rows(searching('loy o'), 80, 5, uncoloured)[1]).toBe('$ dep\x1b[7mloy o\x1b[27mne');
    for (const cols of [20, 40, 80])
      for (const maxRows of [1, 2, 5]) {
        const shown = rows(searching('deploy and something that is far too long to stand in a row'), cols, maxRows);
        expect(shown.length).toBeLessThanOrEqual(maxRows);
        for (const row of shown) expect(cellWidth(row)).toBeLessThan(cols);
      }
  });
});
