import { describe, expect, it } from 'vitest';
import { judgeStart, offersAfterDenial } from '../../../src/core/approvals/policy.ts';
import type { Denial, Grant } from '../../../src/sandbox/index.ts';

const homes = { home: '/home/ana', codexHome: '/home/ana/.codex' };

function denialWith(...grants: Grant[]): Denial {
  return { operation: 'write', target: '/x', certainty: 'certain', evidence: '', because: '', grants, also: [] };
}

describe('what is offered after a denial', () => {
  it('begins with the smallest grant', () => {
    const offers = offersAfterDenial('on-request', denialWith({ kind: 'write', path: '/srv/cache' }), homes);
    expect(offers).toEqual(['once', 'session', 'unsandboxed', 'refused']);
  });

  it('is nothing under the policy never', () => {
    expect(offersAfterDenial('never', denialWith({ kind: 'write', path: '/srv' }), homes)).toBeNull();
  });

  it('has no smaller yes where no grant helps', () => {
    expect(offersAfterDenial('on-request', denialWith(), homes)).toEqual(['unsandboxed', 'refused']);
  });

  it.each<[string, Grant]>([
    ['the container engine', { kind: 'unix_socket', path: '/var/run/docker.sock' }],
    ['the keys of ssh', { kind: 'write', path: '/home/ana/.ssh' }],
    ['a start-up file', { kind: 'write', path: '/home/ana/.bashrc' }],
    ['a folder that holds start-up files', { kind: 'write', path: '/home/ana' }],
    ['our own configuration', { kind: 'write', path: '/home/ana/.codex/config.toml' }],
  ])('never gives %s for a whole session', (_, grant) => {
    expect(offersAfterDenial('on-request', denialWith(grant), homes)).toEqual(['once', 'unsandboxed', 'refused']);
  });
});

describe('a command before it starts', () => {
  const model = { origin: 'model', escalation: null, isAllowedAlready: false } as const;

  it('runs without a question in the sandbox', () => {
    expect(judgeStart('on-request', model)).toEqual({ kind: 'allow' });
  });

  it('is asked about under the policy untrusted, unless it was allowed or is the person’s own', () => {
    expect(judgeStart('untrusted', model)).toMatchObject({ kind: 'ask', subject: { kind: 'start' } });
    expect(judgeStart('untrusted', { ...model, isAllowedAlready: true })).toEqual({ kind: 'allow' });
    expect(judgeStart('untrusted', { ...model, origin: 'person' })).toEqual({ kind: 'allow' });
  });

  it('leaves the sandbox only through a question, and under never not at all', () => {
    const asks = { ...model, escalation: 'needs the cache' };
    expect(judgeStart('on-request', asks)).toMatchObject({ kind: 'ask', offers: ['unsandboxed', 'refused'] });
    expect(judgeStart('never', asks)).toMatchObject({ kind: 'refuse' });
  });
});
