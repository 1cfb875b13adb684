// `codex resume --last` of a long session: from the start to the painted transcript, against Node's own start.

import { statSync } from 'node:fs';
import { programPath } from '../lab/child.mjs';
import { recordLongSession } from '../lab/long-session.mjs';
import { inTurns, onSteadyFloor } from '../lab/rounds.mjs';
import { openTerminal } from '../lab/terminal.mjs';

const ROUNDS = 20;
const EVENTS = 20_000;
const LAST_ANSWER = 'That was the last of it, and everything is green again.';
const FLOOR_BYTES = 200;

export async function resume({ place, say }) {
  const home = place.openHome('');
  const { env, workspace: cwd } = home;
  const { path, written } = await recordLongSession(place, home, EVENTS, LAST_ANSWER);
  const megabytes = statSync(path).size / 1e6;
  const contestants = {
    floor: async () => {
      const terminal = openTerminal({ argv: ['node', programPath('bare-screen.cjs'), String(FLOOR_BYTES)], env, cwd });
      const frame = await terminal.firstFrame();
      await terminal.end();
      return frame;
    },
    ours: async () => {
      const terminal = openTerminal({ argv: [place.program, 'resume', '--last'], env, cwd });
      const painted = await terminal.sees(LAST_ANSWER);
      await terminal.end();
      return painted;
    },
  };
  const results = await onSteadyFloor(
    () => inTurns(contestants, ROUNDS),
    (all) => all.floor,
    say,
  );
  return [
    {
      name: 'resume to transcript',
      unit: 'ms',
      ours: results.ours,
      floor: results.floor,
      floorName: 'Node, one write',
      goal: 3,
      note: `${written} events, ${megabytes.toFixed(1)} MB`,
    },
  ];
}
