// Which files are different after a patch, for whoever follows a session?

import { assertNever } from '../../problem/index.ts';
import type { FileEffect, PatchPlan } from './patch-plan.ts';

export interface ChangedFile {
  /** Absolute. */
  readonly path: string;
  readonly change: 'added' | 'changed' | 'deleted';
}

export function changedFiles({ effects }: PatchPlan): readonly ChangedFile[] {
  return effects.flatMap(changesOf);
}

function changesOf(effect: FileEffect): readonly ChangedFile[] {
  switch (effect.kind) {
    case 'add':
      return [{ path: effect.path, change: effect.replaced ? 'changed' : 'added' }];
    case 'update':
      return [{ path: effect.path, change: 'changed' }];
    case 'delete':
      return [{ path: effect.path, change: 'deleted' }];
    case 'move':
      return [
        { path: effect.path, change: 'deleted' },
        { path: effect.movedTo.path, change: effect.overwritten === null ? 'added' : 'changed' },
      ];
    default:
      return assertNever(effect);
  }
}
