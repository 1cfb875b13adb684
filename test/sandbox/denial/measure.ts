// How right the judge was over many commands: over whether something was stopped, and over what it was.

import type { BlockedAccess } from '../../../src/sandbox/index.ts';
import type { CorpusRun } from './run-corpus.ts';

export interface Measure {
  /** Of the verdicts "stopped", the share that is true; of what was stopped, the share that was noticed. */
  readonly precision: number;
  readonly recall: number;
  /** Of the true verdicts, the share with the right operation, the right targets and no other, the right certainty. */
  readonly operation: number;
  readonly targets: number;
  readonly certainty: number;
  /** One line for each verdict that is wrong in any way. */
  readonly wrong: readonly string[];
}

export function measureRuns(runs: readonly CorpusRun[]): Measure {
  const stopped = runs.filter(({ expected }) => expected.stopped.length > 0);
  const told = runs.filter(({ denial }) => denial !== null);
  const noticed = stopped.filter(({ denial }) => denial !== null);
  const share = (right: (run: CorpusRun) => boolean): number => noticed.filter(right).length / noticed.length;
  return {
    precision: noticed.length / told.length,
    recall: noticed.length / stopped.length,
    operation: share(({ expected, denial }) => denial?.operation === expected.stopped[0]?.operation),
    targets: share(({ expected, denial }) => namesOf(accessesOf(denial)) === namesOf(expected.stopped)),
    certainty: share(({ expected, denial }) => denial?.certainty === expected.certainty),
    wrong: runs.flatMap((run) => difference(run) ?? []),
  };
}

function accessesOf(denial: CorpusRun['denial']): readonly BlockedAccess[] {
  return denial === null ? [] : [denial, ...denial.also];
}

function namesOf(accesses: readonly BlockedAccess[]): string {
  return accesses
    .map(({ operation, target }) => `${operation} ${target}`)
    .sort()
    .join('; ');
}

function difference({ expected, denial, output }: CorpusRun): string | null {
  const wanted = `${namesOf(expected.stopped)} ${expected.certainty ?? 'nothing'}`;
  const got = `${namesOf(accessesOf(denial))} ${denial?.certainty ?? 'nothing'}`;
  return wanted === got ? null : `${expected.command}\n  is ${wanted}\n  told ${got}\n  of ${output.slice(0, 200)}`;
}
