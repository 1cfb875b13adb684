// A patch is a process of a session like any other: what the sandbox stops becomes a question, and then a second attempt.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openQuestions } from '../../../src/core/approvals/questions.ts';
import type { DecisionKind, EventBody } from '../../../src/core/bus/contract.ts';
import { type PatchRunner, patchAnswer, patchRunner, patchSummary } from '../../../src/core/patch/index.ts';
import { SessionProcess } from '../../../src/core/session/process.ts';
import { builtInProfile } from '../../../src/sandbox/index.ts';
import { openPatchPlace, type PatchPlace, PIPE, START } from './patch-place.ts';
import { patchOf } from './patching.ts';

let patches: PatchPlace;
beforeAll(async () => {
  patches = await openPatchPlace('local');
});
afterAll(() => patches.machine.close());
beforeEach(() => patches.nextFolder());

/** Runs the patch in a process of a session where every question gets the same answer. */
async function runAsked(text: string, answer: DecisionKind) {
  const { machine, folder } = patches;
  const runner: PatchRunner = patchRunner({ environment: machine.ready, cwd: folder, text, colour: false });
  const events: EventBody[] = [];
  const questions = openQuestions(
    (event) => {
      events.push(event);
      if (event.type === 'question.opened')
        setImmediate(() => questions.decide(event.question, answer, 'not there', event.shown));
    },
    () => String(events.length),
  );
  const session = new SessionProcess(
    {
      number: 1,
      call: 'c',
      turn: 't',
      origin: 'model',
      command: patchSummary(text).line,
      argv: START.argv,
      environment: machine.ready,
      runner,
      preview: null,
      deed: 'patch',
      cwd: folder,
      variables: () => START.variables,
      stdio: PIPE,
    },
    {
      session: 's',
      questions,
      emit: (event) => events.push(event),
      async planAttempt(_attempt, grants) {
        const sandbox = { profile: builtInProfile(':workspace'), grants, workspaceRoots: [machine.workspace] };
        return { plan: { sandbox, outputFile: null, proxy: null, afterwards: () => null } };
      },
      judgeStart: async () => ({ kind: 'allow' }),
      offersAfter: () => ({ offers: ['once', 'refused'], preset: null, always: null }),
      decided: async () => {},
      profileName: ':workspace',
    },
  );
  await session.run();
  const told = events.map((event) =>
    event.type === 'process.closed' || event.type === 'process.finished'
      ? `${event.type} ${event.outcome}`
      : event.type,
  );
  return { session, told, events, answer: patchAnswer(runner.result() ?? { kind: 'stopped', remains: [] }) };
}

it('is asked about when the sandbox stops it, and carried out in a second attempt when that is allowed', async () => {
  const outside = path.join(patches.machine.outside, 'asked');
  writeFileSync(outside, 'old\n');
  patches.write('a', 'x\n');
  const text = patchOf(`*** Update File: ${outside}`, '@@', '-old', '+new', '*** Update File: a', '@@', '-x', '+y');
  const { told, answer, events } = await runAsked(text, 'once');
  expect(told).toEqual([
    'process.started',
    'process.output',
    'process.output',
    'process.exited',
    'process.closed blocked',
    'question.opened',
    'question.decided',
    'process.started',
    'process.output',
    'process.exited',
    'process.closed ok',
    'process.finished ok',
  ]);
  const opened = events.find((event) => event.type === 'question.opened');
  expect(opened).toMatchObject({ subject: { kind: 'denial', denial: { grants: [{ kind: 'write', path: outside }] } } });
  expect(answer).toBe(`Success. Updated the following files:\nM ${outside}\nM a`);
  expect([readFileSync(outside, 'utf8'), patches.read('a')]).toEqual(['new\n', 'y\n']);
});

it('changes nothing when that is refused', async () => {
  const outside = path.join(patches.machine.outside, 'refused');
  writeFileSync(outside, 'old\n');
  const { told, session } = await runAsked(patchOf(`*** Delete File: ${outside}`), 'refused');
  expect(told.at(-1)).toBe('process.finished refused');
  expect(session.finished?.closed?.denial).toMatchObject({ operation: 'delete', target: outside });
  expect(readFileSync(outside, 'utf8')).toBe('old\n');
});
