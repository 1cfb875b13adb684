// What can be done with a record: named, copied, taken out of the list, deleted, exported. Each by its command.

import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codexSays } from '../support/owners.ts';
import { type Place, programsOfATest } from '../support/program.ts';
import { openScreen } from '../support/screen.ts';

const tests = programsOfATest();

/** A session in which these commands ran to their end; gives the end of its id. */
async function recorded(commands: readonly string[], place?: Place): Promise<{ place: Place; id: string }> {
  const program = tests.open(place === undefined ? {} : { place });
  await program.ready();
  for (const [index, command] of commands.entries()) {
    await program.enter(`${command}; echo done-${index}`);
    await program.waitForLine(new RegExp(`^ {2}done-${index}$`));
  }
  program.send('\x04');
  await program.exit;
  await program.drawn();
  const id = /codex resume (\S{6})/.exec(program.text())?.[1] ?? '';
  return { place: program.place, id };
}

describe('a name', () => {
  it('stands for the session in the list and on the command line', async () => {
    const { place, id } = await recorded(['echo one']);
    expect(codexSays(place, ['rename', id, 'the', 'first one'])).toContain('is named "the first one"');
    const resumed = tests.open({ place, args: ['resume', 'The First One'] });
    await resumed.waitForLine(/^ {2}done-0$/);
    const listed = tests.open({ place, args: ['resume'] });
    await listed.waitFor('the first one');
  });

  it('is not taken for another session’s id', async () => {
    const { place, id } = await recorded(['echo one']);
    const other = await recorded(['echo two'], place);
    expect(other.id).not.toBe(id);
    expect(() => codexSays(place, ['rename', other.id, id])).toThrow("is how another session's id ends");
  });
});

describe('a fork', () => {
  it('goes on by itself: with all output, and after its parent is deleted', async () => {
    const { place, id } = await recorded(['echo first', 'seq 400000']);
    const fork = tests.open({ place, args: ['fork', '--last'] });
    await fork.waitForLine(/^ {2}done-1$/);
    await fork.enter('echo only in the fork');
    await fork.waitForLine(/^ {2}only in the fork$/);
    expect(place.records()).toHaveLength(2);
    fork.send('\x04');
    await fork.exit;
    const parent = place.records().find((file) => file.includes(id)) ?? '';
    expect(readFileSync(parent, 'utf8')).not.toContain('only in the fork');
    expect(codexSays(place, ['delete', '--force', id])).toContain('Deleted.');
    expect(existsSync(parent)).toBe(false);
    const [copy = ''] = place.records();
    codexSays(place, ['export', copy.slice(-12, -6), '--full', '-o', 'full.md']);
    const exported = readFileSync(path.join(place.workspace, 'full.md'), 'utf8');
    expect(exported.split('\n').filter((line) => /^\d+$/.test(line))).toHaveLength(400_000);
  });
});

describe('archiving and deleting', () => {
  it('takes a record out of the list and puts it back, as it was', async () => {
    const { place, id } = await recorded(['echo kept']);
    const [file = ''] = place.records();
    const text = readFileSync(file, 'utf8');
    expect(codexSays(place, ['archive', id])).toContain('Archived.');
    const archived = path.join(place.codexHome, 'archived_sessions', path.basename(file));
    expect(readFileSync(archived, 'utf8')).toBe(text);
    expect(() => codexSays(place, ['archive', id])).toThrow(/There is no session/);
    expect(codexSays(place, ['export', id])).toContain('kept');
    expect(codexSays(place, ['unarchive', id])).toContain('It is back');
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(statSync(path.dirname(archived)).mode & 0o777).toBe(0o700);
  });

  it('does nothing to a session that is open, or over a file that is there', async () => {
    const program = tests.open();
    await program.ready();
    await program.enter('echo open');
    await program.waitForLine(/^ {2}open$/);
    const [file = ''] = program.place.records();
    const id = file.slice(-12, -6);
    for (const command of ['archive', 'delete']) {
      const force = command === 'delete' ? ['--force'] : [];
      expect(() => codexSays(program.place, [command, ...force, id])).toThrow(/open/);
    }
    expect(existsSync(file)).toBe(true);
    program.send('\x04');
    await program.exit;
    codexSays(program.place, ['archive', id]);
    writeFileSync(file, 'something else\n');
    expect(() => codexSays(program.place, ['unarchive', id])).toThrow(/stays where it is/);
    expect(readFileSync(file, 'utf8')).toBe('something else\n');
  });

  it('deletes nothing unasked, and nothing that another record begins with', async () => {
    const { place, id } = await recorded(['seq 400000']);
    const [file = ''] = place.records();
    expect(() => codexSays(place, ['delete', id])).toThrow(/Not deleted/);
    const session = file.slice(-42, -6);
    const other = '019aaaaa-0000-7000-8000-000000000001';
    const fork = path.join(path.dirname(file), `rollout-2026-11-20T10-00-00-${other}.jsonl`);
    const meta = { id: other, history_base: { thread_id: session, end_ordinal_exclusive: 1 } };
    appendFileSync(fork, `${JSON.stringify({ type: 'session_meta', payload: meta })}\n`);
    expect(() => codexSays(place, ['delete', '--force', session])).toThrow(new RegExp(`begin with it[^]*${other}`));
    expect(existsSync(file)).toBe(true);
    const asking = openScreen({
      command: [path.join(import.meta.dirname, '../../dist/codex.cjs'), 'archive', session],
      cwd: place.workspace,
      env: place.env,
    });
    tests.afterwards(() => asking.close());
    await asking.waitFor('Archived.');
  });

  it('asks the person who deletes, and takes the output along', async () => {
    const { place, id } = await recorded(['seq 400000']);
    const [file = ''] = place.records();
    const output = path.join(place.codexHome, 'codex_ts/output', file.slice(-42, -6));
    expect(existsSync(output)).toBe(true);
    const ask = (answer: string) => {
      const screen = openScreen({
        command: [path.join(import.meta.dirname, '../../dist/codex.cjs'), 'delete', id],
        cwd: place.workspace,
        env: place.env,
      });
      tests.afterwards(() => screen.close());
      return screen.waitFor(/for good\? \[y\/N\]/).then(() => {
        screen.send(`${answer}\r`);
        return screen.exit;
      });
    };
    expect((await ask('')).code).toBe(1);
    expect((await ask('\x03')).code).toBe(1);
    expect(existsSync(file)).toBe(true);
    expect((await ask('y')).code).toBe(0);
    expect(existsSync(file)).toBe(false);
    expect(existsSync(output)).toBe(false);
  });
});

describe('an export', () => {
  it('is private, says what ran and how it came out, and never writes over a file', async () => {
    const { place, id } = await recorded([
      "printf '\\e[31mred\\e[0m\\n'",
      'for n in 1 2 3; do printf "\\r$n%%"; done; echo',
      'cat /none',
    ]);
    const text = codexSays(place, ['export', id]);
    expect(text).toMatch(/^- sandbox: `:workspace, no network`$/m);
    expect(text).toContain("```console\n$ printf '\\e[31mred\\e[0m\\n'; echo done-0\nred\ndone-0\n```\n\nexit 0 · ");
    expect(text).toMatch(/^3%$/m);
    expect(text).not.toContain('\x1b');
    expect(codexSays(place, ['export', id, '-o', 'it.cast'])).toBe('');
    const file = path.join(place.workspace, 'it.cast');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(() => codexSays(place, ['export', id, '-o', 'it.cast'])).toThrow(/EEXIST/);
    const [header = '', ...events] = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(header)).toMatchObject({ version: 2, width: expect.any(Number), height: expect.any(Number) });
    const shown = events
      .map((line) => JSON.parse(line))
      .filter(([, code]) => code === 'o')
      .map(([, , data]) => data);
    expect(shown.join('')).toContain('\x1b[31mred\x1b[0m\r\n');
  });
});
