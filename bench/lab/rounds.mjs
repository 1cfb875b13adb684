// In which order are the contestants measured? In turns, so that a busy minute of the machine is everybody's.

import { drift, FLOOR_DRIFT } from './numbers.mjs';

/** The first rounds fill caches and are thrown away. */
const WARM_UPS = 2;

/**
 * Measures each contestant once per round. Every second round runs backwards: whoever follows a heavy contestant must
 * not always be the same one. `contestants` are async functions by name; returns their results by name, in order.
 */
export async function inTurns(contestants, rounds, warmUps = WARM_UPS) {
  const names = Object.keys(contestants);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < warmUps + rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const result = await contestants[name]();
      if (round >= warmUps) results[name].push(result);
    }
  }
  return results;
}

/** Measures again, once, when the floor moved too much meanwhile. `floorOf` gives the floor's samples in ms. */
export async function onSteadyFloor(measure, floorOf, say) {
  const first = await measure();
  const moved = drift(floorOf(first));
  if (moved <= FLOOR_DRIFT) return first;
  say(`the floor moved by ${percent(moved)} during the run: measured again`);
  const second = await measure();
  const movedAgain = drift(floorOf(second));
  if (movedAgain > FLOOR_DRIFT) say(`it moved by ${percent(movedAgain)} again: take the ratio with care`);
  return second;
}

function percent(share) {
  return `${(share * 100).toFixed(0)} %`;
}
