import { describe, expect, it } from 'vitest';
import { pluginFiles } from '../../../src/exec/discovery/plugin-manifest.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';

const ROOT = pathUri('/root');
const MANIFEST = pathUri('/root/.codex-plugin/plugin.json');

const named = (contents: string) => pluginFiles(ROOT, MANIFEST, contents);

describe('the file with the servers', () => {
  const usual = 'file:///root/.mcp.json';
  for (const [what, mcpServers, path] of [
    ['a path', './sub/b.json', 'file:///root/sub/b.json'],
    ['a path with empty parts', '././sub//b.json', 'file:///root/sub/b.json'],
    ['characters that a URI escapes', './ä %20?#.json', 'file:///root/%C3%A4%20%2520%3F%23.json'],
    ['a name that only looks like a way up', './..a', 'file:///root/..a'],
    ['the servers themselves', { a: {} }, null],
    ['a number', 3, usual],
    ['a list', ['./b.json'], usual],
    ['nothing', null, usual],
  ] as const) {
    it(`is ${path ?? 'none'} for ${what}`, () => {
      expect(named(JSON.stringify({ mcpServers })).mcpConfig).toEqual({ path, warning: null });
    });
  }

  for (const [what, mcpServers, why] of [
    ['a path upwards', './../b.json', 'remain below the capability root'],
    ['a path down and up', './sub/../b.json', 'remain below the capability root'],
    ['the root', './', 'remain below the capability root'],
    ['an absolute path after all', './/etc/hostname', 'remain below the capability root'],
    ['an absolute path', '/etc/hostname', 'start with `./`'],
    ['a bare name', 'b.json', 'start with `./`'],
    ['no name', '', 'start with `./`'],
  ] as const) {
    it(`is the usual one, with a warning, for ${what}`, () => {
      const warning = `ignoring mcpServers in ${MANIFEST}: path must ${why}`;
      expect(named(JSON.stringify({ mcpServers })).mcpConfig).toEqual({ path: usual, warning });
    });
  }
});

describe('the file with the apps', () => {
  it('is named alike, and an object is none', () => {
    expect(named('{"apps":"./a.json"}').appsConfig.path).toBe('file:///root/a.json');
    expect(named('{"apps":{}}').appsConfig.path).toBe('file:///root/.app.json');
  });
});

it('a manifest that is no JSON object names nothing', () => {
  for (const contents of ['{broken', '[]', '3', 'null', '\ufeff{"apps":"./a.json"}']) {
    expect(named(contents).appsConfig).toEqual({ path: 'file:///root/.app.json', warning: null });
  }
});
