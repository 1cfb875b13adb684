import { describe, expect, it } from 'vitest';
import { judgeByRules, prefixFor, readRuleFile, ruleLine } from '../../../src/core/rules/index.ts';

describe('the prefix that is offered for always', () => {
  it.each<[string, string[]]>([
    ['npm install left-pad', ['npm', 'install']],
    ['npm run build -- --watch', ['npm', 'run', 'build']],
    ['git commit -m "a b"', ['git', 'commit']],
    ['cargo test --all', ['cargo', 'test']],
    ['make', ['make']],
    ['touch a b', ['touch', 'a', 'b']],
    ['python3 scripts/x.py --fast', ['python3', 'scripts/x.py', '--fast']],
    ['python3 -m pytest', ['python3', '-m', 'pytest']],
    ['npx prettier .', ['npx', 'prettier', '.']],
    ['docker exec web ls', ['docker', 'exec', 'web', 'ls']],
    ['git remote -v', ['git', 'remote', '-v']],
  ])('of %j is %j', (script, prefix) => {
    expect(prefixFor(['bash', '-lc', script])).toEqual(prefix);
    expect(prefixFor(['bash', '-lc', script])).toEqual(prefixFor(['sh', '-c', script]));
  });

  it.each([
    'python3',
    'python3 -c "print(1)"',
    'python3.11 -c x',
    'python3 -',
    'python3 -i',
    'node',
    'node -e x',
    'node -p x',
    'node --eval=x',
    'bash',
    'bash x.sh',
    'sh -c "$x"',
    'env',
    'env X=1 ls',
    'sudo ls',
    'git',
    'git -C / status',
    'perl -e x',
    'perl -pe x',
    'ruby -e x',
    'php -r x',
    'lua -e x',
    'osascript x',
    'pwsh -Command x',
    'powershell.exe x',
    'xargs ls',
    'command ls',
    'time ls',
    'timeout 5 make',
    'npx',
    'npx -y',
    'npm run',
    'pnpm dlx',
    'find . -name x',
    'eval x',
    'ssh host ls',
    'rm -rf build',
    'git push --force',
    'ls && pwd',
    'ls; pwd',
    'ls | wc',
    'ls > x',
    'X=1 make',
    'touch *.x',
    'cat <<E\nx\nE',
    'echo "',
    `echo '${'x'.repeat(300)}'`,
    "echo 'a\nb'",
    "echo '\u202e'",
    '',
  ])('is none for %j', (script) => {
    expect(prefixFor(['bash', '-lc', script])).toBeNull();
  });

  it.each([[['npm', 'install']], [['echo', 'a "b" \\c', 'é\n']]])('makes a rule that allows it: %j', (prefix) => {
    const read = readRuleFile(ruleLine(prefix), { file: 'x', home: '/' });
    expect(read.ok && judgeByRules(read.value, [...prefix, 'more'], { resolve: true })).toMatchObject({
      kind: 'allow',
    });
    expect(ruleLine(['npm', 'install'])).toBe('prefix_rule(pattern=["npm", "install"], decision="allow")\n');
  });
});
