// The proxy of one session: what each attempt may reach through it, and what it was refused.

import type { ProxyClient } from '../../exec/index.ts';
import { ok, type Result } from '../../problem/index.ts';
import type { BlockedHost, ProxyRules } from '../../sandbox/index.ts';
import type { NetworkPolicy, NetworkProxy, UpstreamProxy } from '../network/index.ts';

export interface SessionNetwork {
  /** An attempt under these rules. Its environment and its permission are made from them once, together. */
  clientFor(rules: ProxyRules): Promise<Result<ProxyClient>>;
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

type NetworkModule = typeof import('../network/index.ts');

/** The proxy is loaded and made with the first attempt that needs it. */
export function openSessionNetwork({ env, onDefect }: SessionNetworkOptions): SessionNetwork {
  let proxy: NetworkProxy<Client> | null = null;

  const proxyNow = ({ openNetworkProxy }: NetworkModule): NetworkProxy<Client> => {
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
    async clientFor(rules) {
      const network = await import('../network/index.ts');
      const policy = policyOf(rules, env, network);
      if (!policy.ok) return policy;
      const client: Client = { policy: policy.value, blocked: [] };
      const { socks } = rules;
      return ok({
        env: (port) => network.proxyEnvironment(port, { socks }),
        serve: (connection) => proxyNow(network).serve(connection, client),
        blocked: () => client.blocked,
      });
    },
    async close() {
      await proxy?.close();
      proxy = null;
    },
  };
}

function policyOf(
  rules: ProxyRules,
  env: SessionNetworkOptions['env'],
  { parseDomainPolicy, parseUpstreamProxy, withGrant }: NetworkModule,
): Result<NetworkPolicy> {
  const domains = parseDomainPolicy(rules.hosts.map(({ pattern, access }) => [pattern, access] as const));
  if (!domains.ok) return domains;
  const url = rules.upstreamProxy ? upstreamOf(env) : null;
  const upstream: Result<UpstreamProxy | null> = url === null ? ok(null) : parseUpstreamProxy(url);
  if (!upstream.ok) return upstream;
  return ok({
    domains: rules.granted.reduce(withGrant, domains.value),
    mode: rules.mode,
    isSocksEnabled: rules.socks,
    upstream: upstream.value,
  });
}

/** Both kinds of traffic go the way that the person set for TLS, or else for everything. */
function upstreamOf(env: SessionNetworkOptions['env']): string | null {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== '') ?? null;
}
