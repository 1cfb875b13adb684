// What does `codex doctor` say, and how does a session tell of a sandbox that cannot start and of one that can again?

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelSettings, startIn, withAppArmor, without } from '../sandbox/probe/surroundings.ts';
import { isRoot, openPlace as openMachine } from '../sandbox/sandboxed.ts';
import { codexProgram, type Place, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

function doctor(place: Place, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(codexProgram, ['doctor', ...args], {
    env: { ...place.env, ...env },
    cwd: place.workspace,
    encoding: 'utf8',
    input: '',
  });
}

function bubblewrap(): string {
  const found = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'].find((file) => existsSync(file));
  if (found === undefined) throw new Error('these tests need bubblewrap');
  return found;
}

/** The ids in the order in which both forms show them. */
const ids = [
  'sandbox.bubblewrap',
  'sandbox.setsid',
  'sandbox.user_namespaces',
  'sandbox.network',
  'sandbox.proc',
  'sandbox.seccomp',
  'sandbox.command',
  'terminal.pty',
  'terminal.type',
  'terminal.size',
  'terminal.colour',
  'terminal.multiplexer',
  'config.files',
  'model.provider',
];

/** Verdict and id of each row of the text. */
function rowsOf(text: string): string[] {
  return [...text.matchAll(/^ {2}(ok|warning|failed|skipped) +([a-z]+\.[a-z_]+)/gm)].map(
    ([, status, id]) => `${id} ${status}`,
  );
}

interface Report {
  readonly schemaVersion: number;
  readonly generatedAt: string;
  readonly codexVersion: string;
  readonly overallStatus: string;
  readonly checks: Readonly<
    Record<
      string,
      {
        readonly status: string;
        readonly detail: string;
        readonly cause: string | null;
        readonly fix: string | null;
        readonly cost: string | null;
        readonly problems: readonly { readonly cause: string; readonly proof: string; readonly why: string }[];
      }
    >
  >;
}

function reportOf(text: string): Report {
  const report: Report = JSON.parse(text);
  return report;
}

describe('on a machine where everything works, codex doctor', () => {
  it('says of each check that it is ok, of the command in the sandbox how long it took, and returns 0', () => {
    const { status, stdout, stderr } = doctor(tests.place());
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^codex [\d.]+: everything a session needs is there\.$/m);
    expect(rowsOf(stdout)).toEqual(ids.map((id) => `${id} ok`));
    expect(stdout).toMatch(/ok +sandbox\.command +a command in a terminal, in the sandbox: \d+ ms/);
    expect(stdout).toMatch(/ok +terminal\.type +TERM: xterm-256color/);
    expect(stdout).toMatch(/ok +model\.provider +shell: what is typed runs as a command/);
  });

  it('--json says the same of the same checks, with every field', () => {
    const place = tests.place();
    const { status, stdout } = doctor(place, ['--json']);
    const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(status).toBe(0);
    const report = reportOf(stdout);
    expect(Object.keys(report)).toEqual(['schemaVersion', 'generatedAt', 'codexVersion', 'overallStatus', 'checks']);
    expect(report).toMatchObject({ schemaVersion: 1, codexVersion: version, overallStatus: 'ok' });
    expect(new Date(report.generatedAt).toISOString()).toBe(report.generatedAt);
    expect(Object.keys(report.checks)).toEqual(ids);
    for (const check of Object.values(report.checks)) {
      expect(Object.keys(check)).toEqual(['status', 'detail', 'cause', 'fix', 'cost', 'problems']);
      expect(check).toMatchObject({ status: 'ok', cause: null, fix: null, cost: null, problems: [] });
    }
  });
});

describe('where something is missing, codex doctor', () => {
  it('names cause, fix and cost of a missing bubblewrap, and returns 1', () => {
    const place = tests.place();
    const PATH = place.pathWithoutBubblewrap();
    const text = doctor(place, [], { PATH });
    expect(text.status).toBe(1);
    expect(text.stdout).toMatch(/^codex [\d.]+: something a session needs is missing\.$/m);
    expect(text.stdout).toMatch(
      /failed +sandbox\.bubblewrap +not found\n +What .*none was run\.\n +Why .*\n +Proof .*PATH.*\n +Next .*bubblewrap\n +Cost /,
    );
    const json = doctor(place, ['--json'], { PATH });
    expect(json.status).toBe(1);
    const { overallStatus, checks } = reportOf(json.stdout);
    expect(overallStatus).toBe('failed');
    expect(checks['sandbox.bubblewrap']).toMatchObject({ status: 'failed', cause: 'bubblewrap_missing' });
    expect(checks['sandbox.bubblewrap']?.fix).toContain('bubblewrap');
    expect(checks['sandbox.bubblewrap']?.cost).not.toBe('');
    expect(checks['sandbox.command']?.status).toBe('skipped');
    // A terminal can be opened all the same.
    expect(checks['terminal.pty']?.status).toBe('ok');
    expect(rowsOf(text.stdout)).toEqual(Object.entries(checks).map(([id, { status }]) => `${id} ${status}`));
  });

  it('goes on where only a fresh /proc is refused, with a warning, and returns 0', () => {
    const place = tests.place();
    const script = `for it; do [ "$it" = --proc ] && echo "bwrap: Can't mount proc on /newroot/proc: Operation not permitted" >&2 && exit 1; done; exec ${bubblewrap()} "$@"`;
    writeFileSync(path.join(place.programs, 'bwrap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { status, stdout } = doctor(place);
    expect(status).toBe(0);
    expect(stdout).toMatch(/a session works here; see the warnings/);
    expect(stdout).toMatch(/warning +sandbox\.proc +bwrap: Can't mount proc[\s\S]*other processes[\s\S]*Next/);
    expect(stdout).toMatch(/ok +sandbox\.command/);
  });

  it('tells each mistake in the configuration with its line', () => {
    const place = tests.place();
    place.configure('model_provider = "shell"\napproval_polciy = "never"\n\n[tui.approval]\narm_ms = "soon"\n');
    const { stdout } = doctor(place);
    expect(stdout).toMatch(/config\.files/);
    expect(stdout).toMatch(/config\.toml:2.*approval_polciy/);
    expect(stdout).toMatch(/config\.toml:5.*arm_ms/);
    const { checks } = reportOf(doctor(place, ['--json']).stdout);
    expect(checks['config.files']?.problems.length).toBe(2);
    expect(checks['config.files']?.cause).toMatch(/^config_/);
  });

  it('says that a model cannot be reached without its key, and that a dumb terminal shows no screen', () => {
    const place = tests.place();
    place.configure('model = "some"\nmodel_provider = "openai"\n');
    const { status, stdout } = doctor(place, ['--json'], { TERM: 'dumb' });
    expect(status).toBe(1);
    const { checks } = reportOf(stdout);
    expect(checks['model.provider']).toMatchObject({ status: 'failed', cause: 'provider_unusable' });
    expect(checks['terminal.type']).toMatchObject({ status: 'failed', cause: 'terminal_dumb' });
  });
});

// Only root can make a machine that stops an ordinary user.
if (isRoot)
  it('for an ordinary user whom AppArmor stops, codex doctor shows the setting, the profile for bubblewrap and its cost', () => {
    using place = openMachine(0);
    // A copy, because a checkout may lie where no other user can read it.
    cpSync(path.dirname(codexProgram), path.join(place.path, 'dist'), { recursive: true });
    const { status, stdout } = startIn(
      place,
      {
        filter: without('sendto'),
        setup: `${kernelSettings(place, { apparmor_restrict_unprivileged_userns: '1' })}; ${withAppArmor(place)}`,
      },
      ['env', `--chdir=${place.folder('work')}`, path.join(place.path, 'dist/codex.cjs'), 'doctor', '--json'],
      { HOME: '/nonexistent' },
    );
    expect(status).toBe(1);
    const { overallStatus, checks } = reportOf(stdout);
    expect(overallStatus).toBe('failed');
    const stopped = checks['sandbox.network'];
    expect(stopped).toMatchObject({ status: 'failed', cause: 'apparmor_userns' });
    expect(stopped?.fix).toMatch(/apparmor_parser -r/);
    expect(stopped?.cost).toContain('bubblewrap alone');
    expect(stopped?.problems[0]?.proof).toContain('kernel.apparmor_restrict_unprivileged_userns = 1');
    expect(checks['sandbox.user_namespaces']?.status).toBe('ok');
    expect(checks['sandbox.seccomp']?.status).toBe('skipped');
  });

describe('a session', () => {
  it('tells that nothing ran, why and what to type; asks nothing, and goes on by itself once it is mended', async () => {
    const place = tests.place();
    const PATH = place.pathWithoutBubblewrap();
    const program = tests.open({ place, env: { PATH }, cols: 140 });
    await program.ready();
    await program.enter('echo first > made');
    await program.waitForLine(/no bubblewrap that could be used was found/);
    await program.waitForLine(/Found by: looked in PATH/);
    await program.waitForLine(/Next .*bubblewrap$/);
    await program.waitForLine(/Cost: /);
    await program.drawn();
    expect(program.history().join('\n')).not.toMatch(/refused by you|blocked|denied|▸ [ysnw] /);
    expect(existsSync(path.join(place.workspace, 'made'))).toBe(false);
    symlinkSync(bubblewrap(), path.join(PATH, 'bwrap'));
    await program.enter('echo second > made && echo done');
    await program.waitForLine(/^ {2}done$/);
    expect(readFileSync(path.join(place.workspace, 'made'), 'utf8')).toBe('second\n');
  });

  it('in which the sandbox breaks and is mended while it runs: not run, then the diagnosis, then it works', async () => {
    const place = tests.place();
    const broken = path.join(place.outside, 'broken');
    const text = 'bwrap: Creating new namespace failed: Resource temporarily unavailable';
    const script = `[ -e ${broken} ] && case "$1" in --version|--help) ;; *) echo "${text}" >&2; exit 1;; esac; exec ${bubblewrap()} "$@"`;
    writeFileSync(path.join(place.programs, 'bwrap'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const program = tests.open({ place, cols: 140 });
    await program.ready();
    await program.enter('echo one');
    await program.waitForLine(/^ {2}one$/);
    writeFileSync(broken, '');
    // What is known of the machine is from before: this start finds out that it is so no more.
    await program.enter('echo two');
    await program.waitForLine(/The sandbox could not be started, so nothing ran/);
    await program.enter('echo three');
    await program.waitForLine(/A limit on processes is reached/);
    await program.waitForLine(/ulimit -u 4096/);
    await program.drawn();
    expect(program.history().join('\n')).not.toMatch(/refused by you|blocked|denied|▸ [ysnw] /);
    rmSync(broken);
    await program.enter('echo four');
    await program.waitForLine(/^ {2}four$/);
    expect(program.history().filter((line) => /^ {2}(two|three)$/.test(line))).toEqual([]);
  });
});
