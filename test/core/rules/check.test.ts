import { describe, expect, it } from 'vitest';
import { checkByRules, readRuleFile } from '../../../src/core/rules/index.ts';

const TEXT = `
prefix_rule(pattern = ["git", "status"], justification = "only reads")
prefix_rule(pattern = ["git"], decision = "prompt")
host_executable(name = "git", paths = ["/usr/bin/git"])
`;

function check(argv: readonly string[], resolve: boolean): string {
  const read = readRuleFile(TEXT, { file: 'x.rules', home: '/' });
  return read.ok ? JSON.stringify(checkByRules(read.value, argv, { resolve })) : read.problem.problem.why;
}

const BOTH =
  '{"matchedRules":[{"prefixRuleMatch":{"matchedPrefix":["git","status"],"decision":"allow","justification":"only reads"}},' +
  '{"prefixRuleMatch":{"matchedPrefix":["git"],"decision":"prompt"}}],"decision":"prompt"}';

describe('codex execpolicy check', () => {
  it('prints every rule that matches and the strictest decision', () => {
    expect(check(['git', 'status', '-s'], false)).toBe(BOTH);
  });

  it('prints an empty list and no decision where none matches', () => {
    expect(check(['ls'], true)).toBe('{"matchedRules":[]}');
    expect(check(['bash', '-lc', 'git status'], true)).toBe('{"matchedRules":[]}');
    expect(check(['/usr/bin/git', 'x'], false)).toBe('{"matchedRules":[]}');
    expect(check(['/opt/git', 'x'], true)).toBe('{"matchedRules":[]}');
  });

  it('prints the program that a bare name was resolved from', () => {
    expect(check(['/usr/bin/git', 'x'], true)).toBe(
      '{"matchedRules":[{"prefixRuleMatch":{"matchedPrefix":["git"],"decision":"prompt","resolvedProgram":"/usr/bin/git"}}],"decision":"prompt"}',
    );
  });
});
