import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openCommandRules } from '../../../src/core/approvals/command-rules.ts';
import type { Problem } from '../../../src/problem/index.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'rules-'));
});
afterEach(() => rmSync(home, { recursive: true }));

async function open(text?: string) {
  const codexHome = path.join(home, '.codex');
  if (text !== undefined) {
    mkdirSync(path.join(codexHome, 'rules'), { recursive: true });
    writeFileSync(path.join(codexHome, 'rules/x.rules'), text);
  }
  const problems: Problem[] = [];
  return {
    rules: await openCommandRules({ codexHome, home, onProblem: (problem) => problems.push(problem) })(),
    problems,
    codexHome,
  };
}

const shell = (script: string): readonly string[] => ['/bin/bash', '-lc', script];

it('decide about all parts of a command, and name the rule by file and line', async () => {
  const { rules } = await open(`prefix_rule(pattern=["git", "status"], decision="allow")
prefix_rule(pattern=["rm"], decision="forbidden", justification="use trash")
`);
  expect(rules.judge(shell('git status'))).toEqual({ decision: 'allow', why: 'the rule in ~/.codex/rules/x.rules:1' });
  expect(rules.judge(shell('git status; rm -rf ~'))).toEqual({
    decision: 'forbidden',
    why: 'the rule in ~/.codex/rules/x.rules:2 (use trash)',
  });
  expect(rules.judge(shell('git status; ls')).decision).toBe('none');
});

it('offer a prefix, write it where it was shown, and hold from then on', async () => {
  const { rules, codexHome } = await open();
  const offered = rules.offer(shell('npm test -- --watch'));
  expect(offered?.file).toBe('~/.codex/rules/default.rules');
  expect(rules.judge(shell('npm test')).decision).toBe('none');
  expect(rules.allow(shell('npm test -- --watch')).ok).toBe(true);
  expect(readFileSync(path.join(codexHome, 'rules/default.rules'), 'utf8')).toContain(offered?.added.trim());
  expect(rules.judge(shell('npm test')).decision).toBe('allow');
  expect(rules.offer(shell('bash -c "anything"'))).toBeNull();
  expect(rules.allow(shell('a && b')).ok).toBe(false);
});

it('say something about hosts too, and a broken file is told once', async () => {
  const { rules, problems } = await open(`network_rule(host="api.example.com", protocol="https", decision="allow")
network_rule(host="bad.example.com", protocol="https", decision="forbidden")
network_rule(host="ask.example.com", protocol="https", decision="prompt")
`);
  expect(rules.hosts()).toEqual([
    { pattern: 'api.example.com', access: 'allow' },
    { pattern: 'bad.example.com', access: 'deny' },
  ]);
  expect(problems).toEqual([]);
  const broken = await open('prefix_rule(');
  broken.rules.judge(shell('ls'));
  broken.rules.judge(shell('ls'));
  expect(broken.problems).toHaveLength(1);
  expect(`${broken.problems[0]?.what} ${broken.problems[0]?.why}`).toContain('x.rules');
});
