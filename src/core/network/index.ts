// The managed network: what may be reached, the proxy that sees to it, and what commands are told of it.

export {
  type DomainAccess,
  type DomainPolicy,
  type HostGrant,
  parseDomainPolicy,
  parseHostGrant,
  withGrant,
} from './domain-policy.ts';
export type { DecisionRecord } from './gate.ts';
export {
  type BlockReason,
  type NetworkPolicy,
  type NetworkProtocol,
  parseUpstreamProxy,
  type UpstreamProxy,
} from './network-policy.ts';
export { type NetworkProxy, type NetworkProxyLimits, type NetworkProxyOptions, openNetworkProxy } from './proxy.ts';
export { proxyEnvironment } from './proxy-environment.ts';
export { dialDirectly, openUpstream } from './upstream.ts';
