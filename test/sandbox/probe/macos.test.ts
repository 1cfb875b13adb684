// What a failed start of sandbox-exec is taken for; there is no Seatbelt to ask where these tests run.

import { expect, it } from 'vitest';
import { diagnoseSeatbelt } from '../../../src/sandbox/probe/macos.ts';

const nested = { code: 71, stdout: '', stderr: 'sandbox-exec: sandbox_apply: Operation not permitted\n', error: '' };

it('codex inside of a sandbox is told so, with the variable that shows it', () => {
  const problem = diagnoseSeatbelt(nested, 'seatbelt');
  expect(problem.cause).toBe('macos_nested');
  expect(problem.proof).toMatch(/^CODEX_SANDBOX=seatbelt; sandbox-exec: sandbox_apply/);
  expect(problem.fixes[0].step).toMatch(/outside that sandbox/);
  expect(problem.fixes.at(-1)?.step).toContain(':external');
  expect(diagnoseSeatbelt(nested, undefined).proof).toMatch(/^sandbox-exec/);
});

it('anything else is unknown, with what was said', () => {
  const problem = diagnoseSeatbelt({ code: null, stdout: '', stderr: '', error: 'ENOENT' }, undefined);
  expect(problem.cause).toBe('unknown');
  expect(problem.why).toContain('/usr/bin/sandbox-exec failed: ENOENT');
});
