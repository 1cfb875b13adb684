import { describe, expect, it } from 'vitest';
import { exitOf, whyNotRun } from '../../../src/exec/engine/exit.ts';
import { findTool } from '../../../src/exec/engine/find-program.ts';
import { arrangeLaunch } from '../../../src/exec/engine/launch.ts';
import { parseSandboxStatus } from '../../../src/exec/engine/sandbox-status.ts';
import type { LaunchPlan } from '../../../src/sandbox/index.ts';
import { PIPES, PTY } from '../running.ts';

const BUBBLEWRAP: LaunchPlan = {
  backend: 'bubblewrap',
  program: '/usr/bin/bwrap',
  options: ['--ro-bind', '/', '/', '--chdir', '/w'],
  filter: new Uint8Array(8),
  setsid: '/usr/bin/setsid',
};
const TOOLS = { setsid: '/usr/bin/setsid', bash: '/bin/bash', perl: '/usr/bin/perl', env: '/usr/bin/env' };
const NO_TOOLS = { setsid: null, bash: null, perl: null, env: null };
const BASHS = { PWD: '/w', OLDPWD: '/', SHLVL: '1' };
const request = (stdio: typeof PTY) => ({ argv: ['echo', 'a b'] as const, cwd: '/w', env: BASHS, stdio }) as const;

describe('a launch', () => {
  it('behind bubblewrap covers what would leak, and takes the terminal inside', () => {
    expect(arrangeLaunch(BUBBLEWRAP, request(PTY), TOOLS, [3, 18, 251])).toEqual({
      file: '/usr/bin/bwrap',
      args: [
        ...['--args', '3', '--args', '18', '--args', '251'],
        ...['--ro-bind', '/', '/', '--chdir', '/w', '--json-status-fd', '4', '--seccomp', '5', '--'],
        ...['/usr/bin/setsid', '-c', 'echo', 'a b'],
      ],
      argv0: null,
      cwd: '/',
      isDetached: true,
      sandbox: { status: 4, filter: 5, keeper: null },
      covers: [3, 18, 251],
      hasTerminal: true,
    });
  });

  it('behind bubblewrap on pipes has no terminal to take', () => {
    const launch = arrangeLaunch(BUBBLEWRAP, request(PIPES), TOOLS, []);
    expect(launch.args.slice(-3)).toEqual(['--', 'echo', 'a b']);
    expect(launch).toMatchObject({ sandbox: { status: 3, filter: 4, keeper: null }, hasTerminal: false });
  });

  it('without a sandbox closes what would leak and is the direct child', () => {
    expect(arrangeLaunch({ backend: 'none' }, request(PTY), TOOLS, [18, 20])).toEqual({
      file: '/usr/bin/setsid',
      args: ['-c', '/bin/bash', '--norc', '-p', '-c', 'exec 18>&- 20>&-; exec -- "$@"', 'codex', 'echo', 'a b'],
      argv0: null,
      cwd: '/w',
      isDetached: false,
      sandbox: null,
      covers: [],
      hasTerminal: true,
    });
    expect(arrangeLaunch({ backend: 'none' }, request(PIPES), TOOLS, [])).toMatchObject({
      file: 'echo',
      args: ['a b'],
      isDetached: true,
    });
  });

  it('without bash covers instead of closing, and without setsid and perl has no terminal', () => {
    const launch = arrangeLaunch({ backend: 'none' }, request(PTY), NO_TOOLS, [18]);
    expect(launch).toMatchObject({ file: 'echo', isDetached: true, covers: [18], hasTerminal: false });
  });

  it('takes away again what bash adds to an environment that has it not', () => {
    const { args } = arrangeLaunch({ backend: 'none' }, { ...request(PIPES), env: { PWD: '/w' } }, TOOLS, [18]);
    expect(args.slice(4)).toEqual(['codex', '/usr/bin/env', '-u', 'OLDPWD', '-u', 'SHLVL', 'echo', 'a b']);
  });

  it('gives the program another name: itself where it is the direct child, else by bash', () => {
    const named = (stdio: typeof PTY) => ({ ...request(stdio), arg0: 'other' });
    expect(arrangeLaunch({ backend: 'none' }, named(PIPES), TOOLS, [])).toMatchObject({
      file: 'echo',
      args: ['a b'],
      argv0: 'other',
    });
    const byBash = ['/bin/bash', '--norc', '-p', '-c', 'exec -a "$0" -- "$@"', 'other', 'echo', 'a b'];
    expect(arrangeLaunch({ backend: 'none' }, named(PTY), TOOLS, [])).toMatchObject({
      args: ['-c', ...byBash],
      argv0: null,
    });
    const { args } = arrangeLaunch(BUBBLEWRAP, named(PIPES), TOOLS, []);
    expect(args.slice(args.indexOf('--') + 1)).toEqual(byBash);
  });

  it('on macOS lets perl make the session and the sandbox replace it', () => {
    const plan: LaunchPlan = { backend: 'seatbelt', program: '/usr/bin/sandbox-exec', options: ['-p', '(version 1)'] };
    const { file, args } = arrangeLaunch(plan, request(PTY), { ...TOOLS, setsid: null }, []);
    expect(file).toBe('/usr/bin/perl');
    expect(args.slice(2)).toEqual(['--', '/usr/bin/sandbox-exec', '-p', '(version 1)', '--', 'echo', 'a b']);
  });
});

describe('the end of a sandbox', () => {
  const STARTED = '{ "child-pid": 20193, "pid-namespace": 4026532403 }\n';
  const end = (code: number, documents: string, wasKilled = false) =>
    ({ code, signal: null, status: parseSandboxStatus(documents), wasKilled }) as const;
  const failed = { program: 'true', path: '/usr/bin:/bin', cwd: '/' };

  it('is read from its documents, a half-written one left out', () => {
    expect(parseSandboxStatus(`${STARTED}{ "exit-code": 3 }\n`)).toEqual({
      init: { pid: 20193, pidNamespace: 4026532403 },
      exitCode: 3,
    });
    expect(parseSandboxStatus('{ "child-pid": 201')).toEqual({ init: null, exitCode: null });
  });

  it("with code 1 is the command's own when it says so, and the sandbox's when it does not", () => {
    const own = end(1, `${STARTED}{ "exit-code": 1 }\n`);
    expect(whyNotRun(own, exitOf(own), failed, () => 'bwrap: said by the command')).toBe(null);
    const gaveUp = end(1, STARTED);
    expect(whyNotRun(gaveUp, exitOf(gaveUp), failed, () => "bwrap: Can't find source path /x\n")).toMatchObject({
      isSandbox: true,
      problem: { why: "bwrap: Can't find source path /x" },
    });
    expect(whyNotRun(end(1, STARTED, true), { kind: 'code', code: 1 }, failed, () => '')).toBe(null);
  });

  it('is a death by signal only when the sandbox itself was killed', () => {
    expect(exitOf(end(137, `${STARTED}{ "exit-code": 137 }\n`))).toEqual({ kind: 'code', code: 137 });
    expect(exitOf(end(137, `${STARTED}{ "exit-code": 137 }\n`, true))).toEqual({
      kind: 'signal',
      signal: 'SIGKILL',
      code: 137,
    });
    expect(exitOf(end(137, STARTED))).toEqual({ kind: 'signal', signal: 'SIGKILL', code: 137 });
  });
});

describe('a helper', () => {
  it('is never found in a relative folder of PATH', () => {
    expect(findTool('bash', '.:bin:')).toMatch(/^\/(usr\/)?bin\/bash$/);
    expect(findTool('no-such-program', '/usr/bin')).toBe(null);
  });
});
