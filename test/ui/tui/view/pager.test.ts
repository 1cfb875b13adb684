import { describe, expect, it } from 'vitest';
import { findIn, highlighted } from '../../../../src/ui/tui/view/pager.ts';
import { coloured } from './session.ts';

function found(row: string, query: string): string {
  return highlighted(row, findIn([row], query), coloured).replaceAll('\x1b', '^');
}

describe('found places', () => {
  it('are inverse, with what changes inside of them behind', () => {
    expect(found('a \x1b[1mbo\x1b[22mld b', 'bold')).toBe('a ^[1m^[7mbold^[27m^[22m b');
  });

  it('leave links whole', () => {
    const link = '\x1b]8;id=1;https://m.example/m\x1b\\more\x1b]8;;\x1b\\ text';
    expect(found(link, 'text')).toBe('^]8;id=1;https://m.example/m^\\more^]8;;^\\ ^[7mtext^[27m');
    expect(found(link, 're te')).toBe('^]8;id=1;https://m.example/m^\\mo^[7mre te^[27m^]8;;^\\xt');
    expect(findIn([link], 'example')).toEqual([]);
  });
});
