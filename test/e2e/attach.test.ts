// The same session in two terminals: both see it, both drive it, and it belongs to the one that opened it.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codexSays, openSessions } from '../support/owners.ts';
import { type Program, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

function said({ place }: Program, ...args: string[]): string {
  return args[0] === 'ps' ? openSessions(place) : codexSays(place, args);
}

async function two(): Promise<{ first: Program; second: Program }> {
  const first = tests.open();
  await first.ready();
  await first.enter('echo seen in both');
  await first.waitForLine(/^✓ echo seen in both/);
  const second = tests.open({ place: first.place, args: ['resume', '--last'] });
  await second.waitForLine(/^ {2}seen in both$/);
  return { first, second };
}

describe('a second terminal', () => {
  it('shows what happened before and what happens now, as the first one does', async () => {
    const { first, second } = await two();
    await first.enter(`echo live; ${until('go')}; echo over`);
    await second.waitFor(/^ {3}live$/m);
    first.letGo();
    for (const program of [first, second]) await program.waitForLine(/^ {2}over$/);
    await second.enter('echo typed in the second');
    for (const program of [first, second]) await program.waitForLine(/^ {2}typed in the second$/);
  });

  it('answers a question for both', async () => {
    const { first, second } = await two();
    const file = path.join(first.place.outside, 'made');
    await first.enter(`echo x > ${file} && echo allowed`);
    await first.waitFor('needs your answer');
    await second.answer('y');
    for (const program of [first, second]) await program.waitForLine(/^ {2}allowed$/);
    expect(existsSync(file)).toBe(true);
    expect(first.text()).not.toContain('needs your answer');
  });

  it('leaves, and the session goes on', async () => {
    const { first, second } = await two();
    second.send('\x04');
    await second.waitForLine(/The session goes on\. Back with: codex resume/);
    expect((await second.exit).code).toBe(0);
    await first.enter('echo still here');
    await first.waitForLine(/^✓ echo still here/);
    expect(first.place.records()).toHaveLength(1);
  });

  it('is told when the first one leaves, and when it is killed', async () => {
    const { first, second } = await two();
    first.send('\x04');
    await second.waitForLine(/The session ended in the other terminal/);
    const again = await two();
    again.first.kill('SIGKILL');
    await again.second.waitFor(/The program that had this session open is gone/, 2_000);
    again.second.send('\x1b');
    expect((await again.second.exit).code).toBe(0);
    expect(again.second.modes()).toMatchObject({ bracketedPaste: false, cursorShown: true });
  });

  it('takes the place of the first when that is killed: nothing printed is lost, what ran is marked, nothing runs twice', async () => {
    const { first, second } = await two();
    const third = tests.open({ place: first.place, args: ['attach'] });
    await third.waitForLine(/^ {2}seen in both$/);
    await first.enter(`echo run >> runs; echo printed before; ${until('go')}; echo never`);
    for (const program of [second, third]) await program.waitFor(/^ {3}printed before$/m);
    first.kill('SIGKILL');
    for (const program of [second, third]) await program.waitFor(/is gone, and what ran in it/, 2_000);
    second.send('r');
    third.send('\r');
    for (const program of [second, third]) await program.waitForLine(/lost: the program ended while this ran/);
    expect(said(first, 'ps').match(/^\S{6} {2}/gm)).toHaveLength(1);
    await second.enter('wc -l < runs; echo goes on');
    for (const program of [second, third]) await program.waitForLine(/^ {2}goes on$/);
    expect(second.history().filter((row) => row === '  1')).toHaveLength(1);
    expect(first.place.records()).toHaveLength(1);
  });

  it('is found by codex ps, with what the session waits for', async () => {
    const first = tests.open();
    await first.ready();
    expect(said(first, 'ps')).toContain(`idle`);
    await first.enter(`echo x > ${first.place.outside}/made`);
    await first.waitFor('needs your answer');
    expect(said(first, 'ps')).toMatch(/needs an answer \d+ s: create \S+made .*echo x/);
    const list = tests.open({ place: first.place, args: ['resume'], cols: 160 });
    await list.waitFor(/asks.*echo x .*needs your answer: create/);
    list.send('\x1b');
    await list.exit;
    expect(said(first, 'ps')).toContain(first.place.workspace);
  });

  it('attaches by the end of an id, and without one to the only one of the folder', async () => {
    const first = tests.open();
    await first.ready();
    await first.enter('echo here');
    await first.waitForLine(/^ {2}here$/);
    const elsewhere = tests.open({ place: first.place, cwd: first.place.outside });
    await elsewhere.ready();
    await elsewhere.enter('echo there');
    await elsewhere.waitForLine(/^ {2}there$/);
    const second = tests.open({ place: first.place, args: ['attach'] });
    await second.waitForLine(/^ {2}here$/);
    const [, id = ''] = /^(\S+) .*echo there/m.exec(said(first, 'ps')) ?? [];
    const third = tests.open({ place: first.place, args: ['attach', id] });
    await third.waitForLine(/^ {2}there$/);
    const nobody = tests.open({ place: first.place, args: ['attach', 'ffffff'] });
    await nobody.waitForLine(/No session "ffffff" is open/);
    expect((await nobody.exit).code).toBe(1);
  });

  it('ends a session by its id: both screens leave, what ran is ended, the record is whole', async () => {
    const { first, second } = await two();
    await first.enter('echo began; while :; do sleep 0.05; done');
    await second.waitFor(/^ {3}began$/m);
    const [, id = ''] = /^(\S+) /m.exec(said(first, 'ps')) ?? [];
    expect(said(first, 'kill', id)).toBe(`Ended. Its record stays: codex resume ${id}\n`);
    await first.waitForLine(/Ended from another terminal/);
    await second.waitForLine(/The session ended in the other terminal/);
    expect([(await first.exit).code, (await second.exit).code]).toEqual([0, 0]);
    expect(first.modes()).toMatchObject({ bracketedPaste: false, cursorShown: true });
    expect(said(first, 'ps')).toBe('No session is open.\n');
    const types = first.rollout().map(({ type }) => type);
    expect(types.at(-1)).toBe('codex_ts.end');
    expect(types).toContain('codex_ts.closed');
  });
});
