// What can this machine do, without asking it again for every command?

import { accessSync, constants, statSync } from 'node:fs';
import type { HostFacts, HostProbe } from '../../sandbox/index.ts';

/** The last probe, as long as what it found is still there. */
export interface HostCache {
  /** Probes when nothing is known, when the last probe failed, or when a helper has vanished or changed since. */
  probe(): Promise<HostProbe>;
  /** Something failed that should not have: the next question is answered by a new probe. */
  forget(): void;
}

interface Known {
  readonly probe: Promise<HostProbe>;
  /** Of the helpers the probe found; null until it has answered. */
  fingerprint: string | null;
}

export function openHostCache(probeHost: () => Promise<HostProbe>): HostCache {
  let known: Known | null = null;

  const ask = (): Promise<HostProbe> => {
    const asked: Known = { probe: probeHost(), fingerprint: null };
    known = asked;
    asked.probe.then(
      (probe) => {
        if (probe.ready) asked.fingerprint = fingerprintOf(probe.facts);
        else if (known === asked) known = null; // It may be installed any moment.
      },
      () => {
        if (known === asked) known = null;
      },
    );
    return asked.probe;
  };

  return {
    async probe() {
      if (known === null) return ask();
      const { fingerprint } = known;
      const probe = await known.probe;
      // Asked before the answer was there: it is as fresh as can be.
      if (!probe.ready || fingerprint === null || fingerprint === fingerprintOf(probe.facts)) return probe;
      return ask();
    },
    forget() {
      known = null;
    },
  };
}

/** Changes when a helper is replaced, updated or removed. Two looks at the disk, some microseconds each. */
function fingerprintOf(facts: HostFacts): string {
  switch (facts.platform) {
    case 'linux':
      return `${fileFingerprint(facts.bubblewrap.path)} ${fileFingerprint(facts.setsid)}`;
    case 'darwin':
      return fileFingerprint(facts.sandboxExec);
  }
}

function fileFingerprint(path: string): string {
  try {
    accessSync(path, constants.X_OK);
    const { dev, ino, mtimeMs, size } = statSync(path);
    return `${dev}:${ino}:${mtimeMs}:${size}`;
  } catch {
    return 'gone'; // Missing or not executable: the probe says which.
  }
}
