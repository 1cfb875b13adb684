import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answered,
  type Completion,
  enterTakes,
  moved,
  opened,
  type Proposal,
} from '../../../../src/ui/tui/completion/completion.ts';
import { completionRows } from '../../../../src/ui/tui/completion/completion-rows.ts';
import { insertionOf } from '../../../../src/ui/tui/completion/insertion.ts';
import { type SlashEntry, slashProposals } from '../../../../src/ui/tui/completion/slash-menu.ts';
import { argumentAt, type CompletedWord, wordAt } from '../../../../src/ui/tui/completion/word.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { plain } from '../view/session.ts';

/** `|` is the cursor. */
function at(marked: string, isCommandLine = false) {
  return { text: marked.replace('|', ''), cursor: marked.indexOf('|'), isCommandLine };
}

function seen(word: CompletedWord | null, marked: string): string | null {
  if (word === null) return null;
  const text = marked.replace('|', '');
  return `${word.kind} ${word.query} in ${text.slice(word.start, word.end)}`;
}

describe('the word at the cursor', () => {
  const words: readonly [string, string | null][] = [
    ['/|', 'command  in /'],
    ['/st|', 'command st in /st'],
    ['/s|t', 'command s in /st'],
    ['/stop |2', null],
    ['|/stop', null],
    ['/usr/|bin', null],
    ['/u|sr/bin', null],
    ['go /st|', null],
    ['@|', 'mention  in @'],
    ['look at @src/ma|', 'mention src/ma in @src/ma'],
    ['look at @sr|c/main.ts now', 'mention sr in @src/main.ts'],
    ['(@a|', 'mention a in @a'],
    ['ana@example|', null],
    ['one\n@two|', 'mention two in @two'],
    ['@one two|', null],
    ['@"my no|', 'mention my no in @"my no'],
    ['@"my no|tes.md" and', 'mention my no in @"my notes.md"'],
    ['@"my notes.md"|', null],
  ];
  it.each(words)('%s', (marked, wanted) => {
    expect(seen(wordAt(at(marked)), marked)).toBe(wanted);
  });

  const lines: readonly [string, string | null][] = [
    ['cat src/m|', 'argument src/m in src/m'],
    ['cat a|| wc b', 'argument a in a'],
    ['cat my\\ no|', 'argument my no in my\\ no'],
    ["cat 'my no|", "argument my no in 'my no"],
    ['cat "my no|', 'argument my no in "my no'],
    ['! cat x|', 'argument x in x'],
    ['make PREFIX=/us|', 'argument /us in /us'],
    ['cat |', 'argument  in '],
    ['gi|', 'program gi in gi'],
    ['./gi|', 'argument ./gi in ./gi'],
    ['ls && wc|', 'program wc in wc'],
    ['! ma|', 'program ma in ma'],
    ['cat >out|', 'argument out in out'],
  ];
  it.each(lines)('of a command line: %s', (marked, wanted) => {
    expect(seen(argumentAt(at(marked, true)), marked)).toBe(wanted);
  });

  it('is none of a message that no shell reads', () => {
    expect(argumentAt(at('cat src/m|'))).toBeNull();
  });
});

describe('what is written for a file', () => {
  const mention = (quote: '' | '"' = ''): CompletedWord => ({ kind: 'mention', start: 0, end: 1, query: '', quote });
  const argument = (quote: '' | '"' | "'" = ''): CompletedWord => ({ ...mention(), kind: 'argument', quote });
  const table: readonly [string, CompletedWord, string, boolean, string, string, boolean][] = [
    ['a name', mention(), 'a.ts', false, '', '@a.ts ', false],
    ['no second blank', mention(), 'a.ts', false, ' and', '@a.ts', false],
    ['a folder goes on', mention(), 'src/', false, '', '@src/', true],
    ['quotes where a blank is in it', mention(), 'my notes.md', false, '', '@"my notes.md" ', false],
    ['quotes that stay open for a folder', mention(), 'my notes/', false, '', '@"my notes/', true],
    ['quotes that were opened', mention('"'), 'a.ts', false, '', '@"a.ts" ', false],
    ['for a shell without the sign', mention(), 'a b.ts', true, '', 'a\\ b.ts ', false],
    ['for a shell the sign while it goes on', mention(), 'src/', true, '', '@src/', true],
    ['an argument', argument(), "it's $HOME.ts", true, '', "it\\'s\\ \\$HOME.ts ", false],
    ['an argument in single quotes', argument("'"), "it's.ts", true, '', "'it'\\''s.ts' ", false],
    ['an argument in double quotes', argument('"'), '$a`b.ts', true, '', '"\\$a\\`b.ts" ', false],
    ['no option', argument(), '-rf', true, '', './-rf ', false],
    ['letters of any script', argument(), '日本.ts', true, '', '日本.ts ', false],
  ];
  it.each(table)('%s', (_name, word, path, isCommandLine, follows, text, goesOn) => {
    expect(insertionOf(word, path, { isCommandLine, follows })).toEqual({ text, goesOn });
  });

  it('is read back as the same word, whatever the path', () => {
    const part = fc.string({
      unit: fc.constantFrom('a', ' ', "'", '$', '\\', '(', '日', '-', '&'),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(part, fc.constantFrom<'' | "'" | '"'>('', '"', "'"), (path, quote) => {
        const { text } = insertionOf(argument(quote), `${path}/`, { isCommandLine: true, follows: '' });
        const read = argumentAt({ text: `cat ${text}`, cursor: 4 + text.length, isCommandLine: true });
        expect(read?.query.replace(/^\.\/-/, '-')).toBe(`${path}/`);
      }),
    );
  });
});

const entries: readonly SlashEntry[] = [
  { name: 'status', argument: '', text: 'model, folder, profile', origin: 'built-in' },
  { name: 'stop', argument: '[N]', text: 'interrupt a process', origin: 'built-in' },
  { name: 'permissions', argument: '', text: 'what commands may touch', origin: 'built-in' },
  { name: 'review', argument: 'BASE', text: 'review changes', origin: 'project' },
];

describe('the menu of commands', () => {
  const names = (query: string) => slashProposals(entries, query).map(({ text }) => text);

  it('has all of them for a slash, in their order', () => {
    expect(names('')).toEqual(['status', 'stop', 'permissions', 'review']);
  });

  it('ranks beginnings before parts, parts before letters, letters before descriptions', () => {
    expect(names('st')).toEqual(['status', 'stop']);
    expect(names('stop')[0]).toBe('stop');
    expect(names('miss')).toEqual(['permissions']);
    expect(names('prms')).toEqual(['permissions']);
    expect(names('touch')).toEqual(['permissions']);
    expect(names('zzz')).toEqual([]);
  });

  it('says where one comes from that is not our own', () => {
    expect(slashProposals(entries, 'rev')[0]?.about).toBe('review changes (project)');
  });
});

const rows = (...texts: string[]): Proposal[] =>
  texts.map((text) => ({ text, shown: text, marks: [], argument: '', about: '' }));

function list(query: string, proposals: readonly Proposal[]): Completion {
  return answered(opened({ kind: 'mention', start: 0, end: query.length + 1, query, quote: '' }), proposals);
}

describe('Enter in the list', () => {
  it('takes what was begun or moved to, and never a message that is complete', () => {
    expect(enterTakes(list('src/ma', rows('src/main.ts')))).toBe(true);
    expect(enterTakes(list('main', rows('src/main.ts')))).toBe(false);
    expect(enterTakes(moved(list('main', rows('src/main.ts', 'main.md')), 1))).toBe(true);
    expect(enterTakes(list('src/main.ts', rows('src/main.ts', 'src/main.tsx')))).toBe(false);
    expect(enterTakes(list('src/', rows('src/', 'src/main.ts')))).toBe(false);
    expect(enterTakes(list('', rows('src/main.ts')))).toBe(false);
    expect(enterTakes(list('x', rows()))).toBe(false);
  });
});

describe('rows of the list', () => {
  it('fit any window and always show the marked one', () => {
    const names = fc.string({ unit: fc.constantFrom('a', '/', '日', 'é', '\u202e'), minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        fc.array(names, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 20, max: 120 }),
        fc.integer({ min: 5, max: 50 }),
        fc.integer({ min: -40, max: 40 }),
        fc.boolean(),
        (texts, cols, height, step, isListing) => {
          const made = moved(answered(list('', []), rows(...texts), isListing ? 38_000 : null), step);
          const shown = completionRows(made, { cols, rows: height, look: plain });
          expect(shown.length).toBeLessThanOrEqual(Math.max(1, Math.min(8, Math.floor(height / 2) - 2)));
          for (const row of shown) expect(cellWidth(row)).toBeLessThan(cols);
          if (!isListing) expect(shown.filter((row) => row.startsWith(`  ${plain.glyphs.pointer}`))).toHaveLength(1);
        },
      ),
    );
  });

  it('keep the end of a path that is too long, and leave out a description that has no room', () => {
    const long = { text: 'x', shown: `${'deep/'.repeat(12)}end.ts`, marks: [], argument: '', about: '' };
    const [row = ''] = completionRows(list('', [long]), { cols: 40, rows: 24, look: plain });
    expect(row).toMatch(/^ {2}▸ ….*end\.ts$/);
    const menu = answered(
      opened({ kind: 'command', start: 0, end: 1, query: '', quote: '' }),
      slashProposals(entries, ''),
    );
    const wide = completionRows(menu, { cols: 80, rows: 24, look: plain });
    expect(wide[1]).toBe('    /stop [N]     interrupt a process');
    const narrow = completionRows(menu, { cols: 24, rows: 24, look: plain });
    expect(narrow[1]).toBe('    /stop [N]');
  });
});
