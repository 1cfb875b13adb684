import { describe, expect, it } from 'vitest';
import { environmentsOfVariable, holdsSecret, readEnvironments } from '../../../src/core/config/environments.ts';

const read = (text: string) => readEnvironments(text, '~/.codex/environments.toml');

function refusal(text: string): string {
  const found = read(text);
  if (found.ok) throw new Error('taken');
  return found.problem.why;
}

const entry = (lines: string): string => `[[environments]]\nid = "a"\n${lines}`;

describe('environments.toml', () => {
  it('names machines by address or by command', () => {
    const found = read(`
default = "devbox"

[[environments]]
id = "devbox"
url = "ws://10.0.0.5:8765"
auth_bearer_token_env = "DEVBOX_TOKEN"
connect_timeout_sec = 2.5

[[environments]]
id = "ssh-dev"
program = "ssh"
args = ["-T", "dev", "codex exec-server --listen stdio"]
env = { A = "1" }
`);
    expect(found).toEqual({
      ok: true,
      value: {
        first: 'devbox',
        includesLocal: true,
        environments: [
          {
            kind: 'url',
            name: 'devbox',
            url: 'ws://10.0.0.5:8765',
            token: { kind: 'variable', name: 'DEVBOX_TOKEN' },
            connectMs: 2500,
            initializeMs: 10_000,
          },
          {
            kind: 'program',
            name: 'ssh-dev',
            program: 'ssh',
            args: ['-T', 'dev', 'codex exec-server --listen stdio'],
            env: { A: '1' },
            cwd: null,
            initializeMs: 10_000,
          },
        ],
      },
    });
  });

  it.each([
    ['', 'local'],
    ['default = "none"', null],
    ['include_local = false', null],
  ])('says where commands go that name none: %j', (text, first) => {
    expect(read(text)).toMatchObject({ value: { first } });
  });

  it.each([
    ['bogus = 1', 'unknown field `bogus`, expected one of `default`, `include_local`, `environments`'],
    [entry('url = "ws://h:1"\nport = 1'), 'unknown field `environments.0.port`, expected one of `id`, `skills`, `url`'],
    ['[[environments]]\nid = "local"\nurl = "ws://h:1"', 'environment id `local` is reserved'],
    ['[[environments]]\nid = "none"\nurl = "ws://h:1"', 'environment id `none` is reserved'],
    ['[[environments]]\nid = "a b"\nurl = "ws://h:1"', "must contain only ASCII letters, numbers, '-' or '_'"],
    [`[[environments]]\nid = "${'a'.repeat(65)}"\nurl = "ws://h:1"`, 'more than 64'],
    [entry('url = "http://h"'), 'environment url `http://h` must use ws:// or wss://'],
    [entry(''), 'environment `a` must set exactly one of url or program'],
    [entry('url = "ws://h:1"\nprogram = "ssh"'), 'environment `a` must set exactly one of url or program'],
    [entry('url = "ws://h:1"\nargs = []'), 'environment `a` args, env, and cwd require program'],
    [entry('program = "ssh"\nconnect_timeout_sec = 1'), 'environment `a` connect_timeout_sec requires url'],
    [entry('program = "ssh"\nauth_bearer_token = "t"'), 'environment `a` auth_bearer_token requires url'],
    [entry('url = "ws://h:1"\nauth_bearer_token = "t"\nauth_bearer_token_env = "T"'), 'one is enough'],
    [entry('url = "ws://h:1"\nconnect_timeout_sec = -1'), 'environments.0.connect_timeout_sec'],
    [`${entry('url = "ws://h:1"')}\n${entry('url = "ws://h:2"')}`, 'environment id `a` is used twice'],
    ['default = "zz"', 'default environment `zz` is not configured'],
    ['default = "local"\ninclude_local = false', 'default environment `local` is not configured'],
    ['default = ', 'line 1'],
  ])('is refused as a whole: %j', (text, why) => {
    expect(refusal(text)).toContain(why);
  });

  it('holds a secret where a token stands in it', () => {
    const secret = (line: string): boolean => {
      const found = read(entry(`url = "ws://h:1"\n${line}`));
      return found.ok && holdsSecret(found.value);
    };
    expect(secret('auth_bearer_token = "t"')).toBe(true);
    expect(secret('auth_bearer_token_file = "t"')).toBe(false);
    expect(secret('')).toBe(false);
  });

  it.each([
    ['', 'local', true],
    ['None', null, false],
    ['ws://h:1', 'remote', false],
  ])('is replaced by a variable where there is no file: %j', (url, first, includesLocal) => {
    expect(environmentsOfVariable(url)).toMatchObject({ first, includesLocal });
  });
});
