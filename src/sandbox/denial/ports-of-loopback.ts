// Which servers of the machine could a command reach, if it had the machine's loopback?

import { readFileSync } from 'node:fs';

/** Columns of /proc/net/tcp: sl local_address rem_address st …; this state is LISTEN. */
const LISTEN = '0A';

/** As the tables spell addresses: 127.0.0.1, 0.0.0.0, ::1, ::, and 127.0.0.1 as IPv4 within IPv6. */
const REACHED_BY_LOOPBACK = new Set([
  '0100007F',
  '00000000',
  '00000000000000000000000001000000',
  '00000000000000000000000000000000',
  '0000000000000000FFFF00000100007F',
]);

/** TCP ports that something listens on at the loopback of the machine, ascending. Empty where no table says so. */
export function portsOfLoopback(): readonly number[] {
  const ports = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    linesOf(table).flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      return state === LISTEN && REACHED_BY_LOOPBACK.has(address) ? [Number.parseInt(port, 16)] : [];
    }),
  );
  return [...new Set(ports)].sort((a, b) => a - b);
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    // No such table on this system: nothing is known to listen.
    return [];
  }
}
