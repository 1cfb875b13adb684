// Which access one line shows to have been stopped by the sandbox, if any.

import * as path from 'node:path';
import { accessTo, isClosed, isMountPlace, type ManagedProfile } from './closed-access.ts';
import type { CommandWords } from './command-words.ts';
import { untilded } from './command-words.ts';
import type { BlockedAccess, Denial, Operation } from './denial.ts';
import { type LineReading, readRefusals } from './line-reading.ts';
import type { KeptLine } from './line-watch.ts';
import type { OutsideFacts } from './outside-facts.ts';
import { hostIn, isLoopback, pathsIn, portOf } from './places-in-text.ts';

/** Everything a line is judged against. */
export interface Circumstances {
  readonly profile: ManagedProfile;
  readonly command: string;
  readonly words: CommandWords;
  readonly cwd: string;
  readonly home: string;
  readonly outside: OutsideFacts;
}

export interface StoppedAccess extends BlockedAccess {
  readonly certainty: Denial['certainty'];
  readonly evidence: string;
}

/** Programs whose work is the machine itself; refused to them, EPERM means the privilege and not a path. */
const privileged = new Set(
  'mount umount unshare nsenter chroot date hwclock timedatectl hostname hostnamectl nice renice ionice chrt sysctl swapon swapoff modprobe insmod rmmod dmesg mknod setcap chattr ip iptables nft tc losetup reboot shutdown apt-get apt dpkg useradd adduser perf tcpdump bpftrace keyctl chmod mkfs sudo su pkexec'.split(
    ' ',
  ),
);
const rawNetwork = new Set(['ping', 'ping6', 'traceroute', 'arping', 'nmap']);
const shells = /^(?:ba|da|z|k|fi)?sh$/;

/** The first access in a line that the sandbox has stopped, or null. */
export function stoppedAccess(line: KeptLine, at: Circumstances): StoppedAccess | null {
  for (const reading of readRefusals(line.text)) {
    const found = isOnlyShown(reading, at) ? null : readAccess(reading, line, at);
    if (found !== null) return { ...found, evidence: line.text };
  }
  return null;
}

type Found = Omit<StoppedAccess, 'evidence'> | null;

function readAccess(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  const { outside } = at;
  switch (reading.kind) {
    case 'read_only':
      return closedWrite(reading, line, at);
    case 'cannot_open':
      return guessed(closedWrite(reading, line, at));
    case 'busy':
      return movedMount(reading, at);
    case 'no_permission':
      return deniedPlace(reading, at) ?? refusedPrivilege(reading, at, ['nice', 'renice', 'mount', 'chrt', 'ionice']);
    case 'not_permitted':
      return notPermitted(reading, line, at);
    case 'unreachable':
    case 'unresolved':
      return noNetwork(reading, line, at);
    case 'refused':
    case 'cannot_connect':
      return noConnection(reading, at);
    case 'no_new_privileges':
      return { operation: 'privilege', target: reading.program ?? 'sudo', certainty: 'certain' };
    case 'must_be_root':
      return outside.isRoot ? { operation: 'privilege', target: speaker(reading, at), certainty: 'certain' } : null;
    case 'bad_system_call':
      return { operation: 'privilege', target: speaker(reading, at), certainty: 'likely' };
  }
}

/** Text about an error that happened elsewhere: the command only prints, and not one of its own programs speaks. */
function isOnlyShown(reading: LineReading, { words }: Circumstances): boolean {
  if (!words.isOnlyShowing) return false;
  if (reading.program === null) return true;
  if (shells.test(reading.program)) return !words.redirects;
  return !words.programs.includes(reading.program);
}

/** EROFS: a path the profile does not open, on a medium that can be written. */
function closedWrite(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  const onLine = firstClosed(candidates(reading.rest, at), reading, at);
  if (onLine !== null) return onLine;
  // Some say the reason on a line of its own, below the one with the path.
  for (const before of line.before.split('\n').reverse()) {
    const near = firstClosed(candidates(before, at), reading, at);
    if (near !== null) return guessed(near);
  }
  return guessed(firstClosed(candidates(at.command, at), reading, at));
}

function firstClosed(places: readonly Candidate[], reading: LineReading, at: Circumstances): Found {
  for (const { place, isGuess } of places) {
    const operation = operationOn(place, reading.rest, at.outside);
    const target = replacedFolder(place) ?? place;
    if (!isClosed(operation, place, at.profile)) continue;
    if (at.outside.readOnlyFileSystem(place) || !at.outside.wouldWork(operation, place)) continue;
    return { operation, target, certainty: isGuess ? 'likely' : 'certain' };
  }
  return null;
}

function operationOn(place: string, text: string, outside: OutsideFacts): Operation {
  if (!outside.exists(place)) return 'create';
  return /\b(?:remove|unlink|rmdir|delet|renam|move)/i.test(text) ? 'delete' : 'write';
}

/** Programs that write a new file beside the old one and rename it name that one; what they need is the folder. */
const besideNames = /^sed[A-Za-z0-9]{6}$|\.(?:lock|tmp|temp|sw[px])$|~$|^tmp[._-]?\w{4,}|X{6,}|^\.#/;

function replacedFolder(place: string): string | null {
  return besideNames.test(path.basename(place)) ? path.dirname(place) : null;
}

/** EBUSY: something the sandbox has mounted was to be moved or removed. */
function movedMount(reading: LineReading, at: Circumstances): Found {
  for (const { place } of candidates(reading.rest, at)) {
    if (!isMountPlace(place, at.profile) || !at.outside.wouldWork('delete', place)) continue;
    return { operation: 'delete', target: place, certainty: 'certain' };
  }
  return null;
}

/** EACCES: only what is closed outright, and open to this user outside. The rest are the file system's own rights. */
function deniedPlace(reading: LineReading, at: Circumstances): Found {
  for (const { place, isGuess } of candidates(reading.rest, at)) {
    if (accessTo(place, at.profile) !== 'deny') continue;
    const operation: Operation = at.outside.isSocket(place) ? 'unix_socket' : 'read';
    if (at.outside.wouldWork(operation, place))
      return { operation, target: place, certainty: isGuess ? 'likely' : 'certain' };
  }
  return null;
}

function notPermitted(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  if (reading.program !== null && rawNetwork.has(reading.program)) return noNetwork(reading, line, at);
  const privilege = refusedPrivilege(reading, at, privileged);
  if (privilege !== null) return privilege;
  if (at.outside.answersNotPermitted) {
    const write = firstClosed(candidates(reading.rest, at), reading, at) ?? deniedPlace(reading, at);
    if (write !== null) return write;
  }
  return closedSocket(reading, at);
}

/** EPERM on a unix socket: the line names it, or speaks of one while the command names it. */
function closedSocket(reading: LineReading, at: Circumstances): Found {
  const speaksOfSocket = /socket|connect|listen|\bbind|\bbus\b|daemon|agent/i.test(reading.ahead);
  const named = candidates(reading.rest, at);
  const sockets = [...named, ...candidates(at.command, at).map((it) => ({ ...it, isGuess: true }))];
  const open = sockets.find(({ place }) => at.outside.isSocket(place) && isClosed('unix_socket', place, at.profile));
  if (open !== undefined) {
    return { operation: 'unix_socket', target: open.place, certainty: open.isGuess ? 'likely' : 'certain' };
  }
  const absent = named.find(({ place }) => isClosed('unix_socket', place, at.profile));
  return speaksOfSocket && absent !== undefined
    ? { operation: 'unix_socket', target: absent.place, certainty: 'likely' }
    : null;
}

function refusedPrivilege(reading: LineReading, at: Circumstances, programs: Iterable<string>): Found {
  const program = /^E: (setgroups|seteuid|setegid)\b/.exec(reading.ahead)?.[1] ?? reading.program;
  if (program === null) return null;
  const isKnown = [...programs].includes(program) || /^sete?[ug]|^setgroups/.test(program);
  // An ordinary user could not do it outside either, but for namespaces, which everybody may make.
  if (!isKnown || !(at.outside.isRoot || program === 'unshare')) return null;
  return { operation: 'privilege', target: program, certainty: at.outside.isRoot ? 'certain' : 'likely' };
}

function noNetwork(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  if (at.profile.network === 'enabled') return null;
  // "Name or service not known" is also what a name that exists nowhere gets, so it shows less.
  const isSure = !/not known|nodename/i.test(line.text);
  const host = hostIn(reading.rest);
  if (host !== null && isLoopback(host)) return null;
  if (host !== null) return { operation: 'connect', target: host, certainty: isSure ? 'certain' : 'likely' };
  return {
    operation: 'connect',
    target: hostIn(line.before) ?? hostIn(at.command) ?? speaker(reading, at),
    certainty: 'likely',
  };
}

/** Refused: the sandbox has a loopback of its own, so a server of the machine is out of reach though it listens. */
function noConnection(reading: LineReading, at: Circumstances): Found {
  const socket = candidates(reading.rest, at).find(({ place }) => at.outside.isSocket(place));
  if (socket !== undefined && accessTo(socket.place, at.profile) === 'deny') {
    return { operation: 'unix_socket', target: socket.place, certainty: 'certain' };
  }
  if (at.profile.network === 'enabled') return null;
  const onLine = hostIn(reading.rest);
  const host = onLine ?? hostIn(at.command);
  if (host === null) return null;
  if (!isLoopback(host))
    return { operation: 'connect', target: host, certainty: onLine === null ? 'likely' : 'certain' };
  const port = portOf(host);
  if (port === null || !at.outside.listens(port)) return null;
  return { operation: 'connect', target: host, certainty: onLine === null ? 'likely' : 'certain' };
}

interface Candidate {
  readonly place: string;
  readonly isGuess: boolean;
}

/** The paths a text may mean, resolved. Relative names are taken from the working folder, then from where it went. */
function candidates(text: string, at: Circumstances): Candidate[] {
  const found: Candidate[] = [];
  for (const { text: name, isSure } of pathsIn(text)) {
    const isRelative = !/^[~/]/.test(name);
    const bases = isRelative ? [at.cwd, ...at.words.folders] : [at.cwd];
    bases.forEach((base, index) => {
      const place = at.outside.resolve(path.resolve(base, untilded(name, at.home)));
      const isMeant = isSure || at.outside.exists(place) || at.command.includes(name);
      if (isMeant) found.push({ place, isGuess: index > 0 });
    });
  }
  return found;
}

function guessed(found: Found): Found {
  return found === null ? null : { ...found, certainty: 'likely' };
}

function speaker(reading: LineReading, { words }: Circumstances): string {
  const named = reading.program;
  return named !== null && !shells.test(named) ? named : (words.programs[0] ?? named ?? 'the command');
}
