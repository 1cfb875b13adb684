import { describe, expect, it } from 'vitest';
import {
  type ApprovalPolicy,
  type GranularPolicy,
  judgeStart,
  offersAfterDenial,
} from '../../../src/core/approvals/policy.ts';
import type { Denial, Grant } from '../../../src/sandbox/index.ts';

const homes = { home: '/home/ana', codexHome: '/home/ana/.codex' };

const none = { hasPreset: false, canWrite: false };

function denialWith(...grants: Grant[]): Denial {
  return { operation: 'write', target: '/x', certainty: 'certain', evidence: '', because: '', grants, also: [] };
}

describe('what is offered after a denial', () => {
  it('begins with the smallest grant', () => {
    const offers = offersAfterDenial('on-request', denialWith({ kind: 'write', path: '/srv/cache' }), homes, none);
    expect(offers).toEqual(['once', 'session', 'unsandboxed', 'refused']);
  });

  it('has the preset and the rule for good between the session and leaving the sandbox', () => {
    const offers = offersAfterDenial('on-request', denialWith({ kind: 'write', path: '/srv/cache' }), homes, {
      hasPreset: true,
      canWrite: true,
    });
    expect(offers).toEqual(['once', 'session', 'preset', 'always', 'unsandboxed', 'refused']);
  });

  it('is nothing under the policy never', () => {
    expect(offersAfterDenial('never', denialWith({ kind: 'write', path: '/srv' }), homes, none)).toBeNull();
  });

  it('has no smaller yes where no grant helps', () => {
    expect(offersAfterDenial('on-request', denialWith(), homes, none)).toEqual(['unsandboxed', 'refused']);
  });

  it.each<[string, Grant]>([
    ['the container engine', { kind: 'unix_socket', path: '/var/run/docker.sock' }],
    ['the keys of ssh', { kind: 'write', path: '/home/ana/.ssh' }],
    ['a start-up file', { kind: 'write', path: '/home/ana/.bashrc' }],
    ['a folder that holds start-up files', { kind: 'write', path: '/home/ana' }],
    ['our own configuration', { kind: 'write', path: '/home/ana/.codex/config.toml' }],
  ])('never gives %s for a whole session', (_, grant) => {
    expect(offersAfterDenial('on-request', denialWith(grant), homes, none)).toEqual(['once', 'unsandboxed', 'refused']);
  });
});

describe('a command before it starts', () => {
  const model = {
    origin: 'model',
    wish: null,
    isAllowedAlready: false,
    rule: { decision: 'none', why: '' },
    isKnownSafe: false,
    always: null,
  } as const;
  const granular = (more: Partial<GranularPolicy>): ApprovalPolicy => ({
    granular: {
      sandbox_approval: false,
      rules: false,
      mcp_elicitations: false,
      skill_approval: false,
      request_permissions: false,
      ...more,
    },
  });
  const ruled = (decision: 'allow' | 'prompt' | 'forbidden') => ({
    ...model,
    rule: { decision, why: '~/.codex/rules/x.rules:3' },
  });

  it('is never run when a rule forbids it, and the rule is named', () => {
    for (const policy of ['untrusted', 'on-request', 'never', granular({ rules: true })] as const)
      expect(judgeStart(policy, ruled('forbidden'))).toEqual({
        kind: 'refuse',
        why: 'forbidden by ~/.codex/rules/x.rules:3',
      });
    expect(
      judgeStart('on-request', { ...ruled('forbidden'), wish: { kind: 'escalation', justification: 'please' } }).kind,
    ).toBe('refuse');
  });

  it('is asked about when a rule says so, and refused where nobody may be asked', () => {
    expect(judgeStart('on-request', ruled('prompt')).kind).toBe('ask');
    expect(judgeStart(granular({ rules: true }), ruled('prompt')).kind).toBe('ask');
    expect(judgeStart(granular({}), ruled('prompt')).kind).toBe('refuse');
    expect(judgeStart('never', ruled('prompt')).kind).toBe('refuse');
  });

  it('under untrusted runs without a question when a rule allows it or it can only look', () => {
    expect(judgeStart('untrusted', ruled('allow')).kind).toBe('allow');
    expect(judgeStart('untrusted', { ...model, isKnownSafe: true }).kind).toBe('allow');
    const always = { file: 'r', added: 'prefix_rule(...)' };
    expect(judgeStart('untrusted', { ...model, always })).toMatchObject({
      offers: ['once', 'session', 'always', 'refused'],
    });
  });

  it('kind by kind is asked about only what is true', () => {
    const asks = { ...model, wish: { kind: 'escalation', justification: 'needs it' } as const };
    expect(judgeStart(granular({ sandbox_approval: true }), asks).kind).toBe('ask');
    expect(judgeStart(granular({ rules: true }), asks).kind).toBe('refuse');
    const denial = denialWith({ kind: 'write', path: '/srv' });
    expect(offersAfterDenial(granular({ sandbox_approval: true }), denial, homes, none)).not.toBeNull();
    expect(offersAfterDenial(granular({ rules: true }), denial, homes, none)).toBeNull();
  });

  it('runs without a question in the sandbox', () => {
    expect(judgeStart('on-request', model)).toEqual({ kind: 'allow' });
  });

  it('is asked about under the policy untrusted, unless it was allowed or is the person’s own', () => {
    expect(judgeStart('untrusted', model)).toMatchObject({ kind: 'ask', subject: { kind: 'start' } });
    expect(judgeStart('untrusted', { ...model, isAllowedAlready: true })).toEqual({ kind: 'allow' });
    expect(judgeStart('untrusted', { ...model, origin: 'person' })).toEqual({ kind: 'allow' });
  });

  const wish = {
    kind: 'permission',
    justification: 'to install it',
    grants: [{ kind: 'write', path: '/srv/x' }],
    isGranted: false,
    equalsFullAccess: false,
    always: { file: 'c', added: 'x' },
  } as const;

  it('that asks for more than the profile gives is asked about with just that', () => {
    expect(judgeStart('on-request', { ...model, wish })).toEqual({
      kind: 'ask',
      subject: { kind: 'permission', justification: 'to install it', grants: [{ kind: 'write', path: '/srv/x' }] },
      offers: ['once', 'session', 'always', 'refused'],
      always: { file: 'c', added: 'x' },
    });
    expect(judgeStart('on-request', { ...model, wish: { ...wish, always: null } })).toMatchObject({
      offers: ['once', 'session', 'refused'],
    });
    expect(judgeStart(granular({ request_permissions: true }), { ...model, wish }).kind).toBe('ask');
  });

  it('gets what equals full access for one run at most', () => {
    expect(judgeStart('on-request', { ...model, wish: { ...wish, equalsFullAccess: true } })).toMatchObject({
      offers: ['once', 'refused'],
      always: null,
    });
  });

  it('is not asked again for what it was given, and not given more where nobody may be asked', () => {
    expect(judgeStart('on-request', { ...model, wish: { ...wish, isGranted: true } })).toEqual({ kind: 'allow' });
    expect(judgeStart('untrusted', { ...model, wish: { ...wish, isGranted: true } }).kind).toBe('ask');
    expect(judgeStart('never', { ...model, wish }).kind).toBe('refuse');
    expect(judgeStart(granular({ sandbox_approval: true }), { ...model, wish }).kind).toBe('refuse');
  });

  it('leaves the sandbox only through a question, and under never not at all', () => {
    const asks = { ...model, wish: { kind: 'escalation', justification: 'needs the cache' } as const };
    expect(judgeStart('on-request', asks)).toMatchObject({ kind: 'ask', offers: ['unsandboxed', 'refused'] });
    expect(judgeStart('never', asks)).toMatchObject({ kind: 'refuse' });
  });
});
