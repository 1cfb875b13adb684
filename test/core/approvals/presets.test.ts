// Which denials a preset is offered for, what it opens, and that git can work with it while its hooks stay closed.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PresetFacts, presetFor } from '../../../src/core/approvals/presets.ts';
import { type Denial, type Grant, hostPathFacts } from '../../../src/sandbox/index.ts';
import { bound, linuxFacts, openPlace, type Place, runUnder, shell, users } from '../../sandbox/sandboxed.ts';

function denied(operation: Denial['operation'], target: string): Denial {
  return { operation, target, certainty: 'certain', evidence: '', because: '', grants: [], also: [] };
}

/** A machine of these paths, where `/link` leads to `/home/me` and files hold what is said. */
function machine(present: readonly string[], files: Readonly<Record<string, string>> = {}, cwd = '/ws'): PresetFacts {
  const real = (place: string): string => place.replace(/^\/link(?=\/|$)/, '/home/me');
  const there = new Set<string>(['/', '/home', '/home/me', '/ws', '/run', '/var']);
  for (const place of [...present, ...Object.keys(files)])
    for (let at = place; at !== '/'; at = path.dirname(at)) there.add(at);
  return {
    home: '/home/me',
    cwd,
    exists: (place) => there.has(real(place)),
    readText: (place) => files[real(place)] ?? null,
    realPath: (place) => (there.has(real(place)) ? real(place) : null),
    portsOfLoopback: () => [],
  };
}

const opened = (grants: readonly Grant[]): string[] =>
  grants.map((grant) => ('path' in grant ? `${grant.kind} ${grant.path}` : grant.kind));

describe('a cache', () => {
  const cases: readonly [target: string, name: string | null, folders: readonly string[]][] = [
    ['/home/me/.npm/_cacache/tmp/x', 'npm cache', ['.npm']],
    ['/home/me/.cache/pip/http', 'pip cache', ['.cache/pip']],
    ['/home/me/.cache/uv/.lock', 'uv cache', ['.cache/uv', '.local/share/uv']],
    ['/home/me/.local/share/uv/python', 'uv cache', ['.cache/uv', '.local/share/uv']],
    ['/home/me/.cargo/registry/index', 'cargo cache', ['.cargo/registry', '.cargo/git']],
    ['/home/me/.cargo/git/db', 'cargo cache', ['.cargo/registry', '.cargo/git']],
    ['/home/me/go/pkg/mod/cache', 'go cache', ['go/pkg', '.cache/go-build']],
    ['/home/me/.cache/go-build/00', 'go cache', ['go/pkg', '.cache/go-build']],
    ['/home/me/.gradle/caches', 'gradle folder', ['.gradle']],
    ['/home/me/.cache/yarn/v6', 'yarn cache', ['.cache/yarn']],
    ['/home/me/.local/share/pnpm/store', 'pnpm cache', ['.local/share/pnpm', '.cache/pnpm']],
    // The folder itself, and the first folder on the way to it.
    ['/home/me/.npm', 'npm cache', ['.npm']],
    ['/home/me/.cargo', 'cargo cache', ['.cargo/registry', '.cargo/git']],
    ['/home/me/go', 'go cache', ['go/pkg', '.cache/go-build']],
    // By another name of the home folder.
    ['/link/.npm/_logs', 'npm cache', ['.npm']],
    // It could be several's; it only begins alike; it is something else of the tool's.
    ['/home/me/.cache', null, []],
    ['/home/me/.local/share', null, []],
    ['/home/me/.npmrc', null, []],
    ['/home/me/.cargo/bin/x', null, []],
    ['/home/me/go/src/x', null, []],
    ['/root/.npm/x', null, []],
    ['/ws/.npm/x', null, []],
  ];

  it.each(cases)('is opened as a whole after a denial of %s: %s', (target, name, folders) => {
    for (const operation of ['write', 'create', 'delete'] as const) {
      const offered = presetFor(denied(operation, target), machine(['/link']));
      expect(offered?.preset.name ?? null).toBe(name);
      const whole = folders.map((folder) => `/home/me/${folder}`);
      expect(opened(offered?.preset.grants ?? [])).toEqual(whole.map((folder) => `write ${folder}`));
      expect(offered?.foldersToMake ?? []).toEqual(whole);
      if (offered !== null) expect(offered.preset.meaning).toMatch(/^[A-Z].+\.$/);
    }
    for (const operation of ['read', 'connect', 'privilege', 'unix_socket'] as const)
      expect(presetFor(denied(operation, target), machine([]))).toBeNull();
  });

  it('is made only where it is not there', () => {
    const facts = machine(['/home/me/.cargo/registry']);
    expect(presetFor(denied('create', '/home/me/.cargo/registry/x'), facts)?.foldersToMake).toEqual([
      '/home/me/.cargo/git',
    ]);
    // A folder that is there was refused for its own sake.
    expect(presetFor(denied('write', '/home/me/.cargo'), facts)).toBeNull();
  });
});

describe('commits in a checkout', () => {
  const git = ['/ws/.git/HEAD', '/ws/.git/hooks', '/ws/.git/info', '/ws/.git/objects'];
  const files = { '/ws/.git/config': '[core]\n\tbare = false\n' };

  it('get the folder of git, with what git obeys closed', () => {
    for (const target of ['/ws/.git/index.lock', '/ws/.git/objects/ab', '/ws/.git/refs/heads/x.lock', '/ws/.git']) {
      const offered = presetFor(denied('create', target), machine(git, files, '/ws/deep'));
      expect(opened(offered?.preset.grants ?? [])).toEqual([
        'write /ws/.git',
        'read /ws/.git/hooks',
        'read /ws/.git/config',
        'read /ws/.git/info',
      ]);
      expect(offered?.foldersToMake).toEqual([]);
      expect(offered?.preset).toMatchObject({ name: 'git commits', meaning: expect.stringContaining('hooks') });
    }
  });

  it('close all that is there, and make the folder of hooks where it is not', () => {
    const more = ['/ws/.git/HEAD', '/ws/.git/modules/m', '/ws/.git/worktrees/w', '/ws/.git/config.worktree'];
    const offered = presetFor(denied('create', '/ws/.git/index.lock'), machine(more, files));
    expect(opened(offered?.preset.grants ?? [])).toEqual([
      'write /ws/.git',
      ...['hooks', 'config', 'config.worktree', 'modules', 'worktrees'].map((name) => `read /ws/.git/${name}`),
    ]);
    expect(offered?.foldersToMake).toEqual(['/ws/.git/hooks']);
  });

  it('are not what was tried when it was something they close', () => {
    for (const name of ['config', 'config.lock', 'hooks/pre-commit', 'info/exclude', 'modules/m/index.lock'])
      expect(presetFor(denied('write', `/ws/.git/${name}`), machine(git, files))).toBeNull();
  });

  it('need a repository', () => {
    expect(presetFor(denied('create', '/ws/.git/x'), machine(['/ws/.git']))).toBeNull();
    expect(presetFor(denied('create', '/ws/git/x'), machine(git, files))).toBeNull();
  });

  it('are offered for the repository that was meant, wherever the command ran', () => {
    const other = machine([...git, '/srv/repo/.git/HEAD', '/srv/repo/.git/hooks'], files);
    expect(opened(presetFor(denied('create', '/srv/repo/.git/index.lock'), other)?.preset.grants ?? [])).toEqual([
      'write /srv/repo/.git',
      'read /srv/repo/.git/hooks',
    ]);
  });

  it('are not offered where git would obey settings that nothing can close yet', () => {
    const obeyed = { '/ws/.git/config': '[extensions]\n\tworktreeConfig = true\n' };
    expect(presetFor(denied('create', '/ws/.git/index.lock'), machine(git, obeyed))).toBeNull();
    const there = machine([...git, '/ws/.git/config.worktree'], obeyed);
    expect(presetFor(denied('create', '/ws/.git/index.lock'), there)).not.toBeNull();
  });
});

describe('commits in a linked worktree', () => {
  const files = {
    '/wt/.git': 'gitdir: /srv/repo/.git/worktrees/name\n',
    '/srv/repo/.git/HEAD': 'ref: refs/heads/main\n',
    '/srv/repo/.git/config': '[core]\n',
    '/srv/repo/.git/worktrees/name/commondir': '../..\n',
    '/srv/repo/.git/worktrees/name/gitdir': '/wt/.git\n',
    '/srv/repo/.git/worktrees/name/HEAD': 'ref: refs/heads/side\n',
  };
  const present = ['/srv/repo/.git/objects', '/srv/repo/.git/refs', '/srv/repo/.git/hooks'];
  const common = '/srv/repo/.git';

  it('get what commits write, with what leads git elsewhere closed', () => {
    for (const target of ['worktrees/name/index.lock', 'objects/ab', 'refs/heads/side.lock', 'logs']) {
      const offered = presetFor(denied('create', `${common}/${target}`), machine(present, files, '/wt/deep'));
      expect(opened(offered?.preset.grants ?? [])).toEqual([
        `write ${common}/objects`,
        `write ${common}/refs`,
        `write ${common}/logs`,
        `write ${common}/worktrees/name`,
        `read ${common}/worktrees/name/commondir`,
        `read ${common}/worktrees/name/gitdir`,
      ]);
      expect(offered?.foldersToMake).toEqual([`${common}/logs`]);
    }
  });

  it('are nothing that writes elsewhere', () => {
    for (const target of [
      'config.lock',
      'hooks/x',
      'packed-refs.lock',
      'worktrees/name/commondir',
      'worktrees/other/x',
    ])
      expect(presetFor(denied('create', `${common}/${target}`), machine(present, files, '/wt'))).toBeNull();
  });

  it('are not offered for a repository that does not know the worktree', () => {
    const target = denied('create', `${common}/worktrees/name/index.lock`);
    const forged = { ...files, '/wt/sub/.git': files['/wt/.git'] };
    expect(presetFor(target, machine(present, forged, '/wt/sub'))).toBeNull();
    const moved = { ...files, [`${common}/worktrees/name/commondir`]: '/srv/other/.git\n' };
    expect(presetFor(target, machine([...present, '/srv/other/.git'], moved, '/wt'))).toBeNull();
  });
});

describe('the socket of a container engine', () => {
  const sockets = ['/run/docker.sock', '/run/user/1000/podman/podman.sock', '/home/me/.docker/run/docker.sock'];

  it('is opened with a plain word about what it is worth', () => {
    const facts = machine(sockets);
    const meaningOf = (target: string): string | undefined => {
      const offered = presetFor(denied('unix_socket', target), facts);
      if (offered !== null) expect(opened(offered.preset.grants)).toEqual([`unix_socket ${target}`]);
      return offered?.preset.meaning;
    };
    expect(meaningOf('/run/docker.sock')).toContain('is root on this machine');
    expect(meaningOf('/run/user/1000/podman/podman.sock')).toContain('your account');
    expect(meaningOf('/home/me/.docker/run/docker.sock')).toContain('your account');
    // Not there, no engine, no path.
    for (const target of ['/run/podman/podman.sock', '/run/dbus/system_bus_socket', 'docker.sock'])
      expect(meaningOf(target)).toBeUndefined();
  });
});

describe('a server of the machine', () => {
  const asked = (port: number): Denial => ({
    ...denied('connect', `localhost:${port}`),
    grants: [{ kind: 'local_port', port }],
  });
  const running = (...ports: number[]): PresetFacts => ({ ...machine([]), portsOfLoopback: () => ports });
  const ports = (offered: ReturnType<typeof presetFor>): unknown =>
    offered?.preset.grants.map((grant) => (grant.kind === 'local_port' ? grant.port : grant.kind));

  it('comes with the others that people run, never with those of the machine itself', () => {
    const offered = presetFor(asked(5432), running(22, 631, 3000, 5432, 6379, 2375));
    expect(offered?.preset.name).toBe('localhost servers');
    expect(ports(offered)).toEqual([3000, 5432, 6379]);
    expect(ports(presetFor(asked(80), running(22, 80, 3000)))).toEqual([80, 3000]);
  });

  it('is no preset where it is alone, is a container engine, or where they are too many to show', () => {
    expect(presetFor(asked(5432), running(22, 5432))).toBeNull();
    expect(presetFor(asked(2375), running(2375, 3000))).toBeNull();
    const many = Array.from({ length: 20 }, (_, index) => 3000 + index);
    expect(presetFor(asked(3000), running(...many))).toBeNull();
    expect(presetFor(denied('connect', 'example.com:443'), running(3000, 5432))).toBeNull();
  });
});

// ------------------------------------------------------------------------------------------- in a real sandbox

const hasGit = spawnSync('git', ['--version']).status === 0;

const disk = (cwd: string): PresetFacts => ({
  home: '/nonexistent',
  cwd,
  exists: (place) => hostPathFacts.kindOf(place) !== 'missing',
  readText: (place) => (hostPathFacts.kindOf(place) === 'file' ? fs.readFileSync(place, 'utf8') : null),
  realPath: (place) => hostPathFacts.realPath(place),
  portsOfLoopback: () => [],
});

/** The grants of the preset after a denial of `target`, with the folders made that it needs. */
function grantsAfter(target: string, cwd: string): readonly Grant[] {
  const offered = presetFor(denied('create', target), disk(cwd));
  if (offered === null) throw new Error(`no preset for ${target}`);
  for (const folder of offered.foldersToMake) fs.mkdirSync(folder, { recursive: true });
  return offered.preset.grants;
}

describe.each(users)('git for $name', ({ uid }) => {
  let place: Place;
  beforeEach(() => {
    place = openPlace(uid);
  });
  afterEach(() => place[Symbol.dispose]());

  const identity = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };

  /** As the same user, outside the sandbox. */
  function outside(cwd: string, command: string): string {
    const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C', ...identity };
    const as = process.getuid?.() === uid ? {} : { uid, gid: uid };
    const ran = spawnSync('/bin/bash', ['-ec', command], { cwd, env, encoding: 'utf8', ...as });
    if (ran.status !== 0) throw new Error(`${command}: ${ran.stdout}${ran.stderr}`);
    return ran.stdout.trim();
  }

  it('keeps hooks and settings closed in an open folder of git, whatever is tried', async () => {
    const ws = place.folder('ws');
    outside(ws, 'mkdir -p .git/objects .git/refs/heads .git/info; echo x > .git/HEAD; echo old > .git/config');
    const facts = await linuxFacts(uid);
    const before = await shell(bound(ws), ws, 'echo 1 > .git/index.lock', facts);
    expect(before.output).toContain('Read-only file system');
    const profile = bound(ws, { grants: grantsAfter(`${ws}/.git/index.lock`, ws) });
    const ran = await shell(
      profile,
      ws,
      `mkdir .git/objects/ab && echo blob > .git/objects/ab/c && echo 1 > .git/index.lock && mv .git/index.lock .git/index && echo opened
      echo evil > .git/config; echo evil > .git/x && mv .git/x .git/config; rm -f .git/config
      echo evil > .git/hooks/pre-commit; rmdir .git/hooks; mv .git/hooks .git/h; mv .git .git2; echo evil > .git/info/attributes
      true`,
      facts,
    );
    expect(ran.stdout).toBe('opened\n');
    expect(fs.readFileSync(path.join(ws, '.git/index'), 'utf8')).toBe('1\n');
    expect(fs.readFileSync(path.join(ws, '.git/config'), 'utf8')).toBe('old\n');
    expect(fs.readdirSync(path.join(ws, '.git/hooks'))).toEqual([]);
    expect(fs.readdirSync(path.join(ws, '.git/info'))).toEqual([]);
    expect(fs.readdirSync(ws)).toEqual(['.git']);
  });

  it('keeps the way to the repository closed in an open folder of a worktree', async () => {
    const wt = place.folder('wt');
    const repo = place.folder('repo');
    outside(
      repo,
      `mkdir -p .git/objects .git/refs .git/logs .git/hooks .git/worktrees/w; cd .git; echo x > HEAD; echo old > config
      echo ../.. > worktrees/w/commondir; echo ${wt}/.git > worktrees/w/gitdir; echo x > worktrees/w/HEAD
      echo "gitdir: ${repo}/.git/worktrees/w" > ${wt}/.git`,
    );
    const facts = await linuxFacts(uid);
    const common = `${repo}/.git`;
    const profile = bound(wt, { grants: grantsAfter(`${common}/worktrees/w/index.lock`, wt) });
    const ran = await shell(
      profile,
      wt,
      `cd ${common} && echo 1 > objects/o && echo 1 > refs/r && echo 1 > logs/l && echo 1 > worktrees/w/index && echo opened
      echo /tmp/evil > worktrees/w/commondir; echo e > worktrees/w/x && mv worktrees/w/x worktrees/w/gitdir
      mv worktrees/w worktrees/v; echo evil > hooks/pre-commit; echo evil > config; echo evil > ${wt}/.git; rm -f ${wt}/.git
      true`,
      facts,
    );
    expect(ran.stdout).toBe('opened\n');
    expect(fs.readFileSync(`${common}/worktrees/w/commondir`, 'utf8')).toBe('../..\n');
    expect(fs.readFileSync(`${common}/worktrees/w/gitdir`, 'utf8')).toBe(`${wt}/.git\n`);
    expect(fs.readFileSync(`${common}/config`, 'utf8')).toBe('old\n');
    expect(fs.readFileSync(`${wt}/.git`, 'utf8')).toBe(`gitdir: ${common}/worktrees/w\n`);
    expect(fs.readdirSync(`${common}/hooks`)).toEqual([]);
    expect(fs.readdirSync(`${common}/worktrees`)).toEqual(['w']);
  });

  const git: typeof shell = (profile, cwd, command, facts) =>
    runUnder(profile, cwd, ['/bin/bash', '-c', command], facts, identity);

  if (hasGit) {
    it('commits, branches, tags and cleans up in a checkout', async () => {
      const ws = place.folder('ws');
      outside(ws, 'git init -q -b main . && git commit -q --allow-empty -m first');
      const facts = await linuxFacts(uid);
      const before = await git(bound(ws), ws, 'git commit --allow-empty -m no', facts);
      expect(before.output).toContain('Read-only file system');
      const profile = bound(ws, { grants: grantsAfter(`${ws}/.git/index.lock`, ws) });
      const settings = fs.readFileSync(path.join(ws, '.git/config'), 'utf8');
      const ran = await git(
        profile,
        ws,
        `set -e; echo 1 > file; git add file; git commit -q -m second; git branch side; git tag -a v1 -m v1; git gc -q
        git branch -D -q side; git checkout -q -b next; git commit -q --allow-empty -m third; git stash list; git status --short`,
        facts,
      );
      // It complains about the settings and the lists that it would like to renew, and goes on.
      expect(ran.code, ran.output).toBe(0);
      expect(fs.readdirSync(path.join(ws, '.git/objects/pack')).some((name) => name.endsWith('.pack'))).toBe(true);
      expect(outside(ws, 'git log --format=%s; git tag; git fsck')).toBe('third\nsecond\nfirst\nv1');
      for (const command of [
        'git config user.name x',
        'git config core.hooksPath /tmp',
        'touch .git/hooks/pre-commit',
      ]) {
        expect((await git(profile, ws, command, facts)).code).not.toBe(0);
      }
      expect(fs.readFileSync(path.join(ws, '.git/config'), 'utf8')).toBe(settings);
      expect(fs.existsSync(path.join(ws, '.git/hooks/pre-commit'))).toBe(false);
    });

    it('commits beside a linked worktree, and leaves that one alone', async () => {
      const ws = place.folder('ws');
      const other = place.folder('other');
      outside(ws, `git init -q -b main . && git commit -q --allow-empty -m first && git worktree add -q ${other}/w`);
      const facts = await linuxFacts(uid);
      const profile = bound(ws, { grants: grantsAfter(`${ws}/.git/index.lock`, ws) });
      const ran = await git(profile, ws, 'git commit -q --allow-empty -m second && git branch side', facts);
      expect(ran).toMatchObject({ code: 0, output: '' });
      const evil = await git(profile, ws, 'echo /tmp/evil > .git/worktrees/w/commondir', facts);
      expect(evil.output).toContain('Read-only file system');
      expect(outside(`${other}/w`, 'git log --format=%s main')).toBe('second\nfirst');
    });

    it('commits, branches and tags in a linked worktree', async () => {
      const repo = place.folder('repo');
      const parent = place.folder('parent');
      const wt = `${parent}/wt`;
      outside(repo, `git init -q -b main . && git commit -q --allow-empty -m first && git worktree add -q ${wt}`);
      const facts = await linuxFacts(uid);
      const profile = bound(wt, { grants: grantsAfter(`${repo}/.git/worktrees/wt/index.lock`, wt) });
      const ran = await git(
        profile,
        wt,
        'set -e; echo 1 > file; git add file; git commit -q -m second; git branch side; git tag v1; git status --short',
        facts,
      );
      expect(ran).toMatchObject({ code: 0, output: '' });
      expect(outside(wt, 'git log --format=%s; git tag')).toBe('second\nfirst\nv1');
      for (const command of ['git config user.name x', `touch ${repo}/.git/hooks/pre-commit`, 'echo x > .git'])
        expect((await git(profile, wt, command, facts)).code).not.toBe(0);
    });
  }
});
