// What a command was stopped at that failed and was asked to say nothing about it.

import * as path from 'node:path';
import { type Circumstances, hostOf, type StoppedAccess } from './circumstances.ts';
import { isClosed } from './closed-access.ts';
import { programOf, untilded } from './command-words.ts';
import type { Operation } from './denial.ts';
import { hostIn, isLoopback, portOf } from './hosts-in-text.ts';
import type { OutsideFacts } from './outside-facts.ts';
import type { ShellCommand } from './shell-text.ts';

/** 128 + SIGSYS: how a shell reports a program that the filter killed for its kind of system calls. */
const filteredExit = 159;

/** Exit codes by which programs tell that they reached nobody, when they were asked to say nothing. */
const unreachedExits: Readonly<Record<string, readonly number[]>> = { curl: [6, 7], wget: [4], getent: [2] };

/** Where among its operands a program names what it makes, changes or removes. */
const changed: Readonly<Record<string, { readonly operation: Operation; readonly which: 'all' | 'last' }>> = {
  touch: { operation: 'create', which: 'all' },
  mkdir: { operation: 'create', which: 'all' },
  tee: { operation: 'create', which: 'all' },
  cp: { operation: 'create', which: 'last' },
  mv: { operation: 'create', which: 'last' },
  install: { operation: 'create', which: 'last' },
  ln: { operation: 'create', which: 'last' },
  rm: { operation: 'delete', which: 'all' },
  rmdir: { operation: 'delete', which: 'all' },
  unlink: { operation: 'delete', which: 'all' },
};

/** Nothing is more than likely here: only the command's words and its end speak. */
export function silentlyStopped(exitCode: number, at: Circumstances): StoppedAccess[] {
  const { words } = at;
  const likely = (operation: Operation, target: string, evidence: string): StoppedAccess[] => [
    { operation, target, certainty: 'likely', evidence },
  ];
  if (exitCode === filteredExit) return likely('privilege', words.programs[0] ?? 'the command', 'Bad system call');
  const last = words.programs.at(-1) ?? '';
  const host = Object.hasOwn(unreachedExits, last) && unreachedExits[last]?.includes(exitCode) ? hostOf(at) : null;
  if (host !== null && !isLoopback(host) && isClosed('connect', host, at.profile))
    return likely('connect', host, `${last} ended with ${exitCode}: no host was reached`);
  if (exitCode === 0) return [];
  for (const command of words.simple.filter((it) => it.isSilenced)) {
    const [stopped] = accessesOf(command, at).filter(([operation, target]) => wasStopped(operation, target, at));
    if (stopped !== undefined)
      return likely(...stopped, `ended with ${exitCode}, and what it said about ${stopped[1]} was not shown`);
  }
  return [];
}

function accessesOf(command: ShellCommand, at: Circumstances): (readonly [Operation, string])[] {
  const placeOf = (name: string): string =>
    at.outside.resolve(path.resolve(at.words.folders.at(-1) ?? at.cwd, untilded(name, at.home)));
  const known = at.outside.exists;
  const opened = command.written.map((name): readonly [Operation, string] => {
    const host = hostIn(name);
    if (/^\/dev\/(?:tcp|udp)\//.test(name) && host !== null) return ['connect', host];
    return [known(placeOf(name)) ? 'write' : 'create', placeOf(name)];
  });
  const program = programOf(command);
  const change = Object.hasOwn(changed, program) ? changed[program] : undefined;
  const operands = command.words.slice(1).filter((word) => !word.startsWith('-'));
  const places = (change?.which === 'last' ? operands.slice(-1) : operands).map(placeOf);
  if (change === undefined) return opened;
  const sources = change.which === 'last' ? operands.slice(0, -1).map(placeOf) : [];
  // What there is nothing to copy from, or what is there already, fails by itself.
  if (!sources.every(known)) return opened;
  const made = places.flatMap((place): (readonly [Operation, string])[] => {
    if (change.operation === 'delete') return [['delete', place]];
    if (at.outside.isFolder(place)) {
      return sources.map((source): readonly [Operation, string] => ['create', path.join(place, path.basename(source))]);
    }
    return [[known(place) ? 'write' : 'create', program === 'mkdir' ? firstMissing(place, at.outside) : place]];
  });
  return [...opened, ...made];
}

/** The folder that `mkdir -p` would have to make first. */
function firstMissing(place: string, outside: Pick<OutsideFacts, 'exists'>): string {
  const above = path.dirname(place);
  return outside.exists(above) ? place : firstMissing(above, outside);
}

function wasStopped(operation: Operation, target: string, { profile, outside }: Circumstances): boolean {
  if (!isClosed(operation, target, profile)) return false;
  if (operation !== 'connect') return !outside.readOnlyFileSystem(target) && outside.wouldWork(operation, target);
  const port = portOf(target);
  return !isLoopback(target) || (port !== null && outside.listens(port, target));
}
