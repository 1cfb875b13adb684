import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Transcript } from '../../../../src/core/bus/index.ts';
import { cardRows } from '../../../../src/ui/tui/approvals/card.ts';
import { type Guard, guardStep, noQuestion } from '../../../../src/ui/tui/approvals/guard.ts';
import { backgroundListRows } from '../../../../src/ui/tui/panes/background-list.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { type LiveInput, type LiveRegion, liveRegion } from '../../../../src/ui/tui/view/live-region.ts';
import { createPaneBody, type PaneBody } from '../../../../src/ui/tui/view/pane-body.ts';
import { headerPrinted, tailRows } from '../../../../src/ui/tui/view/scrollback.ts';
import { noHeights } from '../../../../src/ui/tui/view/share-heights.ts';
import type { StatusFacts } from '../../../../src/ui/tui/view/status-line.ts';
import { coloured, denialOf, itemView, plain, plainAscii, Session } from './session.ts';

const status: StatusFacts = {
  session: { name: 'gpt-5.2', cwd: '/home/ana/src/app', profile: ':workspace', network: 'restricted' },
  environment: '',
  contextLeft: 71,
  questions: 0,
  questionKey: '',
  running: 0,
  background: 0,
  queued: 0,
  terminals: 1,
  offersHelp: false,
  isUnrecorded: false,
  toast: '',
};

function bodiesOf(transcript: Transcript): (process: number) => PaneBody | null {
  const bodies = new Map<number, PaneBody>();
  for (const [number, { stdio, attempts }] of transcript.processes) {
    const body = createPaneBody(stdio, true, () => null);
    body.feed(0, attempts.at(-1)?.excerpt.last(100_000) ?? new Uint8Array());
    bodies.set(number, body);
  }
  return (process) => bodies.get(process) ?? null;
}

function draw(
  { transcript }: Session,
  cols: number,
  rows: number,
  changes: Partial<LiveInput> = {},
  guard: Guard | null = null,
): LiveRegion {
  const look = changes.look ?? plain;
  const [question] = transcript.questions;
  const shown =
    guard ??
    guardStep(
      noQuestion,
      { type: 'question', question: question ?? null },
      { composerIsEmpty: true, isElsewhere: false },
      0,
    ).guard;
  return liveRegion({
    transcript,
    cols,
    rows,
    look,
    now: transcript.at,
    bodies: bodiesOf(transcript),
    tail: tailRows(transcript, headerPrinted, itemView(cols, look)),
    panel: [],
    composer: { rows: [`${look.glyphs.prompt} `], cursor: { row: 0, col: 2 }, isEmpty: true },
    selected: null,
    typingInto: null,
    card: (asked, maxRows) => cardRows(asked, { cols, look, guard: shown }, maxRows),
    status,
    heights: noHeights,
    ...changes,
  });
}

function threeChecks(): Session {
  const session = new Session().tell({
    type: 'answer.delta',
    item: 'a',
    turn: 't1',
    from: 0,
    text: "I'll start the three checks together.",
  });
  session.start(1, 'npm test', {}, 0).start(2, 'npx tsc --noEmit', {}, 0).start(3, 'npm init', {}, 9);
  session.print(3, 'This utility will walk you through creating a package.json file.\r\npackage name: (app) ', 1, 9.5);
  session.tell({ type: 'process.waiting', process: 3, wait: { hidden: false } });
  session.tell({ type: 'message.queued', message: 'q', text: 'then bump the version' });
  return session.print(
    1,
    '✓ src/core/rollout.test.ts (9)\r\n✓ src/core/bus.test.ts (14)\r\nTests  210 passed\r\n',
    1,
    12,
  );
}

const draft = { rows: ['❯ and check the change log '], cursor: { row: 0, col: 27 }, isEmpty: false };

describe('several panes', () => {
  it('stand between tail and composer at 80x24', () => {
    const { rows, cursor } = draw(threeChecks(), 80, 24, {
      status: { ...status, running: 3 },
      composer: { ...draft, isEmpty: true },
    });
    expect(rows).toEqual([
      '',
      "  I'll start the three checks together.",
      '',
      '⠋ 1 npm test · running · 0:12',
      '   ✓ src/core/rollout.test.ts (9)',
      '   ✓ src/core/bus.test.ts (14)',
      '   Tests  210 passed',
      '⠋ 2 npx tsc --noEmit · running · 0:12',
      '   no output yet',
      '▸ 3 npm init · waiting for input · 0:03',
      '   This utility will walk you through creating a package.json file.',
      '   package name: (app) ▏',
      '   Tab to type into it',
      '  1 queued: then bump the version · ↑ edits it',
      '────────────────────────',
      '❯ and check the change log ',
      'gpt-5.2 · ~/src/app · :workspace, no network · 71% left · 3 running',
    ]);
    expect(cursor).toEqual({ row: 15, col: 27 });
  });

  it('give rows up in a lower and narrower window', () => {
    const { rows } = draw(threeChecks(), 40, 13, { status: { ...status, running: 3 }, composer: draft, tail: [] });
    expect(rows).toEqual([
      '',
      '⠋ 1 npm test · running · 0:12',
      '   ✓ src/core/bus.test.ts (14)',
      '   Tests  210 passed',
      '⠋ 2 npx tsc --noEmit · running · 0:12',
      '▸ 3 npm init · waiting for input · 0:03',
      '   package name: (app) ▏',
      '   Ctrl-X 3 to type into it',
      '  1 queued: then bump the… · ↑ edits it',
      '────────────────────────',
      '❯ and check the change log ',
      'gpt-5.2 · app · 71% · 3 run',
    ]);
  });

  it('need no more room at 200 columns', () => {
    const wide = draw(threeChecks(), 200, 50, { status: { ...status, running: 3 } });
    const usual = draw(threeChecks(), 80, 24, { status: { ...status, running: 3 } });
    expect(wide.rows).toEqual(usual.rows);
  });

  it('are drawn in ASCII where there is nothing else', () => {
    const { rows } = draw(threeChecks(), 80, 24, { look: plainAscii, status: { ...status, running: 3 } });
    const own = rows.filter((row) => !row.includes('src/core/'));
    expect(own.join('\n')).not.toMatch(/[^\x20-\x7e\n]/);
    expect(own).toContain('> 3 npm init - waiting for input - 0:03');
    expect(own).toContain('   package name: (app) _');
  });

  it('say how they are reached while there is a draft', () => {
    expect(draw(threeChecks(), 80, 24, { composer: draft }).rows).toContain('   Ctrl-X 3 to type into it');
  });

  it('keep the earlier attempt above the one that runs', () => {
    const session = new Session()
      .start(2, 'npm install left-pad')
      .close(2, 'blocked', 243, 900, { denial: denialOf() });
    session
      .ask(2, 'npm install left-pad')
      .decide(2, 'once')
      .start(2, 'npm install left-pad', { attempt: 2 }, 5)
      .print(2, 'added 1 package in 1s\n', 2, 7);
    expect(draw(session, 80, 24).rows.slice(1, 5)).toEqual([
      '⠋ 2 npm install left-pad · running, attempt 2 · 0:02',
      '   1 ⊘ blocked: write ~/.npm/_cacache · you allowed it once',
      '   ── attempt 2',
      '   added 1 package in 1s',
    ]);
  });

  it('are counted when not all fit', () => {
    const session = new Session();
    for (let n = 1; n <= 9; n++) session.start(n, `sleep ${n}`);
    session.tell({ type: 'process.waiting', process: 9, wait: { hidden: false } });
    expect(draw(session, 80, 8).rows).toEqual([
      '⠋ 1 sleep 1 · running · 0:00',
      '⠋ 2 sleep 2 · running · 0:00',
      '⠋ 3 sleep 3 · running · 0:00',
      '▸ 9 sleep 9 · waiting for input · 0:00',
      '… 5 more running (Ctrl-X b lists them)',
      '❯ ',
      'gpt-5.2 · ~/src/app · :workspace, no network · 71% left',
    ]);
  });

  it('show a hidden prompt without a cursor mark for what is typed', () => {
    const session = new Session()
      .start(1, 'sudo -v')
      .print(1, '[sudo] password for ana: ')
      .tell({ type: 'process.waiting', process: 1, wait: { hidden: true } });
    expect(draw(session, 80, 24).rows.slice(1, 5)).toEqual([
      '▸ 1 sudo -v · waiting for input · 0:00',
      '   [sudo] password for ana: ▏',
      '   typing is hidden',
      '   Tab to type into it',
    ]);
  });

  it('put the cursor into the pane that is typed into and say so', () => {
    const { rows, cursor } = draw(threeChecks(), 80, 24, { typingInto: 3 });
    expect(rows.at(-1)).toBe('gpt-5.2 · keys go to 3 npm init · Ctrl-] comes back');
    expect(rows[cursor!.row]).toBe('   package name: (app) ');
    expect(cursor!.col).toBe('   package name: (app) '.length);
  });

  it('leave out what is in the background until it asks', () => {
    const session = new Session().start(1, 'npm run dev').tell({ type: 'process.backgrounded', process: 1 });
    expect(draw(session, 80, 24).rows.some((row) => row.includes('npm run dev'))).toBe(false);
    session.close(1, 'blocked', 1, 10, { denial: denialOf() }).ask(1, 'npm run dev');
    expect(draw(session, 80, 24).rows.some((row) => row.includes('npm run dev · needs your answer'))).toBe(true);
  });
});

describe('an open card', () => {
  function asking(): Session {
    return new Session()
      .start(2, 'npm install left-pad', {}, 0)
      .print(2, 'npm error code EROFS\r\nnpm error syscall mkdir\r\n')
      .close(2, 'blocked', 243, 2_000, { denial: denialOf() })
      .ask(2, 'npm install left-pad', {}, 1)
      .tell({ type: 'usage.updated', used: 1, window: 2 }, 5);
  }
  const asked = { ...status, questions: 1, running: 2 };

  it('stands in its pane at 80 columns', () => {
    expect(draw(asking(), 80, 24, { status: asked }).rows.slice(1)).toEqual([
      '? 2 npm install left-pad · needs your answer · 0:04',
      '   npm error code EROFS',
      '   npm error syscall mkdir',
      '   Blocked  write /home/ana/.npm/_cacache',
      '   Because  :workspace opens ~/src/app and the temp folders only',
      '   Allows   write ~/.npm/_cacache and below',
      '   Sure     certain: npm error EROFS: mkdir ~/.npm/_cacache',
      '   ▸ y  allow this write once, then run attempt 2 (Enter)',
      '     s  allow this write for this session',
      '     w  run once without the sandbox (asked again)',
      '     n  no    t  no, and tell the model why    d  details',
      '────────────────────────',
      '❯ ',
      'gpt-5.2 · ~/src/app · :workspace, no network · 71% · 1 question · 2 run',
    ]);
  });

  it('stands in its pane at 40 columns', () => {
    expect(draw(asking(), 40, 24, { status: asked }).rows.slice(1)).toEqual([
      '? 2 npm install left-pad',
      '  needs your answer · 0:04',
      '   npm error code EROFS',
      '   npm error syscall mkdir',
      '   Blocked  write ~/.npm/_cacache',
      '   Because  :workspace op… folders only',
      '   Allows   write ~/.npm/_cacache and',
      '            below',
      '   Sure     certain',
      '   ▸ y once, attempt 2 (Enter)',
      '     s this session   w no sandbox…',
      '     n no   t no, and why   d details',
      '────────────────────────',
      '❯ ',
      'gpt-5.2 · app · 1 question · 2 run',
    ]);
  });

  it('can still be answered at 40x10', () => {
    const { rows } = draw(asking(), 40, 10, { status: asked });
    expect(rows.length).toBeLessThanOrEqual(9);
    for (const part of ['Blocked  write ~/.npm/_cacache', 'y once', 'n no', 'd details', '❯ ']) {
      expect(rows.some((row) => row.includes(part))).toBe(true);
    }
  });

  it('is the oldest; the others wait as titles', () => {
    const session = asking()
      .start(3, 'pip install x')
      .close(3, 'blocked', 1, 10, { denial: denialOf() })
      .ask(3, 'pip install x');
    expect(draw(session, 80, 24).rows).toContain('? 3 pip install x · needs your answer (2nd) · 0:00');
  });

  it('may be pushed by other panes but never out', () => {
    const session = asking();
    for (let n = 3; n <= 12; n++) session.start(n, `sleep ${n}`).print(n, 'x\n'.repeat(30));
    for (let rows = 6; rows <= 30; rows++) {
      const region = draw(session, 80, rows, { status: asked });
      expect(region.rows.some((row) => row.includes('write'))).toBe(true);
      expect(region.rows.length).toBeLessThan(rows);
    }
  });
});

describe('the background list', () => {
  it('says of each what it does or waits for', () => {
    const session = new Session()
      .start(4, 'npm run dev', {}, 0)
      .print(4, 'VITE ready\r\n  Local: http://localhost:5173/\r\n', 1, 170);
    session.start(5, 'cargo watch -x check', {}, 0).print(5, 'waiting for file changes\r\n', 1, 32);
    session
      .start(6, 'sudo apt-get update', {}, 190)
      .print(6, '[sudo] password for ana: ', 1, 191)
      .tell({ type: 'process.waiting', process: 6, wait: { hidden: true } });
    for (const process of [4, 5, 6]) session.tell({ type: 'process.backgrounded', process }, 192);
    const { transcript } = session;
    expect(
      backgroundListRows(transcript, {
        cols: 80,
        rows: 24,
        now: transcript.at,
        look: plain,
        selected: 4,
        bodies: bodiesOf(transcript),
      }),
    ).toEqual([
      '  Background (3)',
      '  ▸ 4 ⇣ npm run dev · 3:12 · localhost:5173 ready',
      '    5 ⇣ cargo watch -x check · quiet 2:40 · waiting for file changes',
      '    6 ▸ sudo apt-get update · waits for input: [sudo] password for ana:',
      '  Enter show · f full screen · i type · o output · k stop · Esc close',
    ]);
  });
});

describe('any live region', () => {
  it('stays inside its window', () => {
    const session = threeChecks()
      .start(4, 'npm install left-pad')
      .print(4, `${'long '.repeat(60)}\n`)
      .close(4, 'blocked', 1, 10, { denial: denialOf() })
      .ask(4, 'npm install');
    for (let n = 5; n < 9; n++) session.start(n, `run ${'x'.repeat(n * 20)}`).print(n, '日本語'.repeat(40));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 210 }),
        fc.integer({ min: 3, max: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(null, 3, 7),
        (cols, rows, lines, chosen) => {
          const composer = {
            rows: Array.from({ length: lines }, (_, i) => `❯ ${i}`),
            cursor: { row: lines - 1, col: 2 },
            isEmpty: false,
          };
          const region = draw(session, cols, rows, {
            look: coloured,
            composer,
            selected: chosen,
            typingInto: chosen === 7 ? 7 : null,
            status: { ...status, questions: 1, running: 8 },
          });
          expect(region.rows.length).toBeLessThanOrEqual(rows - 1);
          for (const row of region.rows) expect(cellWidth(row)).toBeLessThanOrEqual(Math.max(1, cols - 1));
          if (region.cursor !== null) {
            expect(region.cursor.row).toBeLessThan(region.rows.length);
            expect(region.cursor.col).toBeLessThan(Math.max(2, cols));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('asks for a bigger window below 20x5 and keeps the composer', () => {
    expect(draw(threeChecks(), 80, 4).rows).toEqual(['needs a bigger window (20x5)', '❯ ']);
    expect(draw(threeChecks(), 18, 24).rows).toEqual(['needs a bigger wi', '❯ ']);
  });
});
