// Which access one line shows to have been stopped by the sandbox, if any.

import * as path from 'node:path';
import { assertNever } from '../../problem/index.ts';
import { isWithin } from '../profile/paths.ts';
import { type Circumstances, type Found, type StoppedAccess, speaker } from './circumstances.ts';
import { accessTo, isClosed, isMountPlace } from './closed-access.ts';
import { untilded } from './command-words.ts';
import type { Operation } from './denial.ts';
import { type LineReading, readRefusals } from './line-reading.ts';
import type { KeptLine } from './line-watch.ts';
import { type MeantPlace, placesBelow, placesIn, removes } from './meant-places.ts';
import { isShell } from './shell-text.ts';
import { closedSocket, noConnection, noNetwork, refusedByProxy } from './stopped-connections.ts';

/** Programs whose work is the machine itself; refused to them, EPERM means the privilege and not a path. */
const privileged = new Set(
  'mount umount unshare nsenter chroot date hwclock timedatectl hostname hostnamectl nice renice ionice chrt sysctl swapon swapoff modprobe insmod rmmod dmesg mknod setcap chattr ip iptables nft tc losetup reboot shutdown apt-get apt dpkg useradd adduser perf tcpdump bpftrace keyctl chmod mkfs sudo su pkexec'.split(
    ' ',
  ),
);
const rawNetwork = new Set(['ping', 'ping6', 'traceroute', 'arping', 'nmap']);
/** Calls that need rights over the machine, as messages name them. */
const privilegedCall =
  /\b(?:uv_os_)?(setpriority|setgroups|sete[ug]id|set[ug]id|sched_setscheduler|sethostname|settimeofday|clock_settime|pivot_root|setns|swapon|init_module|bpf|perf_event_open)\b/;

/** The first access in a line that the sandbox has stopped, or null. */
export function stoppedAccess(line: KeptLine, at: Circumstances): StoppedAccess | null {
  for (const reading of readRefusals(line)) {
    const found = isOnlyShown(reading, at) ? null : readAccess(reading, line, at);
    if (found !== null) return { ...found, evidence: line.text };
  }
  return null;
}

function readAccess(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  switch (reading.kind) {
    case 'missing':
      return hiddenPlace(reading, at);
    case 'already_there':
      return guardedName(reading, at);
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
    case 'refused_by_proxy':
      return refusedByProxy(reading, line, at);
    case 'no_new_privileges':
      return { operation: 'privilege', target: reading.program ?? 'sudo', certainty: 'certain' };
    case 'must_be_root':
      return isStillRoot(at) ? { operation: 'privilege', target: speaker(reading, at), certainty: 'certain' } : null;
    case 'bad_system_call':
      return { operation: 'privilege', target: speaker(reading, at), certainty: 'likely' };
    default:
      return assertNever(reading.kind);
  }
}

/** Text about an error that happened elsewhere: no program of the command starts others, and none of them speaks. */
function isOnlyShown(reading: LineReading, at: Circumstances): boolean {
  const { words } = at;
  if (!words.startsNothingElse) return false;
  // What a pipe has put before the line is no name.
  const program = reading.program ?? words.programs.find((it) => reading.ahead.includes(`${it}: `));
  if (program === undefined) return true;
  // A shell speaks of what it was to open; a name it had to make out first may be any.
  if (isShell(program)) return !words.opened.some((it) => isMadeOut(it) || reading.ahead.includes(it));
  return !words.programs.includes(program) || isAboutOthers(reading, at);
}

/** These programs complain about what they were given and what lies around it; an old message names other places. */
function isAboutOthers(reading: LineReading, at: Circumstances): boolean {
  const { words } = at;
  if (words.programs.some((it) => takingNames.has(it)) || words.operands.some(isMadeOut)) return false;
  const given = [...words.operands, '.'].flatMap((name) =>
    [at.cwd, ...words.folders].flatMap((base) => {
      const place = path.resolve(base, untilded(name, at.home));
      return [place, at.outside.resolve(place)];
    }),
  );
  const isGiven = ({ place }: MeantPlace): boolean =>
    words.operands.some((it) => it.includes(place)) || given.some((it) => isRelated(place, it));
  const told = placesIn(reading, at);
  return told.length > 0 && !told.some(isGiven);
}

/** Below it, above it (a folder to be made on the way), or beside it (a temporary file, a prefix with more to it). */
function isRelated(place: string, given: string): boolean {
  return isWithin(place, given) || isWithin(given, place) || path.dirname(place) === path.dirname(given);
}

/** The names these work on come from elsewhere than the command. */
const takingNames = new Set(['xargs', 'tar']);

/** A word that stands for others, or a place of the shell's own. */
function isMadeOut(word: string): boolean {
  return /[$*?]|\{[^}]|^\/dev\/(?:tcp|udp)\//.test(word);
}

/** EROFS: a path the profile does not open, on a medium that can be written. */
function closedWrite(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  const onLine = firstClosed(placesIn(reading, at), reading, at);
  if (onLine !== null) return onLine;
  const near = closedNearby(reading, line, at);
  if (near === null) return null;
  return { ...near, certainty: 'likely', ...(reading.isCode ? { isGuess: true } : {}) };
}

function closedNearby(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  // Some say the reason on a line of its own, below the one with the path.
  for (const before of line.before.split('\n').reverse()) {
    const near = firstClosed(placesIn(before, at), reading, at);
    if (near !== null) return near;
  }
  // A name without its folder may lie in any that the command names.
  const named = placesIn(at.command, at);
  return firstClosed([...placesBelow(named, reading, at), ...named], reading, at);
}

function firstClosed(places: readonly MeantPlace[], reading: LineReading, at: Circumstances): Found {
  for (const { place, isGuess } of places) {
    const operation = operationOn(place, reading, at);
    const target = replacedFolder(place, reading, at) ?? place;
    if (!isClosed(operation, place, at.profile)) continue;
    if (at.outside.readOnlyFileSystem(place) || !at.outside.wouldWork(operation, place)) continue;
    return { operation: target === place ? operation : 'create', target, certainty: isGuess ? 'likely' : 'certain' };
  }
  return null;
}

/** What the line says was done to the place, or else what the command says. */
function operationOn(place: string, { ahead, rest }: LineReading, { command, cwd, outside }: Circumstances): Operation {
  if (!outside.exists(place)) return 'create';
  const text = `${ahead} ${rest}`;
  if (removes(text)) return 'delete';
  if (/\b(?:touch|writ|chang|chmod|chown|permission|truncat|time|append)/i.test(text)) return 'write';
  const isRemoved = [place, path.relative(cwd, place)].some((name) => {
    const start = name === '' ? -1 : command.indexOf(name);
    return start !== -1 && removesNext.test(command.slice(0, start));
  });
  return isRemoved ? 'delete' : 'write';
}

const removesNext = /\b(?:rm|mv|rmdir|rmtree|unlink|remove|rename|delete)(?:Sync)?(?:\s+-\S+)*\W*$/i;

/** Programs that write a new file beside the old one and rename it name that one; what they need is the folder. */
const besideNames = /^sed[A-Za-z0-9]{6}$|\.(?:lock|tmp|temp|sw[px])$|~$|^tmp[._-]?\w{4,}|X{6,}|^\.#/;

function replacedFolder(place: string, { rest }: LineReading, { outside }: Circumstances): string | null {
  const isReplaced = /\btemp(?:orary)?\b/i.test(rest) && outside.exists(place) && !outside.isFolder(place);
  return isReplaced || besideNames.test(path.basename(place)) ? path.dirname(place) : null;
}

/** EBUSY: something the sandbox has mounted was to be moved or removed. */
function movedMount(reading: LineReading, at: Circumstances): Found {
  for (const { place } of placesIn(reading, at)) {
    if (!isMountPlace(place, at.profile) || !at.outside.wouldWork('delete', place)) continue;
    return { operation: 'delete', target: place, certainty: 'certain' };
  }
  return null;
}

/** EACCES: only what is closed outright, and open to this user outside. The rest are the file system's own rights. */
function deniedPlace(reading: LineReading, at: Circumstances): Found {
  const named = placesIn(reading, at);
  const inCommand = (): MeantPlace[] => placesIn(at.command, at).map((it) => ({ ...it, isGuess: true }));
  for (const { place, isGuess } of named.length > 0 ? named : inCommand()) {
    if (accessTo(place, at.profile) !== 'deny') continue;
    const operation = deniedOperation(place, reading, at);
    if (at.outside.wouldWork(operation, place))
      return { operation, target: place, certainty: isGuess ? 'likely' : 'certain' };
  }
  return null;
}

/** Most closed places are to be read; the line or a redirection says otherwise. */
function deniedOperation(place: string, reading: LineReading, at: Circumstances): Operation {
  if (at.outside.isSocket(place)) return 'unix_socket';
  const isWritten = at.words.written.some((name) => at.outside.resolve(path.resolve(at.cwd, name)) === place);
  if (isWritten) return at.outside.exists(place) ? 'write' : 'create';
  const isMade = /\b(?:creat|touch|mkdir|unlink|remov|renam|for writing)/i.test(reading.ahead + reading.rest);
  return isMade ? operationOn(place, reading, at) : 'read';
}

/** ENOENT for what is there outside, where the profile closes it: the sandbox shows an empty folder in its place. */
function hiddenPlace(reading: LineReading, at: Circumstances): Found {
  for (const { place, isGuess } of placesIn(reading, at)) {
    if (accessTo(place, at.profile) !== 'deny' || !at.outside.exists(place)) continue;
    if (at.outside.wouldWork('read', place))
      return { operation: 'read', target: place, certainty: isGuess ? 'likely' : 'certain' };
  }
  return null;
}

/** EEXIST for a protected name that is not there: something of ours stands in its place. */
function guardedName(reading: LineReading, at: Circumstances): Found {
  const meant = placesIn(reading, at).find(({ place }) => at.profile.absentNames.includes(place));
  return meant === undefined
    ? null
    : { operation: 'create', target: meant.place, certainty: meant.isGuess ? 'likely' : 'certain' };
}

function notPermitted(reading: LineReading, line: KeptLine, at: Circumstances): Found {
  if (reading.program !== null && rawNetwork.has(reading.program)) return noNetwork(reading, line, at);
  const privilege = refusedPrivilege(reading, at, privileged);
  if (privilege !== null) return privilege;
  if (at.outside.answersNotPermitted) {
    const write = firstClosed(placesIn(reading, at), reading, at) ?? deniedPlace(reading, at);
    if (write !== null) return write;
  }
  return closedSocket(reading, at);
}

function refusedPrivilege(reading: LineReading, at: Circumstances, programs: Iterable<string>): Found {
  const program = privilegedCall.exec(reading.ahead)?.[1] ?? reading.program;
  if (program === null) return null;
  const isKnown = [...programs].includes(program) || privilegedCall.test(program);
  // An ordinary user could not do it outside either, but for namespaces, which everybody may make.
  if (!isKnown || !(isStillRoot(at) || program === 'unshare')) return null;
  return { operation: 'privilege', target: program, certainty: at.outside.isRoot ? 'certain' : 'likely' };
}

function isStillRoot({ outside, words }: Circumstances): boolean {
  return outside.isRoot && !words.becomesOther;
}

function guessed(found: Found): Found {
  return found === null ? null : { ...found, certainty: 'likely' };
}
