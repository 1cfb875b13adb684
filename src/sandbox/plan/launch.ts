// Which backend carries out a profile on this machine.

import { assertNever, ok, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../probe/host.ts';
import type { BoundProfile } from '../profile/profile.ts';
import { planLinux } from './linux.ts';
import { planMacos } from './macos.ts';
import type { LaunchPlan } from './plan.ts';

/**
 * Plans the launch of a command with `cwd` under `profile` on `host`. `proxyPort`: the loopback port where a proxied
 * command finds its proxy, null where there is none, and then it reaches nothing. Pure: looks at nothing, starts nothing.
 */
export function planLaunch(
  profile: BoundProfile,
  cwd: string,
  host: HostFacts,
  proxyPort: number | null = null,
): Result<LaunchPlan> {
  // Who guards the files from outside starts the command as it is; its wish about the network is in its environment.
  if (profile.type !== 'managed') return ok({ backend: 'none' });
  switch (host.platform) {
    case 'linux':
      return planLinux(profile, cwd, host, proxyPort);
    case 'darwin':
      return planMacos(profile, host, proxyPort);
    default:
      return assertNever(host);
  }
}
