// Which folders count as trusted: real repositories, work trees, links, and what somebody may plant in them.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, readFolderFacts, type Trust, trustOf, writeTrust } from '../../../src/core/config/index.ts';

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(tmpdir()), 'codex-trust-'));
});

afterEach(() => {
  fs.rmSync(root, { recursive: true, force: true });
});

const at = (...names: string[]): string => path.join(root, ...names);

function folder(...names: string[]): string {
  fs.mkdirSync(at(...names), { recursive: true });
  return at(...names);
}

function git(cwd: string, ...args: string[]): void {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@x'];
  execFileSync('git', [...who, ...args], { cwd, env, stdio: 'pipe' });
}

function repository(...names: string[]): string {
  const made = folder(...names);
  git(made, 'init', '-q');
  git(made, 'commit', '-q', '--allow-empty', '-m', 'x');
  return made;
}

/** With these decisions in the person's file. */
function trusting(where: string, levels: Readonly<Record<string, string>>, markers = ['.git']): Trust {
  const text = Object.entries(levels)
    .map(([key, level]) => `[projects.${JSON.stringify(key)}]\ntrust_level = "${level}"\n`)
    .join('');
  return trustOf(readConfig(text, 'config.toml').config, readFolderFacts(where, markers));
}

describe('a folder', () => {
  it('is unknown until somebody decides, and then what was decided', () => {
    const here = folder('plain');
    expect(trusting(here, {})).toMatchObject({ state: 'unknown', folder: here, by: null });
    expect(trusting(here, { [here]: 'trusted' })).toMatchObject({ state: 'trusted', by: here });
    expect(trusting(here, { [here]: 'untrusted' })).toMatchObject({ state: 'untrusted', by: here });
    expect(trusting(here, { [`${here}/`]: 'trusted' }).state).toBe('trusted');
    expect(trusting(here, { [here]: 'trusted', [`${here}/`]: 'untrusted' }).state).toBe('untrusted');
  });

  it('below a trusted one that is no repository is not trusted', () => {
    expect(trusting(folder('plain', 'sub'), { [at('plain')]: 'trusted' }).state).toBe('unknown');
  });

  it('in a repository has the decision about its root, or a nearer one', () => {
    const repo = repository('repo');
    const sub = folder('repo', 'a', 'b');
    expect(trusting(sub, { [repo]: 'trusted' })).toMatchObject({ state: 'trusted', folder: repo, by: repo });
    expect(trusting(sub, { [repo]: 'trusted', [at('repo', 'a')]: 'untrusted' }).state).toBe('untrusted');
    expect(trusting(sub, { [repo]: 'untrusted', [sub]: 'trusted' }).state).toBe('trusted');
    expect(trusting(repo, { [sub]: 'trusted' }).state).toBe('unknown');
    expect(trusting(sub, {})).toMatchObject({ state: 'unknown', folder: repo });
  });

  it('whose level is no level is not trusted', () => {
    const here = folder('plain');
    expect(trusting(here, { [here]: 'Trusted' }).state).toBe('untrusted');
  });

  it('has a root of the markers a person wants', () => {
    fs.writeFileSync(at('.hg'), '');
    expect(trusting(folder('plain'), {}, ['.git', '.hg']).folder).toBe(root);
    expect(trusting(folder('plain'), {}, []).folder).toBe(at('plain'));
  });

  it('deeper than anybody can trust ends the search', () => {
    const deep = folder('repo', ...Array(200).fill('d'));
    git(at('repo'), 'init', '-q');
    expect(trusting(deep, { [at('repo')]: 'trusted' }).state).toBe('unknown');
  });
});

describe('a repository in a repository', () => {
  it('is not trusted with the outer one', () => {
    const outer = repository('outer');
    const inner = repository('outer', 'vendor', 'inner');
    expect(trusting(inner, { [outer]: 'trusted' })).toMatchObject({ state: 'unknown', folder: inner });
  });

  it('as a submodule is not trusted with the one it is part of', () => {
    const library = repository('library');
    const outer = repository('outer');
    git(outer, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', library, 'lib');
    const inside = at('outer', 'lib');
    expect(fs.statSync(path.join(inside, '.git')).isFile()).toBe(true);
    expect(trusting(inside, { [outer]: 'trusted' })).toMatchObject({ state: 'unknown', folder: inside });
  });
});

describe('a work tree', () => {
  it('is trusted with its repository, wherever it is', () => {
    const main = repository('main');
    git(main, 'worktree', 'add', '-q', at('elsewhere', 'tree'), '-b', 'x');
    const sub = folder('elsewhere', 'tree', 'sub');
    expect(trusting(sub, { [main]: 'trusted' })).toMatchObject({ state: 'trusted', folder: main, by: main });
    expect(trusting(sub, {})).toMatchObject({ state: 'unknown', folder: main });
    const both = { [main]: 'trusted', [at('elsewhere', 'tree')]: 'untrusted' };
    expect(trusting(sub, both).state).toBe('untrusted');
  });

  it('that names a repository which does not know it is not trusted', () => {
    const main = repository('main');
    git(main, 'worktree', 'add', '-q', at('tree'), '-b', 'x');
    const [name = ''] = fs.readdirSync(at('main', '.git', 'worktrees'));
    const evil = folder('evil');
    fs.writeFileSync(at('evil', '.git'), `gitdir: ${at('main', '.git', 'worktrees', name)}\n`);
    expect(trusting(evil, { [main]: 'trusted' })).toMatchObject({ state: 'unknown', folder: evil });
    fs.rmSync(at('evil', '.git'));
    fs.symlinkSync(at('tree', '.git'), at('evil', '.git'));
    expect(trusting(evil, { [main]: 'trusted' })).toMatchObject({ state: 'unknown', folder: evil });
  });

  it.each([
    ['the folder of a repository', () => at('main', '.git')],
    ['no folder', () => at('nowhere', '.git', 'worktrees', 'x')],
    ['a folder that only looks like it', () => folder('fake', '.git', 'worktrees', 'x')],
    ['a relative way out', () => '../main/.git/worktrees/../../.git'],
    ['nothing', () => ''],
  ])('that names %s is not trusted', (_what, target) => {
    const main = repository('main');
    const evil = folder('evil');
    fs.writeFileSync(at('evil', '.git'), `gitdir: ${target()}\n`);
    expect(trusting(evil, { [main]: 'trusted' })).toMatchObject({ state: 'unknown', folder: evil });
  });

  it.each(['pipe', 'huge'])('whose git file is a %s neither waits nor is trusted', (what) => {
    const evil = folder('evil');
    if (what === 'pipe') execFileSync('mkfifo', [at('evil', '.git')]);
    else fs.writeFileSync(at('evil', '.git'), `gitdir: ${'x'.repeat(100_000)}\n`);
    expect(trusting(evil, {})).toMatchObject({ state: 'unknown', folder: evil });
  });
});

describe('a link', () => {
  it('to a folder is the folder it leads to', () => {
    const real = folder('real');
    fs.symlinkSync(real, at('link'));
    expect(trusting(at('link'), { [real]: 'trusted' })).toMatchObject({ state: 'trusted', folder: real });
  });

  it('in place of a trusted folder makes nothing trusted', () => {
    const evil = folder('evil');
    fs.symlinkSync(evil, at('good'));
    expect(trusting(at('good'), { [at('good')]: 'trusted' })).toMatchObject({ state: 'unknown', folder: evil });
  });

  it('to the git folder of a trusted repository makes nothing trusted', () => {
    const main = repository('main');
    const evil = folder('evil');
    fs.symlinkSync(at('main', '.git'), at('evil', '.git'));
    expect(trusting(evil, { [main]: 'trusted' })).toMatchObject({ state: 'unknown', folder: evil });
  });

  it('above the folder is no way around the root', () => {
    const repo = repository('repo');
    folder('repo', 'sub');
    fs.symlinkSync(at('repo', 'sub'), at('short'));
    expect(trusting(at('short'), { [repo]: 'trusted' })).toMatchObject({ state: 'trusted', folder: repo });
  });
});

describe('a marker of somebody else', () => {
  const isRoot = process.getuid?.() === 0;

  it.runIf(isRoot)('above a folder is not its root', () => {
    const mine = folder('shared', 'mine');
    fs.mkdirSync(at('shared', '.git'));
    fs.chownSync(mine, 4711, 4711);
    fs.chownSync(at('shared', '.git'), 4712, 4712);
    expect(trusting(mine, {})).toMatchObject({ folder: mine });
    fs.chownSync(at('shared', '.git'), 4711, 4711);
    expect(trusting(mine, {})).toMatchObject({ folder: at('shared') });
  });
});

describe('a decision', () => {
  const write = (file: string, level: 'trusted' | 'untrusted' = 'trusted', about = '/w/a "b".c') =>
    writeTrust({ file, shown: 'config.toml', folder: about, level });

  it.each([
    ['', '[projects."/w/a \\"b\\".c"]\ntrust_level = "trusted"\n'],
    [
      '# mine\nmodel = "m" # good\n\n[projects."/x"] # x\ntrust_level = "untrusted"\n\n[tui]\nmotion = "full"\n',
      '# mine\nmodel = "m" # good\n\n[projects."/x"] # x\ntrust_level = "untrusted"\n\n[projects."/w/a \\"b\\".c"]\ntrust_level = "trusted"\n\n[tui]\nmotion = "full"\n',
    ],
    [
      '[projects."/w/a \\"b\\".c"]\ntrust_level = "untrusted" # hm\n',
      '[projects."/w/a \\"b\\".c"]\ntrust_level = "trusted" # hm\n',
    ],
    ['projects = { "/x" = { trust_level = "trusted" } }\n', null],
    ['projects."/x".trust_level = "trusted"\r\n', null],
  ])('is added to %j with everything else as it was', (before, after) => {
    const file = at('config.toml');
    if (before !== '') fs.writeFileSync(file, before);
    expect(write(file)).toEqual({ ok: true, value: undefined });
    const text = fs.readFileSync(file, 'utf8');
    if (after !== null) expect(text).toBe(after);
    const { config, problems } = readConfig(text, 'config.toml');
    expect(problems).toEqual([]);
    expect(config.projects['/w/a "b".c']).toEqual({ trust_level: 'trusted' });
    if (before.includes('/x')) expect(Object.keys(config.projects)).toContain('/x');
    expect(write(file)).toEqual({ ok: true, value: undefined });
    expect(fs.readFileSync(file, 'utf8')).toBe(text);
  });

  it('makes a new file that only its owner reads', () => {
    const file = at('new', 'config.toml');
    expect(write(file).ok).toBe(true);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  });

  it.each(['model = \n', '[projects]\n"/w/a \\"b\\".c" = 5\n'])(
    'is not written into %j, and said by hand instead',
    (text) => {
      const file = at('config.toml');
      fs.writeFileSync(file, text);
      const written = write(file);
      expect(written.ok).toBe(false);
      if (!written.ok) expect(written.problem.next).toContain('trust_level = "trusted"');
      expect(fs.readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('is one of many, and takes none of the others away', () => {
    const file = at('config.toml');
    const folders = Array.from({ length: 40 }, (_, n) => `/w/${n}`);
    for (const about of folders) expect(write(file, 'trusted', about).ok).toBe(true);
    const { config } = readConfig(fs.readFileSync(file, 'utf8'), 'config.toml');
    expect(Object.keys(config.projects)).toEqual(folders);
  });
});
