import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeByRules, type Rules, readRuleFile } from '../../../src/core/rules/index.ts';

function rulesOf(text: string): Rules {
  const read = readRuleFile(text, { file: 'x.rules', home: '/home/ana' });
  if (!read.ok) throw new Error(read.problem.problem.why);
  return read.value;
}

const judge = (text: string, argv: readonly string[], resolve = true) => judgeByRules(rulesOf(text), argv, { resolve });
const judgeScript = (text: string, script: string) => judge(text, ['bash', '-lc', script]).kind;

const GIT = 'prefix_rule(pattern=["git"])\n';
const STATUS = 'prefix_rule(pattern=["git", "status"])\n';

describe('rules about a command', () => {
  it('decide by the strictest of all that match', () => {
    expect(judge(`${STATUS}prefix_rule(["git"], "prompt")`, ['git', 'status']).kind).toBe('prompt');
    expect(judge(`prefix_rule(["git"], "forbidden")\n${STATUS}`, ['git', 'status']).kind).toBe('forbidden');
    expect(judge(STATUS, ['git', 'status', '-s']).kind).toBe('allow');
    expect(judge(STATUS, ['git', 'statusx']).kind).toBe('none');
    expect(judge(STATUS, ['git']).kind).toBe('none');
    expect(judge(STATUS, []).kind).toBe('none');
  });

  it('say which rule decided, where it stands and why', () => {
    const text = '\nprefix_rule(["git", "push"], "forbidden", justification="use review")';
    expect(judge(text, ['bash', '-lc', 'ls && git push -f'])).toEqual({
      kind: 'forbidden',
      words: ['git', 'push', '-f'],
      by: {
        rule: {
          pattern: [['git'], ['push']],
          decision: 'forbidden',
          justification: 'use review',
          place: { file: 'x.rules', line: 2 },
        },
        prefix: ['git', 'push'],
        resolved: null,
      },
    });
  });

  it('speak about absolute paths when they are resolved, and only about listed ones', () => {
    expect(judge(STATUS, ['/usr/bin/git', 'status']).kind).toBe('allow');
    expect(judge(STATUS, ['/usr/bin/git', 'status'], false).kind).toBe('none');
    expect(judge(STATUS, ['./git', 'status']).kind).toBe('none');
    const listed = `${STATUS}host_executable("git", ["/usr/bin/git"])`;
    expect(judge(listed, ['/usr/bin/git', 'status'])).toMatchObject({
      kind: 'allow',
      by: { prefix: ['git', 'status'], resolved: '/usr/bin/git' },
    });
    expect(judge(listed, ['/tmp/git', 'status']).kind).toBe('none');
    expect(judge(`${listed}\nhost_executable("git", ["/tmp/git"])`, ['/usr/bin/git', 'status']).kind).toBe('none');
  });

  it('prefer a rule that names the path', () => {
    const text = 'prefix_rule(["/usr/bin/git"], "prompt")\nprefix_rule(["git"], "forbidden")';
    expect(judge(text, ['/usr/bin/git', 'x']).kind).toBe('prompt');
  });
});

describe('rules about a script', () => {
  it('allow it when they allow each of its commands', () => {
    expect(judgeScript(`${STATUS}prefix_rule(["ls"])`, 'git status && ls -l | ls; ls\ngit status')).toBe('allow');
    expect(judgeScript(GIT, '')).toBe('none');
  });

  it('take the strictest answer of all commands', () => {
    const text = `${STATUS}prefix_rule(["ls"], "prompt")\nprefix_rule(["rm"], "forbidden")`;
    expect(judgeScript(text, 'git status; ls')).toBe('prompt');
    expect(judgeScript(text, 'ls; git status; rm x')).toBe('forbidden');
    expect(judgeScript(text, 'unknown; rm x')).toBe('forbidden');
  });

  // The traps of reading commands: nothing of this may pass for what is allowed.
  it.each([
    'git status; rm -rf ~',
    'git status\nrm -rf ~',
    'git status && rm x',
    'git status | sh',
    'git status & rm x',
    'git status > x',
    'git status $(rm x)',
    'git status `rm x`',
    'git status "$(rm x)"',
    'git status <(rm x)',
    'PATH=./evil git status',
    'GIT_SSH_COMMAND=./evil git status',
    'git(){ rm x; }; git status',
    'alias git=rm\ngit status',
    'env X=1 git status',
    'command git status',
    'builtin git status',
    'exec git status',
    'nohup git status',
    'time git status',
    'nice git status',
    'timeout 5 git status',
    'xargs git status',
    'eval git status',
    'sudo git status',
    '! git status',
    '(git status)',
    '{ git status; }',
    'if git status; then git status; fi',
    'git status *',
    'git status {a,b}',
    'git status ~',
    "$'git' status",
    'git -C / status',
    "git -c core.pager='!x' status",
    '[[ git && git status ]]',
    'git status <<E\n$(rm x)\nE',
    "git status; sh -c 'rm x'",
    "git status; sh -c 'git status > x'",
    "sh -c 'git status' x",
    "./sh -c 'git status'",
    './git status',
    'git status "',
    'git status \\',
    "git 'status'x",
    "'git status'",
  ])('do not allow %j for an allowed git status', (script) => {
    expect(judgeScript(STATUS, script)).toBe('none');
  });

  it.each([
    "g''it \\status",
    '"git" \'status\' # rm x',
    'git status ";" "&& rm x"',
    "sh -c 'git status'",
    `sh -c "sh -c 'git status'"`,
    '/usr/bin/git status',
    "git status <<'E'\nrm -rf ~\nE",
  ])('allow %j, which is git status in another spelling', (script) => {
    expect(judgeScript(STATUS, script)).toBe('allow');
  });

  it.each([
    'rm x > y',
    'echo "$(rm x)"',
    'echo `rm x`',
    'for a in b; do rm $a; done',
    'f(){ rm x; }; f',
    'cat <<E\n$(rm x)\nE',
    '\\rm x',
    "r''m x",
    "$'\\162m' x",
    "sh -c 'rm x'",
    'ls && (rm x) &',
    'ls\nrm x\n"',
  ])('forbid %j for a forbidden rm, though they could not allow it', (script) => {
    expect(judgeScript('prefix_rule(["rm"], "forbidden")', script)).toBe('forbidden');
  });

  it('speak about a shell that a script starts, not about the one that starts the script', () => {
    const text = `${STATUS}prefix_rule(["sh"], "prompt")`;
    expect(judge(text, ['sh', '-c', 'git status']).kind).toBe('allow');
    expect(judge(text, ['sh', '-c', "sh -c 'git status'"]).kind).toBe('prompt');
  });

  it('say what kept them from deciding', () => {
    expect(judge(GIT, ['bash', '-lc', 'git status > $x'])).toEqual({
      kind: 'none',
      reasons: ['a redirection', 'a variable'],
    });
  });

  it('never allow more because something stands around the command', () => {
    const around = fc.constantFrom(
      'x',
      'env ',
      'X=1 ',
      '; y',
      '| y',
      ' > z',
      '$(y)',
      '`y`',
      '&',
      '\n y',
      '(',
      ')',
      '{',
      '!',
    );
    fc.assert(
      fc.property(fc.array(around, { minLength: 1, maxLength: 4 }), fc.nat(4), (all, at) => {
        const script = [...all.slice(0, at), 'rm r', ...all.slice(at)].join(' ');
        const decision = judgeScript('prefix_rule(["rm", "r"])', script);
        const isArguments = /^rm r(?: +(?:x|env|X=1|\{|!))* *$/.test(script);
        // Behind the program's name these are words like any other.
        expect(decision).toBe(isArguments ? 'allow' : 'none');
      }),
      { numRuns: 500 },
    );
  });
});
