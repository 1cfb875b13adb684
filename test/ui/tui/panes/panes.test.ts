import { describe, expect, it } from 'vitest';
import { backgroundListRows } from '../../../../src/ui/tui/panes/background-list.ts';
import { fullScreenRows } from '../../../../src/ui/tui/panes/full-screen.ts';
import { nextPane, selectionOrder } from '../../../../src/ui/tui/panes/pane-order.ts';
import {
  atTheEnd,
  nextHit,
  scrolledRows,
  scrollFacts,
  scrollPane,
  searchPane,
} from '../../../../src/ui/tui/panes/pane-scroll.ts';
import { createPaneBody } from '../../../../src/ui/tui/view/pane-body.ts';
import { denialOf, plain, Session, uncoloured } from '../view/session.ts';
import { terminals } from '../view/terminals.ts';

function running(): Session {
  const session = new Session()
    .start(1, 'npm test')
    .start(2, 'npm init')
    .start(3, 'npm install')
    .start(4, 'npm run dev');
  session.tell({ type: 'process.waiting', process: 2, wait: { hidden: false } });
  session.close(3, 'blocked', 1, 10, { denial: denialOf() }).ask(3, 'npm install');
  return session.tell({ type: 'process.backgrounded', process: 4 });
}

describe('going through panes', () => {
  it('visits questions, then what waits for input, then the rest', () => {
    expect(selectionOrder(running().transcript)).toEqual([3, 2, 1]);
  });

  it('goes round in both directions', () => {
    const { transcript } = running();
    expect([
      nextPane(transcript, null, 1),
      nextPane(transcript, 3, 1),
      nextPane(transcript, 1, 1),
      nextPane(transcript, 3, -1),
      nextPane(transcript, null, -1),
    ]).toEqual([3, 2, 3, 1, 1]);
    expect(nextPane(transcript, 99, 1)).toBe(3);
    expect(nextPane(new Session().transcript, null, 1)).toBe(null);
  });
});

describe('the list of what runs', () => {
  const view = { cols: 80, now: 1_000_000, look: plain, selected: 30, bodies: () => null };

  it('scrolls with the selection and never takes more than half the window', () => {
    const session = new Session();
    for (let n = 1; n <= 40; n++) session.start(n, `sleep ${n}`).tell({ type: 'process.backgrounded', process: n });
    const rows = backgroundListRows(session.transcript, { ...view, rows: 24 });
    expect(rows).toHaveLength(12);
    expect(rows[0]).toBe('  Background (40) · 21 to 30');
    expect(rows[10]).toBe('  ▸ 30 ⇣ sleep 30 · 0:00');
  });

  it('lists what runs in front as well, behind what does not', () => {
    const rows = backgroundListRows(running().transcript, { ...view, rows: 24, selected: 4 });
    expect(rows.slice(0, 5)).toEqual([
      '  Running (4)',
      '  ▸ 4 ⇣ npm run dev · 0:00',
      '    1 ⠋ npm test · 0:00',
      '    2 ▸ npm init · waits for input',
      '    3 ? npm install · needs your answer',
    ]);
  });

  it('says so when nothing runs', () => {
    expect(backgroundListRows(new Session().transcript, { ...view, rows: 24 })[1]).toBe('  Nothing runs.');
  });
});

describe('the output of a selected pane', () => {
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);

  it('scrolls between its ends', () => {
    let scroll = scrollPane(atTheEnd, 'page_up', 100, 10);
    expect(scrolledRows(scroll, lines, 10, 80, plain)[0]).toBe('line 81');
    expect(scrollFacts(scroll, plain)).toBe('9 lines below');
    scroll = scrollPane(scroll, 'home', 100, 10);
    expect(scrolledRows(scroll, lines, 10, 80, plain)[0]).toBe('line 0');
    expect(scrollPane(scroll, 'end', 100, 10).fromEnd).toBe(0);
    expect(scrollPane(scroll, 'up', 100, 10)).toEqual(scroll);
  });

  it('is searched from where one is upwards, and marks what it found', () => {
    const scroll = searchPane(atTheEnd, 'line 1', lines, 10);
    expect(scrollFacts(scroll, plain)).toMatch(/^\d+ lines below · \/line 1 11 of 11$/);
    expect(scrolledRows(scroll, lines, 10, 80, uncoloured)).toContain('\x1b[7mline 1\x1b[27m9');
    expect(scrollFacts(nextHit(scroll, 1, 100, 10), plain)).toContain('1 of 11');
    expect(scrollFacts(searchPane(atTheEnd, 'nowhere', lines, 10), plain)).toBe('/nowhere nothing found');
  });

  it('tells upper from lower case only when asked in upper case', () => {
    expect(searchPane(atTheEnd, 'error', ['Error', 'error'], 10).hits).toHaveLength(2);
    expect(searchPane(atTheEnd, 'Error', ['Error', 'error'], 10).hits).toHaveLength(1);
  });
});

describe('a pane on the whole screen', () => {
  it("is the program's screen with one row that says how to leave", async () => {
    const { factory } = await terminals(1);
    const session = new Session().start(2, 'vim a.ts');
    const body = createPaneBody({ kind: 'pty', cols: 40, rows: 5 }, true, () => factory);
    body.feed(0, Buffer.from('\x1b[?1049h\x1b[2J\x1b[Hconst a = 1;\x1b[2;1H~\x1b[5;1H"a.ts" 1L'));
    const item = session.transcript.processes.get(2)!;
    const view = { cols: 60, rows: 6, now: 0, look: plain, sizedFor: null };
    expect(fullScreenRows(item, body, view)).toEqual([
      'const a = 1;',
      '~',
      '',
      '',
      '"a.ts" 1L',
      '⠋ 2 vim a.ts · keys go to the program · Ctrl-] comes back',
    ]);
    expect(fullScreenRows(item, body, { ...view, cols: 40 }).at(-1)).toBe('⠋ 2 vim a.ts · Ctrl-] comes back');
    session.close(2, 'ok', 0, 10).finish(2, 'ok');
    expect(fullScreenRows(item, body, view).at(-1)).toBe('✓ 2 vim a.ts · exit 0 · Enter closes');
    body.dispose();
  });

  it('is cropped when its size belongs to another terminal', () => {
    const session = new Session().start(2, 'top');
    const body = createPaneBody({ kind: 'pty', cols: 200, rows: 50 }, true, () => null);
    body.feed(0, Buffer.from(`${'x'.repeat(150)}\n`));
    const rows = fullScreenRows(session.transcript.processes.get(2)!, body, {
      cols: 100,
      rows: 4,
      now: 0,
      look: plain,
      sizedFor: { cols: 200, rows: 50 },
    });
    expect(rows[0]).toBe(`${'x'.repeat(99)}▸`);
    expect(rows.at(-1)).toBe('⠋ 2 top · sized for another terminal (200x50), any key into it takes over');
  });
});
