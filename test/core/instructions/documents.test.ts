// What of AGENTS.md files, skills and prompts reaches a model, and what does not?

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFrontMatter } from '../../../src/core/instructions/front-matter.ts';
import {
  expandPrompt,
  findPrompts,
  findSkills,
  gatherDocuments,
  skillsText,
} from '../../../src/core/instructions/index.ts';
import { filledIn, splitWords } from '../../../src/core/instructions/prompts.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'codex-documents-')));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => path.join(folder, name);

function write(name: string, text: string): void {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text);
}

function gather(more: Partial<Parameters<typeof gatherDocuments>[0]> = {}) {
  mkdirSync(at('project/a/b'), { recursive: true });
  return gatherDocuments({
    codexHome: at('home'),
    cwd: at('project/a/b'),
    root: at('project'),
    readsProject: true,
    mostBytes: 1024,
    fallbackNames: [],
    ...more,
  });
}

describe('documents', () => {
  it('are the person’s own and those from the root to the folder, in this order', () => {
    write('home/AGENTS.md', 'mine');
    write('project/AGENTS.md', 'of the root');
    write('project/a/b/AGENTS.md', 'of the folder');
    write('project/a/other/AGENTS.md', 'of another');
    write('AGENTS.md', 'above the root');
    const { text, sources } = gather();
    expect(sources).toEqual([at('home/AGENTS.md'), at('project/AGENTS.md'), at('project/a/b/AGENTS.md')]);
    expect(text.indexOf('mine')).toBeLessThan(text.indexOf('of the root'));
    expect(text.indexOf('of the root')).toBeLessThan(text.indexOf('of the folder'));
    expect(text).not.toMatch(/of another|above the root/);
  });

  it('give way to an override, and are found under other names where they are missing', () => {
    write('project/AGENTS.md', 'usual');
    write('project/AGENTS.override.md', 'instead');
    write('project/a/CLAUDE.md', 'by another name');
    expect(gather({ fallbackNames: ['CLAUDE.md'] }).sources).toEqual([
      at('project/AGENTS.override.md'),
      at('project/a/CLAUDE.md'),
    ]);
    expect(gather().sources).toEqual([at('project/AGENTS.override.md')]);
  });

  it('of a project that is not trusted are not read, and none where none are wanted', () => {
    write('home/AGENTS.md', 'mine');
    write('project/AGENTS.md', 'of the root');
    expect(gather({ readsProject: false }).sources).toEqual([at('home/AGENTS.md')]);
    expect(gather({ mostBytes: 0 }).sources).toEqual([at('home/AGENTS.md')]);
    rmSync(at('home'), { recursive: true });
    expect(gather({ mostBytes: 0 }).text).toBe('');
  });

  it('that are long are cut between characters, and it is said', () => {
    write('project/AGENTS.md', 'é'.repeat(600));
    write('project/a/AGENTS.md', 'no room');
    const { text, problems, sources } = gather({ mostBytes: 1001 });
    expect(text).toContain('é'.repeat(500));
    expect(text).not.toContain('\ufffd');
    expect(sources).toEqual([at('project/AGENTS.md')]);
    expect(problems).toMatchObject([
      { what: `${at('project/AGENTS.md')} is long: a model is told its first 1000 bytes.` },
    ]);
  });

  it('that lead out of the project, wait for ever or are no files are refused with a word', () => {
    write('secret', 'the key');
    mkdirSync(at('project/a/b'), { recursive: true });
    symlinkSync(at('secret'), at('project/AGENTS.md'));
    execFileSync('mkfifo', [at('project/a/AGENTS.md')]);
    mkdirSync(at('project/a/b/AGENTS.md'));
    const { text, problems } = gather();
    expect(text).toBe('');
    expect(problems.map(({ why }) => why)).toEqual([
      'It is a link that leads out of the project.',
      'It is no file.',
      'It is no file.',
    ]);
  });

  it('may be linked within the project, and the person’s own from anywhere', () => {
    write('project/docs/rules.md', 'the rules');
    write('dotfiles/AGENTS.md', 'mine');
    symlinkSync('docs/rules.md', at('project/AGENTS.md'));
    mkdirSync(at('home'));
    symlinkSync(at('dotfiles/AGENTS.md'), at('home/AGENTS.md'));
    expect(gather().text).toMatch(/mine[\s\S]*the rules/);
  });
});

describe('skills', () => {
  const skill = (name: string, description: string) => `---\nname: ${name}\ndescription: ${description}\n---\n# How\n`;

  it('are listed with what they are for, the nearest of a name', () => {
    write('home/skills/pdf/SKILL.md', skill('pdf', 'Fills in forms'));
    write('home/skills/group/deep/SKILL.md', skill('deep', '"Quoted: text"'));
    write('project/.agents/skills/pdf/SKILL.md', skill('pdf', 'Of the project'));
    const { skills, problems } = findSkills({ home: at('h'), codexHome: at('home'), projectFolders: [at('project')] });
    expect(problems).toEqual([]);
    expect(skills).toEqual([
      { name: 'pdf', description: 'Of the project', file: at('project/.agents/skills/pdf/SKILL.md') },
      { name: 'deep', description: 'Quoted: text', file: at('home/skills/group/deep/SKILL.md') },
    ]);
    expect(skillsText(skills)).toContain(`- pdf: Of the project (${at('project/.agents/skills/pdf/SKILL.md')})`);
    expect(skillsText([])).toBe('');
  });

  it('without a description, or outside of their project, are not used', () => {
    write('home/skills/bare/SKILL.md', '# Nothing said\n');
    write('elsewhere/SKILL.md', skill('out', 'x'));
    mkdirSync(at('project/.codex/skills'), { recursive: true });
    symlinkSync(at('elsewhere'), at('project/.codex/skills/out'));
    const { skills, problems } = findSkills({ home: at('h'), codexHome: at('home'), projectFolders: [at('project')] });
    expect(skills).toEqual([]);
    expect(problems.map(({ why }) => why)).toEqual([
      'It is a link that leads out of the project.',
      'It has no description between --- lines at its beginning.',
    ]);
  });

  it('in a circle of links are found once', () => {
    write('home/skills/a/SKILL.md', skill('a', 'x'));
    mkdirSync(at('home/skills/loop'));
    symlinkSync(at('home/skills'), at('home/skills/loop/again'));
    expect(findSkills({ home: at('h'), codexHome: at('home'), projectFolders: [] }).skills).toHaveLength(1);
  });
});

describe('prompts', () => {
  it('are files with a name, of the project before the person’s', () => {
    write('home/prompts/fix.md', '---\ndescription: Fix it\nargument-hint: FILE\n---\nFix $1.');
    write('home/prompts/notes.txt', 'no prompt');
    write('home/prompts/test.md', 'mine');
    write('project/.codex/prompts/test.md', 'Test the project\nall of it');
    write('project/.claude/commands/git/commit.md', 'Commit $ARGUMENTS');
    const prompts = findPrompts({ codexHome: at('home'), project: at('project') });
    expect(
      prompts.map(({ name, origin, description, argumentHint }) => [name, origin, description, argumentHint]),
    ).toEqual([
      ['fix', 'user', 'Fix it', 'FILE'],
      ['git:commit', 'project', 'Commit $ARGUMENTS', ''],
      ['test', 'project', 'Test the project', ''],
    ]);
    const [fix] = prompts;
    expect(fix && expandPrompt(fix, 'a.ts', null)).toEqual({ ok: true, value: 'Fix a.ts.' });
    expect(findPrompts({ codexHome: at('home'), project: null }).map(({ origin }) => origin)).toEqual(['user', 'user']);
  });

  it.each([
    ['$1 and $2, $9', 'a "b c"', 'a and b c, '],
    ['all: $ARGUMENTS', ' a  "b" ', 'all: a  "b"'],
    ['$FILE at $1', 'FILE="my file" x', 'my file at x'],
    ['costs $$5 or $10', '', 'costs $5 or $10'],
    ['$lower stays', 'x', '$lower stays'],
  ])('%j with %j becomes %j', (text, words, filled) => {
    expect(filledIn(text, words)).toEqual({ ok: true, value: filled });
  });

  it('say which names they need', () => {
    expect(filledIn('$FILE and $TICKET', 'FILE=x')).toMatchObject({
      ok: false,
      problem: { what: 'This prompt needs TICKET.', next: 'Write them behind its name: TICKET="…"' },
    });
  });

  it('never fill in twice what was typed', () => {
    expect(filledIn('$1', '$2 x')).toEqual({ ok: true, value: '$2' });
  });
});

describe('lines before a text', () => {
  it('are names and texts in the forms people use', () => {
    const { values, body } = readFrontMatter(
      "---\nname: a b # no more\nquoted: 'it''s'\nfolded: >-\n  one\n  two\nblock: |\n  x\n   y\nlist: [a, b]\nlong: one\n  two\n---\n\nbody\n",
    );
    expect(Object.fromEntries(values)).toEqual({
      name: 'a b',
      quoted: "it's",
      folded: 'one two',
      block: 'x\n y',
      long: 'one two',
    });
    expect(body).toBe('body\n');
  });

  it('of any text are an answer, and words are parted without loss of letters', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        readFrontMatter(`---\n${text}\n---\nx`);
        for (const word of splitWords(text)) expect(typeof word).toBe('string');
      }),
    );
  });
});
