// What is in which file of the program, and when is it loaded?

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { codexProgram } from '../support/program.ts';

const dist = path.dirname(codexProgram);

/** Files below dist that a fresh Node has loaded once `main.cjs` stands. */
function loadedWith(file: string): string[] {
  const script = `require(${JSON.stringify(path.join(dist, file))}); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const loaded: string[] = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
  return loaded.map((name) => path.relative(dist, name));
}

it('what only some sessions need is loaded by those alone', () => {
  expect(loadedWith('main.cjs')).toEqual(['main.cjs']);
  expect(loadedWith('exec.cjs')).toEqual(['exec.cjs']);
  expect(readdirSync(path.join(dist, 'lib')).sort()).toEqual([
    'arguments.cjs',
    'conf.cjs',
    'diff.cjs',
    'exec-server.cjs',
    'file-helper.cjs',
    'file-thread.cjs',
    'mcp-protocol.cjs',
    'mcp.cjs',
    'network.cjs',
    'openai.cjs',
    'opentelemetry-api.cjs',
    'rules.cjs',
    'side-reader.cjs',
    'ws.cjs',
    'xterm-headless.cjs',
    'xterm-unicode11.cjs',
  ]);
});

it('the first frame comes from a file that is small', () => {
  expect(statSync(codexProgram).size).toBeLessThan(40_000);
});

it('what needs no screen has none of it in its file', () => {
  const program = readFileSync(path.join(dist, 'exec.cjs'), 'utf8');
  for (const name of ['react.', 'yoga', 'Ink']) expect(program).not.toContain(name);
});
