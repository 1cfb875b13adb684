// What the probe finds on this machine, and on one whose bubblewrap is missing, planted, old or kept from working.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostProbe, probeHost } from '../../../src/sandbox/index.ts';
import { findTrustedProgram } from '../../../src/sandbox/probe/programs.ts';
import { isRoot, openPlace, type Place } from '../sandboxed.ts';

const searchPath = process.env.PATH ?? '/usr/bin:/bin';

let place: Place;
beforeEach(() => {
  place = openPlace(process.getuid?.() ?? 0);
});
afterEach(() => place[Symbol.dispose]());

/** A program of that name in a folder of its own; returns the folder. */
function planted(folder: string, name: string, script: string): string {
  const file = path.join(place.folder(folder), name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return path.dirname(file);
}

const bubblewrapHere = (): string => {
  const found = findTrustedProgram('bwrap', searchPath, []);
  return found.found ? found.path : '';
};

describe('the probe', () => {
  it('finds everything a plan needs on this machine, by starting one sandbox', async () => {
    const probe = await probeHost({ path: searchPath, writableRoots: [] });
    expect(probe).toMatchObject({
      ready: true,
      warnings: [],
      facts: { platform: 'linux', canMountProc: true, uid: process.getuid?.() },
    });
    if (!probe.ready || probe.facts.platform !== 'linux') return;
    expect(path.isAbsolute(probe.facts.bubblewrap.path)).toBe(true);
    expect(probe.facts.bubblewrap.flags).toEqual(expect.arrayContaining(['--json-status-fd', '--seccomp']));
    expect(probe.checks.every((check) => check.ok)).toBe(true);
  });

  it('says what to install where there is no bubblewrap', async () => {
    const probe = await probeHost({ path: place.folder('empty'), writableRoots: [] });
    expect(problemOf(probe)).toContain('apt-get install -y bubblewrap');
  });

  it('passes over a bubblewrap that a command could have planted, and says so', async () => {
    const folder = planted('ws/bin', 'bwrap', 'exit 0');
    const probe = await probeHost({ path: `${folder}:${searchPath}`, writableRoots: [path.join(place.path, 'ws')] });
    expect(probe.ready && probe.facts.platform === 'linux' ? probe.facts.bubblewrap.path : '').toBe(bubblewrapHere());
    expect(probe.ready ? probe.warnings[0] : '').toContain(folder);
    const alone = await probeHost({ path: folder, writableRoots: [path.join(place.path, 'ws')] });
    expect(problemOf(alone)).toContain('commands may write');
  });

  it('survives a version without a number', async () => {
    const folder = planted(
      'bin',
      'bwrap',
      `[ "$1" = --version ] && echo "bubblewrap built for others" && exit; exec ${bubblewrapHere()} "$@"`,
    );
    const probe = await probeHost({ path: `${folder}:${searchPath}`, writableRoots: [] });
    expect(probe.ready && probe.facts.platform === 'linux' ? probe.facts.bubblewrap.version : '').toBe(
      'bubblewrap built for others',
    );
  });

  it('refuses one that is too old to tell how commands end', async () => {
    const folder = planted(
      'bin',
      'bwrap',
      `case "$1" in --version) echo bubblewrap 0.3.0;; --help) echo "  --args FD --seccomp FD";; *) exit 1;; esac`,
    );
    const probe = await probeHost({ path: `${folder}:${searchPath}`, writableRoots: [] });
    expect(problemOf(probe)).toMatch(/0\.3\.0.*too old/);
  });

  it('goes on, with a warning, where only a fresh /proc is refused', async () => {
    const refusing = `for it; do [ "$it" = --proc ] && echo "bwrap: Can't mount proc on /newroot/proc: Operation not permitted" >&2 && exit 1; done`;
    const folder = planted('bin', 'bwrap', `${refusing}; exec ${bubblewrapHere()} "$@"`);
    const probe = await probeHost({ path: `${folder}:${searchPath}`, writableRoots: [] });
    expect(probe).toMatchObject({ ready: true, facts: { canMountProc: false } });
    expect(probe.ready ? probe.warnings.join() : '').toContain('/proc');
  });

  it('does not wait for what a failed start leaves behind', async () => {
    const left = path.join(place.folder('left'), 'pid');
    const script = `case "$1" in --version|--help) exec ${bubblewrapHere()} "$1";; esac; sleep 1000 & echo $! >> ${left}; echo "bwrap: half-way" >&2; exit 1`;
    const probe = await probeHost({ path: `${planted('bin', 'bwrap', script)}:${searchPath}`, writableRoots: [] });
    expect(problemOf(probe)).toContain('half-way');
    const isAlive = (pid: string): boolean =>
      existsSync(`/proc/${pid}`) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    const pids = readFileSync(left, 'utf8').trim().split('\n');
    expect(pids.length).toBeGreaterThan(1);
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });

  it.each([
    ['--seccomp', 'filter', 'prctl(PR_SET_SECCOMP) reported EINVAL', 'CONFIG_SECCOMP_FILTER'],
    ['--unshare-pid', 'namespaces', 'eventfd(): Too many open files', 'ulimit -n'],
  ])('names the cause where %s fails (%s)', async (option, _, text, fix) => {
    const refused = isRoot || option !== '--unshare-pid' ? option : '--unshare-all';
    const folder = planted(
      'bin',
      'bwrap',
      `for it; do [ "$it" = ${refused} ] && echo "bwrap: ${text}" >&2 && exit 1; done; exec ${bubblewrapHere()} "$@"`,
    );
    const probe = await probeHost({ path: `${folder}:${searchPath}`, writableRoots: [] });
    expect(problemOf(probe)).toContain(fix);
    expect(probe.checks.some((check) => !check.ok)).toBe(true);
  });
});

describe('a helper program', () => {
  it('is taken by its real path, from the first folder of PATH that has it', () => {
    const folder = planted('real', 'tool', 'exit 0');
    mkdirSync(path.join(place.path, 'links'));
    symlinkSync(path.join(folder, 'tool'), path.join(place.path, 'links/tool'));
    expect(findTrustedProgram('tool', `${place.path}/none:${place.path}/links:${folder}`, [])).toMatchObject({
      path: path.join(folder, 'tool'),
    });
  });

  it('is not taken through a link that leads into a writable folder', () => {
    const folder = planted('ws', 'tool', 'exit 0');
    mkdirSync(path.join(place.path, 'links'));
    symlinkSync(path.join(folder, 'tool'), path.join(place.path, 'links/tool'));
    expect(findTrustedProgram('tool', path.join(place.path, 'links'), [folder]).found).toBe(false);
  });

  it.each(['file', 'folder'])('is not taken when others may write its %s', (what) => {
    const folder = planted('bin', 'tool', 'exit 0');
    chmodSync(what === 'file' ? path.join(folder, 'tool') : folder, 0o777);
    expect(findTrustedProgram('tool', folder, [])).toMatchObject({
      found: false,
      passedOver: [{ path: path.join(folder, 'tool') }],
    });
  });

  it('is not looked for in relative or empty entries of PATH', () => {
    planted('bin', 'tool', 'exit 0');
    expect(
      findTrustedProgram('tool', `:.:${path.relative(process.cwd(), path.join(place.path, 'bin'))}`, []).found,
    ).toBe(false);
  });
});

// Taking rights away needs root; an ordinary user's own start is tried above.
if (isRoot)
  describe('on a machine that forbids it, for real,', () => {
    /** Runs the probe in a process of its own, started by `prefix`, and returns what it found. */
    async function probedBy(prefix: readonly [string, ...string[]]): Promise<HostProbe> {
      const entry = path.resolve(import.meta.dirname, '../../../src/sandbox/index.ts');
      const built = await build({
        stdin: {
          contents: `import { probeHost } from ${JSON.stringify(entry)};
        probeHost({ path: process.env.PATH, writableRoots: [] }).then((it) => console.log(JSON.stringify(it)));`,
          resolveDir: '/',
        },
        bundle: true,
        platform: 'node',
        format: 'cjs',
        write: false,
      });
      const script = path.join(place.path, 'probe.cjs');
      writeFileSync(script, built.outputFiles[0]?.text ?? '');
      chmodSync(script, 0o644);
      const [program, ...rest] = prefix;
      const ran = spawnSync(program, [...rest, 'node', script], { encoding: 'utf8', cwd: '/', timeout: 20_000 });
      return JSON.parse(ran.stdout);
    }

    const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];

    it('an ordinary user is ready', async () => {
      expect(await probedBy(['setpriv', ...user])).toMatchObject({ ready: true, facts: { uid: 65534, procMasks: [] } });
    });

    it('a root without capabilities is told to start its container otherwise', async () => {
      const probe = await probedBy(['setpriv', '--bounding-set=-all', '--inh-caps=-all']);
      expect(problemOf(probe)).toMatch(/root user has no right.*SYS_ADMIN/);
    });

    it('a limit of no namespaces is named with its sysctl', async () => {
      const limited = 'echo 0 > /proc/sys/user/max_pid_namespaces && exec "$@"';
      const probe = await probedBy(['unshare', '--user', '--map-root-user', 'sh', '-c', limited, 'sh']);
      expect(problemOf(probe)).toContain('sudo sysctl -w user.max_pid_namespaces=15000');
    });

    it('a /proc that is partly covered, as in a container, is replaced by the outer one', async () => {
      const covered =
        'mount -t proc proc /proc && mount --bind /proc/sys /proc/sys && exec unshare --user --map-root-user --mount "$@"';
      const probe = await probedBy([
        'unshare',
        '--mount',
        '--pid',
        '--fork',
        '--kill-child',
        'sh',
        '-c',
        covered,
        'sh',
      ]);
      expect(probe).toMatchObject({ ready: true, facts: { canMountProc: false } });
    });
  });

function problemOf(probe: HostProbe): string {
  return probe.ready ? 'ready' : `${probe.problem.what} ${probe.problem.why} ${probe.problem.next}`;
}
