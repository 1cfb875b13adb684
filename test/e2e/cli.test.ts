// What does the program say and return without a screen? Help, doctor, one sandboxed command, wrong configuration.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codexProgram, type Place, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

function codex(place: Place, args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}) {
  return spawnSync(codexProgram, args, {
    env: { ...place.env, ...more.env },
    cwd: place.workspace,
    encoding: 'utf8',
    input: more.input ?? '',
    maxBuffer: 64 * 1024 * 1024,
  });
}

const said = ({ status, stdout, stderr }: SpawnSyncReturns<string>) => ({ status, stdout, stderr });

describe('help and version', () => {
  it('--help says what there is, in 80 columns and more, and which exit codes', () => {
    const place = tests.place();
    const { status, stdout, stderr } = said(codex(place, ['--help']));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const word of [
      'codex resume',
      'codex sandbox',
      'codex doctor',
      '--model',
      '--ask-for-approval',
      'Exit codes',
    ]) {
      expect(stdout).toContain(word);
    }
    expect(existsSync(place.codexHome)).toBe(false);
  });

  it('each subcommand has a help of its own', () => {
    const place = tests.place();
    expect(codex(place, ['resume', '--help']).stdout).toMatch(/--last[\s\S]*--all/);
    expect(codex(place, ['sandbox', '-h']).stdout).toMatch(/--permission-profile[\s\S]*--keep-exit-code/);
    expect(codex(place, ['doctor', '--help']).stdout).toContain('--json');
  });

  it('--version is one line with the version of the package', () => {
    const { version } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'));
    const place = tests.place();
    for (const flag of ['--version', '-V']) {
      expect(said(codex(place, [flag]))).toEqual({ status: 0, stdout: `codex ${version}\n`, stderr: '' });
    }
  });
});

describe('a wrong command line', () => {
  it.each([
    ['an unknown option', ['--nope'], "'--nope'"],
    ['an option without its value', ['--model'], "'-m, --model <value>'"],
    ['a command of the sandbox that is missing', ['sandbox', '--'], 'needs a command'],
    ['two sessions to resume', ['resume', 'one', 'two'], 'two'],
    ['an option of another subcommand', ['doctor', '--last'], "'--last'"],
  ])('%s is named, with the way to the help and exit code 2', (_what, args, named) => {
    const { status, stdout, stderr } = said(codex(tests.place(), args));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr).toContain('codex --help');
  });
});

describe('codex sandbox -- COMMAND', () => {
  it('is its command: output, errors, exit code and stdin pass through', () => {
    const place = tests.place();
    expect(said(codex(place, ['sandbox', '--', 'sh', '-c', 'echo out; echo err >&2; exit 5']))).toEqual({
      status: 5,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(said(codex(place, ['sandbox', '--', 'cat'], { input: 'through\0 and é\n' }))).toEqual({
      status: 0,
      stdout: 'through\0 and é\n',
      stderr: '',
    });
    expect(codex(place, ['sandbox', '--', 'sh', '-c', 'kill -TERM $$']).status).toBe(143);
  });

  it('loses nothing of what a slow command reads late and a fast one prints early', () => {
    const place = tests.place();
    const input = 'a line of forty-two bytes, counted exactly\n'.repeat(100_000);
    const slow = codex(place, ['sandbox', '--', 'sh', '-c', 'sleep 1; cat'], { input });
    expect(slow.status).toBe(0);
    expect(slow.stdout.length).toBe(input.length);
    expect(slow.stdout === input).toBe(true);
  });

  it('returns 77 for what the sandbox stopped, and tells what; with --keep-exit-code the command has its own', () => {
    const place = tests.place();
    const file = path.join(place.outside, 'made');
    const command = ['--', 'sh', '-c', `echo no > ${file}`];
    const denied = codex(place, ['sandbox', ...command]);
    expect(denied.status).toBe(77);
    expect(denied.stderr).toMatch(/codex sandbox: blocked \(certain\): create \S+made;/);
    expect(codex(place, ['sandbox', '--keep-exit-code', ...command]).status).toBe(2);
    expect(existsSync(file)).toBe(false);
    expect(codex(place, ['sandbox', '-P', ':danger-full-access', ...command]).status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('no\n');
  });

  it('returns 127 for a program that is not there and 126 for one that cannot be run', () => {
    const place = tests.place();
    writeFileSync(path.join(place.workspace, 'no-program'), 'text');
    const missing = codex(place, ['sandbox', '--', 'no-such-program']);
    expect(missing.status).toBe(127);
    expect(missing.stderr).toContain('no-such-program');
    const barred = codex(place, ['sandbox', '--', './no-program']);
    expect(barred.status).toBe(126);
    expect(barred.stderr).toContain('no-program');
  });

  it('returns 125 without bubblewrap, says how to get it, and does not run the command', () => {
    const place = tests.place();
    const run = codex(place, ['sandbox', '--', 'sh', '-c', 'echo ran > ran.txt'], {
      env: { PATH: place.pathWithoutBubblewrap() },
    });
    expect(run.status).toBe(125);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain('bubblewrap');
    expect(existsSync(path.join(place.workspace, 'ran.txt'))).toBe(false);
  });

  it('works in the folder of --cd, which is then the one that may be written', () => {
    const place = tests.place();
    expect(codex(place, ['sandbox', '-C', place.outside, '--', 'sh', '-c', 'pwd > here']).status).toBe(0);
    expect(readFileSync(path.join(place.outside, 'here'), 'utf8')).toBe(`${place.outside}\n`);
    const nowhere = codex(place, ['sandbox', '-C', 'nowhere', '--', 'true']);
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toContain('nowhere is not a folder.');
  });
});

describe('a wrong configuration', () => {
  const wrong = [
    'model_provider = "shell"',
    'approval_polciy = "never"',
    '',
    '[tui.approval]',
    'arm_ms = "soon"',
    '',
  ].join('\n');

  it('is told with file, line and key, on the screen and by the doctor', async () => {
    const place = tests.place();
    place.configure(wrong);
    const program = tests.open({ place, cols: 140 });
    await program.ready();
    const head = program.history().join('\n');
    expect(head).toMatch(/~\/\.codex\/config\.toml:2.*approval_polciy/);
    expect(head).toMatch(/approval_policy/);
    expect(head).toMatch(/~\/\.codex\/config\.toml:5.*arm_ms/);
    const { stdout } = codex(place, ['doctor']);
    expect(stdout).toMatch(/config\.toml:2.*approval_polciy/);
    expect(stdout).toMatch(/config\.toml:5.*arm_ms/);
  });

  it('does not run anything where safety hangs on what was meant', () => {
    const place = tests.place();
    place.configure('sandbox_mode = "workspce-write"\n');
    const run = codex(place, ['sandbox', '--', 'sh', '-c', 'echo ran > ran.txt']);
    expect(run.status).toBe(78);
    expect(run.stderr).toMatch(/config\.toml:1.*sandbox_mode/);
    expect(existsSync(path.join(place.workspace, 'ran.txt'))).toBe(false);
  });

  it('that is no TOML stops a session from opening, with its line', async () => {
    const place = tests.place();
    place.configure('model = "a"\nthis is no toml\n');
    const program = tests.open({ place, cols: 140 });
    const { code } = await program.exit;
    await program.drawn();
    expect(code).toBe(78);
    expect(program.text()).toMatch(/config\.toml:2/);
    expect(program.modes().bracketedPaste).toBe(false);
  });
});
