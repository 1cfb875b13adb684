// A keystroke to the screen, while nothing else happens.

import { programPath } from '../lab/child.mjs';
import { openTypist } from '../lab/keys.mjs';
import { inTurns, onSteadyFloor } from '../lab/rounds.mjs';
import { openTerminal } from '../lab/terminal.mjs';

const ROUNDS = 60;
/** What a program still does behind its first frame is the start's figure. */
const SETTLED_MS = 500;
const FLOOR_BYTES = 200;

export async function keys({ place, peer, say }) {
  const { env, workspace: cwd } = place.openHome('');
  const terminals = {
    floor: openTerminal({ argv: ['node', programPath('bare-screen.cjs'), String(FLOOR_BYTES)], env, cwd }),
    ours: openTerminal({ argv: [place.program], env, cwd }),
    ...(peer === null ? {} : { peer: peer.open() }),
  };
  for (const terminal of Object.values(terminals)) {
    await terminal.firstFrame();
    await terminal.quiet(SETTLED_MS);
  }
  const typists = Object.fromEntries(Object.entries(terminals).map(([who, terminal]) => [who, openTypist(terminal)]));
  const results = await onSteadyFloor(
    () => inTurns(typists, ROUNDS),
    (all) => all.floor,
    say,
  );
  for (const terminal of Object.values(terminals)) await terminal.end();
  const { ours, floor, peer: theirs } = results;
  return [
    {
      name: 'key to screen, idle',
      unit: 'ms',
      ours,
      floor,
      floorName: 'Node, raw echo',
      goal: null,
      peer: theirs,
      peerGoal: 0.2,
    },
  ];
}
