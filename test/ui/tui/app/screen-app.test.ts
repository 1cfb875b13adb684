import { describe, expect, it } from 'vitest';
import type { EventOf } from '../../../../src/core/bus/index.ts';
import { wideQuestion } from '../view/session.ts';
import { type Core, TestScreen } from './screen.ts';

const ENTER = '\r';
const UP = '\x1b[A';
const CTRL_R = '\x12';
const CTRL_C = '\x03';
/** Sent at once and alone, so the parser has to wait a moment to know that it is no other key. */
const ESC = '\x1b';
const ESC_MS = 200;

function given(grant: number, changes: Partial<EventOf<'grant.given'>> = {}): EventOf<'grant.given'> {
  const grants = [{ kind: 'write' as const, path: `/srv/${grant}` }];
  return { type: 'grant.given', grant, scope: 'session', name: null, grants, command: `make ${grant}`, ...changes };
}

/** Revokes and restores what it is asked to. */
const obeying: Core = (command, tell) => {
  if (command.type === 'grant.revoke') tell({ type: 'grant.revoked', grant: command.grant });
  if (command.type === 'grant.restore') tell({ type: 'grant.restored', grant: command.grant });
  return null;
};

const blocked: EventOf<'question.opened'> = { type: 'question.opened', ...wideQuestion() };

const sizes = [
  { cols: 40, rows: 24 },
  { cols: 80, rows: 24 },
  { cols: 200, rows: 50 },
];

describe('the list of grants on the screen', () => {
  it.each(sizes)('opens with /permissions, revokes with x, and closes with Esc ($cols columns)', async (size) => {
    const screen = await TestScreen.open(size, obeying);
    screen.tell(given(1)).tell(given(2));
    await screen.press(`/permissions${ENTER}`);
    expect((await screen.rows()).join('\n')).toMatch(/Permissions · :workspace · no network/);
    await screen.press(UP);
    await screen.press('x');
    expect(screen.commands('grant.revoke')).toEqual([{ type: 'grant.revoke', grant: 1 }]);
    const rows = await screen.rows();
    expect(rows.filter((row) => row.includes('revoked'))).toHaveLength(1);
    expect(rows.at(-1)).toContain(size.cols < 60 ? 'running commands keep' : 'running commands keep what they were');
    await screen.press('x');
    expect(screen.commands('grant.revoke')).toHaveLength(1);
    await screen.press(ESC);
    await screen.wait(ESC_MS);
    expect((await screen.rows()).join('\n')).not.toContain('Permissions');
    expect(screen.commands('submit')).toEqual([]);
  });

  it('restores what an earlier run was given, and says nothing of running commands', async () => {
    const screen = await TestScreen.open({ cols: 80, rows: 24 }, obeying);
    screen.tell(given(1)).tell({ type: 'session.resumed', recordedAt: 5, lost: 0 });
    await screen.press('\x18p');
    expect((await screen.rows()).join('\n')).toContain('not restored');
    await screen.press('r');
    expect(screen.commands('grant.restore')).toEqual([{ type: 'grant.restore', grant: 1 }]);
    expect((await screen.rows()).join('\n')).not.toMatch(/not restored|running commands/);
  });

  it('says what the core said when it could not revoke', async () => {
    const problem = { what: 'This grant is not in force.', why: '', next: '' };
    const screen = await TestScreen.open({ cols: 80, rows: 24 }, ({ type }) =>
      type === 'grant.revoke' ? { ok: false, code: 'unknown_grant', problem } : null,
    );
    screen.tell(given(1));
    await screen.press('\x18p');
    await screen.press('x');
    expect((await screen.rows()).at(-1)).toContain('This grant is not in force.');
    expect((await screen.rows()).join('\n')).not.toContain('revoked');
  });

  it('shows all of a grant with Enter, and goes back to the list', async () => {
    const screen = await TestScreen.open({ cols: 80, rows: 24 });
    screen.tell(given(1, { name: 'npm cache', grants: wideQuestion().preset?.grants ?? [] }));
    await screen.press('\x18p');
    await screen.press(ENTER);
    expect(await screen.rows()).toContain('  connect to packages.x.example:443');
    await screen.press('q');
    expect((await screen.rows()).join('\n')).toContain('preset npm cache: 2 paths, 1 host');
  });

  it('takes the keys: nothing is typed, and nothing is answered', async () => {
    const screen = await TestScreen.open({ cols: 80, rows: 40 });
    screen.tell(given(1)).tell(blocked);
    await screen.press('\x18p');
    await screen.wait(5_000);
    await screen.press('y');
    await screen.press('q');
    expect(screen.commands('decide')).toEqual([]);
    expect(screen.app.composer.buffer.text).toBe('');
  });
});

describe('a wide answer on the screen', () => {
  /** A card that took the focus by itself and is armed. */
  async function armed(size = { cols: 80, rows: 40 }): Promise<TestScreen> {
    const screen = await TestScreen.open(size);
    screen.tell(blocked);
    for (let moment = 0; moment < 20; moment++) await screen.wait(100);
    return screen;
  }

  it.each([
    ['p', 'preset', 'connect to packages.x.example:443'],
    ['a', 'always', '+ "/home/ana/.npm/_cacache" = "write"'],
    ['w', 'unsandboxed', 'it could then read and change everything'],
  ])('is shown whole behind %s and given by one more Enter', async (key, decision, shown) => {
    const screen = await armed();
    await screen.press(key);
    await screen.wait(400);
    expect((await screen.rows()).join('\n')).toContain(shown);
    expect(screen.commands('decide')).toEqual([]);
    await screen.wait(200);
    await screen.press(ENTER);
    expect(screen.commands('decide')).toMatchObject([{ question: 'q1', decision, shown: 'digest-1' }]);
  });

  it('fits a small window of forty columns with every path and host', async () => {
    const screen = await armed({ cols: 40, rows: 24 });
    await screen.press('p');
    await screen.wait(400);
    const text = (await screen.rows()).join('\n');
    for (const part of ['~/.npm', '~/.cache/node-gyp', 'packages.x.example:443', 'Enter allows all of this   Esc back'])
      expect(text).toContain(part);
  });

  it('is not given by an Enter that closed the details and is held down', async () => {
    const screen = await armed();
    // An arrow makes the card take keys at once; what is marked stays the smallest yes.
    await screen.press(UP);
    await screen.press('d');
    expect((await screen.rows()).join('\n')).toContain('p would allow');
    for (let repeat = 0; repeat < 30; repeat++) {
      await screen.press(ENTER);
      await screen.wait(30);
    }
    expect(screen.commands('decide')).toEqual([]);
    await screen.wait(1_000);
    await screen.press(ENTER);
    expect(screen.commands('decide')).toMatchObject([{ decision: 'once' }]);
  });
});

describe('searching earlier messages on the screen', () => {
  const history = ['npm ci', 'deploy one', 'run tests', 'deploy two'];

  it('finds with Ctrl-R, goes to older ones with it, and sends only with an Enter more', async () => {
    const screen = await TestScreen.open({ cols: 80, rows: 24 }, () => null, history);
    await screen.press(CTRL_R);
    await screen.press('dep');
    expect(await screen.rows()).toContain('search: dep · 1 of 2');
    expect(await screen.rows()).toContain('❯ deploy two');
    await screen.press(CTRL_R);
    expect(await screen.rows()).toContain('❯ deploy one');
    await screen.press(ENTER);
    expect(await screen.rows()).toContain('❯ deploy one');
    expect(screen.commands('submit')).toEqual([]);
    await screen.press(ENTER);
    expect(screen.commands('submit')).toEqual([{ type: 'submit', text: 'deploy one' }]);
  });

  it.each([
    ['Esc', ESC],
    ['Ctrl-C', CTRL_C],
  ])('leaves with %s and gives the draft back', async (_, key) => {
    const screen = await TestScreen.open({ cols: 80, rows: 24 }, () => null, history);
    await screen.press('half');
    await screen.press(CTRL_R);
    await screen.press('dep');
    await screen.press(key);
    await screen.wait(ESC_MS);
    expect(await screen.rows()).toContain('❯ half');
    expect((await screen.rows()).join('\n')).not.toContain('search:');
  });

  it('answers no question with what is searched for', async () => {
    const screen = await TestScreen.open({ cols: 80, rows: 40 }, () => null, history);
    await screen.press(CTRL_R);
    screen.tell(blocked);
    for (let moment = 0; moment < 30; moment++) await screen.wait(100);
    await screen.press('y');
    await screen.wait(1_000);
    expect([screen.app.composer.search?.query, screen.commands('decide')]).toEqual(['y', []]);
  });
});

describe('the keyboard and a program', () => {
  const started = (command: string): EventOf<'process.started'> => ({
    type: 'process.started',
    process: 1,
    call: 'c1',
    turn: 't1',
    attempt: 1,
    command,
    argv: ['bash', '-lc', command],
    cwd: '/home/ana',
    origin: 'person',
    stdio: { kind: 'pty', cols: 77, rows: 22 },
    profile: ':workspace',
    grants: [],
  });

  it('goes to the person’s own command that waits for input, and comes back when it ends', async () => {
    const screen = await TestScreen.open({ cols: 80, rows: 24 });
    await screen.press(`cat${ENTER}`);
    screen.tell(started('cat')).tell({ type: 'process.waiting', process: 1, wait: { hidden: false } });
    await screen.press('hi');
    const written = screen.sent.flatMap((one) => (one.type === 'process.write' ? [Buffer.from(one.bytes)] : []));
    expect(Buffer.concat(written).toString()).toBe('hi');
    screen.tell({ type: 'process.exited', process: 1, attempt: 1, exit: { kind: 'code', code: 0 } });
    await screen.press('next');
    expect(screen.app.composer.buffer.text).toBe('next');
  });

  it('stays with somebody who has typed since, or who searches', async () => {
    for (const keys of ['x', CTRL_R]) {
      const screen = await TestScreen.open({ cols: 80, rows: 24 });
      await screen.press(`cat${ENTER}`);
      screen.tell(started('cat'));
      await screen.press(keys);
      await screen.wait(5_000);
      screen.tell({ type: 'process.waiting', process: 1, wait: { hidden: false } });
      await screen.press('y');
      expect(screen.commands('process.write')).toEqual([]);
    }
  });

  it('gets a returned message back in front of what was typed', async () => {
    const screen = await TestScreen.open({ cols: 80, rows: 24 });
    await screen.press('later');
    screen.tell({ type: 'message.queued', message: 'm', text: 'first' });
    screen.tell({ type: 'message.unqueued', message: 'm', reason: 'returned' });
    expect(screen.app.composer.buffer.text).toBe('first\n\nlater');
    expect(screen.defects).toEqual([]);
  });
});
