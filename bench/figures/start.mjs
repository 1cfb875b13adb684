// From the start to the first frame and to the first letter echoed, against a Node that does only that.

import { programPath } from '../lab/child.mjs';
import { inTurns, onSteadyFloor } from '../lab/rounds.mjs';
import { openTerminal } from '../lab/terminal.mjs';

const ROUNDS = 30;
const LETTER = 'Q';

export async function start({ place, peer, say }) {
  const { env, workspace: cwd } = place.openHome('');
  const ours = () => openTerminal({ argv: [place.program], env, cwd });
  const bytes = await frameBytes(ours());
  const bare = () => openTerminal({ argv: ['node', programPath('bare-screen.cjs'), String(bytes)], env, cwd });
  const contestants = {
    floor: () => firstMoments(bare()),
    ours: () => firstMoments(ours()),
    ...(peer === null ? {} : { peer: () => firstMoments(peer.open()) }),
  };
  const frames = (results, who) => (results[who] ?? []).map(({ frame }) => frame);
  const letters = (results, who) => (results[who] ?? []).map(({ letter }) => letter);
  const results = await onSteadyFloor(
    () => inTurns(contestants, ROUNDS),
    (all) => frames(all, 'floor'),
    say,
  );
  const floor = 'Node, one write';
  return [
    row('first frame', frames, results, { floor, goal: 1.3 }),
    row('first letter echoed', letters, results, { floor, goal: null }),
  ];
}

function row(name, pick, results, more) {
  const peer = pick(results, 'peer');
  return {
    name,
    unit: 'ms',
    ours: pick(results, 'ours'),
    floor: pick(results, 'floor'),
    floorName: more.floor,
    goal: more.goal,
    ...(peer.length === 0 ? {} : { peer, peerGoal: 1.1 }),
  };
}

async function firstMoments(terminal) {
  const frame = await terminal.firstFrame();
  terminal.send(LETTER);
  const letter = await terminal.sees(LETTER);
  // A warning of a program that is still loading would be no first frame: by now the keys are its own.
  if (!terminal.isRaw()) throw new Error('the first frame came without the terminal being raw');
  await terminal.end();
  return { frame, letter };
}

async function frameBytes(terminal) {
  await terminal.firstFrame();
  const bytes = terminal.bytes();
  await terminal.end();
  return bytes;
}
