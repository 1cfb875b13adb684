// Which part of a sandbox cannot be made here: built up part by part, until one fails.

import type { ProbeCheck } from './host.ts';
import type { Trial } from './trial.ts';

/** Parts of a start, in the order in which they are added. */
export const sandboxParts = ['namespaces', 'network', 'proc', 'filter'] as const;
export type SandboxPart = (typeof sandboxParts)[number];

export const checkOfPart: Readonly<Record<SandboxPart, ProbeCheck['id']>> = {
  namespaces: 'sandbox.user_namespaces',
  network: 'sandbox.network',
  proc: 'sandbox.proc',
  filter: 'sandbox.seccomp',
};

export interface Narrowed {
  readonly passed: readonly SandboxPart[];
  /**
   * The part that stops everything, with what was said about it; `start` when the program could not be executed at all.
   * Null when a start works after all.
   */
  readonly failed: { readonly part: SandboxPart | 'start'; readonly trial: Trial } | null;
  /** What was said where only a fresh /proc was refused: a sandbox without it is started instead. */
  readonly procRefusal: Trial | null;
}

/** `start` tries one sandbox of these parts. */
export async function narrowDown(start: (parts: readonly SandboxPart[]) => Promise<Trial>): Promise<Narrowed> {
  const passed: SandboxPart[] = [];
  let procRefusal: Trial | null = null;
  for (const part of sandboxParts) {
    const trial = await start([...passed, part]);
    if (trial.code === 0) passed.push(part);
    else if (part === 'proc' && trial.error === '') procRefusal = trial;
    else return { passed, failed: { part, trial }, procRefusal };
  }
  return { passed, failed: null, procRefusal };
}
