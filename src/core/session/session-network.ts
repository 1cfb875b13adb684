// The proxy of one session: what each attempt may reach through it, and what it was refused.

import type { ProxyClient } from '../../exec/index.ts';
import { ok, type Result } from '../../problem/index.ts';
import type { BlockedHost, ProxyRules } from '../../sandbox/index.ts';
import {
  type NetworkPolicy,
  type NetworkProxy,
  openNetworkProxy,
  parseDomainPolicy,
  parseUpstreamProxy,
  proxyEnvironment,
  type UpstreamProxy,
  withGrant,
} from '../network/index.ts';

export interface SessionNetwork {
  /** An attempt under these rules. Its environment and its permission are made from them once, together. */
  clientFor(rules: ProxyRules): Result<ProxyClient>;
  close(): Promise<void>;
}

export interface SessionNetworkOptions {
  /** The person's own environment, where a proxy behind ours is named. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onDefect: (error: unknown) => void;
}

interface Client {
  readonly policy: NetworkPolicy;
  readonly blocked: BlockedHost[];
}

/** A program that tries and tries again tells the same with each refusal. */
const REMEMBERED = 100;

/** The proxy is made with the first attempt that needs it. */
export function openSessionNetwork({ env, onDefect }: SessionNetworkOptions): SessionNetwork {
  let proxy: NetworkProxy<Client> | null = null;

  const proxyNow = (): NetworkProxy<Client> => {
    proxy ??= openNetworkProxy<Client>({
      policyFor: ({ policy }) => policy,
      onDecision: ({ client, decision, host, port, protocol }) => {
        const isKnown = client.blocked.some((it) => it.host === host && it.port === port);
        if (decision === 'blocked' && !isKnown && client.blocked.length < REMEMBERED)
          client.blocked.push({ host, port, protocol });
      },
      onDefect,
    });
    return proxy;
  };

  return {
    clientFor(rules) {
      const policy = policyOf(rules, env);
      if (!policy.ok) return policy;
      const client: Client = { policy: policy.value, blocked: [] };
      const { socks } = rules;
      return ok({
        env: (port) => proxyEnvironment(port, { socks }),
        serve: (connection) => proxyNow().serve(connection, client),
        blocked: () => client.blocked,
      });
    },
    async close() {
      await proxy?.close();
      proxy = null;
    },
  };
}

function policyOf(rules: ProxyRules, env: SessionNetworkOptions['env']): Result<NetworkPolicy> {
  const domains = parseDomainPolicy(rules.hosts.map(({ pattern, access }) => [pattern, access] as const));
  if (!domains.ok) return domains;
  const upstream = rules.upstreamProxy ? upstreamOf(env) : ok(null);
  if (!upstream.ok) return upstream;
  return ok({
    domains: rules.granted.reduce(withGrant, domains.value),
    mode: rules.mode,
    isSocksEnabled: rules.socks,
    upstream: upstream.value,
  });
}

/** Both kinds of traffic go the way that the person set for TLS, or else for everything. */
function upstreamOf(env: SessionNetworkOptions['env']): Result<UpstreamProxy | null> {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  const url = names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  return url === undefined ? ok(null) : parseUpstreamProxy(url);
}
