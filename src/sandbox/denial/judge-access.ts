// Are accesses that are known beforehand stopped by the sandbox, and what would let them through?

import * as path from 'node:path';
import type { BoundProfile } from '../profile/profile.ts';
import { isClosed, reasonFor } from './closed-access.ts';
import type { BlockedAccess, Denial } from './denial.ts';
import { hostOutsideFacts, type OutsideFacts } from './outside-facts.ts';
import { smallestGrants } from './smallest-grants.ts';

export interface AccessQuestion {
  readonly profile: BoundProfile;
  /** Of whoever has the accesses. */
  readonly home: string;
  /** What shows it, where something does. */
  readonly evidence?: string;
  readonly outside?: OutsideFacts;
}

/**
 * The verdict on accesses to files, one for all that are stopped: what the profile closes and this user could do
 * without it. Null: the sandbox stops none of them, and what fails has another reason.
 */
export function judgeAccesses(
  accesses: readonly BlockedAccess[],
  { profile, home, evidence = '', outside = hostOutsideFacts }: AccessQuestion,
): Denial | null {
  if (profile.type !== 'managed') return null;
  const stopped = accesses
    .map(({ operation, target }) => ({ operation, target: placeOf(operation, target, outside) }))
    // What is written that is not there is made: that takes another grant.
    .map(
      (it): BlockedAccess =>
        it.operation === 'write' && !outside.exists(it.target) ? { ...it, operation: 'create' } : it,
    )
    .filter(
      ({ operation, target }) =>
        isClosed(operation, target, profile) &&
        outside.wouldWork(operation, target) &&
        !(operation !== 'read' && outside.readOnlyFileSystem(target)),
    );
  const [main, ...also] = stopped;
  if (main === undefined) return null;
  return {
    ...main,
    certainty: 'certain',
    evidence,
    because: reasonFor(main.operation, main.target, profile, home),
    grants: smallestGrants(stopped, profile, outside),
    also,
  };
}

/** Where an access really goes. Of a link that is removed, the link itself. */
function placeOf(operation: BlockedAccess['operation'], target: string, outside: OutsideFacts): string {
  if (operation !== 'delete') return outside.resolve(target);
  return path.join(outside.resolve(path.dirname(target)), path.basename(target));
}
