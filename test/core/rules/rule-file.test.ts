import { describe, expect, it } from 'vitest';
import { readRuleFile } from '../../../src/core/rules/index.ts';

const read = (text: string) => readRuleFile(text, { file: '/r/x.rules', home: '/home/ana' });

describe('a rule file', () => {
  it('gives its rules, each with the line where it is written', () => {
    const text = `
# what I always allow
prefix_rule(
    pattern = ["git", ["status", "diff"]],
    justification = "only reads",
    match = ["git status -s", ["git", "diff"], "git 'status'"],
    not_match = ["git push", "git"],
)
for tool in ["npm", "yarn"]:
    prefix_rule([tool, "publish"], "forbidden")
[prefix_rule(pattern = [x], decision = "prompt") for x in ["rm"]]
host_executable(name = "git", paths = ["/usr/bin/git", "~/bin/git"])
network_rule(host = "API.Example.com.", protocol = "https", decision = "deny")
network_rule("[::1]:80", "socks5_tcp", "prompt", justification = "local")
`;
    const place = (line: number) => ({ file: '/r/x.rules', line });
    const publish = (tool: string) => ({
      pattern: [[tool], ['publish']],
      decision: 'forbidden',
      justification: null,
      place: place(10),
    });
    expect(read(text)).toEqual({
      ok: true,
      value: {
        prefixes: [
          { pattern: [['git'], ['status', 'diff']], decision: 'allow', justification: 'only reads', place: place(3) },
          publish('npm'),
          publish('yarn'),
          { pattern: [['rm']], decision: 'prompt', justification: null, place: place(11) },
        ],
        hosts: [{ name: 'git', paths: ['/usr/bin/git', '/home/ana/bin/git'], place: place(12) }],
        network: [
          { host: 'api.example.com', protocol: 'https', decision: 'forbidden', justification: null, place: place(13) },
          { host: '::1', protocol: 'socks5_tcp', decision: 'prompt', justification: 'local', place: place(14) },
        ],
      },
    });
  });

  it.each<[string, string]>([
    ['prefix_rule(pattern=["a"], decision="maybe")', 'invalid decision: maybe'],
    ['prefix_rule(pattern=[])', 'invalid pattern element: pattern cannot be empty'],
    ['prefix_rule(pattern=[[]])', 'invalid pattern element: pattern alternatives cannot be empty'],
    ['prefix_rule(pattern=[1])', 'invalid pattern element: it must be a string or a list of strings (got int)'],
    ['prefix_rule(pattern="git")', '`pattern` must be a list (got string)'],
    ['prefix_rule(pattern=["a"], foo=1)', 'Found `foo` extra named parameter(s) for call to prefix_rule'],
    ['prefix_rule(decision="allow")', '`pattern` is missing in this call to prefix_rule'],
    ['prefix_rule(["a"], pattern=["b"])', '`pattern` is given twice in this call to prefix_rule'],
    ['prefix_rule(pattern=["a"], justification=" ")', 'justification cannot be empty'],
    [
      'prefix_rule(pattern=["a"], match=["b", "a c"])',
      'expected every example to match at least one rule. rules: [prefix_rule(pattern=["a"])]; unmatched examples: ["b"]',
    ],
    [
      'prefix_rule(pattern=["a", ["b", "c"]], not_match=["a c d"])',
      'expected example to not match rule `prefix_rule(pattern=["a", ["b","c"]])`: "a c d"',
    ],
    ['prefix_rule(pattern=["a"], match=["a \'b"])', 'invalid example: a quote in it is never closed'],
    ['prefix_rule(pattern=["a"], match=[""])', 'invalid example: it cannot be empty'],
    ['host_executable(name="a/b", paths=[])', 'host_executable name must be a bare name of a program (got a/b)'],
    ['host_executable(name="a", paths=["bin/a"])', 'host_executable paths must begin with / or ~/ (got bin/a)'],
    ['host_executable(name="a", paths=["/bin/b"])', 'host_executable path /bin/b must end in /a'],
    [
      'network_rule(host="*.x", protocol="http", decision="allow")',
      'network_rule host must be a specific host; wildcards are not allowed',
    ],
    [
      'network_rule(host="x", protocol="ftp", decision="allow")',
      'network_rule protocol must be one of http, https, socks5_tcp, socks5_udp (got ftp)',
    ],
    [
      'network_rule(host="https://x/y", protocol="http", decision="allow")',
      'network_rule host must be a name or an address, without scheme and path (got https://x/y)',
    ],
    ['network_rule(host="x", protocol="http")', '`decision` is missing in this call to network_rule'],
    ['unknown_rule()', 'there is nothing named `unknown_rule`'],
  ])('is refused with file, line and reason: %s', (line, message) => {
    const result = read(`prefix_rule(pattern=["ls"])\n\n${line}`);
    expect(result).toMatchObject({
      ok: false,
      problem: {
        file: '/r/x.rules',
        line: 3,
        problem: {
          what: 'The rules of /r/x.rules are not in force.',
          why: expect.stringMatching(/^\/r\/x\.rules:3:\d+: /),
        },
      },
    });
    expect(result.ok ? '' : result.problem.problem.why).toContain(message);
  });

  it('proves an example with an absolute path against the paths of the whole file', () => {
    const rule = 'prefix_rule(pattern=["git"], match=["/usr/bin/git x"])\n';
    expect(read(rule)).toMatchObject({ ok: true });
    expect(read(`${rule}host_executable(name="git", paths=["/opt/git"])`)).toMatchObject({ ok: false });
  });
});
