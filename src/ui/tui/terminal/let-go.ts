// How does a program live on when its terminal is gone?

import { closeSync, openSync } from 'node:fs';
import type { ReadStream } from 'node:tty';

/**
 * Gives up what is left of the terminal: keys are read no more, and descriptors 0 to 2 lead nowhere from now on. With
 * the old ones Node would set the modes of a dead terminal at its exit, and abort; or, much later, those of whatever
 * terminal has the number then.
 */
export async function letTerminalGo(input: ReadStream | NodeJS.ReadStream): Promise<void> {
  input.removeAllListeners('error').on('error', ignore);
  process.stdout.on('error', ignore);
  process.stderr.on('error', ignore);
  const closed = new Promise((resolve) => input.once('close', resolve));
  input.destroy();
  if (!input.closed) await closed;
  leadNowhere();
}

/** Descriptors 0 to 2 lead nowhere from now on. */
export function leadNowhere(): void {
  for (const descriptor of [0, 1, 2]) {
    try {
      closeSync(descriptor);
    } catch {
      // Closed already: its number is free.
    }
  }
  // The lowest free numbers are taken: these three.
  for (let descriptor = openNull(); descriptor < 2; ) descriptor = openNull();
}

function openNull(): number {
  return openSync('/dev/null', 'r+');
}

function ignore(): void {
  // EIO: there is nobody left to tell.
}
