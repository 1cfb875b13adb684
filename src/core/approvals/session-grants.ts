// Which grants does every command of this session have, who gave them for what, and which were taken back?

import { LOCAL } from '../../exec/index.ts';
import type { Grant } from '../../sandbox/index.ts';
import type { Ack, EventBody, EventOf, GrantValue } from '../bus/contract.ts';

export interface SessionGrants {
  /** Those of the commands on one machine: a path is another one elsewhere. */
  inForce(environment: string): readonly Grant[];
  give(given: NewGrant): void;
  /** Commands that run keep what they were started with. */
  revoke(grant: number): Ack;
  /** Puts one of an earlier run of the session in force again. */
  restore(grant: number): Ack;
}

export interface NewGrant {
  readonly scope: EventOf<'grant.given'>['scope'];
  /** Of a preset, or null. */
  readonly name: string | null;
  readonly grants: readonly Grant[];
  /** The command it was asked for. */
  readonly command: string;
  /** Whose commands have it. */
  readonly environment: string;
  /** What was done elsewhere for it is undone. */
  readonly onRevoked?: () => void;
}

interface Given {
  readonly environment: string;
  readonly grants: readonly GrantValue[];
  state: 'in force' | 'revoked' | 'not restored';
  readonly onRevoked?: (() => void) | undefined;
}

/** `past`: events of earlier runs of this session. What was given then counts only when a person says so again. */
export function openSessionGrants(emit: (event: EventBody) => void, past: readonly EventBody[]): SessionGrants {
  const given = new Map<number, Given>();
  for (const event of past) {
    // What was written into the configuration is part of the profile by now.
    if (event.type === 'grant.given' && event.scope === 'session')
      given.set(event.grant, {
        environment: event.environment ?? LOCAL,
        grants: event.grants,
        state: 'not restored',
      });
    if (event.type === 'grant.revoked') given.delete(event.grant);
  }
  let next = Math.max(0, ...past.map((event) => (event.type === 'grant.given' ? event.grant : 0))) + 1;

  return {
    inForce: (environment) =>
      [...given.values()].flatMap((it) => (it.state === 'in force' && it.environment === environment ? it.grants : [])),
    give({ scope, name, grants, command, environment, onRevoked }) {
      const grant = next++;
      given.set(grant, { environment, grants: [...grants], state: 'in force', onRevoked });
      const where = environment === LOCAL ? {} : { environment };
      emit({ type: 'grant.given', grant, scope, name, grants: [...grants], command, ...where });
    },
    revoke(grant) {
      const known = given.get(grant);
      if (known === undefined || known.state === 'revoked') return unknown('This grant is not in force.');
      known.state = 'revoked';
      emit({ type: 'grant.revoked', grant });
      known.onRevoked?.();
      return { ok: true };
    },
    restore(grant) {
      const known = given.get(grant);
      if (known?.state !== 'not restored') return unknown('This grant is not one that waits to be restored.');
      known.state = 'in force';
      emit({ type: 'grant.restored', grant });
      return { ok: true };
    },
  };
}

function unknown(what: string): Ack {
  return { ok: false, code: 'unknown_grant', problem: { what, why: '', next: '' } };
}
