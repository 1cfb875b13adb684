// What the other rooms may know of the sandbox: what a command may touch, how it is started so, and what was stopped.

export type { BlockedAccess, Denial, DenialJudge, Operation } from './denial/denial.ts';
export { type DenialQuestion, openDenialJudge } from './denial/judge.ts';
export type { OutsideFacts } from './denial/outside-facts.ts';
export { smallestGrants } from './denial/smallest-grants.ts';
export { planLaunch } from './plan/launch.ts';
export type { LaunchPlan } from './plan/plan.ts';
export type { Bubblewrap, HostFacts, HostProbe, ProbeCheck } from './probe/host.ts';
export { type ProbeOptions, probeHost } from './probe/probe.ts';
export { bindProfile } from './profile/bind.ts';
export {
  type BuiltInProfileName,
  builtInProfile,
  builtInProfileNames,
  isBuiltInProfileName,
} from './profile/built-in.ts';
export { describeGrant, grantCovers, widenProfile } from './profile/grant.ts';
export { hostPathFacts, type PathFacts } from './profile/path-facts.ts';
export type {
  Access,
  BindContext,
  BoundProfile,
  FileSystemEntry,
  Grant,
  NamedProfile,
  NetworkAccess,
  Profile,
  ProfilePath,
  SpecialPlace,
  WritableRoot,
} from './profile/profile.ts';
