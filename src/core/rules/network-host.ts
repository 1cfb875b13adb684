// Which one host does a network rule name?

import { isIPv6 } from 'node:net';
import { fail, ok, type Result } from '../../problem/index.ts';

/** The host in the spelling a connection's is compared with: lower case, no port, no final dot, no brackets. */
export function networkHost(written: string): Result<string, string> {
  const host = written.trim().toLowerCase();
  if (host.includes('*')) return fail('network_rule host must be a specific host; wildcards are not allowed');
  const address = host.replace(/^\[([^\]]*)\](?::\d+)?$/, '$1');
  if (isIPv6(address)) return ok(address);
  const name = host.replace(/:\d+$/, '').replace(/\.$/, '');
  if (name === '') return fail('network_rule host cannot be empty');
  return /^[a-z0-9_.-]+$/.test(name) && !name.includes('..')
    ? ok(name)
    : fail(`network_rule host must be a name or an address, without scheme and path (got ${written})`);
}
