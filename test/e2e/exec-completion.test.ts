// Does a shell complete the command line with what `codex completion` prints? In a real bash, without its package of helpers.

import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMPLETION } from '../../src/ui/cli/exec-options.ts';
import { SUBCOMMANDS } from '../../src/ui/cli/subcommands.ts';
import { runCodex } from '../support/exec.ts';
import { codexProgram, type Place, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

/** What bash offers for each line, the cursor at its end. */
function completed(place: Place, lines: readonly (readonly string[])[]): string[][] {
  const script = [
    'eval "$(codex completion bash)"',
    ...lines.map(
      (words) =>
        `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _codex; echo "\${COMPREPLY[*]}"`,
    ),
  ].join('\n');
  symlinkSync(codexProgram, path.join(place.programs, 'codex'));
  const said = execFileSync('bash', ['--norc', '--noprofile', '-c', script], {
    cwd: place.workspace,
    env: { ...place.env },
    encoding: 'utf8',
  });
  return said
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').filter((word) => word !== ''));
}

describe('codex completion bash', () => {
  it('offers subcommands, options, their values, and files', async () => {
    const place = tests.place();
    await runCodex({ place, args: ['exec', 'mkdir folder; touch file'] });
    const offered = completed(place, [
      ['codex', 're'],
      ['codex', 'exec', ''],
      ['codex', 'exec', '--color', ''],
      ['codex', '-s', 'w'],
      ['codex', '--sandbox', '=', 're'],
      ['codex', '--sandbox', '=', 'read-only', 'do'],
      ['codex', 'exec', '-m', 'resume', 'resume', '--la'],
      ['codex', 'exec', '-o', 'f'],
      ['codex', 'exec', '-C', 'f'],
      ['codex', 'completion', ''],
      ['codex', 'exec', '--', '--js'],
      ['codex', 'exec', '--ids'],
    ]);
    expect(offered[0]?.sort()).toEqual(['rename', 'resume', 'review']);
    expect(offered.slice(1)).toEqual([
      ['resume', 'fork', 'review'],
      ['auto', 'always', 'never'],
      ['workspace-write'],
      ['read-only'],
      ['doctor'],
      ['--last'],
      ['file', 'folder'],
      ['folder'],
      [...(COMPLETION.completes ?? [])],
      [],
      [],
    ]);
  });

  it('offers the sessions that can be meant', async () => {
    const place = tests.place();
    await runCodex({ place, args: ['exec', 'true'] });
    const id = path.basename(place.records()[0] ?? '', '.jsonl').slice(-6);
    const [resumed, exported, killed] = completed(place, [
      ['codex', 'exec', 'resume', ''],
      ['codex', 'export', id.slice(0, 2)],
      ['codex', 'kill', ''],
    ]);
    expect([resumed, exported]).toEqual([[id], [id]]);
    // It is over, so it cannot be ended.
    expect(killed).not.toContain(id);
  });

  it('knows every subcommand and every option of the table', () => {
    const place = tests.place();
    const offered = completed(place, [['codex', ''], ...SUBCOMMANDS.map(({ name }) => ['codex', name, '-'])]);
    expect(offered[0]).toEqual(SUBCOMMANDS.map(({ name }) => name));
    for (const [index, { options }] of SUBCOMMANDS.entries())
      for (const { name, text } of options) expect(offered[index + 1]?.includes(`--${name}`)).toBe(text !== null);
  });
});

describe('the other shells', () => {
  it('get a script each, with every subcommand in it', async () => {
    const place = tests.place();
    for (const shell of ['zsh', 'fish']) {
      const { code, stdout } = await runCodex({ place, args: ['completion', shell] });
      expect(code).toBe(0);
      for (const { name } of SUBCOMMANDS) expect(stdout).toContain(name);
    }
  });
});
