// Does this address lead back to this machine or into a network that the internet does not reach?

import { BlockList, isIPv4 } from 'node:net';
import { embeddedIPv4, ipv6Groups } from './host-name.ts';

/** The IANA registry of special-purpose IPv4 addresses: everything in it that is not reachable from everywhere. */
const SPECIAL_IPV4 = [
  ['0.0.0.0', 8], // unspecified, "this network"
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared behind carriers' translators; also a metadata service
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // looks public: the platform service inside Azure machines
  ['169.254.0.0', 16], // link-local, with the metadata service 169.254.169.254
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // relays, withdrawn
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
] as const;

/** Inside 2000::/3, the only global unicast there is. Outside it all is local: `::1`, fc00::/7, fe80::/10, ff00::/8. */
const SPECIAL_IPV6 = [
  ['2001::', 23], // protocol assignments, tunnels
  ['2001:db8::', 32], // documentation
  ['3fff::', 20], // documentation
] as const;

const special = new BlockList();
for (const [net, prefix] of SPECIAL_IPV4) special.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of SPECIAL_IPV6) special.addSubnet(net, prefix, 'ipv6');

/** True for everything but global unicast. `address` is canonical. */
export function isLocalAddress(address: string): boolean {
  if (isIPv4(address)) return special.check(address, 'ipv4');
  const groups = ipv6Groups(address);
  const carried = carriedIPv4(groups);
  if (carried !== null) return special.check(carried, 'ipv4');
  const [first = 0] = groups;
  return first >> 13 !== 0b001 || special.check(address, 'ipv6');
}

/** True for 127.0.0.0/8 and `::1`. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}

/** Translators hand these on to the IPv4 address inside: 64:ff9b::/96 (RFC 6052), 2002::/16 (RFC 3056). */
function carriedIPv4([a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0]: readonly number[]): string | null {
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0) return embeddedIPv4(g, h);
  return a === 0x2002 ? embeddedIPv4(b, c) : null;
}
