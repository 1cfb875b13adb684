import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverRoots } from '../../../src/exec/discovery/capability-roots.ts';
import type { RootFiles } from '../../../src/exec/discovery/root-files.ts';
import { openFileCalls } from '../../../src/exec/files/wire-calls.ts';
import { type CapabilityRoot, LIMITS, PARAMS } from '../../../src/exec/protocol/messages.ts';
import { decode } from '../../../src/exec/protocol/readers.ts';

let folder = '';
const files = openFileCalls();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-roots-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, contents: string | Buffer = ''): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), contents);
}

const uriOf = (name: string): string => `file://${join(folder, name)}`;
const bare = (text: string): string => text.replaceAll(`file://${folder}/`, '');

async function discover(roots: readonly unknown[], by: RootFiles = files) {
  const params = decode(PARAMS['capabilityRoots/discoverV1'], { roots });
  if (!params.ok) throw new Error(params.problem.message);
  return discoverRoots(params.value, by);
}

async function discoverOne(name = 'root'): Promise<CapabilityRoot> {
  const result = await discover([{ id: 'a', path: uriOf(name) }]);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value.roots[0]!;
}

/** Its texts by where they are. */
function shown({ plugin, skills, namespaceManifests, warnings, error }: CapabilityRoot) {
  return {
    plugin: plugin && bare(plugin.manifest.path),
    mcp: plugin?.mcpConfig?.contents ?? null,
    apps: plugin?.appsConfig?.contents ?? null,
    skills: skills.map(({ instructions, metadata }) => [bare(instructions.path), metadata?.contents ?? null]),
    namespaces: namespaceManifests.map(({ path }) => bare(path)),
    warnings: warnings.map(bare),
    error: error === null ? null : bare(error),
  };
}

const NOTHING = { plugin: null, mcp: null, apps: null, skills: [], namespaces: [], warnings: [], error: null };

describe('a root', () => {
  it('has a plugin with what stands beside its manifest, and skills with what stands beside theirs', async () => {
    write('root/.codex-plugin/plugin.json', '{"name":"p"}');
    write('root/.claude-plugin/plugin.json', '{"name":"second"}');
    write('root/.mcp.json', 'mcp');
    write('root/.app.json', 'apps');
    write('root/skills/s 1/SKILL.md', 'text ü');
    write('root/skills/s 1/agents/openai.yaml', 'about s');
    write('root/skills/.hidden/SKILL.md');
    write('root/SKILL.md');
    write('root/skills/s 1/skill.md');
    const root = await discoverOne();
    expect(shown(root)).toEqual({
      plugin: 'root/.codex-plugin/plugin.json',
      mcp: 'mcp',
      apps: 'apps',
      skills: [
        ['root/SKILL.md', null],
        ['root/skills/.hidden/SKILL.md', null],
        ['root/skills/s%201/SKILL.md', 'about s'],
      ],
      namespaces: ['root/.codex-plugin/plugin.json'],
      warnings: [],
      error: null,
    });
    expect(root.skills[2]?.instructions.contents).toBe('text ü');
    expect({ id: root.id, path: root.path }).toEqual({ id: 'a', path: uriOf('root') });
  });

  it('may be a plugin of another kind, have nothing, or have namespaces below it alone', async () => {
    write('claude/.claude-plugin/plugin.json', '{}');
    write('cursor/.cursor-plugin/plugin.json', '{}');
    write('empty/x');
    write('spaces/a/.claude-plugin/plugin.json', '{}');
    write('spaces/a/.codex-plugin/plugin.json', '{broken');
    write('spaces/b/skills/q/SKILL.md');
    expect(shown(await discoverOne('claude'))).toMatchObject({ plugin: 'claude/.claude-plugin/plugin.json' });
    expect(shown(await discoverOne('cursor'))).toMatchObject({ plugin: 'cursor/.cursor-plugin/plugin.json' });
    expect(shown(await discoverOne('empty'))).toEqual(NOTHING);
    expect(shown(await discoverOne('spaces'))).toEqual({
      ...NOTHING,
      skills: [['spaces/b/skills/q/SKILL.md', null]],
      namespaces: ['spaces/a/.codex-plugin/plugin.json'],
    });
  });

  it('that cannot be looked at says so and does not spoil the others', async () => {
    write('file');
    write('root/SKILL.md');
    const roots = ['file', 'nope', 'root'].map((id) => ({ id, path: uriOf(id) }));
    const result = await discover([...roots, { id: 'foreign', path: 'file:///C:/x' }]);
    if (!result.ok) throw new Error(result.problem.message);
    const foreign = /^failed to inspect capability root file:\/\/\/C:\/x: 'file:\/\/\/C:\/x' is invalid on '\w+'$/;
    expect(result.value.roots.map(({ id, error }) => [id, error && bare(error)])).toEqual([
      ['file', 'capability root file is not a directory'],
      ['nope', 'failed to inspect capability root nope: No such file or directory (os error 2)'],
      ['root', null],
      ['foreign', expect.stringMatching(foreign)],
    ]);
    expect(shown(result.value.roots[2]!).skills).toEqual([['root/SKILL.md', null]]);
  });

  it('is one of 128 at most', async () => {
    const roots = Array.from({ length: 129 }, () => ({ id: 'a', path: uriOf('') }));
    expect((await discover(roots.slice(1))).ok).toBe(true);
    expect(await discover(roots)).toEqual({
      ok: false,
      problem: { code: -32600, message: 'capability root discovery accepts at most 128 roots' },
    });
  });

  it('is looked at under its own sandbox, in every call', async () => {
    write('root/.codex-plugin/plugin.json', '{}');
    write('root/.mcp.json', 'mcp');
    write('root/a/SKILL.md');
    const sandbox = { permissions: { type: 'disabled' }, windowsSandboxLevel: 'disabled' };
    const seen: [string, unknown][] = [];
    const noting: RootFiles = {
      'fs/getMetadata': (params) => {
        seen.push(['metadata', params.sandbox?.permissions]);
        return files['fs/getMetadata'](params);
      },
      'fs/readFile': (params) => {
        seen.push(['read', params.sandbox?.permissions]);
        return files['fs/readFile'](params);
      },
      'fs/walk': (params) => {
        seen.push(['walk', params.sandbox?.permissions]);
        return files['fs/walk'](params);
      },
    };
    await discover([{ id: 'a', path: uriOf('root'), sandbox }], noting);
    expect(new Set(seen.map(([call]) => call))).toEqual(new Set(['metadata', 'read', 'walk']));
    expect(new Set(seen.map(([, permissions]) => JSON.stringify(permissions)))).toEqual(
      new Set(['{"tag":"disabled"}']),
    );
  });
});

describe('the files that a manifest names', () => {
  it('are read instead of those with the usual names, or not at all', async () => {
    write('root/.codex-plugin/plugin.json', '{"mcpServers":"./ä %20?#.json","apps":"./nope.json"}');
    write('root/ä %20?#.json', 'named');
    write('root/.app.json', 'usual');
    expect(shown(await discoverOne())).toMatchObject({ mcp: 'named', apps: null, warnings: [] });
  });

  it('are passed over with a warning when they are outside of the root', async () => {
    write('outside.json', 'outside');
    write('root/.codex-plugin/plugin.json', '{"mcpServers":"./../outside.json"}');
    write('root/.mcp.json', 'usual');
    expect(shown(await discoverOne())).toMatchObject({
      mcp: 'usual',
      warnings: ['ignoring mcpServers in root/.codex-plugin/plugin.json: path must remain below the capability root'],
    });
  });
});

describe('links and faults', () => {
  it('links to folders are followed once, links to skills are not', async () => {
    write('elsewhere/SKILL.md', 'linked');
    write('root/a/SKILL.md');
    symlinkSync(join(folder, 'root'), join(folder, 'root/a/up'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'root/b'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'root/c'));
    mkdirSync(join(folder, 'root/d'));
    symlinkSync(join(folder, 'elsewhere/SKILL.md'), join(folder, 'root/d/SKILL.md'));
    expect(shown(await discoverOne()).skills).toEqual([
      ['root/a/SKILL.md', null],
      ['root/b/SKILL.md', null],
    ]);
  });

  it('a manifest may be a link, and a folder is none', async () => {
    write('elsewhere/plugin.json', '{}');
    mkdirSync(join(folder, 'root/.codex-plugin/plugin.json'), { recursive: true });
    mkdirSync(join(folder, 'root/.claude-plugin'));
    symlinkSync(join(folder, 'elsewhere/plugin.json'), join(folder, 'root/.claude-plugin/plugin.json'));
    const plugin = 'root/.claude-plugin/plugin.json';
    expect(shown(await discoverOne())).toEqual({ ...NOTHING, plugin, namespaces: [plugin] });
  });

  it('what is no UTF-8 or too long is left out with a warning, said once', async () => {
    write('root/.codex-plugin/plugin.json', Buffer.from([0xff]));
    write('root/a/SKILL.md', Buffer.alloc(LIMITS.blockBytes + 1, 'x'));
    write('root/b/SKILL.md', Buffer.alloc(LIMITS.blockBytes, 'x'));
    expect(shown(await discoverOne())).toEqual({
      ...NOTHING,
      skills: [['root/b/SKILL.md', null]],
      warnings: [
        'capability file root/.codex-plugin/plugin.json is not UTF-8',
        'capability file root/a/SKILL.md exceeds the 1048576-byte limit',
      ],
    });
  });

  it('what may not be read is left out with a warning', async () => {
    write('root/a/SKILL.md');
    write('root/b/SKILL.md', 'b');
    const denied = { ok: false, problem: { code: -32600, message: 'Permission denied (os error 13)' } } as const;
    const guarded: RootFiles = {
      ...files,
      'fs/readFile': async (params) => (params.path.endsWith('a/SKILL.md') ? denied : files['fs/readFile'](params)),
    };
    const result = await discover([{ id: 'a', path: uriOf('root') }], guarded);
    expect(result.ok && shown(result.value.roots[0]!)).toEqual({
      ...NOTHING,
      skills: [['root/b/SKILL.md', null]],
      warnings: ['failed to read capability file root/a/SKILL.md: Permission denied (os error 13)'],
    });
  });

  it('a folder that could not be listed is told', async () => {
    write('root/a/x');
    write('root/SKILL.md');
    const guarded: RootFiles = {
      ...files,
      'fs/walk': async (params) => {
        const walk = await files['fs/walk'](params);
        const closed = walk.ok && walk.value.entries.find(({ path }) => path.endsWith('/a'))?.path;
        if (!walk.ok || !closed) return walk;
        const errors = [{ path: closed, message: 'Permission denied (os error 13)' }];
        return { ok: true, value: { ...walk.value, errors } };
      },
    };
    const result = await discover([{ id: 'a', path: uriOf('root') }], guarded);
    expect(result.ok && shown(result.value.roots[0]!)).toEqual({
      ...NOTHING,
      skills: [['root/SKILL.md', null]],
      warnings: ['failed to scan capability path root/a: Permission denied (os error 13)'],
    });
  });
});

describe('bounds', () => {
  it('six folders down', async () => {
    for (const path of ['1/2/3/4/5', '1/2/3/4/5/6', '1/2/3/4/5/6/7']) write(`root/${path}/SKILL.md`);
    expect(shown(await discoverOne()).skills.map(([path]) => path)).toEqual([
      'root/1/2/3/4/5/6/SKILL.md',
      'root/1/2/3/4/5/SKILL.md',
    ]);
  });

  it('2,000 folders, the root among them', async () => {
    write('root/0/SKILL.md');
    for (let index = 1; index < 2000; index++) mkdirSync(join(folder, 'root', String(index)));
    write('root/z/SKILL.md');
    expect(shown(await discoverOne())).toEqual({
      ...NOTHING,
      skills: [['root/0/SKILL.md', null]],
      warnings: ['capability scan reached its traversal limit (root: root)'],
    });
  });

  it('one frame, whatever many roots have, and however it is spelled', async () => {
    for (const root of ['a', 'b', 'c']) {
      // A control character takes six bytes in the answer.
      for (let index = 0; index < 4; index++)
        write(`${root}/${index}/SKILL.md`, Buffer.alloc(LIMITS.blockBytes, '\x01'));
    }
    write('d/SKILL.md', 'short');
    const roots = ['a', 'b', 'c', 'd'].map((id) => ({ id, path: uriOf(id) }));
    const result = await discover(roots);
    if (!result.ok) throw new Error(result.problem.message);
    expect(JSON.stringify(result.value).length).toBeLessThan(LIMITS.frameBytes - 4096);
    expect(result.value.roots.map(({ skills, warnings }) => [skills.length, warnings.length])).toEqual([
      [2, 1],
      [0, 1],
      [0, 1],
      [1, 0],
    ]);
    expect(result.value.roots[0]?.warnings[0]).toContain('some files are left out');
  });
});
