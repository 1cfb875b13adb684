// Names to addresses, without letting commands take all the threads of this process.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { causeOf, fail, ok } from '../../problem/index.ts';
import { canonicalHost } from './host-name.ts';
import type { Lookup } from './network-policy.ts';

/**
 * Lookups of the system run on the four threads that all file work of Node shares; a server of names that does not
 * answer holds one for up to half a minute. Two of them stay free for the rest of the program.
 */
const LOOKUPS_AT_ONCE = 2;

export type Resolve = (host: string) => Promise<readonly string[]>;

/** The system's own way: its hosts file, its servers. */
export async function resolveWithSystem(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Looks a host up; equal questions that are open at the same time share one answer. Nothing is kept after it. */
export function openResolver(resolve: Resolve, limitMs: number): (host: string) => Promise<Lookup> {
  const open = new Map<string, Promise<Lookup>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  async function look(host: string): Promise<Lookup> {
    if (running === LOOKUPS_AT_ONCE) await new Promise<void>((turn) => waiting.push(turn));
    else running++;
    try {
      return addressesOf(host, await resolve(host));
    } catch (error) {
      return fail(causeOf(error));
    } finally {
      const next = waiting.shift();
      // A place is handed on without becoming free in between, so that nobody else takes it.
      if (next === undefined) running--;
      else next();
    }
  }

  return (host) => {
    const found = open.get(host) ?? look(host).finally(() => open.delete(host));
    open.set(host, found);
    return within(limitMs, found);
  };
}

/** A name in the place of an address would be looked up once more, by the one who connects. */
function addressesOf(host: string, answer: readonly string[]): Lookup {
  const known = answer.flatMap((text) => {
    const address = canonicalHost(text);
    return address === null || isIP(address) === 0 ? [] : [address];
  });
  return known.length === answer.length ? ok(known) : fail(`${host} resolves to what is no address`);
}

function within(limitMs: number, found: Promise<Lookup>): Promise<Lookup> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(fail('its lookup was not answered in time')), limitMs);
    found.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
