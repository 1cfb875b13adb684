// What the probe finds on this machine, and on one whose bubblewrap is missing, planted, old or kept from working.

import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostProbe, probeHost } from '../../../src/sandbox/index.ts';
import { findTrustedProgram } from '../../../src/sandbox/probe/programs.ts';
import { isRoot, openPlace, type Place } from '../sandboxed.ts';
import { planted as plantedIn } from './surroundings.ts';

const searchPath = process.env.PATH ?? '/usr/bin:/bin';

let place: Place;
beforeEach(() => {
  place = openPlace(process.getuid?.() ?? 0);
});
afterEach(() => place[Symbol.dispose]());

const planted = (folder: string, name: string, script: string): string => plantedIn(place, folder, name, script);

const bubblewrapHere = (): string => {
  const found = findTrustedProgram('bwrap', searchPath, []);
  return found.found ? found.path : '';
};

describe('the probe', () => {
  it('finds everything a plan needs on this machine, by starting one sandbox', async () => {
    const probe = await probeHost({ path: searchPath, writableRoots: [] });
    expect(probe).toMatchObject({
      ready: true,
      facts: { platform: 'linux', canMountProc: true, uid: process.getuid?.() },
    });
    if (!probe.ready || probe.facts.platform !== 'linux') return;
    expect(path.isAbsolute(probe.facts.bubblewrap.path)).toBe(true);
    expect(probe.facts.bubblewrap.flags).toEqual(expect.arrayContaining(['--json-status-fd', '--seccomp']));
    expect(probe.checks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'sandbox.bubblewrap ok',
      'sandbox.setsid ok',
      'sandbox.user_namespaces ok',
      'sandbox.network ok',
      'sandbox.proc ok',
      'sandbox.seccomp ok',
    ]);
  });

  it('says what to install where there is no bubblewrap', async () => {
    const probe = await probeHost({ path: place.folder('empty'), writableRoots: [] });
    expect(problemOf(probe)).toMatch(/install.* bubblewrap|add bubblewrap|-S --needed bubblewrap/);
    expect(probe.checks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'sandbox.bubblewrap failed',
      'sandbox.setsid failed',
      'sandbox.user_namespaces skipped',
      'sandbox.network skipped',
      'sandbox.proc skipped',
      'sandbox.seccomp skipped',
    ]);
  });

  it('passes over a bubblewrap that a command could have planted, and says so', async () => {
    const folder = planted('ws/bin', 'bwrap', 'exit 0');
    const probe = await probeHost({ path: `${folder}:${searchPath}`, writableRoots: [path.join(place.path, 'ws')] });
    expect(probe.ready && probe.facts.platform === 'linux' ? probe.facts.bubblewrap.path : '').toBe(bubblewrapHere());
    expect(detailOf(probe, 'sandbox.bubblewrap')).toContain(`${folder}/bwrap is not used: commands may write`);
    const alone = await probeHost({ path: folder, writableRoots: [path.join(place.path, 'ws')] });
    expect(problemOf(alone)).toContain('commands may write');
    expect(alone.ready ? '' : alone.problem.cause).toBe('program_untrusted');
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
    expect(problemOf(probe)).toMatch(/too old[\s\S]*0\.3\.0/);
  });

  it('says what is done without where an older one lacks an option that only helps', async () => {
    const help = `${bubblewrapHere()} --help 2>&1 | while IFS= read -r it; do case "$it" in *--perms*) ;; *) echo "$it";; esac; done`;
    const folder = planted('bin', 'bwrap', `[ "$1" = --help ] && { ${help}; exit; }; exec ${bubblewrapHere()} "$@"`);
    const probe = await probeHost({ path: `${folder}:${searchPath}`, writableRoots: [] });
    expect(probe.ready).toBe(true);
    expect(detailOf(probe, 'sandbox.bubblewrap')).toContain('without --perms');
  });

  it('goes on, with a warning, where only a fresh /proc is refused', async () => {
    const refusing = `for it; do [ "$it" = --proc ] && echo "bwrap: Can't mount proc on /newroot/proc: Operation not permitted" >&2 && exit 1; done`;
    const folder = planted('bin', 'bwrap', `${refusing}; exec ${bubblewrapHere()} "$@"`);
    const probe = await probeHost({ path: `${folder}:${searchPath}`, writableRoots: [] });
    expect(probe).toMatchObject({ ready: true, facts: { canMountProc: false } });
    expect(detailOf(probe, 'sandbox.proc')).toContain("Can't mount proc");
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
    ['--seccomp', 'filter', 'prctl(PR_SET_SECCOMP) reported EINVAL', 'lets it load none'],
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
    expect(probe.checks.some(({ status }) => status === 'failed')).toBe(true);
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

function problemOf(probe: HostProbe): string {
  return probe.ready ? 'ready' : `${probe.problem.what} ${probe.problem.why} ${probe.problem.next}`;
}

function detailOf(probe: HostProbe, id: string): string | undefined {
  return probe.checks.find((check) => check.id === id)?.detail;
}
