// What does a program cost that waits for somebody to type?

import { programPath } from '../lab/child.mjs';
import { familyOf, footprint, secondsBetween, threadTimes } from '../lab/processes.mjs';
import { openTerminal, sleep } from '../lab/terminal.mjs';

/** V8 collects once more some 8 s after the last work: memory and CPU are at rest after that. */
const SETTLED_MS = 12_000;
const IDLE_MS = 10_000;
const FLOOR_BYTES = 200;
const MEGABYTE = 1024 * 1024;

export async function rest({ place }) {
  const { env, workspace: cwd, home } = place.openHome('');
  const floor = openTerminal({
    argv: ['node', programPath('bare-screen.cjs'), String(FLOOR_BYTES)],
    env: place.openHome('').env,
    cwd,
  });
  const ours = openTerminal({ argv: [place.program], env, cwd });
  await ours.firstFrame();
  await sleep(SETTLED_MS);
  const family = () => familyOf(ours.pid, home);
  const memory = footprint(family());
  const bareMemory = footprint([floor.pid]);
  const times = threadTimes(family());
  const bytes = ours.bytes();
  await sleep(IDLE_MS);
  const cpu = secondsBetween(times, threadTimes(family()));
  const written = ours.bytes() - bytes;
  const processes = family().length;
  await ours.end();
  await floor.end();
  const total = ({ privateBytes, sharedBytes }) => (privateBytes + sharedBytes) / MEGABYTE;
  return [
    {
      name: 'memory at the prompt',
      unit: 'MB',
      ours: [total(memory)],
      floor: [total(bareMemory)],
      floorName: 'Node, raw echo',
      goal: null,
      note: `private ${(memory.privateBytes / MEGABYTE).toFixed(0)} MB, processes: ${processes}`,
    },
    { name: 'CPU while idle', unit: '%', ours: [(cpu / IDLE_MS) * 1e5], limit: 0.1 },
    { name: 'bytes written while idle, 10 s', unit: 'B', ours: [written], limit: 0 },
  ];
}
