// Which backend carries out a profile on this machine.

import { assertNever, ok, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../probe/host.ts';
import type { BoundProfile } from '../profile/profile.ts';
import { planLinux } from './linux.ts';
import { planMacos } from './macos.ts';
import type { LaunchPlan, PreparedLoopback } from './plan.ts';

/**
 * Plans the launch of a command with `cwd` under `profile` on `host`. Without a `loopback` it reaches nothing of a closed
 * or proxied network. Pure: looks at nothing, starts nothing.
 */
export function planLaunch(
  profile: BoundProfile,
  cwd: string,
  host: HostFacts,
  loopback: PreparedLoopback | null = null,
): Result<LaunchPlan> {
  // Who guards the files from outside starts the command as it is; its wish about the network is in its environment.
  if (profile.type !== 'managed') return ok({ backend: 'none' });
  switch (host.platform) {
    case 'linux':
      return planLinux(profile, cwd, host, loopback);
    case 'darwin':
      return planMacos(profile, host, loopback?.proxyPort ?? null);
    default:
      return assertNever(host);
  }
}
