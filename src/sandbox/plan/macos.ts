// What sandbox-exec is told: the Seatbelt policy and the parameters its paths come from.

import { ok, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../probe/host.ts';
import type { BoundProfile } from '../profile/profile.ts';
import { filePolicy } from './macos-files.ts';
import { networkPolicy } from './macos-network.ts';
import { policyBase } from './macos-policy.ts';
import { openParameters } from './macos-rules.ts';
import type { LaunchPlan } from './plan.ts';

type DarwinFacts = Extract<HostFacts, { platform: 'darwin' }>;
type ManagedProfile = Extract<BoundProfile, { type: 'managed' }>;

/**
 * Plans a macOS launch. `proxyPort`: the loopback port of a proxied command's proxy; null: it has none, and then it
 * reaches nothing. The policy is written from the general to the particular, since of rules for the same operation the
 * last one that matches decides.
 */
export function planMacos(profile: ManagedProfile, host: DarwinFacts, proxyPort: number | null): Result<LaunchPlan> {
  const {
    type: _managed,
    name: _name,
    readsEverything,
    writableRoots,
    denied,
    hidden,
    readable,
    links,
    deniedPatterns,
    absentNames,
    // The engine looks after the links themselves.
    guardedLinks: _guarded,
    // It is in the lists like any other folder.
    keptFolder: _kept,
    network,
    // What the proxy lets through is the proxy's own to know.
    proxy: _rules,
    localBinding,
    localPorts,
    unixSockets,
    deniedUnixSockets,
    allUnixSockets,
    ...rest
  } = profile;
  nothingLeft(rest);
  const parameters = openParameters();
  const closed = [...denied, ...hidden, ...deniedUnixSockets];
  const files = filePolicy(
    {
      readsEverything,
      writableRoots,
      closed,
      closedGlobs: deniedPatterns,
      readable,
      // Nothing is made anew here: the links are the system's own, and only have to be seen.
      links: links.map((link) => link.path),
      absentNames,
      sockets: unixSockets,
      cacheFolder: network === 'enabled' ? host.userCacheDir : null,
    },
    parameters,
  );
  const sockets = { all: allUnixSockets, listed: unixSockets, closed, closedGlobs: deniedPatterns };
  const policy = [
    policyBase,
    '\n; files, of several rules the last decides',
    ...files,
    '\n; network and sockets',
    ...networkPolicy({ network, proxyPort, localBinding, localPorts, sockets }, parameters),
  ].join('\n');
  return ok({ backend: 'seatbelt', program: host.sandboxExec, options: ['-p', policy, ...parameters.options] });
}

/** A field of a profile that is not named above does not compile here. */
function nothingLeft(_rest: Readonly<Record<string, never>>): void {}
