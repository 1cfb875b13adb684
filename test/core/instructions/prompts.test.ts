// Which saved prompts are there, and what do they become?

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filledIn, splitWords } from '../../../src/core/instructions/fill-in.ts';
import { expandPrompt, findPrompts, type SavedPrompt } from '../../../src/core/instructions/index.ts';
import { folderOfEachTest } from './place.ts';

const { at, write } = folderOfEachTest();

const find = (): readonly SavedPrompt[] => findPrompts({ codexHome: at('home'), project: at('project') }, at('h'));

function expand(name: string, words = '') {
  const prompt = find().find((one) => one.name === name);
  if (prompt === undefined) throw new Error(`no prompt ${name}`);
  return expandPrompt(prompt, words, prompt.origin === 'project' ? at('project') : null);
}

describe('prompts', () => {
  it('are files with a name, of the project before the person’s', () => {
    write('home/prompts/fix.md', '---\ndescription: Fix it\nargument-hint: FILE\n---\nFix $1.');
    write('home/prompts/notes.txt', 'no prompt');
    write('home/prompts/test.md', 'mine');
    write('project/.codex/prompts/test.md', '# Test the project\nall of it');
    write('project/.claude/commands/git/commit.md', 'Commit $ARGUMENTS');
    expect(
      find().map(({ name, origin, description, argumentHint }) => [name, origin, description, argumentHint]),
    ).toEqual([
      ['fix', 'user', 'Fix it', 'FILE'],
      ['git:commit', 'project', 'Commit $ARGUMENTS', ''],
      ['test', 'project', 'Test the project', ''],
    ]);
    expect(expand('fix', 'a.ts')).toEqual({ ok: true, value: 'Fix a.ts.' });
    expect(findPrompts({ codexHome: at('home'), project: null }, at('h')).map(({ origin }) => origin)).toEqual([
      'user',
      'user',
    ]);
  });

  it('of Claude Code are the person’s own too, behind those of the same name', () => {
    write('h/.claude/commands/fix.md', 'costs $$ and $HOME');
    write('h/.claude/commands/test.md', 'other');
    write('home/prompts/test.md', 'mine');
    expect(find().map(({ name, origin, description }) => [name, origin, description])).toEqual([
      ['fix', 'user', 'costs $$ and $HOME'],
      ['test', 'user', 'mine'],
    ]);
    expect(expand('fix')).toEqual({ ok: true, value: 'costs $$ and $HOME' });
  });

  it('of a project that is the person’s home are the person’s', () => {
    write('h/.claude/commands/fix.md', 'Fix it');
    write('h/.codex/prompts/test.md', 'Test it');
    expect(
      findPrompts({ codexHome: at('h/.codex'), project: at('h') }, at('h')).map(({ name, origin }) => [name, origin]),
    ).toEqual([
      ['fix', 'user'],
      ['test', 'user'],
    ]);
  });

  it('never become a command of the person’s own', () => {
    write('project/.claude/commands/status.md', '!`git status`\n\nSum it up.');
    write('home/prompts/bang.md', '$ARGUMENTS');
    expect(expand('status')).toEqual({ ok: true, value: ' !`git status`\n\nSum it up.' });
    expect(expand('bang', '!rm -rf x')).toEqual({ ok: true, value: ' !rm -rf x' });
  });

  it('say what they are in one line without signs that a terminal obeys', () => {
    write(
      'home/prompts/loud.md',
      `---\ndescription: "a\\u001b]52;c;x\\u0007b"\nargument-hint: ${'h'.repeat(200)}\n---\nx`,
    );
    write('home/prompts/long.md', `${'d'.repeat(500)}\nmore`);
    const [long, loud] = find();
    expect(loud?.description).toBe('a ]52;c;x b');
    expect(loud?.argumentHint).toBe(`${'h'.repeat(79)}…`);
    expect(long?.description).toBe(`${'d'.repeat(199)}…`);
  });

  it('that lead out of the project, wait for ever or have no proper name are none', () => {
    write('secret.md', 'the key');
    mkdirSync(at('project/.codex/prompts'), { recursive: true });
    symlinkSync(at('secret.md'), at('project/.codex/prompts/out.md'));
    execFileSync('mkfifo', [at('project/.codex/prompts/pipe.md')]);
    write('project/.codex/prompts/-x.md', 'x');
    write('project/.codex/prompts/a b.md', 'x');
    expect(find()).toEqual([]);
  });

  it('whose folder is a link out of the project are none', () => {
    write('elsewhere/x.md', 'the key');
    mkdirSync(at('project/.codex'), { recursive: true });
    symlinkSync(at('elsewhere'), at('project/.codex/prompts'));
    expect(find()).toEqual([]);
  });

  it('that are gone, empty or endless when they are called say so', () => {
    const gone = write('home/prompts/gone.md', 'x');
    write('home/prompts/empty.md', '---\ndescription: x\n---\n');
    write('home/prompts/endless.md', 'x'.repeat(300 * 1024));
    const [empty, endless, first] = find();
    rmSync(gone);
    const why = [empty, endless, first].map((one) => one && expandPrompt(one, '', null));
    expect(why).toMatchObject([
      { problem: { what: 'The prompt empty cannot be used.', why: expect.stringContaining('says nothing') } },
      { problem: { why: expect.stringContaining('has more than 262144 bytes') } },
      { problem: { why: expect.stringContaining('is not there any more') } },
    ]);
  });

  it('beyond what a menu holds are left out in the order of their names', () => {
    for (let number = 0; number < 230; number += 1) write(`home/prompts/p${String(number).padStart(3, '0')}.md`, 'x');
    expect(find().map(({ name }) => name)).toEqual(
      Array.from({ length: 200 }, (_, n) => `p${String(n).padStart(3, '0')}`),
    );
  });
});

describe('a prompt and the words behind its name', () => {
  it.each([
    ['$1 and $2, $9', 'a "b c"', 'a and b c, '],
    ['all: $ARGUMENTS', ' a  "b" ', 'all: a  "b"'],
    ['$FILE at $1', 'FILE="my file" x', 'my file at x'],
    ['costs $$5 or $10', '', 'costs $5 or $10'],
    ['$lower stays', '', '$lower stays'],
    ['with $1', 'NODE_ENV=test', 'with NODE_ENV=test'],
    ['never twice: $1', '$2 x', 'never twice: $2'],
    ['nothing asked for', ' but said ', 'nothing asked for\n\nbut said'],
  ])('%j with %j becomes %j', (text, words, filled) => {
    expect(filledIn(text, words, 'codex')).toEqual({ ok: true, value: filled });
  });

  it.each([
    ['echo $PATH in $HOME costs $$', '', 'echo $PATH in $HOME costs $$'],
    ['fix #$1 with $ARGUMENTS', '12 high', 'fix #12 with 12 high'],
    ['$ARGUMENTS_X stays', '', '$ARGUMENTS_X stays'],
  ])('as Claude Code has them: %j with %j becomes %j', (text, words, filled) => {
    expect(filledIn(text, words, 'claude')).toEqual({ ok: true, value: filled });
  });

  it('say which names are missing', () => {
    expect(filledIn('$FILE and $TICKET', 'FILE=x', 'codex')).toMatchObject({
      ok: false,
      problem: { what: 'This prompt needs TICKET.', next: 'Write them behind its name: TICKET="…"' },
    });
  });

  it('of any kind lose no letter of what was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (words) => {
        expect(filledIn('$ARGUMENTS', words, 'codex')).toEqual({ ok: true, value: words.trim() });
        const letters = (text: string): string => text.replace(/[\s"'\\]/g, '');
        expect(letters(splitWords(words).join(''))).toBe(letters(words));
      }),
    );
  });

  it('of any length are parted at once', () => {
    const hostile = `${'"\\'.repeat(50_000)}${"'".repeat(50_001)}`;
    const before = performance.now();
    splitWords(hostile);
    filledIn('$A'.repeat(50_000), hostile, 'codex');
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
