// A person may stop a request at any moment of it, also in the ones in which nobody listens to its connection.

import { expect, it } from 'vitest';
import { openModelFetch } from '../../../src/core/agent/index.ts';
import { say, startModelServer } from '../../support/model-server.ts';

it('a request that is aborted as its answer arrives or ends fails alone', async () => {
  const server = await startModelServer(() => say('Done.'));
  const opened = openModelFetch({ env: {}, extraCaFile: null, allowedHeaders: new Set() });
  if (!opened.ok) throw new Error(opened.problem.what);
  const request = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
  const unheard: unknown[] = [];
  const hear = (error: unknown): void => void unheard.push(error);
  process.on('uncaughtException', hear);
  try {
    for (let steps = 0; steps < 40; steps += 1) {
      const abort = new AbortController();
      const response = await opened.value(`${server.url}/responses`, { ...request, signal: abort.signal });
      const answered = response.text().catch(() => '');
      for (let step = 0; step < steps; step += 1) await (step % 2 === 0 ? Promise.resolve() : nextTick());
      abort.abort();
      await answered;
    }
    await new Promise(setImmediate);
    expect(unheard).toEqual([]);
  } finally {
    process.off('uncaughtException', hear);
    await server.close();
  }
});

function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
