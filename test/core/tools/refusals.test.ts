import { describe, expect, it } from 'vitest';
import {
  allowedAfterBlock,
  blockedBySandbox,
  refusalText,
  refusedByPerson,
  sandboxUnavailable,
} from '../../../src/core/tools/index.ts';
import type { Denial } from '../../../src/sandbox/index.ts';

const denial: Denial = {
  operation: 'write',
  target: '/srv/x',
  certainty: 'likely',
  evidence: 'touch: cannot touch',
  because: '/srv is read-only',
  grants: [],
  also: [],
};

describe('what a model is told', () => {
  it('after a person said no: what was refused, not to try again, and the words of the person', () => {
    const text = refusalText(refusedByPerson({ kind: 'access', access: denial }, ' use ./tmp instead '));
    expect(text.split('\n')[0]).toBe('Refused: the person did not allow this command to write /srv/x.');
    expect(text).toContain('not run again');
    expect(text).toContain('The person said: "use ./tmp instead".');
  });

  it('after a person refused a command that had not started: that it was not run at all', () => {
    const text = refusalText(refusedByPerson({ kind: 'unsandboxed' }, ''));
    expect(text).toContain('to run without the sandbox.');
    expect(text).toContain('It was not run.');
    expect(text).not.toContain('The person said');
  });

  it('after a block nobody was asked about: what, under which profile, why not asked, and how sure it is', () => {
    const text = refusalText(blockedBySandbox(denial, ':workspace', 'approval policy: never'));
    expect(text.split('\n')[0]).toBe(
      'Blocked by the sandbox: write /srv/x is outside what this command may touch (profile :workspace).',
    );
    expect(text).toContain('(approval policy: never)');
    expect(text).toContain('likely, judged from the output');
  });

  it('where the sandbox cannot start: that nothing ran, and why', () => {
    const text = refusalText(sandboxUnavailable('user namespaces are restricted by AppArmor.'));
    expect(text.split('\n')[0]).toBe(
      'Not run: the sandbox cannot start on this machine (user namespaces are restricted by AppArmor).',
    );
    expect(text).toContain('Nothing was executed');
  });

  it('never mixes the three: each begins with words the others do not hold', () => {
    const texts = {
      'Refused: ': refusalText(refusedByPerson({ kind: 'access', access: denial }, 'no')),
      'Blocked by the sandbox: ': refusalText(blockedBySandbox(denial, ':workspace', 'nobody is here')),
      'Not run: ': refusalText(sandboxUnavailable('x')),
    };
    for (const start of Object.keys(texts)) {
      for (const [own, text] of Object.entries(texts)) expect(text.includes(start)).toBe(own === start);
    }
  });

  it('after an allowed second attempt: one line about the first', () => {
    expect(allowedAfterBlock(denial, 'once')).toBe(
      'The first attempt was blocked by the sandbox (write /srv/x); the person allowed it once.',
    );
    expect(allowedAfterBlock(denial, 'unsandboxed')).toContain('allowed one run without the sandbox');
  });
});
