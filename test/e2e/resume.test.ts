// How does somebody come back? The list, its search and preview, and the transcript that was there before.

import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Place, type Program, programsOfATest, recordsIn } from '../support/program.ts';

const tests = programsOfATest();

/** A session that ran `command` and was left in order. */
async function session(place: Place, command: string, cwd = place.workspace): Promise<string> {
  const known = place.records();
  const program = tests.open({ place, args: [command], cwd });
  await program.waitForLine(/· exit \d+ · \d/);
  program.send('\x04');
  await program.exit;
  const file = place.records().find((record) => !known.includes(record)) ?? '';
  return String(recordsIn(file)[0]?.payload.id);
}

/** The rows from the first item to the last: what both the live and the resumed screen show of a session. */
function items(history: readonly string[]): string[] {
  const first = history.findIndex((row) => /^[✓✗⊘⊖⊗∅❯] /.test(row));
  const end = history.findIndex((row, index) => index > first && /^(─{24}|Session kept|── resumed)/.test(row));
  return history
    .slice(first, end < 0 ? undefined : end)
    .map((row) => row.trimEnd())
    .join('\n')
    .trimEnd()
    .split('\n');
}

async function leave(program: Program): Promise<void> {
  program.send('\x04');
  await program.exit;
  await program.drawn();
}

describe('codex resume', () => {
  it('lists the sessions of this folder, newest first, and opens the chosen one', async () => {
    const place = tests.place();
    await session(place, 'echo apples');
    await session(place, 'echo pears');
    await session(place, 'echo elsewhere', place.outside);
    const program = tests.open({ place, args: ['resume'] });
    await program.waitFor(/Sessions of .*workspace · 2/);
    await program.waitFor(/▸ .* echo pears/);
    const rows = program.screen();
    const at = (name: string) => rows.findIndex((row) => row.includes(name));
    expect(at('echo pears')).toBeLessThan(at('echo apples'));
    expect(at('echo elsewhere')).toBe(-1);
    expect(program.modes().alternateScreen).toBe(true);
    // The preview shows what the selected one printed.
    expect(program.text()).toMatch(/── preview[\s\S]*✓ echo pears · exit 0[\s\S]* pears/);
    program.send('\x1b[B');
    await program.waitFor(/▸ .* echo apples/);
    await program.waitFor(/── preview[\s\S]*✓ echo apples/);
    program.send('\r');
    await program.waitForLine(/^✓ echo apples · exit 0/);
    await program.ready();
    expect(program.modes().alternateScreen).toBe(false);
    expect(program.history().join('\n')).not.toContain('pears');
    await program.enter('echo cherries');
    await program.waitForLine(/^✓ echo cherries · exit 0/);
    expect(place.records()).toHaveLength(3);
  });

  it('finds a session by what is typed, and Backspace widens the search', async () => {
    const place = tests.place();
    await session(place, 'echo apples');
    await session(place, 'echo pears');
    const program = tests.open({ place, args: ['resume'] });
    await program.waitFor(/▸ .* echo pears/);
    program.send('apples');
    await program.waitFor(/1 of 2/);
    expect(program.text()).toMatch(/▸ .* echo apples/);
    program.send('x');
    await program.waitFor('No session matches.');
    program.send('\x7f');
    await program.waitFor(/▸ .* echo apples/);
    program.send('\r');
    await program.waitForLine(/^✓ echo apples/);
  });

  it('shows every folder after Ctrl-X a, and with --all', async () => {
    const place = tests.place();
    await session(place, 'echo elsewhere', place.outside);
    const program = tests.open({ place, args: ['resume'] });
    await program.waitFor('No sessions in this folder. Ctrl-X a shows 1 from elsewhere.');
    program.send('\x18a');
    await program.waitFor(/▸ .* echo else.*outside/);
    program.send('\x1b');
    expect((await program.exit).code).toBe(0);
    const all = tests.open({ place, args: ['resume', '--all'] });
    await all.waitFor(/Sessions of all folders/);
    await all.waitFor(/▸ .* echo else/);
  });

  it('says that there is none, and leaves nothing behind', async () => {
    const place = tests.place();
    const program = tests.open({ place, args: ['resume'] });
    await program.waitFor(/No sessions/);
    program.send('\x1b');
    expect((await program.exit).code).toBe(0);
    expect(program.modes()).toMatchObject({ alternateScreen: false, bracketedPaste: false, cursorShown: true });
    const last = tests.open({ place, args: ['resume', '--last'] });
    expect((await last.exit).code).toBe(1);
    await last.drawn();
    expect(last.text()).toMatch(/^No earlier session here\.$[\s\S]*--all/m);
    expect(place.records()).toEqual([]);
  });
});

describe('codex resume ID', () => {
  it('opens the session whose id ends so, as the last line of it said', async () => {
    const place = tests.place();
    const first = tests.open({ place });
    await first.ready();
    await first.enter('echo one');
    await first.waitForLine(/^✓ echo one/);
    await leave(first);
    const id = /codex resume (\S+)/.exec(first.text())?.[1] ?? '';
    await session(place, 'echo two');
    const program = tests.open({ place, args: ['resume', id] });
    await program.waitForLine(/^✓ echo one · exit 0/);
    await program.ready();
    expect(program.history().join('\n')).not.toContain('echo two');
  });

  it('opens one of another folder by its whole id, and its commands run there', async () => {
    const place = tests.place();
    const id = await session(place, 'echo elsewhere', place.outside);
    const program = tests.open({ place, args: ['resume', id] });
    await program.waitForLine(/^✓ echo elsewhere · exit 0/);
    await program.ready();
    expect(program.text()).toMatch(/^shell · .*outside/m);
    await program.enter('pwd > here; cat here');
    await program.waitForLine(/^✓ pwd > here; cat here · exit 0/);
    expect(program.history()).toContain(`  ${place.outside}`);
  });

  it('names an id that nothing has, with exit code 1', async () => {
    const program = tests.open({ args: ['resume', 'ffffff'] });
    expect((await program.exit).code).toBe(1);
    await program.drawn();
    expect(program.text()).toContain('ffffff');
    expect(program.text()).not.toContain('^J');
    expect(program.place.records()).toEqual([]);
  });
});

describe('a resumed session', () => {
  it('shows row by row what was there live: colours, progress, failures, denials, folds', async () => {
    const place = tests.place();
    const live = tests.open({ place, rows: 40, config: '[tui]\nresume_rows = "all"\n' });
    await live.ready();
    const commands = [
      ["printf '\\033[32mgreen\\033[0m plain\\n'", /^✓ printf/],
      ["for n in 1 2 3; do printf '\\rstep %d of 3' $n; done; echo", /^✓ for n/],
      ['echo it failed >&2; exit 9', /· exit 9 ·/],
      ['seq 900', /^✓ seq 900/],
      ['cd /; pwd', /^✓ cd \/; pwd/],
    ] as const;
    for (const [command, done] of commands) {
      await live.enter(command);
      await live.waitForLine(done);
    }
    await live.enter(`: > ${path.join(place.outside, 'a')}`);
    await live.answer('n');
    await live.waitForLine(/refused by you/);
    await live.enter(`: > ${path.join(place.outside, 'b')}`);
    await live.answer('y');
    await live.waitForLine(/on attempt 2/);
    await leave(live);

    const resumed = tests.open({ place, rows: 40, args: ['resume', '--last'] });
    await resumed.waitForLine(/on attempt 2/);
    await resumed.ready();
    await resumed.drawn();
    const seen = items(live.history());
    expect(seen.length).toBeGreaterThan(300);
    expect(items(resumed.history())).toEqual(seen);
  });

  it('is painted as what it is now: nothing of the past seems to run again while it is read', async () => {
    const place = tests.place();
    await session(place, 'echo long ago');
    const resumed = tests.open({ place, args: ['resume', '--last'] });
    await resumed.waitForLine(/^✓ echo long ago · exit 0/);
    await resumed.ready();
    await resumed.drawn();
    expect(resumed.bytes().toString()).not.toMatch(/running|output still open|no output yet/);
  });

  it('goes on in the folder the session had moved to', async () => {
    const place = tests.place();
    const live = tests.open({ place });
    await live.ready();
    await live.enter('mkdir deep');
    await live.waitForLine(/^✓ mkdir deep/);
    await live.enter('cd deep');
    await live.waitFor(/^shell · .*workspace\/deep/m);
    await leave(live);
    const resumed = tests.open({ place, args: ['resume', '--last'] });
    await resumed.waitFor(/^shell · .*workspace\/deep/m);
    await resumed.enter('pwd');
    await resumed.waitForLine(/^ {2}\S+workspace\/deep$/);
  });
});
