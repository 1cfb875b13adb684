import { describe, expect, it } from 'vitest';
import { firstFrame } from '../../../../src/ui/tui/view/first-frame.ts';
import { type HeaderFacts, headerRows } from '../../../../src/ui/tui/view/header.ts';
import { liveRegion } from '../../../../src/ui/tui/view/live-region.ts';
import { noHeights } from '../../../../src/ui/tui/view/share-heights.ts';
import { plain, Session } from './session.ts';

const facts: HeaderFacts = {
  version: '0.1.0',
  cwd: '/home/ana/src/app',
  branch: 'main',
  model: null,
  instructionFiles: 0,
  sessions: 0,
  alerts: [],
};

describe('the header', () => {
  it('says what this is and, without a model, what typing does', () => {
    expect(headerRows(facts, 80, plain)).toEqual([
      'codex 0.1.0 · ~/src/app (main)',
      'No model is set up, so what you type runs as a command. /model connects one.',
    ]);
    expect(headerRows(facts, 40, plain)).toEqual([
      'codex 0.1.0 · app (main)',
      'No model: what you type runs as a',
      'command. /model connects one.',
    ]);
  });

  it('says with a model what was read and what there is to go back to', () => {
    expect(headerRows({ ...facts, model: 'gpt-5.2', instructionFiles: 2, sessions: 2 }, 80, plain)[1]).toBe(
      'AGENTS.md read (2 files). 2 sessions of this folder: codex resume',
    );
  });

  it('has a third line only for what changes safety', () => {
    expect(headerRows({ ...facts, alerts: ['Commands run without a sandbox: full access.'] }, 80, plain)).toHaveLength(
      3,
    );
  });
});

describe('the first frame', () => {
  const composer = { rows: ['❯ '], cursor: { row: 0, col: 2 } };
  const frame = (cols: number, rows: number) =>
    firstFrame({ version: '0.1.0', cwd: '/home/ana/src/app', cols, rows, look: plain, composer });

  it('is painted from version, folder and size alone', () => {
    expect(frame(80, 24)).toEqual({
      rows: ['codex 0.1.0 · ~/src/app', '', '────────────────────────', '❯ ', 'starting'],
      cursor: { row: 3, col: 2 },
    });
  });

  it('has every row where it stays once header and live region replace it', () => {
    const region = liveRegion({
      transcript: new Session('shell').transcript,
      cols: 80,
      rows: 24,
      look: plain,
      now: 0,
      bodies: () => null,
      tail: [],
      panel: [],
      composer: { ...composer, isEmpty: true },
      selected: null,
      typingInto: null,
      card: () => [],
      status: {
        session: null,
        environment: '',
        contextLeft: null,
        questions: 0,
        questionKey: '',
        running: 0,
        background: 0,
        queued: 0,
        terminals: 1,
        offersHelp: true,
        isUnrecorded: false,
        toast: '',
      },
      heights: noHeights,
    });
    const later = [...headerRows(facts, 80, plain), ...region.rows];
    const first = frame(80, 24);
    expect(later).toHaveLength(first.rows.length);
    expect(later.slice(2)).toEqual(first.rows.slice(2));
    expect(later[0]?.startsWith(first.rows[0]!)).toBe(true);
    expect(region.cursor!.row + 2).toBe(first.cursor.row);
  });

  it('keeps the composer in the lowest window', () => {
    expect(frame(80, 4)).toEqual({ rows: ['codex 0.1.0 · ~/src/app', '', '❯ '], cursor: { row: 2, col: 2 } });
    expect(frame(80, 2)).toEqual({ rows: ['❯ '], cursor: { row: 0, col: 2 } });
  });
});
