// Looks at the machine itself, not at what the engine says of it.

import { readdirSync, readFileSync } from 'node:fs';

/** Pids whose command line contains `marker`, zombies left out. */
export function processesWith(marker: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(marker);
      } catch {
        return false; // Ended while we looked.
      }
    })
    .map(Number);
}

/** Waits until `predicate` holds, looking again and again; fails after ten seconds. */
export async function eventually(predicate: () => boolean, what: string): Promise<void> {
  const until = performance.now() + 10_000;
  while (!predicate()) {
    if (performance.now() > until) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
