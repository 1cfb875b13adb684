// What was typed after `codex exec`, `codex review` and `codex completion`, and what it means.

import { describe, expect, it } from 'vitest';
import { understand } from '../../../src/ui/cli/arguments.ts';
import type { ExecInvocation } from '../../../src/ui/cli/exec-arguments.ts';

function exec(...argv: string[]): ExecInvocation {
  const understood = understand(argv);
  if (!understood.ok || understood.value.kind !== 'exec') throw new Error(JSON.stringify(understood));
  return understood.value;
}

function problem(...argv: string[]): string {
  const understood = understand(argv);
  return understood.ok ? '' : understood.problem.what;
}

describe('codex exec', () => {
  it('has a prompt of words, from stdin, or none', () => {
    expect(exec('exec', 'do', 'it').prompt).toEqual({ kind: 'typed', text: 'do it' });
    expect(exec('exec', '-').prompt).toEqual({ kind: 'stdin' });
    expect(exec('exec').prompt).toEqual({ kind: 'unsaid' });
    expect(exec('exec', '--', '-x', 'resume').prompt).toEqual({ kind: 'typed', text: '-x resume' });
  });

  it('is known behind options of codex itself', () => {
    expect(exec('-m', 'exec', '-c', 'model_provider="x"', 'exec', 'go')).toMatchObject({ prompt: { text: 'go' } });
    expect(understand(['-c', 'a=1', 'config', 'explain', 'model'])).toMatchObject({ value: { kind: 'config' } });
    expect(understand(['fix', 'exec'])).toMatchObject({ value: { kind: 'screen', prompt: 'fix exec' } });
  });

  it('knows its subcommands wherever options stand', () => {
    const last = { kind: 'resume', from: { kind: 'last', everyFolder: false } };
    expect(exec('exec', 'resume', '--last', 'go on')).toMatchObject({ task: last, prompt: { text: 'go on' } });
    expect(exec('exec', '-m', 'resume', '--json', 'resume', '--last')).toMatchObject({
      task: last,
      json: true,
      flags: { model: 'resume' },
      prompt: { kind: 'unsaid' },
    });
    expect(exec('exec', 'fork', 'abcdef', 'other', 'way')).toMatchObject({
      task: { kind: 'fork', from: { kind: 'named', id: 'abcdef' } },
      prompt: { text: 'other way' },
    });
    expect(exec('exec', 'say', 'resume').task).toEqual({ kind: 'new' });
    expect(problem('exec', '--last')).toContain("'--last'");
  });

  it('spells out what stands for several options', () => {
    expect(exec('exec', '--yolo', 'x').flags).toMatchObject({ sandbox: 'danger-full-access', approval: 'never' });
    expect(exec('exec', '--full-auto', 'x').flags).toMatchObject({ sandbox: 'workspace-write', approval: null });
    expect(
      exec('exec', '-i', 'a.png', '-i', 'b.png', '--experimental-json', '--skip-git-repo-check', 'x'),
    ).toMatchObject({
      images: ['a.png', 'b.png'],
      json: true,
      color: 'auto',
    });
  });

  it.each([
    [['exec', '--yolo', '-a', 'never', 'x'], 'contradict'],
    [['exec', '--yolo', '--add-dir', '/srv', 'x'], 'contradict'],
    [['exec', '--full-auto', '-s', 'read-only', 'x'], 'contradict'],
    [['exec', '--color', 'blue', 'x'], '--color blue is not possible'],
    [['exec', '-a', 'sometimes', 'x'], '--ask-for-approval sometimes'],
    [['exec', 'fork'], 'needs the ID'],
    [['exec', '--detach', 'x'], "'--detach'"],
    [['review', '--base', 'a', '--commit', 'b'], 'take one'],
    [['mcp-server', 'now'], 'takes no "now"'],
    [['completion', 'tcsh'], 'not "tcsh"'],
  ])('%j is a wrong command line', (argv, said) => {
    expect(problem(...argv)).toContain(said);
  });
});

describe('codex review', () => {
  it('names its changes, and writes nothing unless it is told to', () => {
    expect(exec('review')).toMatchObject({
      task: { kind: 'review', target: { kind: 'uncommitted' } },
      flags: { sandbox: 'read-only' },
    });
    expect(exec('exec', 'review', '--commit', 'abc', '--title', 'T', 'locks')).toMatchObject({
      task: { target: { kind: 'commit', commit: 'abc', title: 'T' } },
      prompt: { text: 'locks' },
    });
    expect(exec('review', '--base', 'main', '-s', 'workspace-write').flags.sandbox).toBe('workspace-write');
  });
});
