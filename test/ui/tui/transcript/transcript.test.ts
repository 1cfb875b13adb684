import { describe, expect, it } from 'vitest';
import { type KeptRows, type Layout, layOut, outputsToFetch } from '../../../../src/ui/tui/transcript/layout.ts';
import { transcriptRows } from '../../../../src/ui/tui/transcript/transcript-rows.ts';
import {
  endSearch,
  jumpTo,
  moveTranscript,
  nextFound,
  processInView,
  searchTranscript,
  setFolded,
  showProcess,
  type TranscriptView,
  toggleFilter,
  transcriptAtEnd,
} from '../../../../src/ui/tui/transcript/transcript-view.ts';
import { dueRows, nothingPrinted } from '../../../../src/ui/tui/view/scrollback.ts';
import { denialOf, itemView, plain, Session, uncoloured } from '../view/session.ts';

const HEIGHT = 9;

function reader(session: Session, fetched?: (process: number, attempt: number) => Uint8Array | null) {
  const kept: KeptRows = new WeakMap();
  const view = { ...itemView(60), ...(fetched === undefined ? {} : { fetched }) };
  const layoutOf = ({ unfolded, isFiltered }: TranscriptView): Layout =>
    layOut(session.transcript, view, unfolded, isFiltered, kept);
  const screen = (state: TranscriptView, look = plain) =>
    transcriptRows(state, layoutOf(state), { cols: 60, rows: HEIGHT + 1, look, typedQuery: null });
  return { layoutOf, screen };
}

function conversation(): Session {
  const session = new Session();
  for (let i = 1; i <= 20; i++)
    session
      .message(`question ${i}`)
      .run(
        i,
        `seq ${i}00`,
        Array.from({ length: i * 100 }, (_, n) => `${n + 1}\n`).join(''),
        i === 7 ? 'failed' : 'ok',
        i === 7 ? 1 : 0,
        100,
      )
      .answer(`Answer ${i}.`);
  return session;
}

describe('the transcript view', () => {
  it('opens at the end with the rows of the scrollback', () => {
    const session = conversation();
    const { screen } = reader(session);
    const printed = dueRows(session.transcript, nothingPrinted, itemView(60)).rows;
    expect(screen(transcriptAtEnd).slice(0, HEIGHT)).toEqual(printed.slice(-HEIGHT));
  });

  it('has exactly the rows of the scrollback from its first to its last', () => {
    const session = conversation();
    const { layoutOf } = reader(session);
    const layout = layoutOf(transcriptAtEnd);
    const rows = layout.items.flatMap((_, index) => layout.rowsOf(index));
    expect(rows).toEqual(dueRows(session.transcript, nothingPrinted, itemView(60)).rows);
  });

  it('moves by rows, pages and to both ends', () => {
    const { screen, layoutOf } = reader(conversation());
    const move = (state: TranscriptView, motion: 'up' | 'down' | 'page_up' | 'page_down' | 'home' | 'end') =>
      moveTranscript(state, motion, layoutOf(state), HEIGHT);
    const end = screen(transcriptAtEnd);
    const up = move(transcriptAtEnd, 'up');
    expect(screen(up).slice(1, HEIGHT)).toEqual(end.slice(0, HEIGHT - 1));
    expect(screen(move(up, 'down'))).toEqual(end);
    expect(move(up, 'down').top).toBe(null);
    const page = move(transcriptAtEnd, 'page_up');
    expect(screen(page)[HEIGHT - 1]).toBe(end[0]);
    expect(screen(move(page, 'home'))[0]).toBe('❯ question 1');
    expect(screen(move(move(page, 'home'), 'up'))[0]).toBe('❯ question 1');
  });

  it('lays out only what is looked at', () => {
    const session = conversation();
    const layout = reader(session).layoutOf(transcriptAtEnd);
    const asked = new Set<number>();
    const rowsOf = (index: number) => {
      asked.add(index);
      return layout.rowsOf(index);
    };
    const counting: Layout = { items: layout.items, rowsOf };
    transcriptRows(transcriptAtEnd, counting, { cols: 60, rows: 10, look: plain, typedQuery: null });
    expect(asked.size).toBeLessThanOrEqual(4);
  });

  it('stays where it is while new items arrive, and says how many', () => {
    const session = conversation();
    const { screen, layoutOf } = reader(session);
    const away = moveTranscript(transcriptAtEnd, 'page_up', layoutOf(transcriptAtEnd), HEIGHT);
    const before = screen(away).slice(0, HEIGHT);
    session.message('new').answer('Newer.');
    expect(screen(away).slice(0, HEIGHT)).toEqual(before);
    expect(screen(away).at(-1)).toContain('2 new below');
    expect(screen(transcriptAtEnd)[HEIGHT - 1]).toBe('  Newer.');
  });

  it('unfolds the process in view and folds it again', () => {
    const { screen, layoutOf } = reader(conversation());
    const at = jumpTo(transcriptAtEnd, 'process', -1, layoutOf(transcriptAtEnd), HEIGHT);
    const item = processInView(at, layoutOf(at), HEIGHT)!;
    const open = setFolded(at, item, false);
    expect(screen(open).slice(0, HEIGHT)).toEqual([
      '✓ seq 2000 · exit 0 · 0.1 s',
      ...Array.from({ length: HEIGHT - 1 }, (_, i) => `  ${i + 1}`),
    ]);
    expect(screen(setFolded(open, item, true))).toEqual(screen(at));
  });

  it('jumps between messages and processes', () => {
    const { screen, layoutOf } = reader(conversation());
    const jump = (state: TranscriptView, kind: 'message' | 'process', step: 1 | -1) =>
      jumpTo(state, kind, step, layoutOf(state), HEIGHT);
    const home = moveTranscript(transcriptAtEnd, 'home', layoutOf(transcriptAtEnd), HEIGHT);
    const first = jump(home, 'process', 1);
    expect(screen(first)[0]).toBe('✓ seq 100 · exit 0 · 0.1 s');
    expect(screen(jump(first, 'process', 1))[0]).toBe('✓ seq 200 · exit 0 · 0.1 s');
    expect(screen(jump(jump(first, 'process', 1), 'message', -1))[0]).toBe('❯ question 2');
    expect(screen(jump(jump(first, 'process', 1), 'process', -1))[0]).toBe('✓ seq 100 · exit 0 · 0.1 s');
  });

  it('finds text inside folds, unfolds it there and goes back to where it began', () => {
    const { screen, layoutOf } = reader(conversation());
    const found = searchTranscript(transcriptAtEnd, '1234', layoutOf, HEIGHT);
    expect(screen(found, uncoloured)).toContain('  \x1b[7m1234\x1b[27m');
    expect(screen(found).at(-1)).toContain('/1234 8 of 8');
    const next = nextFound(found, 1, layoutOf, HEIGHT);
    expect(screen(next).at(-1)).toContain('/1234 1 of 8');
    expect(endSearch(next, false).top).toBe(null);
    expect(endSearch(next, true).top).toEqual(next.top);
    expect(screen(searchTranscript(transcriptAtEnd, 'nowhere', layoutOf, HEIGHT)).at(-1)).toContain('nothing found');
  });

  it('reads fetched output where the transcript holds only its ends', () => {
    const all = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `${i + 1}\n`).join(''));
    const session = new Session().start(1, 'seq 60000').print(1, all.toString()).close(1, 'ok', 0, 90).finish(1, 'ok');
    expect(outputsToFetch(session.transcript.items)).toEqual([{ process: 1, attempt: 1, bytes: all.length }]);
    const without = reader(session);
    expect(without.screen(searchTranscript(transcriptAtEnd, '30000', without.layoutOf, HEIGHT)).at(-1)).toContain(
      'nothing found',
    );
    const { screen, layoutOf } = reader(session, () => all);
    const found = searchTranscript(transcriptAtEnd, '30000', layoutOf, HEIGHT);
    expect(screen(found)).toContain('  30000');
    expect(screen(found)).toContain('  30001');
  });

  it('opens at the end of one process', () => {
    const { screen, layoutOf } = reader(conversation());
    const rows = screen(showProcess(transcriptAtEnd, 7, layoutOf, HEIGHT));
    expect(rows.slice(0, HEIGHT)).toEqual(Array.from({ length: HEIGHT }, (_, i) => `  ${692 + i}`));
  });

  it('leaves only failures and questions when asked to', () => {
    const session = conversation()
      .start(21, 'touch /srv/x')
      .close(21, 'blocked', 1, 10, { denial: denialOf() })
      .ask(21, 'touch /srv/x')
      .decide(21, 'refused')
      .finish(21, 'refused');
    const { layoutOf } = reader(session);
    const names = layoutOf(toggleFilter(transcriptAtEnd)).items.map((item) =>
      item.kind === 'process' ? item.command : item.kind,
    );
    expect(names).toEqual(['seq 700', 'touch /srv/x']);
  });
});
