import { describe, expect, it } from 'vitest';
import { partsOf } from '../../../src/core/rules/index.ts';

const plain = (...words: string[]) => ({ kind: 'plain', words, hasHereDocument: false });
const seen = (...words: string[]) => ({ kind: 'seen', words });

describe('the parts of a command', () => {
  it.each([
    ['bash', '-lc'],
    ['/bin/bash', '-c'],
    ['zsh', '-lc'],
    ['sh', '-ilc'],
    ['/usr/bin/dash', '-c'],
  ])('are the commands of the script of %s %s', (shell, flag) => {
    expect(partsOf([shell, flag, 'git status && ls'])).toEqual([plain('git', 'status'), plain('ls')]);
  });

  it.each([
    [['git', 'status']],
    [['bash', 'script.sh']],
    [['bash', '-l', 'script.sh', '-c']],
    [['env', 'bash', '-c', 'ls']],
  ])('are one where no script is given to a shell: %j', (argv) => {
    expect(partsOf(argv)).toEqual([plain(...argv)]);
  });

  it('go through scripts in scripts, and show the shells on the way', () => {
    expect(partsOf(['bash', '-lc', `ls; sh -c "git status; sh -c 'rm x'"`])).toEqual([
      plain('ls'),
      seen('sh', '-c', "git status; sh -c 'rm x'"),
      plain('git', 'status'),
      seen('sh', '-c', 'rm x'),
      plain('rm', 'x'),
    ]);
  });

  it('end somewhere', () => {
    let script = 'rm x';
    for (let level = 0; level < 6; level++) script = `sh -c '${script.replaceAll("'", `'\\''`)}'`;
    expect(partsOf(['sh', '-c', script]).at(-1)).toMatchObject({ kind: 'unclear', reasons: ['shells in shells'] });
  });

  it.each([
    [['bash', '-lc', 'ls > x'], 'a redirection'],
    [['bash', '-lc', 'ls)'], 'a ) stands where nothing is open'],
    [['bash', '-lc', 'ls', 'x'], 'arguments behind the script'],
    [['bash', '-eo', 'pipefail', '-c', 'ls'], 'options of a shell'],
    [['bash', '--rcfile', 'x', '-c', 'ls'], 'options of a shell'],
    [['zsh', '-ic', 'ls'], 'an interactive zsh'],
    [['./bash', '-c', 'ls'], 'a shell that is none of the system'],
    [['/w/evil/sh', '-c', 'ls'], 'a shell that is none of the system'],
    [['fish', '-c', 'ls'], 'a shell that is none of the system'],
  ])('are unclear, with what is seen in them: %j', (argv, reason) => {
    expect(partsOf(argv)).toEqual([{ kind: 'unclear', words: argv, reasons: [reason] }, seen('ls')]);
  });

  it('are one program that reads a here-document, when nothing else is in the way', () => {
    expect(partsOf(['bash', '-lc', "python3 - <<'E'\nprint(1)\nE\n"])).toEqual([
      { kind: 'plain', words: ['python3', '-'], hasHereDocument: true },
    ]);
    expect(partsOf(['bash', '-lc', 'cat <<E\n$(id)\nE\n'])[0]).toMatchObject({ kind: 'unclear' });
    expect(partsOf(['bash', '-lc', 'cat <<E\nx\nE\nls'])[0]).toMatchObject({ kind: 'unclear' });
  });
});
