import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseShell } from '../../../src/core/rules/index.ts';

const wordsOf = (script: string) => parseShell(script).commands.map(({ words }) => words);

describe('a script of plain words', () => {
  it.each<[string, string[][]]>([
    ['git status', [['git', 'status']]],
    ['a && b || c; d | e\nf', [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    [
      'git status\nrm x',
      [
        ['git', 'status'],
        ['rm', 'x'],
      ],
    ],
    [`echo ';' "&&" a\\;b`, [['echo', ';', '&&', 'a;b']]],
    [`\\rm r''m "r"m`, [['rm', 'rm', 'rm']]],
    ['ls # && rm -rf ~', [['ls']]],
    ['ls a#b', [['ls', 'a#b']]],
    ['# only this', []],
    ['', []],
    ['a \\\n b', [['a', 'b']]],
    ['a \\\\\nb', [['a', '\\'], ['b']]],
    [`echo "a\\b\\"c" 'd\\e'`, [['echo', 'a\\b"c', 'd\\e']]],
    ['find . -exec wc {} \\;', [['find', '.', '-exec', 'wc', '{}', ';']]],
    ['[ -f x ]', [['[', '-f', 'x', ']']]],
    ['grep foo$ a~ b=c', [['grep', 'foo$', 'a~', 'b=c']]],
    ["git -C / -c core.pager='!x' status", [['git', '-C', '/', '-c', 'core.pager=!x', 'status']]],
  ])('is split as a shell splits it: %j', (script, words) => {
    expect(parseShell(script).kind).toBe('plain');
    expect(wordsOf(script)).toEqual(words);
  });

  it('knows where each word stands', () => {
    const script = `cd /tmp && rm -r "a b"`;
    const spans = parseShell(script).commands[1]?.spans.map(({ start, end }) => script.slice(start, end));
    expect(spans).toEqual(['rm', '-r', '"a b"']);
  });
});

describe('a script whose words do not say all', () => {
  it.each<[string, string, string[][]]>([
    ['ls > x', 'a redirection', [['ls']]],
    ['ls 2>&1', 'a redirection', [['ls']]],
    ['echo $HOME', 'a variable', [['echo', '$HOME']]],
    ['rm "$x"', 'a variable', [['rm', '$x']]],
    [
      'echo $(rm -rf x)',
      'a command substitution',
      [
        ['rm', '-rf', 'x'],
        ['echo', '$(rm -rf x)'],
      ],
    ],
    [
      'echo `rm x`',
      'a command substitution',
      [
        ['rm', 'x'],
        ['echo', '`rm x`'],
      ],
    ],
    ['echo "a `rm \\`pwd\\`` b"', 'a command substitution', [['pwd'], ['rm', '`pwd`'], ['echo', 'a `rm \\`pwd\\`` b']]],
    [
      'cat <(rm x)',
      'a process substitution',
      [
        ['rm', 'x'],
        ['cat', '<(rm x)'],
      ],
    ],
    ['PATH=./evil ls', 'an assignment in front', [['ls']]],
    ['a=(x y) ls', 'an assignment in front', [['ls']]],
    ['a[$(id)]+=1 ls', 'an assignment in front', [['id'], ['ls']]],
    ['(ls)', 'a subshell', [['ls']]],
    ['{ ls; }', 'a group', [['ls']]],
    ['ls & rm x', 'a command in the background (&)', [['ls'], ['rm', 'x']]],
    ['ls |& sh', 'a pipe of errors (|&)', [['ls'], ['sh']]],
    ['! ls', 'a negation (!)', [['ls']]],
    ['time -p rm x', 'the keyword time', [['rm', 'x']]],
    ['coproc N { rm x; }', 'a coprocess', [['rm', 'x']]],
    ['if a; then b; elif c; then d; else e; fi', 'a condition (if)', [['a'], ['b'], ['c'], ['d'], ['e']]],
    ['for x in a b; do rm "$x"; done', 'a loop', [['rm', '$x']]],
    ['for ((i=0; i<3; i++)); do ls; done', 'a loop', [['ls']]],
    ['while a; do b; done', 'a loop', [['a'], ['b']]],
    ['case $x in a|b) ls;; (esac) pwd;& *) id; esac', 'a case', [['ls'], ['pwd'], ['id']]],
    ['rm(){ ls; }; rm x', 'a function', [['ls'], ['rm', 'x']]],
    ['function rm { ls; }', 'a function', [['ls']]],
    ['[[ -f a && -f b ]] && ls', 'a test ([[)', [['-f', 'b'], ['ls']]],
    ['((x++)); ls', 'an arithmetic command ((…))', [['x++'], ['ls']]],
    ['((ls); pwd)', 'a subshell', [['ls'], ['pwd']]],
    [
      'echo $((1+$(id -u)))',
      'an arithmetic expansion',
      [
        ['id', '-u'],
        ['echo', '$((1+$(id -u)))'],
      ],
    ],
    ['echo $((ls); pwd)', 'a command substitution', [['ls'], ['pwd'], ['echo', '$((ls); pwd)']]],
    ['cat <<EOF\n$(rm x) && y\nEOF\nls', 'a here-document', [['cat'], ['rm', 'x'], ['ls']]],
    ["cat <<'EOF'\n$(rm x)\nEOF\nls", 'a here-document', [['cat'], ['ls']]],
    ['cat <<-A <<B\n\tx\n\tA\ny\nB\nls', 'a here-document', [['cat'], ['ls']]],
    ['ls *.ts', 'a pattern (*, ?, [)', [['ls', '*.ts']]],
    ['ls [ab]', 'a pattern (*, ?, [)', [['ls', '[ab]']]],
    ['ls @(a|b)', 'a pattern (*, ?, [)', [['ls', '@(a|b)']]],
    ['rm {a,b}', 'braces', [['rm', '{a,b}']]],
    ['rm ~', 'a home folder (~)', [['rm', '~']]],
    ['a --to=~/x', 'a home folder (~)', [['a', '--to=~/x']]],
    ["$'\\x72m' x", "an escaped text ($'…')", [['rm', 'x']]],
    ["$'rm\\0zz' x", "an escaped text ($'…')", [['rm', 'x']]],
    ['$"rm" x', 'a translated text ($"…")', [['rm', 'x']]],
    ['=ls', 'a path asked for by name (=)', [['=ls']]],
    ['declare -a x=(1 2); ls', 'a list of values', [['declare', '-a', 'x='], ['ls']]],
  ])('is complex, and its commands are seen: %j', (script, reason, words) => {
    const read = parseShell(script);
    expect(read).toMatchObject({ kind: 'complex', reasons: expect.arrayContaining([reason]) });
    expect(wordsOf(script)).toEqual(words);
  });

  it('does not take what is quoted or commented for an expansion', () => {
    expect(parseShell(`echo '$x \`y\` *' "*~{a,b}" \\$x # $z`).kind).toBe('plain');
  });
});

describe('what is no script', () => {
  it.each([
    ["echo 'a", "a quote ' is never closed"],
    ['echo "a', 'a quote " is never closed'],
    ['echo `a', 'a backquote is never closed'],
    ['echo $(a', 'a ( is never closed'],
    ['echo ${a', 'a ${ or $[ is never closed'],
    ['ls &&', 'a command is missing'],
    ['| ls', 'a command is missing'],
    ['ls)', 'a ) stands where nothing is open'],
    ['fi', 'fi stands where nothing is open'],
    ['if a; then b', 'an if is never closed'],
    ['ls >', 'a redirection goes nowhere'],
    ['ls\0', 'it contains a zero byte'],
    ['{ '.repeat(500), 'it is nested too deeply'],
  ])('is broken: %j', (script, why) => {
    expect(parseShell(script)).toMatchObject({ kind: 'broken', why });
  });

  it('still shows the lines before, which a shell runs', () => {
    expect(wordsOf('rm -rf x\necho "')[0]).toEqual(['rm', '-rf', 'x']);
  });
});

const SIGNS = ['a', 'b', ' ', ' ', '\t', '\n', "'", '"', '\\', '$', '`', ';', '&', '|', '#', '(', ')', '{', '}', '<'];
const MORE_SIGNS = ['>', '=', '~', '*', '?', '[', ']', '!', ',', ':', '^', '%', '+', '1', 'é', '\x7f', '\x01', '\r'];
const KEYWORDS = [
  'if ',
  'then ',
  'fi',
  'do ',
  'done',
  'case ',
  ' in ',
  'esac',
  '<<E\n',
  'E\n',
  '$((',
  '))',
  '[[ ',
  ' ]]',
];

const scripts = fc
  .array(fc.constantFrom(...SIGNS, ...MORE_SIGNS, ...KEYWORDS), { maxLength: 60 })
  .map((all) => all.join(''));

/** Mostly what keeps a script plain. */
const plainer = fc
  .array(
    fc.oneof(
      {
        weight: 12,
        arbitrary: fc.constantFrom('a', 'b', ' ', 'a b', "'", '"', "'a b'", '\\', '\n', ';', ' && ', '|', '#', '\\\n'),
      },
      { weight: 1, arbitrary: fc.constantFrom(...SIGNS, ...MORE_SIGNS, ...KEYWORDS) },
    ),
    { maxLength: 14 },
  )
  .map((all) => all.join(''));

describe('the parser', () => {
  it('never throws, and always ends', () => {
    fc.assert(
      fc.property(fc.oneof(scripts, fc.string({ unit: 'binary', maxLength: 200 })), (script) => {
        for (const { words, spans } of parseShell(script).commands) {
          expect(spans).toHaveLength(words.length);
          expect(spans.every(({ start, end }) => start >= 0 && start <= end && end <= script.length)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  // Were one of these quadratic, its megabyte would take minutes.
  it.each([
    'a;',
    '(',
    '`',
    '"',
    '$((',
    '((a);',
    '${',
    '<<E ',
    '@(a)',
    'a[]',
    '"$(',
    '`\\`',
    '$(<<E\n',
    'f(){ ',
    '"${x:-"',
    'a=(',
  ])('takes time in proportion to the length of %j, again and again', (piece) => {
    expect(parseShell(piece.repeat(1_000_000 / piece.length)).kind).toMatch(/plain|complex|broken/);
  });
});

describe('what bash makes of a plain script', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rules-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Every argv that bash would start; all programs are unknown to it and fail or succeed as told. */
  function startedBy(script: string, status: 0 | 1): string[] {
    const records = mkdtempSync(join(folder, 'records-'));
    const handler = `command_not_found_handle() { printf '%s\\0' "$@" >"record.$BASHPID"; return ${status}; }\nPATH=/nowhere\n`;
    const run = spawnSync('bash', ['--norc', '-c', handler + script], {
      cwd: records,
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
      timeout: 20_000,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    expect(run.error).toBeUndefined();
    // Commands of a pipeline run at once, so each has a file of its own.
    return readdirSync(records).map((name) => readFileSync(join(records, name), 'utf8').replace(/\0$/, ''));
  }

  const isBuiltin = ([program = '']: readonly string[]) =>
    ['[', ':', '.', ''].includes(program) || program.startsWith('%');

  it('is exactly the commands that were read, whatever the signs', () => {
    let compared = 0;
    fc.assert(
      fc.property(fc.oneof(scripts, plainer), (script) => {
        const read = parseShell(script);
        if (read.kind !== 'plain' || read.commands.length === 0 || read.commands.some(({ words }) => isBuiltin(words)))
          return;
        compared++;
        const expected = read.commands.map(({ words }) => words.join('\0')).sort();
        const succeeding = startedBy(script, 0);
        const failing = startedBy(script, 1);
        // Each command runs in one of the two, and nothing else does in either.
        if (!script.includes('||')) expect(succeeding.sort()).toEqual(expected);
        expect(expected).toEqual(expect.arrayContaining([...succeeding, ...failing]));
      }),
      { numRuns: 1500 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  const pieces = fc.oneof(
    fc.stringMatching(/^[a-z0-9.,:@%+/_-]{1,6}$/),
    fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', '$', '\n', '#', '*', ';', 'é') }).map((text) => `'${text}'`),
    fc
      .string({ unit: fc.constantFrom('a', ' ', "'", '\\\\', '\\"', '\\$', '\n', '#', '*', ';', '\\\n', '\\a', '~') })
      .map((text) => `"${text}"`),
    fc.constantFrom('\\ ', '\\;', "\\'", '\\"', '\\$', '\\*', '\\~', '\\\n', '\\\\', '\\a', '{}', '#', '!', '^'),
  );
  const quotedWords = fc.array(fc.array(pieces, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 });

  it('are the same words, whatever the quotes', () => {
    let compared = 0;
    fc.assert(
      fc.property(quotedWords, (words) => {
        const script = `printf '%s\\0' x${words.map((parts) => `x${parts.join('')}`).join(' \t')}`;
        const read = parseShell(script);
        expect(read.kind).toBe('plain');
        compared++;
        const run = spawnSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8', timeout: 20_000 });
        expect(read.commands[0]?.words.slice(2)).toEqual(run.stdout.split('\0').slice(0, -1));
      }),
      { numRuns: 200 },
    );
    expect(compared).toBe(200);
  });
});
