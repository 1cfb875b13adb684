// Which commands a shell text holds, read without running it.

import { describe, expect, it } from 'vitest';
import { commandText, readCommand } from '../../../src/sandbox/denial/command-words.ts';
import { readShell } from '../../../src/sandbox/denial/shell-text.ts';

const wordsOf = (text: string): string[] => readShell(text, { HOME: '/h' }).map(({ words }) => words.join(' '));

describe('a shell text', () => {
  it.each<[text: string, commands: string[]]>([
    ['a b', ['a b']],
    ['a \'b c\' "d $HOME" e\\ f', ['a b c d /h e f']],
    ["touch $'a\\nb' $'\\303\\274'", ['touch a\nb ü']],
    ['a && b || c; d | e & f\ng', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['if a; then b; else c; fi', ['a', 'b', 'c']],
    ['for i in 1 2; do a $i; done', ['a $i']],
    ['while read -r x; do a; done < f', ['read -r x', 'a', '']],
    ['X=1 Y="2 3"; a $X \u0024{Y} $Z', ['a 1 2 3 $Z']],
    ['! time exec a', ['a']],
    ['a $(b c) `d`', ['a', 'b c', 'd']],
    ['timeout -k 1 5s nice -n 3 a b', ['timeout -k 1 5s nice -n 3 a b', 'a b']],
    ['xargs -0 -I{} cp {} d', ['xargs -0 -I{} cp {} d', 'cp {} d']],
    ['find . -name x -exec rm -f {} \\; -print', ['find . -name x -exec rm -f {} ; -print', 'rm -f {}']],
    ["sh -c 'a; b'", ['sh -c a; b', 'a', 'b']],
    ['env bash -ec "a"', ['env bash -ec a', 'bash -ec a', 'a']],
    ['eval "a b"', ['eval a b', 'a b']],
    ['cat <<EOF > f\nrm x\nEOF\na', ['cat', 'a']],
    ['a # b; c\nd', ['a', 'd']],
    ['f() { a; }; f', ['f', 'a', 'f']],
  ])('%j', (text, commands) => {
    expect(wordsOf(text)).toEqual(commands);
  });

  it.each<[text: string, written: string[], read: string[], isSilenced: boolean]>([
    ['a > f', ['f'], [], false],
    ['a >> f < g', ['f'], ['g'], false],
    ['a 2>&1', [], [], false],
    ['a 2>/dev/null', [], [], true],
    ['a &> f', ['f'], [], true],
    ['a 2> e > f', ['e', 'f'], [], true],
    ['a <<< f', [], [], false],
    ['a3>f', ['f'], [], false],
    ['{ a; } 2>/dev/null', [], [], true],
    ['(a) 2>/dev/null', [], [], true],
    ["sh -c 'a' 2>/dev/null", [], [], true],
  ])('%s opens what it says', (text, written, read, isSilenced) => {
    expect(readShell(text, {})[0]).toMatchObject({ written, read, isSilenced });
  });

  it.each([
    '',
    "'",
    '"',
    '$(',
    '((((',
    '\\',
    '<',
    '${',
    "$'",
    '<<',
    `${'('.repeat(70_000)}`,
    `${"sh -c '".repeat(40)}`,
  ])('may be anything: %j', (text) => {
    expect(readShell(text, {}).length).toBeLessThan(70_000);
  });
});

describe('a command', () => {
  it.each<[text: string, folders: string[]]>([
    ['cd a && cd b', ['/w/a', '/w/a/b']],
    ['cd "a b"; x', ['/w/a b']],
    ['cd && x', ['/h']],
    ['D=/d; cd $D/e && x', ['/d/e']],
    ['git -C sub status', ['/w/sub']],
    ['cd -', []],
  ])('%s goes to folders', (text, folders) => {
    expect(readCommand(text, '/w', '/h').folders).toEqual(folders);
  });

  it.each<[text: string, startsNothingElse: boolean]>([
    ['cat a | tee b; exit 1', true],
    ["bash -c 'cat a'", true],
    ["sh -c 'echo $1' me", false],
    ['make', false],
    ['cat a; make', false],
    ['git log', true],
    ['git push', false],
    ['find . -exec cat {} +', true],
    ['find . -exec ./x {} +', false],
    ['xargs ./x', false],
    ['', false],
  ])('%s starts no other program: %s', (text, startsNothingElse) => {
    expect(readCommand(text, '/w', '/h').startsNothingElse).toBe(startsNothingElse);
  });

  it.each<[command: string, argv: string[], text: string]>([
    ['/bin/bash -lc cat log', ['/bin/bash', '-lc', 'cat log'], 'cat log'],
    ['cat log', ['/bin/sh', '-c', 'cat log'], 'cat log'],
    ['', ['cat', 'log'], 'cat log'],
    ['x', [], 'x'],
    ['bash run.sh', ['bash', 'run.sh'], 'bash run.sh'],
  ])('%j of %j is "%s"', (command, argv, text) => {
    expect(commandText(command, argv)).toBe(text);
  });
});
