// What the other rooms may know of the sandbox: what a command may touch, how it is started so, and what was stopped.

export type { BlockedAccess, BlockedHost, Denial, DenialJudge, Operation } from './denial/denial.ts';
export { type DenialQuestion, hidesSomething, judgeLines, openDenialJudge } from './denial/judge.ts';
export { type AccessQuestion, judgeAccesses } from './denial/judge-access.ts';
export { type KeptLine, type LineWatch, openLineWatch } from './denial/line-watch.ts';
export type { OutsideFacts } from './denial/outside-facts.ts';
export { portsOfLoopback } from './denial/ports-of-loopback.ts';
export { smallestGrants } from './denial/smallest-grants.ts';
export { type ExplainedPart, explainLaunch } from './plan/explain.ts';
export { planLaunch } from './plan/launch.ts';
export type { LaunchPlan } from './plan/plan.ts';
export { profileWarnings } from './plan/warnings.ts';
export type { Bubblewrap, HostFacts, HostProbe, ProbeCheck } from './probe/host.ts';
export { type ProbeOptions, probeHost } from './probe/probe.ts';
export { bindProfile, proxyRulesOf } from './profile/bind.ts';
export {
  type BuiltInProfileName,
  builtInProfile,
  closedNetwork,
  isBuiltInProfileName,
} from './profile/built-in.ts';
export { canonicalProfile } from './profile/canonical.ts';
export { describeGrant, grantCovers, hostText, widenProfile } from './profile/grant.ts';
export { hostPathFacts, type PathFacts } from './profile/path-facts.ts';
export { PLACEHOLDER_SECONDS } from './profile/placeholder.ts';
export type {
  Access,
  BindContext,
  BoundProfile,
  FileSystemEntry,
  Grant,
  HostRule,
  NamedProfile,
  NetworkAccess,
  NetworkProfile,
  Profile,
  ProfilePath,
  ProxyRules,
  SpecialPlace,
  WritableRoot,
} from './profile/profile.ts';
export type { ProfileIssue } from './profile/profile-issue.ts';
export { protectedNames } from './profile/protected-names.ts';
export { knownNames, profileNamed, type ReadProfiles, readProfiles } from './profile/read-profiles.ts';
