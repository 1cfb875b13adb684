import { describe, expect, it } from 'vitest';
import { openSessionGrants } from '../../../src/core/approvals/session-grants.ts';
import type { EventBody } from '../../../src/core/bus/index.ts';
import type { Grant } from '../../../src/sandbox/index.ts';

const write = (path: string): Grant => ({ kind: 'write', path });

function open(past: readonly EventBody[] = []) {
  const events: EventBody[] = [];
  const grants = openSessionGrants((event) => events.push(event), past);
  return { grants, events };
}

describe('the grants of a session', () => {
  it('are in force from when they are given until they are revoked, and both is told', () => {
    const { grants, events } = open();
    grants.give({ scope: 'session', name: null, grants: [write('/a')], command: 'touch /a/x', environment: 'local' });
    grants.give({
      scope: 'session',
      name: 'npm cache',
      grants: [write('/b'), write('/c')],
      command: 'npm ci',
      environment: 'local',
    });
    expect(grants.inForce('local')).toEqual([write('/a'), write('/b'), write('/c')]);
    expect(grants.revoke(2)).toEqual({ ok: true });
    expect(grants.inForce('local')).toEqual([write('/a')]);
    expect(grants.revoke(2)).toMatchObject({ ok: false, code: 'unknown_grant' });
    expect(events.map(({ type }) => type)).toEqual(['grant.given', 'grant.given', 'grant.revoked']);
    expect(events[1]).toMatchObject({ grant: 2, name: 'npm cache', command: 'npm ci' });
  });

  it('of another machine are for its commands alone, also after a resume', () => {
    const earlier = open();
    const given = { scope: 'session', name: null, grants: [write('/a')], command: 'x' } as const;
    earlier.grants.give({ ...given, environment: 'devbox' });
    expect(earlier.grants.inForce('local')).toEqual([]);
    expect(earlier.grants.inForce('devbox')).toEqual([write('/a')]);
    const { grants } = open(earlier.events);
    grants.restore(1);
    expect(grants.inForce('local')).toEqual([]);
    expect(grants.inForce('devbox')).toEqual([write('/a')]);
  });

  it('of an earlier run count again only when somebody says so', () => {
    const earlier = open();
    earlier.grants.give({ scope: 'session', name: null, grants: [write('/a')], command: 'x', environment: 'local' });
    earlier.grants.give({ scope: 'session', name: null, grants: [write('/b')], command: 'x', environment: 'local' });
    earlier.grants.give({ scope: 'always', name: null, grants: [write('/c')], command: 'x', environment: 'local' });
    earlier.grants.revoke(2);
    const { grants, events } = open(earlier.events);
    expect(grants.inForce('local')).toEqual([]);
    expect(grants.restore(2)).toMatchObject({ ok: false, code: 'unknown_grant' });
    expect(grants.restore(3)).toMatchObject({ ok: false, code: 'unknown_grant' });
    expect(grants.restore(1)).toEqual({ ok: true });
    expect(grants.inForce('local')).toEqual([write('/a')]);
    expect(grants.restore(1)).toMatchObject({ ok: false });
    grants.give({ scope: 'session', name: null, grants: [write('/d')], command: 'x', environment: 'local' });
    expect(events).toEqual([{ type: 'grant.restored', grant: 1 }, expect.objectContaining({ grant: 4 })]);
  });
});
