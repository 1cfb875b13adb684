import { describe, expect, it } from 'vitest';
import type { QuestionValue } from '../../../../src/core/bus/index.ts';
import { cardNeed, cardRows, questionDetails } from '../../../../src/ui/tui/approvals/card.ts';
import { type Guard, noQuestion } from '../../../../src/ui/tui/approvals/guard.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { denialOf, plain, plainAscii, questionOf, uncoloured, wideQuestion } from '../view/session.ts';

function guardOf(question: QuestionValue, changes: Partial<Guard> = {}): Guard {
  return { ...noQuestion, question, phase: { kind: 'live', how: 'explicit' }, ...changes };
}

function rows(question: QuestionValue, cols = 80, maxRows = 99, changes: Partial<Guard> = {}, look = plain): string[] {
  return cardRows(question, { cols, look, guard: guardOf(question, changes) }, maxRows);
}

const network = questionOf(1, 'curl https://registry.example', {
  subject: {
    kind: 'denial',
    denial: denialOf({
      operation: 'connect',
      target: 'registry.example:443',
      certainty: 'likely',
      evidence: 'Could not resolve host',
      because: ':workspace has no network',
      grants: [{ kind: 'network' }],
    }),
  },
});

describe('the card', () => {
  it('says plainly that a network grant opens the whole network', () => {
    expect(rows(network)).toEqual([
      'Blocked  connect to registry.example:443',
      'Because  :workspace has no network',
      'Allows   the whole network, every host and port',
      'Sure     likely: Could not resolve host; allowing it may not be enough',
      '▸ y  open the whole network for attempt 2 only (Enter)',
      '  s  open the whole network for this session',
      '  w  run once without the sandbox (asked again)',
      '  n  no    t  no, and tell the model why    d  details',
    ]);
    for (const maxRows of [3, 4, 5, 6]) expect(rows(network, 40, maxRows).join('\n')).toContain('whole network');
  });

  it('names every access and grant, or says how many more there are', () => {
    const also = [1, 2, 3].map((n) => ({ operation: 'write' as const, target: `/srv/${n}` }));
    const grants = ['/srv/0', '/srv/1'].map((path) => ({ kind: 'write' as const, path }));
    const several = questionOf(1, 'make', {
      subject: { kind: 'denial', denial: denialOf({ target: '/srv/0', also, grants }) },
    });
    expect(rows(several)[0]).toBe('Blocked  write /srv/0 and 3 more (d)');
    expect(rows(several)[2]).toBe('Allows   write /srv/0 and below, write /srv/1 and below');
    expect(rows(several)[4]).toBe('▸ y  allow these 2 once, then run attempt 2 (Enter)');
  });

  it('warns of a socket that equals root', () => {
    const docker = questionOf(1, 'docker ps', {
      subject: {
        kind: 'denial',
        denial: denialOf({
          operation: 'unix_socket',
          target: '/run/docker.sock',
          grants: [{ kind: 'unix_socket', path: '/run/docker.sock' }],
        }),
      },
    });
    expect(rows(docker)[2]).toBe('Allows   connect to /run/docker.sock (equals root on this machine)');
  });

  it('quotes the model in its own words, harmless and at most two rows', () => {
    const question = questionOf(1, 'make deploy', {
      attempt: 0,
      subject: { kind: 'escalation', justification: `needs the network\x1b[2J ${'very '.repeat(40)}much` },
      offers: ['unsandboxed', 'refused'],
    });
    const shown = rows(question, 80, 99, { highlighted: 'n' });
    expect(shown[0]).toBe('Wants    to run outside the sandbox');
    expect(shown[1]).toMatch(/^Model {4}"needs the network\^\[\[2J very /);
    expect(shown[2]).toMatch(/… \(d\)$/);
    expect(shown.slice(3, 5)).toEqual([
      'Allows   it could then read and change everything you can, and use the',
      '         network',
    ]);
    expect(shown.slice(5)).toEqual([
      '  w  run once without the sandbox (asked again)',
      '▸ n  no (Enter)    t  no, and tell the model why    d  details',
    ]);
  });

  it('asks whether a command may start', () => {
    const question = questionOf(1, 'make', {
      attempt: 0,
      subject: { kind: 'start' },
      offers: ['once', 'session', 'refused'],
    });
    expect(rows(question)).toEqual([
      'Wants    to run this command',
      'Because  what the model does needs your yes (approval policy, or a rule)',
      '▸ y  run it, inside the sandbox (Enter)',
      '  s  run it, and do not ask about exactly this command in this session',
      '  n  no    t  no, and tell the model why    d  details',
    ]);
  });

  it('asks for what a model says it needs, and gives just that', () => {
    const question = questionOf(1, 'make install', {
      attempt: 0,
      subject: {
        kind: 'permission',
        justification: 'it installs there',
        grants: [{ kind: 'write', path: '/srv/app' }],
      },
      offers: ['once', 'session', 'refused'],
    });
    expect(rows(question)).toEqual([
      'Wants    write /srv/app and below',
      'Model    "it installs there"',
      '▸ y  allow this write once, then run it (Enter)',
      '  s  allow this write for this session',
      '  n  no    t  no, and tell the model why    d  details',
    ]);
  });

  it('calls a patch and a tool what they are', () => {
    const start = { attempt: 0, subject: { kind: 'start' }, offers: ['once', 'session', 'refused'] } as const;
    expect(rows(questionOf(1, 'apply_patch a.ts', { ...start, offers: [...start.offers], deed: 'patch' }))).toEqual([
      'Wants    to change these files',
      'Because  what the model does needs your yes (approval policy, or a rule)',
      '▸ y  change them, inside the sandbox (Enter)',
      '  s  change them, and do not ask about other patches in this session',
      '  n  no    t  no, and tell the model why    d  details',
    ]);
    expect(
      rows(questionOf(1, 'github.create', { ...start, offers: [...start.offers], deed: 'tool' })).slice(0, 3),
    ).toEqual([
      'Wants    to call this tool of an MCP server',
      'Because  it acts outside the sandbox and may change something',
      '▸ y  call it (Enter)',
    ]);
  });

  it('shows that it is not live yet, and which choice settles', () => {
    const question = questionOf(1, 'x');
    const arming = rows(question, 80, 99, { phase: { kind: 'arming', how: 'auto', forMs: 600, until: 1 } }, uncoloured);
    expect(arming[4]).toBe('\x1b[2m▸ y  allow this write once, then run attempt 2 (Enter)\x1b[22m');
    expect(rows(question, 80, 99, {}, uncoloured)[4]).toBe('▸ y  allow this write once, then run attempt 2 (Enter)');
    const settling = rows(question, 80, 99, { phase: { kind: 'settling', choice: 's', until: 1 }, highlighted: 's' });
    expect(settling[5]).toBe('▸▸s  allow this write for this session (Enter)');
  });

  it('says in the second step what running without the sandbox means', () => {
    const shown = rows(questionOf(1, 'x'), 80, 99, { phase: { kind: 'confirm', choice: 'w', armedAt: 0 } });
    expect(shown.slice(-2)).toEqual([
      'it could then read and change everything you can, and use the network',
      'Enter runs it without the sandbox   Esc back',
    ]);
  });

  it('has the wider answers in one order, whatever order they are offered in', () => {
    const answers = [
      '▸ y  allow this write once, then run attempt 2 (Enter)',
      '  s  allow this write for this session',
      '  p  preset "npm cache" for this session (shown first)',
      '  a  always allow this write (shown first)',
      '  w  run once without the sandbox (asked again)',
      '  n  no    t  no, and tell the model why    d  details',
    ];
    expect(rows(wideQuestion()).slice(4)).toEqual(answers);
    const offers = [...wideQuestion().offers].reverse();
    expect(rows(wideQuestion({ offers })).slice(4)).toEqual(answers);
    expect(rows(wideQuestion(), 40).slice(5)).toEqual([
      '▸ y once, attempt 2 (Enter)',
      '  s this session   p npm cache…',
      '  a always…   w no sandbox…',
      '  n no   t no, and why   d details',
    ]);
  });

  it('offers no answer whose content nobody could see', () => {
    const shown = rows(wideQuestion({ preset: null, always: null })).join('\n');
    expect(shown).not.toMatch(/preset|always/);
  });

  it('offers a rule for commands that may not start yet', () => {
    const question = questionOf(1, 'make', {
      attempt: 0,
      subject: { kind: 'start' },
      offers: ['once', 'session', 'always', 'refused'],
      always: { file: '/x', added: 'allow = ["make"]' },
    });
    expect(rows(question)).toContain('  a  always run such commands (shown first)');
  });

  const confirming = (choice: 'p' | 'a' | 'w') => ({ phase: { kind: 'confirm', choice, armedAt: 0 } }) as const;

  it('shows a preset whole before it counts: its meaning, and every path and host', () => {
    expect(rows(wideQuestion(), 80, 99, confirming('p')).slice(4)).toEqual([
      'Preset "npm cache", until this session ends: npm keeps its downloads there',
      '  and fetches packages',
      '  write ~/.npm and below',
      '  write ~/.cache/node-gyp and below',
      '  connect to packages.x.example:443',
      'Enter allows all of this   Esc back',
    ]);
    expect(rows(wideQuestion(), 40, 11, confirming('p'))).toEqual([
      'Blocked  write ~/.npm/_cacache',
      'Preset "npm cache", until this',
      '  session ends: npm keeps its',
      '  downloads there and fetches',
      '  packages',
      '  write ~/.npm and below',
      '  write ~/.cache/node-gyp and',
      '    below',
      '  connect to',
      '    packages.x.example:443',
      'Enter allows all of this   Esc back',
    ]);
  });

  it('shows the lines exactly as they will be written, and where', () => {
    expect(rows(wideQuestion(), 80, 99, confirming('a')).slice(4)).toEqual([
      'Adds to ~/.codex/config.toml:',
      '  + [permissions.":workspace".filesystem]',
      '  + "/home/ana/.npm/_cacache" = "write"',
      'Enter writes it   Esc back',
    ]);
    const narrow = rows(wideQuestion(), 40, 99, confirming('a'));
    const added = narrow.slice(narrow.indexOf('Adds to ~/.codex/config.toml:') + 1, -1);
    const written = added.map((row) => (row.startsWith('  + ') ? '\n' : '') + row.slice(4)).join('');
    expect(`${written.slice(1)}\n`).toBe(wideQuestion().always?.added);
  });

  it('shows no control characters of a preset or of lines to be written', () => {
    const question = wideQuestion({
      preset: { name: 'a\x1b[2Jb', meaning: 'm\x07', grants: [{ kind: 'write', path: '/x\x1b[H' }] },
      always: { file: '/f\x1b[H', added: 'x = "\x1b[2J"' },
    });
    for (const choice of ['p', 'a'] as const)
      expect(rows(question, 80, 99, confirming(choice)).join('')).not.toMatch(/[\x00-\x1f]/);
    expect(rows(question).join('')).not.toMatch(/[\x00-\x1f]/);
    expect(questionDetails(question, 80, plain).join('')).not.toMatch(/[\x00-\x1f]/);
  });

  it('says how the rest is read where a second step does not fit', () => {
    expect(rows(wideQuestion(), 80, 4, confirming('p'))).toEqual([
      'Preset "npm cache", until this session ends: npm keeps its downloads there',
      '  and fetches packages',
      '3 more rows: Esc, then d',
      'Enter allows all of this   Esc back',
    ]);
    const all = questionDetails(wideQuestion(), 40, plain).join('\n');
    for (const part of ['/home/ana/.npm', '/home/ana/.cache/node-gyp', 'packages.x.example:443', 'config.toml'])
      expect(all).toContain(part);
  });

  it('has a field for the words to the model', () => {
    const shown = rows(questionOf(1, 'x'), 80, 99, { phase: { kind: 'reason' }, reason: 'use ./tmp' });
    expect(shown.slice(-2)).toEqual(['Why not: use ./tmp▏', 'Enter sends no and these words   Esc back']);
  });

  it('keeps what decides when there is little room', () => {
    expect(rows(questionOf(1, 'x'), 40, 3)).toEqual([
      'Blocked  write ~/.npm/_cacache',
      '▸ y once, attempt 2 (Enter)',
      '  n no   d details',
    ]);
    expect(rows(questionOf(1, 'x'), 80, 6)).toEqual([
      'Blocked  write /home/ana/.npm/_cacache',
      'Because  :workspace opens ~/src/app and the temp folders only',
      'Allows   write ~/.npm/_cacache and below',
      '▸ y once, attempt 2 (Enter)',
      '  s this session   w no sandbox…',
      '  n no   t no, and why   d details',
    ]);
  });

  it('fits its width, its height and twelve rows with title and evidence', () => {
    const phases = [{}, confirming('p'), confirming('a'), confirming('w'), { phase: { kind: 'reason' as const } }];
    for (const question of [questionOf(1, 'x'), network, wideQuestion()]) {
      for (const cols of [20, 28, 40, 60, 80, 200]) {
        for (let maxRows = 3; maxRows < 14; maxRows++) {
          for (const phase of phases) {
            const shown = rows(question, cols, maxRows, phase);
            expect(shown.length).toBeLessThanOrEqual(maxRows);
            if (cols >= 40) for (const row of shown) expect(cellWidth(row)).toBeLessThanOrEqual(cols - 4);
          }
        }
      }
      expect(cardNeed(question, { cols: 40, look: plain, guard: guardOf(question) })).toBeLessThan(10);
    }
  });

  it('speaks ASCII', () => {
    expect(rows(questionOf(1, 'x'), 40, 99, {}, plainAscii).join('\n')).not.toMatch(/[^\x20-\x7e\n]/);
  });

  it('shows everything in full in its details', () => {
    const details = questionDetails(questionOf(1, 'npm install\n  left-pad'), 80, plain);
    expect(details).toEqual([
      'Command',
      '  npm install',
      '    left-pad',
      'Folder',
      '  /home/ana/src/app',
      'Profile',
      '  :workspace',
      'Blocked',
      '  write /home/ana/.npm/_cacache',
      'Because',
      '  :workspace opens ~/src/app and the temp folders only',
      'Seen in the output',
      '  npm error EROFS: mkdir /home/ana/.npm/_cacache',
      'Sure',
      '  certain',
      'A yes would allow',
      '  write /home/ana/.npm/_cacache and below',
    ]);
  });
});
