import { describe, expect, it } from 'vitest';
import type { EventOf } from '../../../../src/core/bus/index.ts';
import {
  grantDetails,
  markedAtFirst,
  onPermissions,
  permissionsRows,
} from '../../../../src/ui/tui/approvals/permissions-list.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { plain, plainAscii, Session, wideQuestion } from '../view/session.ts';

const at = new Date(2026, 10, 21, 10, 14).getTime();
const second = (at - 1_000_000) / 1000;

function given(grant: number, changes: Partial<EventOf<'grant.given'>> = {}): EventOf<'grant.given'> {
  const grants = [{ kind: 'write' as const, path: '/home/ana/.npm/_cacache' }];
  return {
    type: 'grant.given',
    grant,
    scope: 'session',
    name: null,
    grants,
    command: 'npm install left-pad',
    ...changes,
  };
}

function threeGrants(): Session {
  const preset = { name: 'npm cache', grants: wideQuestion().preset?.grants ?? [], command: 'npm ci\nnpm test' };
  return new Session()
    .tell(given(1), second)
    .tell(given(2, preset))
    .tell(given(3, { scope: 'always', grants: [{ kind: 'host', host: 'example.com', port: null }] }));
}

function rows(session: Session, cols: number, selected: number | null, windowRows = 24, look = plain): string[] {
  return permissionsRows(session.transcript, { cols, rows: windowRows, now: at, look, selected });
}

describe('the list of grants', () => {
  it('names profile and network, then each grant with its scope, what it is, and when it was given for what', () => {
    const session = threeGrants().tell({ type: 'grant.revoked', grant: 1 });
    expect(rows(session, 80, 2)).toEqual([
      '  Permissions · :workspace · no network',
      '  Grants',
      '    session  write ~/.npm/_cacache · you, 10:14 · npm install left-p… · revoked',
      '  ▸ session  preset npm cache: 2 paths, 1 host · you, 10:14 · npm ci',
      '    always   connect to example.com · you, 10:14 · npm install left-pad',
      '  x revoke · Enter details · Esc close',
    ]);
    expect(rows(session, 200, 2)[2]).toBe(
      '    session  write ~/.npm/_cacache · you, 10:14 · npm install left-pad · revoked',
    );
  });

  it('takes two rows for each grant in a narrow window', () => {
    const session = threeGrants().tell({ type: 'grant.revoked', grant: 1 });
    expect(rows(session, 40, 1)).toEqual([
      '  Permissions · :workspace · no network',
      '  Grants',
      '  ▸ write ~/.npm/_cacache',
      '    session · revoked · you, 10:14 · n…',
      '    preset npm cache: 2 paths, 1 host',
      '    session · you, 10:14 · npm ci',
      '    connect to example.com',
      '    always · you, 10:14 · npm install …',
      '  Enter all  Esc',
    ]);
  });

  it('offers to restore what an earlier run was given, and says that it has no effect', () => {
    const session = threeGrants().tell({ type: 'session.resumed', recordedAt: at, lost: 0 });
    expect(rows(session, 200, 1)[2]).toMatch(/ · not restored$/);
    expect(rows(session, 200, 1)[4]).not.toContain('restored');
    expect(rows(session, 80, 1).at(-1)).toBe('  x revoke · r restore · Enter details · Esc close');
    expect(rows(session, 40, 1).at(-1)).toBe('  x revoke  r restore  Enter all  Esc');
    session.tell({ type: 'grant.restored', grant: 1 });
    expect(rows(session, 80, 1).at(-1)).toBe('  x revoke · Enter details · Esc close');
  });

  it('says in a sentence that there are none', () => {
    expect(rows(new Session(), 80, null)).toEqual([
      '  Permissions · :workspace · no network',
      '  No grants yet: what you allow for this session or always is listed here.',
      '  Esc close',
    ]);
  });

  it('writes the day of a grant of another day', () => {
    const shown = permissionsRows(threeGrants().transcript, {
      cols: 200,
      rows: 24,
      now: at + 86_400_000,
      look: plain,
      selected: null,
    });
    expect(shown[2]).toContain('you, 21 Nov 10:14');
  });

  it('scrolls with the marked one, stays in half the window, and inside its width, in every size', () => {
    const session = new Session();
    for (let n = 1; n <= 30; n++) session.tell(given(n, { command: `make ${'very '.repeat(20)}${n}\x1b[2J` }));
    expect(rows(session, 80, 30)[1]).toBe('  Grants · 22 to 30 of 30');
    expect(rows(session, 80, 30)).toHaveLength(12);
    for (const look of [plain, plainAscii]) {
      for (const cols of [20, 28, 40, 60, 80, 200]) {
        for (const windowRows of [12, 24, 50]) {
          const shown = rows(session, cols, 15, windowRows, look);
          expect(shown.length).toBeLessThanOrEqual(Math.max(5, windowRows / 2));
          expect(shown.some((row) => row.startsWith(`  ${look.glyphs.pointer} `))).toBe(true);
          if (cols >= 40) for (const row of shown) expect(cellWidth(row)).toBeLessThan(cols);
        }
      }
    }
    expect(rows(session, 80, 15, 24, plainAscii).join('')).toMatch(/^[\x20-\x7e]*$/);
  });

  it('shows all of a grant in its details', () => {
    const [, preset] = threeGrants().transcript.grants;
    expect(preset === undefined ? [] : grantDetails(preset, 80, at, plain)).toEqual([
      'Preset npm cache allows',
      '  write /home/ana/.npm and below',
      '  write /home/ana/.cache/node-gyp and below',
      '  connect to packages.x.example:443',
      'For',
      '  until this session ends',
      'Given',
      '  by you, 10:14',
      'Asked for by',
      '  npm ci',
      '  npm test',
    ]);
  });
});

describe('a key in the list of grants', () => {
  const { transcript } = threeGrants()
    .tell({ type: 'session.resumed', recordedAt: at, lost: 0 })
    .tell({ type: 'grant.revoked', grant: 2 });

  it('starts at the newest and moves between the ends', () => {
    expect([markedAtFirst(transcript), markedAtFirst(new Session().transcript)]).toEqual([3, null]);
    const move = (from: number | null, action: string) => onPermissions(transcript, from, action);
    expect(move(3, 'list.up')).toEqual({ kind: 'select', grant: 2 });
    expect(move(1, 'list.up')).toEqual({ kind: 'select', grant: 1 });
    expect(move(3, 'list.down')).toEqual({ kind: 'select', grant: 3 });
  });

  it('revokes what is in force or waits to be restored, and nothing twice', () => {
    const revoke = (grant: number) => onPermissions(transcript, grant, 'grant.revoke');
    for (const grant of [1, 3])
      expect(revoke(grant)).toEqual({ kind: 'send', command: { type: 'grant.revoke', grant } });
    expect(revoke(2)).toMatchObject({ kind: 'say' });
  });

  it('restores only what waits for it', () => {
    const restore = (grant: number) => onPermissions(transcript, grant, 'grant.restore');
    expect(restore(1)).toEqual({ kind: 'send', command: { type: 'grant.restore', grant: 1 } });
    for (const grant of [2, 3]) expect(restore(grant)).toMatchObject({ kind: 'say' });
  });

  it('opens the details, closes, and means nothing where there is no grant', () => {
    expect(onPermissions(transcript, 2, 'grant.details')).toEqual({ kind: 'details', grant: 2 });
    expect(onPermissions(transcript, 2, 'view.close')).toEqual({ kind: 'close' });
    for (const action of ['grant.revoke', 'grant.restore', 'grant.details', ''])
      expect(onPermissions(new Session().transcript, null, action)).toEqual({ kind: 'nothing' });
  });
});
