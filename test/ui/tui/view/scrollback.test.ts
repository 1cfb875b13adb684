import { describe, expect, it } from 'vitest';
import { apply, emptyTranscript, type TranscriptEvent } from '../../../../src/core/bus/index.ts';
import {
  dueRows,
  headerPrinted,
  nothingPrinted,
  resumedRows,
  tailRows,
} from '../../../../src/ui/tui/view/scrollback.ts';
import { denialOf, itemView, plain, plainAscii, Session } from './session.ts';

const narrow = itemView(40);
const wide = itemView(80);

function printed(session: Session, view = wide): string[] {
  return dueRows(session.transcript, nothingPrinted, view).rows;
}

/** The example of a whole turn. */
function fixTheTests(): Session {
  const output = [
    '> app@1.0.0 test',
    '> vitest run',
    ...Array.from({ length: 1215 }, (_, i) => `line ${i}`),
    'Tests  1 failed | 611 passed (612)',
  ];
  const cache = denialOf({ target: '/srv/cache/x', grants: [{ kind: 'write', path: '/srv/cache/x' }] });
  return new Session()
    .message('run the tests and fix what fails')
    .answer("I'll run the suite first, then look at what fails.")
    .run(1, 'npm test', `${output.join('\n')}\n`, 'failed', 1, 12_400)
    .start(2, 'touch /srv/cache/x')
    .close(2, 'blocked', 1, 50, { denial: cache })
    .ask(2, 'touch /srv/cache/x')
    .decide(2, 'once', { grants: cache.grants })
    .start(2, 'touch /srv/cache/x', { attempt: 2 })
    .close(2, 'ok', 0, 100, { attempt: 2 })
    .finish(2, 'ok')
    .answer('One test failed because a slow client was closed. It is now told that it lagged. All 612 pass.')
    .endTurn(48_000, 3, 41_000);
}

describe('finished items', () => {
  it('read as one turn at 80 columns', () => {
    expect(printed(fixTheTests())).toEqual([
      '❯ run the tests and fix what fails',
      '',
      "  I'll run the suite first, then look at what fails.",
      '',
      '✗ npm test · exit 1 · 12.4 s',
      '  > app@1.0.0 test',
      '  > vitest run',
      '  line 0',
      '  line 1',
      '  line 2',
      '  … 1,203 lines, Ctrl-T to read',
      ...Array.from({ length: 9 }, (_, i) => `  line ${1206 + i}`),
      '  Tests  1 failed | 611 passed (612)',
      '',
      '✓ touch /srv/cache/x · exit 0 on attempt 2 · 0.1 s',
      '  1 ⊘ blocked by the sandbox: write /srv/cache/x',
      '      you allowed it once: write /srv/cache/x',
      '  2 ✓ exit 0',
      '',
      '  One test failed because a slow client was closed. It is now told that it',
      '  lagged. All 612 pass.',
      '  ── 48 s · 3 commands · 41k tokens',
    ]);
  });

  it('read as one turn at 40 columns', () => {
    const rows = printed(fixTheTests(), narrow);
    expect(rows.slice(0, 5)).toEqual([
      '❯ run the tests and fix what fails',
      '',
      "  I'll run the suite first, then look",
      '  at what fails.',
      '',
    ]);
    expect(rows.slice(-12)).toEqual([
      '✓ touch /srv/cache/x',
      '  exit 0 on attempt 2 · 0.1 s',
      '  1 ⊘ blocked by the sandbox: write',
      '    /srv/cache/x',
      '      you allowed it once: write',
      '        /srv/cache/x',
      '  2 ✓ exit 0',
      '',
      '  One test failed because a slow client',
      '  was closed. It is now told that it',
      '  lagged. All 612 pass.',
      '  ── 48 s · 3 commands · 41k tokens',
    ]);
  });

  it('carry the same information in ASCII', () => {
    const rows = printed(fixTheTests(), itemView(80, plainAscii));
    expect(rows.join('\n')).not.toMatch(/[^\x20-\x7e\n]/);
    expect(rows).toContain('  1 ! blocked by the sandbox: write /srv/cache/x');
    expect(rows).toContain('  ... 1,203 lines, Ctrl-T to read');
  });

  it('name what was refused, with the words that were said', () => {
    const session = new Session()
      .start(1, 'touch /srv/x')
      .print(1, 'touch: no\n')
      .close(1, 'blocked', 1, 40, { denial: denialOf({ target: '/srv/x' }) });
    session.ask(1, 'touch /srv/x').decide(1, 'refused', { reason: 'use ./tmp instead' }).finish(1, 'refused');
    expect(printed(session)).toEqual([
      '⊖ touch /srv/x · refused by you: write /srv/x — "use ./tmp instead" · 0.0 s',
      '  touch: no',
    ]);
  });

  it('say when nobody was asked about what was blocked', () => {
    const session = new Session()
      .start(1, 'touch /srv/x')
      .close(1, 'blocked', 1, 40, { denial: denialOf({ target: '/srv/x' }) })
      .finish(1, 'blocked');
    expect(printed(session)).toEqual([
      '⊘ touch /srv/x',
      '  blocked by the sandbox: write /srv/x (not asked) · exit 1 · 0.0 s',
    ]);
  });

  it('tell of an access that was blocked although the command went well', () => {
    const session = new Session()
      .start(1, 'pip list')
      .close(1, 'ok', 0, 900, { denial: denialOf({ target: '/home/ana/.cache/pip' }) })
      .finish(1, 'ok');
    expect(printed(session)).toEqual([
      '✓ pip list · exit 0, one access blocked · 0.9 s',
      '  ⊘ blocked: write ~/.cache/pip',
    ]);
  });

  it('say what an escalation was about, refused before anything ran', () => {
    const session = new Session().ask(1, 'make deploy', {
      attempt: 0,
      subject: { kind: 'escalation', justification: 'network' },
      offers: ['unsandboxed', 'refused'],
    });
    session.decide(1, 'refused').finish(1, 'refused');
    expect(printed(session)).toEqual(['⊖ make deploy · refused by you: to run without the sandbox']);
  });

  it('give the reason when nothing ran', () => {
    const problem = {
      what: 'The sandbox cannot start here.',
      why: 'bubblewrap is not installed',
      next: 'sudo apt-get install bubblewrap',
    };
    const session = new Session().tell({
      type: 'call.started',
      turn: 't1',
      call: 'c1',
      name: 'exec_command',
      arguments: '{"cmd":"make"}',
    });
    session.tell({ type: 'process.finished', process: 1, call: 'c1', outcome: 'not_started', problem });
    expect(printed(session)).toEqual([
      '⊗ make · not run',
      '  The sandbox cannot start here.',
      '  Why   bubblewrap is not installed',
      '  Next  sudo apt-get install bubblewrap',
    ]);
  });

  it('mark what was running when the program ended, with what it printed', () => {
    const session = new Session().start(1, 'npm run migrate').print(1, 'table users\n').finish(1, 'lost');
    session.tell({ type: 'session.resumed', recordedAt: new Date(2026, 10, 21, 10, 14).getTime(), lost: 1 });
    expect(printed(session)).toEqual([
      '∅ npm run migrate · lost: the program ended while this ran',
      '  table users',
      '  It was not run again.',
      '',
      '── resumed, recorded until 21 Nov 10:14 ──',
      '1 command was running when the program ended. It was not started again.',
    ]);
  });

  it('show a command of the shell once, without message and summary', () => {
    const session = new Session('shell')
      .message('ls')
      .start(1, 'ls', { origin: 'person' })
      .print(1, 'a.txt\r\nb.txt\r\n')
      .close(1, 'ok', 0, 30)
      .finish(1, 'ok')
      .endTurn(40, 1, null);
    expect(printed(session)).toEqual(['✓ ls · exit 0 · 0.0 s', '  a.txt', '  b.txt']);
  });

  it('show more of what a person ran', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `${i}\n`).join('');
    const rows = (count: number) =>
      printed(
        new Session('shell')
          .start(1, 'seq', { origin: 'person' })
          .print(1, lines(count))
          .close(1, 'ok', 0, 30)
          .finish(1, 'ok'),
      );
    expect(rows(400)).toHaveLength(401);
    expect(rows(401)).toHaveLength(1 + 100 + 1 + 200);
    expect(rows(401)[101]).toBe('  … 101 lines, Ctrl-T to read');
  });

  it('count what is folded exactly, even where the middle of the output is not kept', () => {
    const session = new Session()
      .start(1, 'seq 60000')
      .print(1, Array.from({ length: 60_000 }, (_, i) => `${i + 1}\n`).join(''));
    session
      .tell({
        type: 'process.closed',
        process: 1,
        attempt: 1,
        exit: { kind: 'code', code: 0 },
        outcome: 'ok',
        bytes: 348_894,
        lines: 60_000,
        durationMs: 90,
        denial: null,
      })
      .finish(1, 'ok');
    const rows = printed(session);
    expect(rows.slice(1, 7)).toEqual(['  1', '  2', '  3', '  4', '  5', '  … 59,985 lines, Ctrl-T to read']);
    expect(rows.slice(7)).toEqual(Array.from({ length: 10 }, (_, i) => `  ${59_991 + i}`));
  });

  it('show a notice as the card of a problem', () => {
    const problem = {
      what: 'The model server at http://localhost:11434 does not answer',
      why: 'connection refused, 3 tries in 4.1 s',
      next: 'ollama serve',
    };
    expect(printed(new Session().tell({ type: 'notice', level: 'error', problem }))).toEqual([
      '✗ The model server at http://localhost:11434 does not answer',
      '  Why   connection refused, 3 tries in 4.1 s',
      '  Next  ollama serve',
    ]);
  });

  it('say so when a command moves to the background', () => {
    const session = new Session().start(4, 'npm run dev').tell({ type: 'process.backgrounded', process: 4 });
    expect(printed(session)).toEqual(['⇣ 4 npm run dev moved to the background']);
  });
});

describe('printing', () => {
  it('sends the same rows whether it follows every event or catches up at once', () => {
    const text = 'First paragraph of it.\n\nSecond one,\nlonger.\n\n```sh\nmake\nmake test\n```\n\nThe end.';
    const events: TranscriptEvent[] = [{ type: 'message.added', item: 'm', turn: 't', text: 'go' }];
    for (let at = 0; at < text.length; at += 3)
      events.push({ type: 'answer.delta', item: 'a', turn: 't', from: at, text: text.slice(at, at + 3) });
    events.push({ type: 'answer.completed', item: 'a', turn: 't', text });
    events.push({
      type: 'turn.ended',
      turn: 't',
      outcome: 'completed',
      durationMs: 900,
      commands: 0,
      tokens: null,
      problem: null,
    });

    const live = emptyTranscript();
    const rows: string[] = [];
    let state = nothingPrinted;
    for (const event of events) {
      const due = dueRows(apply(live, event), state, narrow);
      rows.push(...due.rows);
      state = due.printed;
    }
    expect(rows).toEqual(dueRows(events.reduce(apply, emptyTranscript()), nothingPrinted, narrow).rows);
    expect(rows.at(-1)).toBe('  ── 0.9 s');
    expect(dueRows(live, state, narrow).rows).toEqual([]);
  });

  it('prints settled paragraphs of a growing answer and keeps the open one in the tail', () => {
    const session = new Session().tell({
      type: 'answer.delta',
      item: 'a',
      turn: 't',
      from: 0,
      text: 'Settled.\n\nStill op',
    });
    const due = dueRows(session.transcript, headerPrinted, wide);
    expect(due.rows).toEqual(['', '  Settled.']);
    expect(tailRows(session.transcript, due.printed, wide)).toEqual(['', '  Still op']);
  });

  it('sets an answer off again after something else was printed between its parts', () => {
    const session = new Session().tell({ type: 'answer.delta', item: 'a', turn: 't', from: 0, text: 'One.\n\nTwo' });
    const first = dueRows(session.transcript, nothingPrinted, wide);
    session
      .run(1, 'true', '', 'ok', 0, 10)
      .tell({ type: 'answer.completed', item: 'a', turn: 't', text: 'One.\n\nTwo.' });
    expect([...first.rows, ...dueRows(session.transcript, first.printed, wide).rows]).toEqual([
      '  One.',
      '',
      '✓ true · exit 0 · 0.0 s',
      '',
      '  Two.',
    ]);
  });

  it('shows the end of a resumed session and counts what is above', () => {
    const session = new Session();
    for (let i = 1; i <= 30; i++) session.message(`message ${i}`);
    const { rows, printed: state } = resumedRows(session.transcript, 6, wide);
    expect(rows).toEqual([
      '… 27 earlier items: Ctrl-T reads them all',
      '',
      '❯ message 28',
      '',
      '❯ message 29',
      '',
      '❯ message 30',
    ]);
    session.message('new');
    expect(dueRows(session.transcript, state, wide).rows).toEqual(['', '❯ new']);
  });

  it('repeats of a long message only its beginning', () => {
    const rows = printed(new Session().message(Array.from({ length: 10_000 }, (_, i) => `line ${i}`).join('\n')));
    expect(rows).toHaveLength(40);
    expect(rows.at(-1)).toBe('  … 9,961 lines, Ctrl-T to read');
  });

  it('draws with the look it is given, every row closed', () => {
    const rows = dueRows(fixTheTests().transcript, nothingPrinted, {
      ...wide,
      look: { ...plain, style: { depth: '16', paint: (role, text) => `<${role}>${text}</${role}>` } },
    }).rows;
    expect(rows).toContain('<bad>✗</bad> npm test · <bad>exit 1</bad> · 12.4 s');
  });
});
