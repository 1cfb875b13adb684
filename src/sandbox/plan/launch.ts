// Which backend carries out a profile on this machine.

import { assertNever, ok, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../probe/host.ts';
import type { BoundProfile } from '../profile/profile.ts';
import { planLinux } from './linux.ts';
import { planMacos } from './macos.ts';
import type { LaunchPlan } from './plan.ts';

/** Plans the launch of a command with `cwd` under `profile` on `host`. Pure: looks at nothing, starts nothing. */
export function planLaunch(profile: BoundProfile, cwd: string, host: HostFacts): Result<LaunchPlan> {
  if (profile.type === 'disabled') return ok({ backend: 'none' });
  switch (host.platform) {
    case 'linux':
      return planLinux(profile, cwd, host);
    case 'darwin':
      return planMacos(profile, host);
    default:
      return assertNever(host);
  }
}
