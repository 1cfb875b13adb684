// How often is the judge right? Over all commands of `commands.txt`, run for real, whose labels came first.

import { expect, it } from 'vitest';
import { measureRuns } from './measure.ts';
import { runCorpus } from './run-corpus.ts';

/** What the judge has to hold. */
const goal = 0.97;

/** So many must run with what every machine of ours has, however few other programs it has. */
const runEverywhere = 150;

it('is right about real commands', { timeout: 120_000 }, async () => {
  const { runs, absent } = await runCorpus();
  const { precision, recall, operation, targets, certainty, wrong } = measureRuns(runs);
  const said = (share: number): string => share.toFixed(3);
  process.stdout.write(
    `precision ${said(precision)} recall ${said(recall)} over ${runs.length} commands (${absent} not run); ` +
      `operation ${said(operation)} targets ${said(targets)} certainty ${said(certainty)}; ` +
      `${wrong.length} not as labelled:\n${wrong.join('\n')}\n`,
  );
  expect(runs.filter(({ expected }) => expected.needs === null).length).toBeGreaterThanOrEqual(runEverywhere);
  expect(precision).toBeGreaterThanOrEqual(goal);
  expect(recall).toBeGreaterThanOrEqual(goal);
  expect(operation).toBeGreaterThanOrEqual(goal);
  expect(targets).toBeGreaterThanOrEqual(goal);
  expect(certainty).toBeGreaterThanOrEqual(goal);
});
