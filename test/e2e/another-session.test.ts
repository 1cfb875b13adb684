// One screen, several sessions one after the other: each is recorded as its own, and what runs is never lost by it.

import { expect, it } from 'vitest';
import { say, startModelServer } from '../support/model-server.ts';
import { openPlace, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

it('/new begins a session that knows nothing of the one before, /resume goes on with an earlier one', async () => {
  const server = await startModelServer(({ body }) => say(`Heard ${body.input?.length} items.`));
  tests.afterwards(() => server.close());
  const place = openPlace();
  const program = tests.open({ place, model: server.url });
  await program.ready();
  await program.enter('first');
  await program.waitForLine(/^ {2}Heard 1 items\.$/);
  await program.enter('and then');
  await program.waitForLine(/^ {2}Heard 3 items\.$/);

  await program.enter('/new');
  await program.waitForDraft('');
  await program.enter('second');
  await program.waitFor(() => server.requests.length === 3);
  expect(server.requests.at(-1)?.body.input).toHaveLength(1);
  await program.waitFor(() => place.records().length === 2);

  await program.enter('/resume');
  await program.waitFor(/Sessions of .* 2/);
  program.send('\x1b[B\r');
  await program.waitFor(/resumed, recorded until/);
  await program.waitForDraft('');
  await program.enter('third');
  await program.waitForLine(/^ {2}Heard 5 items\.$/);
  expect(place.records()).toHaveLength(2);
  program.send('\x04');
  expect((await program.exit).code).toBe(0);
});

it('who picks none has the session again that was there', async () => {
  const place = openPlace();
  const program = tests.open({ place });
  await program.ready();
  await program.enter('echo once');
  await program.waitForLine(/^✓ echo once · exit 0/);
  await program.enter('/resume');
  await program.waitFor(/Sessions of/);
  program.send('\x1b');
  await program.waitFor(/resumed, recorded until/);
  await program.enter('echo again');
  await program.waitForLine(/^✓ echo again · exit 0/);
  expect(place.records()).toHaveLength(1);
});

it('while something runs nothing is ended', async () => {
  const place = openPlace();
  const program = tests.open({ place });
  await program.ready();
  await program.enter('echo begun; sleep 60');
  await program.waitForLine(/begun/);
  await program.enter('/new');
  await program.waitFor('something still runs');
  expect(place.records()).toHaveLength(1);
});
