// `--version` and `--help`: from the start to the end, against a Node that does nothing.

import { spawn } from 'node:child_process';
import { programPath } from '../lab/child.mjs';
import { inTurns, onSteadyFloor } from '../lab/rounds.mjs';

const ROUNDS = 30;

export async function words({ place, peer, say }) {
  const { env, workspace: cwd } = place.openHome('');
  const run = (argv, environment = env) => timeOf(argv, { env: environment, cwd });
  const contestants = {
    floor: () => run(['node', programPath('nothing.cjs')]),
    version: () => run([place.program, '--version']),
    help: () => run([place.program, '--help']),
    ...(peer === null
      ? {}
      : {
          peerVersion: () => run([peer.binary, '--version'], peer.env),
          peerHelp: () => run([peer.binary, '--help'], peer.env),
        }),
  };
  const results = await onSteadyFloor(
    () => inTurns(contestants, ROUNDS),
    (all) => all.floor,
    say,
  );
  const { floor, version, help, peerVersion, peerHelp } = results;
  const floorName = 'Node, empty file';
  return [
    // The shell head answers it: a Node that starts all the same would show here.
    { name: '--version', unit: 'ms', ours: version, floor, floorName, goal: 0.5, peer: peerVersion },
    { name: '--help', unit: 'ms', ours: help, floor, floorName, goal: 1.3, peer: peerHelp },
  ];
}

function timeOf([file, ...args], { env, cwd }) {
  const startedAt = performance.now();
  const child = spawn(file, args, { env, cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(performance.now() - startedAt);
      else reject(new Error(`${[file, ...args].join(' ')} ended with ${code}`));
    });
  });
}
