import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_CONFIG_BYTES } from '../../../src/exec/discovery/config-file.ts';
import { readEnvironmentConfig } from '../../../src/exec/discovery/environment-config.ts';
import { PARAMS } from '../../../src/exec/protocol/messages.ts';
import { decode } from '../../../src/exec/protocol/readers.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'codex-config-test-'));
  for (const name of ['home', 'system']) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, contents: string | Buffer): void => writeFileSync(join(folder, name), contents);

function read(configPaths: string[][], requirementsPaths: string[][] = [], cwd = 'file:///nowhere') {
  const params = decode(PARAMS['environmentConfig/read'], { cwd, configPaths, requirementsPaths });
  if (!params.ok) throw new Error(params.problem.message);
  const place = { home: folder, codexHome: join(folder, 'home'), systemFolder: join(folder, 'system'), hostname: 'vm' };
  return readEnvironmentConfig(params.value, place);
}

/** Source and text of each layer, and where the client's own go. */
async function layersOf(configPaths: string[][]): Promise<unknown[]> {
  const result = await read(configPaths);
  if (!result.ok) throw new Error(result.problem.message);
  const { layers, cloudInsertionIndex } = result.value.config;
  return [...layers.map(({ source, toml }) => [source.replaceAll(folder, ''), toml]), cloudInsertionIndex];
}

describe('what is refused', () => {
  for (const [what, configPaths, requirementsPaths, message] of [
    ['no paths at all', [], [], 'at least one config or requirements path is required'],
    ['a path to nowhere', [['a'], []], [], 'TOML paths must contain at least one key segment'],
  ] as const) {
    it(what, async () => {
      const result = await read([...configPaths.map((path) => [...path])], [...requirementsPaths]);
      expect(result).toEqual({ ok: false, problem: { code: -32602, message } });
    });
  }

  it('a folder of another platform', async () => {
    const result = await read([['a']], [], 'file:///C:/x');
    expect(result).toEqual({
      ok: false,
      problem: { code: -32602, message: expect.stringMatching(/^'file:\/\/\/C:\/x' is invalid on '\w+'$/) },
    });
  });
});

describe('the layers', () => {
  it('are none without files', async () => {
    expect(await read([['a']], [['a']])).toEqual({
      ok: true,
      value: {
        userHomeDir: `file://${folder}`,
        codexHomeDir: `file://${folder}/home`,
        hostname: 'vm',
        config: { layers: [], cloudInsertionIndex: 0 },
        requirements: { layers: [], cloudInsertionIndex: 0 },
      },
    });
  });

  it('come from the system, the user and the administrator, in this order, with the folders they are of', async () => {
    write('system/config.toml', 'model = "system"\n');
    write('home/config.toml', '\ufeffmodel = "user"\n');
    write('system/managed_config.toml', 'model = "managed"\n');
    expect(await layersOf([['model']])).toEqual([
      ['system (/system/config.toml)', 'model = "system"\n'],
      ['user (/home/config.toml)', 'model = "user"\n'],
      ['legacy managed_config.toml (/system/managed_config.toml)', 'model = "managed"\n'],
      1,
    ]);
    const result = await read([['model']]);
    expect(result.ok && result.value.config.layers.map(({ baseDir }) => baseDir)).toEqual([
      `file://${folder}/system`,
      `file://${folder}/home`,
      `file://${folder}/system`,
    ]);
  });

  it('are left out when they say nothing of what was asked for', async () => {
    write('system/config.toml', 'other = 1\n');
    write('home/config.toml', 'model = "user"\n');
    expect(await layersOf([['model']])).toEqual([['user (/home/config.toml)', 'model = "user"\n'], 0]);
  });

  it('do not include those of a project', async () => {
    mkdirSync(join(folder, '.codex'));
    write('.codex/config.toml', 'model = "project"\n');
    write('home/config.toml', `projects = { "${folder}" = { trust_level = "trusted" } }\n`);
    const result = await read([['model']], [], `file://${folder}`);
    expect(result.ok && result.value.config.layers).toEqual([]);
  });
});

describe('the part that was asked for', () => {
  const CONFIG = `
model = "m"
[servers.a]
command = "x"
args = ["1"]
[servers."b c"]
url = "u"
[[list]]
x = 1
[empty]
`;
  for (const [what, paths, toml] of [
    ['a value', [['model']], 'model = "m"\n'],
    ['a table', [['servers', 'a']], '[servers.a]\ncommand = "x"\nargs = [ "1" ]\n'],
    [
      'a value in a table, and a whole table',
      [
        ['servers', 'a', 'args'],
        ['servers', 'b c'],
      ],
      null,
    ],
    [
      'the same twice',
      [
        ['servers', 'b c', 'url'],
        ['servers', 'b c'],
      ],
      '[servers."b c"]\nurl = "u"\n',
    ],
    ['the value that stands in the way', [['model', 'further']], 'model = "m"\n'],
    ['the list that stands in the way', [['list', '0']], '[[list]]\nx = 1\n'],
    ['an empty table', [['empty']], '[empty]\n'],
  ] as const) {
    it(`is ${what}`, async () => {
      write('home/config.toml', CONFIG);
      const [layer] = (await layersOf(paths.map((path) => [...path]))) as [[string, string]];
      if (toml !== null) expect(layer[1].trim()).toBe(toml.trim());
      else expect(parse(layer[1])).toEqual({ servers: { a: { args: ['1'] }, 'b c': { url: 'u' } } });
    });
  }

  it('is nothing when a table has none of the keys', async () => {
    write('home/config.toml', CONFIG);
    expect(
      await layersOf([
        ['servers', 'c'],
        ['servers', 'a', 'nope'],
      ]),
    ).toEqual([0]);
  });

  it('keeps every kind of value, and names that mean something to a program', async () => {
    const values = `
a.whole = 9223372036854775807
a.fraction = 1.0
a.large = 1e300
a.infinite = inf
a.text = "tab\\t\\"q\\" \\u0001 ü"
a.at = 1979-05-27T07:32:00.5+02:00
a.day = 1979-05-27
a.time = 07:32:00
a.mixed = [1, 2.0, "a", { z = 1 }, [{ y = 2 }]]
a."q.k" = 1
a.__proto__ = "kept"
`;
    write('home/config.toml', values);
    const [layer] = (await layersOf([['a']])) as [[string, string]];
    const exactly = (text: string) =>
      JSON.stringify(Object.entries((parse(text, { integersAsBigInt: true }) as { a: object }).a), asText);
    expect(exactly(layer[1])).toBe(exactly(values));
    expect(layer[1]).toContain('fraction = 1.0');
    expect(layer[1]).toContain('9223372036854775807');
    expect(layer[1]).toContain('__proto__ = "kept"');
  });

  it('is found at once, however many paths lead to it', async () => {
    write('home/config.toml', 'model = "m"\n');
    expect(await layersOf(Array.from({ length: 100_000 }, () => ['model']))).toEqual([
      ['user (/home/config.toml)', 'model = "m"\n'],
      0,
    ]);
  });
});

describe('what cannot be read fails the call', () => {
  const failure = 'failed to load executor-local config: ';
  const messageOf = async (): Promise<string> => {
    const result = await read([['never']]);
    return result.ok ? 'read' : `${result.problem.code} ${result.problem.message.replaceAll(folder, '')}`;
  };

  for (const [what, name, contents, message] of [
    ['no TOML', 'home/config.toml', 'a = 1\nmodel = \n', /\/home\/config\.toml:2:\d+: \S/],
    ['no TOML of the administrator', 'system/requirements.toml', 'x', /\/system\/requirements\.toml:1:\d+: \S/],
    ['no UTF-8', 'home/config.toml', Buffer.from([0xff]), /config\.toml: it is not UTF-8$/],
    ['too much', 'home/config.toml', Buffer.alloc(MOST_CONFIG_BYTES + 1, '\n'), /larger than 1048576 bytes$/],
    ['too deep', 'home/config.toml', `a = ${'['.repeat(200)}${']'.repeat(200)}`, /\/home\/config\.toml:1:\d+: \S/],
  ] as const) {
    it(what, async () => {
      write(name, contents);
      const said = await messageOf();
      expect(said.startsWith(`-32603 ${failure}`)).toBe(true);
      expect(said).toMatch(message);
    });
  }

  it('a folder, and a pipe that nobody writes to', async () => {
    mkdirSync(join(folder, 'home/config.toml'));
    const notAFile = `-32603 ${failure}Failed to read config file /home/config.toml: path \`/home/config.toml\` is not a file`;
    expect(await messageOf()).toBe(notAFile);
    rmSync(join(folder, 'home/config.toml'), { recursive: true });
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'home/config.toml')]);
    expect(await messageOf()).toBe(notAFile);
  });
});

describe('requirements', () => {
  async function requirementsOf(paths: string[][]): Promise<unknown> {
    const result = await read([], paths);
    if (!result.ok) return result.problem.message.replaceAll(folder, '');
    const { layers, cloudInsertionIndex } = result.value.requirements;
    return [...layers.map(({ source, toml }) => [source.replaceAll(folder, ''), parse(toml)]), cloudInsertionIndex];
  }
  const ALLOWED = [['allowed_approval_policies'], ['allowed_sandbox_modes'], ['allowed_approvals_reviewers'], ['x']];

  it('come from their own file, then from the older one, as lists of what is allowed', async () => {
    write('system/requirements.toml', 'x = 1\ny = 2\n');
    write('system/managed_config.toml', 'approval_policy = "never"\nsandbox_mode = "workspace-write"\nx = 3\n');
    expect(await requirementsOf(ALLOWED)).toEqual([
      ['/system/requirements.toml', { x: 1 }],
      [
        '/system/managed_config.toml',
        { allowed_approval_policies: ['never'], allowed_sandbox_modes: ['read-only', 'workspace-write'] },
      ],
      1,
    ]);
  });

  it('have a person and the narrowest mode once', async () => {
    write('system/managed_config.toml', 'approvals_reviewer = "user"\nsandbox_mode = "read-only"\n');
    expect(await requirementsOf(ALLOWED)).toEqual([
      ['/system/managed_config.toml', { allowed_approvals_reviewers: ['user'], allowed_sandbox_modes: ['read-only'] }],
      0,
    ]);
  });

  for (const line of ['sandbox_mode = "x"', 'sandbox_mode = 1', 'approval_policy = 3', 'approvals_reviewer = []']) {
    it(`are not passed over when they make no sense: ${line}`, async () => {
      write('system/managed_config.toml', `${line}\n`);
      expect(await requirementsOf(ALLOWED)).toMatch(
        /^failed to load executor-local config: \/system\/managed_config\.toml: `\w+` is /,
      );
    });
  }
});

/** JSON has no number for it. */
function asText(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `whole ${value}`;
  return typeof value === 'number' ? `number ${value}` : value;
}
