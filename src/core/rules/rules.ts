// What do rules say, and where was each written?

export type Decision = 'allow' | 'prompt' | 'forbidden';

export interface RulePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Speaks about commands that begin with its words. */
export interface PrefixRule {
  /** At each place the words that may stand there; never empty. */
  readonly pattern: readonly (readonly string[])[];
  readonly decision: Decision;
  /** What its writer wants said; null when nothing was written. */
  readonly justification: string | null;
  readonly place: RulePlace;
}

/** The files that rules with this bare name mean. */
export interface HostExecutable {
  readonly name: string;
  readonly paths: readonly string[];
  readonly place: RulePlace;
}

export const NETWORK_PROTOCOLS = ['http', 'https', 'socks5_tcp', 'socks5_udp'] as const;
export type NetworkProtocol = (typeof NETWORK_PROTOCOLS)[number];

export interface NetworkRule {
  /** A name in lower case or an address, without port. */
  readonly host: string;
  readonly protocol: NetworkProtocol;
  readonly decision: Decision;
  readonly justification: string | null;
  readonly place: RulePlace;
}

/** Everything in force, lowest precedence first. */
export interface Rules {
  readonly prefixes: readonly PrefixRule[];
  /** The last one of a name is in force. */
  readonly hosts: readonly HostExecutable[];
  readonly network: readonly NetworkRule[];
}

export const NO_RULES: Rules = { prefixes: [], hosts: [], network: [] };

/** `over` has the higher precedence. */
export function joinRules(under: Rules, over: Rules): Rules {
  return {
    prefixes: [...under.prefixes, ...over.prefixes],
    hosts: [...under.hosts, ...over.hosts],
    network: [...under.network, ...over.network],
  };
}

/** Of two decisions the one that lets less through. */
export function stricter(one: Decision, other: Decision): Decision {
  return STRICTNESS[one] >= STRICTNESS[other] ? one : other;
}

const STRICTNESS: Readonly<Record<Decision, number>> = { allow: 0, prompt: 1, forbidden: 2 };
