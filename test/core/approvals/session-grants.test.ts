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
    grants.give('session', null, [write('/a')], 'touch /a/x');
    grants.give('session', 'npm cache', [write('/b'), write('/c')], 'npm ci');
    expect(grants.inForce()).toEqual([write('/a'), write('/b'), write('/c')]);
    expect(grants.revoke(2)).toEqual({ ok: true });
    expect(grants.inForce()).toEqual([write('/a')]);
    expect(grants.revoke(2)).toMatchObject({ ok: false, code: 'unknown_grant' });
    expect(events.map(({ type }) => type)).toEqual(['grant.given', 'grant.given', 'grant.revoked']);
    expect(events[1]).toMatchObject({ grant: 2, name: 'npm cache', command: 'npm ci' });
  });

  it('of an earlier run count again only when somebody says so', () => {
    const earlier = open();
    earlier.grants.give('session', null, [write('/a')], 'x');
    earlier.grants.give('session', null, [write('/b')], 'x');
    earlier.grants.give('always', null, [write('/c')], 'x');
    earlier.grants.revoke(2);
    const { grants, events } = open(earlier.events);
    expect(grants.inForce()).toEqual([]);
    expect(grants.restore(2)).toMatchObject({ ok: false, code: 'unknown_grant' });
    expect(grants.restore(3)).toMatchObject({ ok: false, code: 'unknown_grant' });
    expect(grants.restore(1)).toEqual({ ok: true });
    expect(grants.inForce()).toEqual([write('/a')]);
    expect(grants.restore(1)).toMatchObject({ ok: false });
    grants.give('session', null, [write('/d')], 'x');
    expect(events).toEqual([{ type: 'grant.restored', grant: 1 }, expect.objectContaining({ grant: 4 })]);
  });
});
