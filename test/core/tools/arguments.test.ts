import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { execCommandTool, parseExecCommand, parseWriteStdin, writeStdinTool } from '../../../src/core/tools/index.ts';

function exec(args: unknown) {
  const parsed = parseExecCommand(JSON.stringify(args));
  if (!parsed.ok) throw new Error(parsed.problem.what);
  return parsed.value;
}

function refusal(parsed: ReturnType<typeof parseExecCommand> | ReturnType<typeof parseWriteStdin>): string {
  if (parsed.ok) throw new Error('expected a refusal');
  expect(parsed.problem.next).toContain('call it again');
  return `${parsed.problem.what} ${parsed.problem.why}`;
}

describe('a call of exec_command', () => {
  it('with a command alone gets pipes, a login shell, ten seconds and ten thousand tokens', () => {
    expect(exec({ cmd: 'make' })).toEqual({
      cmd: 'make',
      workdir: null,
      environment: null,
      shell: null,
      login: true,
      tty: false,
      yieldTimeMs: 10_000,
      maxOutputTokens: 10_000,
      askedFor: null,
    });
  });

  it('may have an empty command, and nulls for what it does not say', () => {
    expect(exec({ cmd: '', workdir: null, tty: null, yield_time_ms: null })).toEqual(exec({ cmd: '' }));
  });

  it.each([
    [1, 250],
    [250, 250],
    [999, 999],
    [30_000, 30_000],
    [600_000, 30_000],
    [-5, 250],
  ])('that asks to wait %i ms waits %i', (asked, waited) => {
    expect(exec({ cmd: 'x', yield_time_ms: asked }).yieldTimeMs).toBe(waited);
  });

  it('asks to leave the sandbox only with require_escalated', () => {
    const words = { justification: ' Write to /srv? ', prefix_rule: ['cp', '-r'] };
    expect(exec({ cmd: 'x', ...words }).askedFor).toBeNull();
    expect(exec({ cmd: 'x', ...words, sandbox_permissions: 'require_escalated' }).askedFor).toEqual({
      kind: 'escalation',
      justification: 'Write to /srv?',
      prefixRule: ['cp', '-r'],
    });
    expect(exec({ cmd: 'x', sandbox_permissions: 'require_escalated' }).askedFor?.justification).toBe('');
  });

  it('asks for what it names, and for nothing else', () => {
    const asking = (additional_permissions: unknown) =>
      exec({
        cmd: 'x',
        sandbox_permissions: 'with_additional_permissions',
        additional_permissions,
        justification: 'j',
      });
    expect(asking({ file_system: { write: ['/srv', 'b'] } }).askedFor).toEqual({
      kind: 'permission',
      justification: 'j',
      read: [],
      write: ['/srv', 'b'],
      network: false,
    });
    expect(asking({ network: { enabled: true }, file_system: { read: ['/x'] } }).askedFor).toMatchObject({
      read: ['/x'],
      network: true,
    });
  });

  it.each([
    [{}, 'cmd, the command line, is missing'],
    [{ cmd: ['ls'] }, 'cmd must be a string; it is ["ls"]'],
    [{ cmd: 'x', tty: 'yes' }, 'tty must be true or false; it is "yes"'],
    [{ cmd: 'x', yield_time_ms: 1.5 }, 'yield_time_ms must be a whole number; it is 1.5'],
    [{ cmd: 'x', yield_time_ms: '5' }, 'yield_time_ms must be a whole number; it is "5"'],
    [{ cmd: 'x', sandbox_permissions: 'all' }, '"with_additional_permissions" or "require_escalated"; it is "all"'],
    [
      { cmd: 'x', prefix_rule: 'cp', sandbox_permissions: 'require_escalated' },
      'prefix_rule must be a list of strings',
    ],
    [{ cmd: 'x', sandbox_permissions: 'with_additional_permissions' }, 'names nothing that the command needs'],
    [
      {
        cmd: 'x',
        sandbox_permissions: 'with_additional_permissions',
        additional_permissions: { file_system: { write: '/srv' } },
      },
      'write must be a list of strings',
    ],
    [
      {
        cmd: 'x',
        sandbox_permissions: 'with_additional_permissions',
        additional_permissions: { file_system: { write: ['/srv\0x'] } },
      },
      'empty or holds a NUL character',
    ],
    [{ cmd: 'x\0y' }, 'cmd holds a NUL character'],
    [{ cmd: 'x', workdir: 'a\0' }, 'workdir holds a NUL character'],
  ])('%j is refused with what to correct', (args, sentence) => {
    expect(refusal(parseExecCommand(JSON.stringify(args)))).toContain(sentence);
  });

  it.each(['{"cmd": "ls"', '[]', '"ls"', 'null', '{cmd: 1}'])('%s is refused as no JSON object', (text) => {
    expect(refusal(parseExecCommand(text))).toMatch(/JSON/);
  });

  it('never throws, whatever a model writes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.dictionary(fc.string(), fc.jsonValue()).map((d) => JSON.stringify(d)),
        ),
        (text) => {
          expect(typeof parseExecCommand(text).ok).toBe('boolean');
          expect(typeof parseWriteStdin(text).ok).toBe('boolean');
        },
      ),
    );
  });
});

describe('a call of write_stdin', () => {
  function write(args: object) {
    const parsed = parseWriteStdin(JSON.stringify({ session_id: 7, ...args }));
    if (!parsed.ok) throw new Error(parsed.problem.what);
    return parsed.value;
  }

  it.each([
    [{ chars: 'y\n' }, 250],
    [{ chars: 'y\n', yield_time_ms: 60_000 }, 30_000],
    [{}, 5000],
    [{ chars: '', yield_time_ms: 10 }, 5000],
    [{ yield_time_ms: 900_000 }, 300_000],
  ])('%j waits %i ms', (args, waited) => {
    expect(write(args).yieldTimeMs).toBe(waited);
  });

  it('needs the number of a session', () => {
    expect(refusal(parseWriteStdin('{}'))).toContain('session_id');
    expect(refusal(parseWriteStdin('{"session_id":"7"}'))).toContain('session_id must be a whole number; it is "7"');
  });
});

describe('the tools as a model sees them', () => {
  it('have the names and parameters that models of codex-cli know', () => {
    const known = [
      'cmd',
      'workdir',
      'shell',
      'login',
      'tty',
      'yield_time_ms',
      'max_output_tokens',
      'sandbox_permissions',
      'additional_permissions',
      'justification',
      'prefix_rule',
    ];
    expect(Object.keys(Object(execCommandTool(false).parameters.properties))).toEqual(known);
    expect(Object.keys(Object(execCommandTool(true).parameters.properties))).toEqual([...known, 'environment_id']);
    expect(Object.keys(Object(writeStdinTool.parameters.properties))).toEqual([
      'session_id',
      'chars',
      'yield_time_ms',
      'max_output_tokens',
    ]);
    for (const tool of [execCommandTool(true), writeStdinTool]) {
      expect(tool.strict).toBe(false);
      expect(tool.parameters.additionalProperties).toBe(false);
    }
  });
});
