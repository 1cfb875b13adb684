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

/** TCP ports that something listens on where a connection to `localhost` leads, ascending. Empty where no table says so. */
export function portsOfLoopback(): readonly number[] {
  const ports = listening().flatMap(({ address, port }) => (REACHED_BY_LOOPBACK.has(address) ? [port] : []));
  return [...new Set(ports)].sort((a, b) => a - b);
}

/** Something of the machine listens on this port, at any address that a command could take for its own. */
export function isListenedOn(wanted: number): boolean {
  const isOwn = (address: string): boolean => REACHED_BY_LOOPBACK.has(address) || /^[0-9A-F]{6}7F$/.test(address);
  return listening().some(({ address, port }) => port === wanted && isOwn(address));
}

function listening(): readonly { readonly address: string; readonly port: number }[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) =>
    linesOf(table).flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      return state === LISTEN ? [{ address, port: Number.parseInt(port, 16) }] : [];
    }),
  );
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    // No such table on this system: nothing is known to listen.
    return [];
  }
}
