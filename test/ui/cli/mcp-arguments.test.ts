// What `codex mcp …` means.

import { describe, expect, it } from 'vitest';
import { understand } from '../../../src/ui/cli/arguments.ts';

const task = (line: string): unknown => {
  const understood = understand(['mcp', ...line.split(' ').filter((it) => it !== '')]);
  if (!understood.ok) return understood.problem.what;
  return understood.value.kind === 'mcp' ? understood.value.task : understood.value.kind;
};

const http = { kind: 'http', tokenVariable: null, clientId: null, clientSecret: null, resource: null };

describe('codex mcp', () => {
  it.each([
    ['list', { verb: 'list', json: false }],
    ['list --json', { verb: 'list', json: true }],
    ['get a --json', { verb: 'get', name: 'a', json: true }],
    ['remove a', { verb: 'remove', name: 'a' }],
    ['logout a', { verb: 'logout', name: 'a' }],
    ['login a', { verb: 'login', name: 'a', scopes: null, opensBrowser: true }],
    ['login a --scopes x,y --no-browser', { verb: 'login', name: 'a', scopes: ['x', 'y'], opensBrowser: false }],
    [
      'add a -- npx -y --env',
      { verb: 'add', name: 'a', server: { kind: 'program', argv: ['npx', '-y', '--env'], env: {} } },
    ],
    [
      'add a --env A=b=c --env D= -- p',
      { verb: 'add', name: 'a', server: { kind: 'program', argv: ['p'], env: { A: 'b=c', D: '' } } },
    ],
    ['add a --url https://b.test', { verb: 'add', name: 'a', server: { ...http, url: 'https://b.test' } }],
    [
      'add a --url u --bearer-token-env-var T --oauth-client-id i --oauth-client-secret - --oauth-resource r',
      {
        verb: 'add',
        name: 'a',
        server: { ...http, url: 'u', tokenVariable: 'T', clientId: 'i', clientSecret: '-', resource: 'r' },
      },
    ],
    ['add --help', 'help'],
    ['--help', 'help'],
  ])('%s', (line, meant) => {
    expect(task(line)).toEqual(meant);
  });

  it.each([
    ['', 'codex mcp knows list, get, add, remove, login and logout.'],
    ['nonsense', 'codex mcp knows list, get, add, remove, login and logout, not "nonsense".'],
    ['list a', 'codex mcp list takes no "a".'],
    ['get', 'codex mcp get needs the NAME of a server.'],
    ['remove a b', 'codex mcp remove takes one server, not also "b".'],
    ['add', 'codex mcp add needs a NAME.'],
    ['add a', 'codex mcp add NAME needs --url URL, or -- COMMAND.'],
    ['add a --url u -- p', 'codex mcp add takes --url or a COMMAND, not both.'],
    ['add a --url u --env A=b', '--env goes with a COMMAND.'],
    ['add a --env A -- p', '--env takes KEY=VALUE.'],
    ['add a --env =b -- p', '--env takes KEY=VALUE.'],
    ['add a --bearer-token-env-var T -- p', '--bearer-token-env-var goes with --url.'],
    [`add ${'n'.repeat(65)} -- p`, 'codex mcp add needs a NAME of at most 64 characters.'],
    ['add a\u001b[2J -- p', 'codex mcp add needs a NAME of at most 64 characters.'],
  ])('%j is not possible', (line, why) => {
    expect(task(line)).toBe(why);
  });
});
