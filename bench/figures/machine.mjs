// Commands on another machine: what the exec-server and the way to it cost, against the barest server and a peer's.

import { openBareServer, openExecServer } from '../lab/exec-servers.mjs';
import { inTurns, onSteadyFloor } from '../lab/rounds.mjs';

const TRUE = ['/usr/bin/true'];
const ONE_ROUNDS = 60;
const BURST_ROUNDS = 7;
const BURST_CALLS = 400;
const WIDTH = 16;
const POUR_ROUNDS = 5;
const POUR_BYTES = 100_000_000;
const POUR = ['/usr/bin/head', '-c', String(POUR_BYTES), '/dev/zero'];

export async function machine({ place, peer, say }) {
  const servers = { ours: await openExecServer(place, place.program) };
  if (peer !== null) servers.peer = await openExecServer(place, peer.binary);
  const bare = await openBareServer();
  const each = (measure) =>
    Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, () => measure(server)]));

  const one = await onSteadyFloor(
    () => inTurns({ floor: () => bare.run(TRUE), ...each((server) => server.run(TRUE)) }, ONE_ROUNDS),
    ({ floor }) => floor.map(({ ms }) => ms),
    say,
  );
  const burst = await inTurns(
    each((server) => server.burst(TRUE, BURST_CALLS, WIDTH)),
    BURST_ROUNDS,
  );
  const pour = await inTurns(
    each((server) => server.pour(POUR)),
    POUR_ROUNDS,
  );
  for (const { bytes } of pour.ours) if (bytes !== POUR_BYTES) throw new Error(`${bytes} of ${POUR_BYTES} bytes came`);
  await bare.end();
  for (const server of Object.values(servers)) await server.end();

  const against = (results, pick, peerGoal) => ({
    ours: results.ours.map(pick),
    ...(results.peer === undefined ? { limit: null } : { peer: results.peer.map(pick), peerGoal }),
  });
  return [
    {
      name: 'one command, another machine',
      unit: 'ms',
      ...against(one, ({ ms }) => ms, 0.06),
      floor: one.floor.map(({ ms }) => ms),
      floorName: 'bare spawn and round trip',
      goal: 1.5,
    },
    { name: 'each of sixteen at once', unit: 'ms', ...against(burst, ({ ms }) => ms / BURST_CALLS, 1 / 3.5) },
    { name: 'CPU of each', unit: 'ms', ...against(burst, ({ cpu }) => (cpu * 1000) / BURST_CALLS, 0.4) },
    { name: '100 MB from another machine', unit: 'ms', ...against(pour, ({ ms }) => ms, 1) },
    { name: 'memory of the server meanwhile', unit: 'MB', ...against(pour, ({ peak }) => peak, 1) },
  ];
}
