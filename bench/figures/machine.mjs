// Commands on another machine: what the exec-server and the way to it cost, against the barest server and a peer's.

import { openBareServer, openExecServer } from '../lab/exec-servers.mjs';
import { inTurns, onSteadyFloor } from '../lab/rounds.mjs';

const TRUE = ['/usr/bin/true'];
/** Behind one another: after a wait for somebody else's command the processor itself has to wake up. */
const ONE_BATCH = 10;
const ONE_ROUNDS = 8;
const BURST_ROUNDS = 7;
const BURST_CALLS = 400;
const WIDTH = 16;
const POUR_ROUNDS = 5;
const POUR_BYTES = 100_000_000;
const POUR = ['/usr/bin/head', '-c', String(POUR_BYTES), '/dev/zero'];

export async function machine({ place, peer, say }) {
  const programs = { ours: place.program, ...(peer === null ? {} : { peer: peer.binary }) };
  // Memory is that of servers that have done nothing else.
  const pour = await withServers(place, programs, (each) =>
    inTurns(
      each((server) => server.pour(POUR)),
      POUR_ROUNDS,
    ),
  );
  for (const { bytes } of pour.ours) if (bytes !== POUR_BYTES) throw new Error(`${bytes} of ${POUR_BYTES} bytes came`);
  const bare = await openBareServer();
  const [one, burst] = await withServers(place, programs, async (each) => [
    await onSteadyFloor(
      () => inTurns({ floor: () => batch(bare), ...each(batch) }, ONE_ROUNDS),
      ({ floor }) => floor.flat(),
      say,
    ),
    await inTurns(
      each((server) => server.burst(TRUE, BURST_CALLS, WIDTH)),
      BURST_ROUNDS,
    ),
  ]);
  await bare.end();

  const against = (results, pick, peerGoal) => ({
    ours: results.ours.map(pick),
    ...(results.peer === undefined ? { limit: null } : { peer: results.peer.map(pick), peerGoal }),
  });
  return [
    {
      name: 'one command, another machine',
      unit: 'ms',
      ...against(flat(one), (ms) => ms, 0.06),
      floor: one.floor.flat(),
      floorName: 'bare spawn and round trip',
      goal: 1.5,
    },
    { name: 'each of sixteen at once', unit: 'ms', ...against(burst, ({ ms }) => ms / BURST_CALLS, 0.286) },
    { name: 'CPU of each', unit: 'ms', ...against(burst, ({ cpu }) => (cpu * 1000) / BURST_CALLS, 0.4) },
    { name: '100 MB from another machine', unit: 'ms', ...against(pour, ({ ms }) => ms, 1) },
    { name: 'memory of the server meanwhile', unit: 'MB', ...against(pour, ({ peak }) => peak, 1) },
  ];
}

/** `each(measure)`: the contestants, by name, each with a server of its own, which ends with `task`. */
async function withServers(place, programs, task) {
  const servers = [];
  for (const [name, program] of Object.entries(programs)) servers.push([name, await openExecServer(place, program)]);
  const each = (measure) => Object.fromEntries(servers.map(([name, server]) => [name, () => measure(server)]));
  const results = await task(each);
  for (const [, server] of servers) await server.end();
  return results;
}

async function batch(server) {
  const all = [];
  for (let run = 0; run < ONE_BATCH; run += 1) all.push((await server.run(TRUE)).ms);
  return all;
}

function flat(results) {
  return Object.fromEntries(Object.entries(results).map(([name, batches]) => [name, batches.flat()]));
}
