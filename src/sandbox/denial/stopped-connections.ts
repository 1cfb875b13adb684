// Which connection one line shows to have been stopped: to a host, or to a socket of the machine.

import * as path from 'node:path';
import { type Circumstances, type Found, hostOf, speaker } from './circumstances.ts';
import { accessTo, isClosed } from './closed-access.ts';
import { hostIn, isLoopback, portOf } from './hosts-in-text.ts';
import type { LineReading } from './line-reading.ts';
import type { KeptLine } from './line-watch.ts';
import { type MeantPlace, placesIn } from './meant-places.ts';

/** No address, no name server: nothing of the network is there. */
export function noNetwork(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  if (!isClosed('connect', '', at.profile)) return null;
  // "Name or service not known" is also what a name that exists nowhere gets, so it shows less.
  const isSure = !/not known|nodename/i.test(line.text);
  const host = hostIn(reading.rest);
  if (host !== null && isLoopback(host)) return null;
  if (host !== null) return { operation: 'connect', target: host, certainty: isSure ? 'certain' : 'likely' };
  return guessedHost(reading, line, at);
}

function guessedHost(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  const target = hostIn(line.before) ?? hostOf(at) ?? speaker(reading, at);
  return { operation: 'connect', target, certainty: 'likely', isGuess: true };
}

/** Refused: the sandbox has a loopback of its own, so a server of the machine is out of reach though it listens. */
export function noConnection(reading: LineReading, at: Circumstances): Found {
  const socket = placesIn(reading, at).find(({ place }) => at.outside.isSocket(place));
  if (socket !== undefined && accessTo(socket.place, at.profile) === 'deny') {
    return { operation: 'unix_socket', target: socket.place, certainty: 'certain' };
  }
  const named = hostIn(reading.rest);
  // An address of the loopback alone says less than the command, which has the port.
  const onLine = named !== null && isLoopback(named) && portOf(named) === null ? null : named;
  const host = onLine ?? hostOf(at) ?? named;
  const certainty = onLine === null ? 'likely' : 'certain';
  const port = host === null ? null : portOf(host);
  const isOutOfReach = host !== null && (!isLoopback(host) || (port !== null && at.outside.listens(port, host)));
  if (isOutOfReach && isClosed('connect', host, at.profile)) return { operation: 'connect', target: host, certainty };
  if (reading.kind !== 'cannot_connect') return null;
  // Over a socket of the machine some name the host all the same.
  const used = placesIn(at.command, at).find(
    ({ place }) => at.outside.isSocket(place) && isClosed('unix_socket', place, at.profile),
  );
  return used === undefined ? null : { operation: 'unix_socket', target: used.place, certainty: 'likely' };
}

/** Any proxy may answer 403; ours is the one that this command was given. */
export function refusedByProxy(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  if (!at.isProxied) return null;
  const host = hostIn(reading.rest);
  return host !== null && !isLoopback(host)
    ? { operation: 'connect', target: host, certainty: 'likely' }
    : guessedHost(reading, line, at);
}

/** EPERM on a unix socket: the line names it, or speaks of one while the command names it. */
export function closedSocket(reading: LineReading, at: Circumstances): Found {
  const isClosedSocket = ({ place }: MeantPlace): boolean => isClosed('unix_socket', place, at.profile);
  const named = placesIn(reading, at);
  const inCommand = placesIn(at.command, at).map((it) => ({ ...it, isGuess: true }));
  const there = [...named, ...inCommand].find((it) => at.outside.isSocket(it.place) && isClosedSocket(it));
  if (there !== undefined)
    return { operation: 'unix_socket', target: there.place, certainty: there.isGuess ? 'likely' : 'certain' };
  const speaksOfSocket = /socket|connect|listen|\bbind|\bbus\b|daemon|agent/i.test(reading.ahead);
  const absent = speaksOfSocket ? (named.find(isClosedSocket) ?? inCommand.find(isNamedSocket)) : undefined;
  if (absent !== undefined) return { operation: 'unix_socket', target: absent.place, certainty: 'likely' };
  // `Failed to connect to bus`: which socket that is, only the program knows.
  const connects = /\b(?:connect|bind)(?:ing|ion)? to .*\b(?:bus|agent|daemon|socket)\b|UNIX socket/i.test(
    `${reading.ahead} ${reading.rest}`,
  );
  return connects && isClosed('unix_socket', '/', at.profile)
    ? { operation: 'unix_socket', target: speaker(reading, at), certainty: 'likely' }
    : null;
}

/** Sockets that a command would make have names by which people know them. */
function isNamedSocket({ place }: MeantPlace): boolean {
  return /\.sock(?:et)?$|^\.s\.|^S\./.test(path.basename(place));
}
