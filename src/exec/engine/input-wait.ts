// Does a process wait for somebody to type, and is it stopped? Asked in its silences only.

import type { InputWait } from '../environment.ts';
import { blockedCall, descriptorTarget, type ProcessFacts, processFacts, sleepsIn, treeOf } from './proc.ts';
import { commandOf, type ProcessRoot } from './reach.ts';
import type { TerminalModes } from './terminal-modes.ts';

/** No output for this long makes a silence: long enough for a prompt that is printed in pieces. */
const SILENCE_MS = 150;

/** In a long silence it is asked again, ever more rarely: a program may come to read without printing anything. */
const LAST_SILENCE_MS = 2000;

export interface InputWatchListener {
  /** Never the same twice in a row. */
  waiting(wait: InputWait | null): void;
  suspended(isSuspended: boolean): void;
}

/** Where input would come from. `askModes` is asked at most once per silence, because an answer costs a process. */
export type InputSource =
  | { readonly kind: 'pty'; readonly askModes: () => Promise<TerminalModes | null> }
  | { readonly kind: 'pipe' };

export interface InputWatch {
  /** The process printed, or was typed at: what was known of it has to be found out anew. */
  stirred(): void;
  stop(): void;
}

/** Where nobody wants to know. */
export const NO_WATCH: InputWatch = {
  stirred() {
    // Nothing is asked.
  },
  stop() {
    // Nothing was begun.
  },
};

export function watchForInput(root: ProcessRoot, source: InputSource, listener: InputWatchListener): InputWatch {
  let told: InputWait | null = null;
  let isSuspended = false;
  let isOver = false;
  let stirredAt: number | null = null;
  let nextMs = SILENCE_MS;
  let later: NodeJS.Timeout | null = null;
  /** Grows with each stirring, so that an answer to an older question is dropped. */
  let silence = 0;
  let modes: TerminalModes | null = null;

  const tell = (wait: InputWait | null): void => {
    if (told?.hidden === wait?.hidden) return;
    told = wait;
    listener.waiting(wait);
  };

  const look = async (): Promise<void> => {
    const asked = silence;
    stirredAt = null;
    const seen = lookAt(root, source);
    if ((seen === 'stopped') !== isSuspended) {
      isSuspended = !isSuspended;
      listener.suspended(isSuspended);
    }
    if ((seen === 'reads' || seen === 'waits') && source.kind === 'pty') modes ??= await source.askModes();
    if (isOver || asked !== silence) return;
    tell(waitOf(seen, modes));
    nextMs = Math.min(LAST_SILENCE_MS, nextMs * 2);
    later = setTimeout(look, nextMs).unref();
  };

  const first = setTimeout(look, SILENCE_MS).unref();

  return {
    stirred() {
      if (isOver) return;
      silence++;
      modes = null;
      nextMs = SILENCE_MS;
      if (later !== null) clearTimeout(later);
      later = null;
      first.refresh();
      // Typing echoes: who is asked between two keys still waits. Only going on printing shows that it does not.
      stirredAt ??= performance.now();
      if (told !== null && performance.now() - stirredAt > SILENCE_MS) tell(null);
    },
    stop() {
      isOver = true;
      clearTimeout(first);
      if (later !== null) clearTimeout(later);
    },
  };
}

/** `reads`: certainly. `waits`: for several things, input may be one of them. */
type Look = 'reads' | 'waits' | 'busy' | 'stopped';

/** A program that waits in select or poll wants keys only where it has turned the line discipline off. */
function waitOf(seen: Look, modes: TerminalModes | null): InputWait | null {
  switch (seen) {
    case 'reads':
      return { hidden: modes !== null && !modes.echo && modes.canonical };
    case 'waits':
      return modes !== null && (!modes.echo || !modes.canonical) ? { hidden: !modes.echo && modes.canonical } : null;
    case 'busy':
    case 'stopped':
      return null;
  }
}

/** Only those that are in the foreground and have nobody running for them are asked. */
function lookAt(root: ProcessRoot, source: InputSource): Look {
  const command = commandOf(root);
  const facts = command === null ? null : processFacts(command);
  if (command === null || facts === null) return 'busy';
  if (isStopped(facts)) return 'stopped';
  const tree = treeOf(command)
    .map(processFacts)
    .filter((process) => process !== null);
  const foreground = source.kind === 'pty' ? tree.filter((process) => process.group === facts.foregroundGroup) : tree;
  const leaves = foreground.filter((process) => !foreground.some((other) => other.parent === process.pid));
  if (leaves.length > 0 && leaves.every(isStopped)) return 'stopped';
  const input = source.kind === 'pty' ? null : descriptorTarget(command, 0);
  const looks = leaves.map(({ pid }) => lookAtOne(pid, input));
  return looks.find((seen) => seen === 'reads') ?? looks.find((seen) => seen === 'waits') ?? 'busy';
}

function isStopped(facts: ProcessFacts): boolean {
  return facts.state === 'T';
}

/** System call numbers. `waits`: poll, select and epoll_wait in all their forms. */
const CALLS: Readonly<Record<string, { readonly read: number; readonly waits: readonly number[] }>> = {
  // arch/x86/entry/syscalls/syscall_64.tbl
  x64: { read: 0, waits: [7, 23, 270, 271, 232, 281, 441] },
  // include/uapi/asm-generic/unistd.h
  arm64: { read: 63, waits: [72, 73, 22, 441] },
};

/** The kernel function in which a read from a terminal sleeps, and the one of select and poll. */
const TERMINAL_READ = 'wait_woken';

/** `input` null: a terminal. Otherwise what descriptor 0 of the command is open on. */
function lookAtOne(pid: number, input: string | null): Look {
  const calls = CALLS[process.arch];
  const call = blockedCall(pid);
  if (calls === undefined || call === null) return 'busy';
  if (calls.waits.includes(call.number)) return input === null ? 'waits' : 'busy';
  if (call.number !== calls.read) return 'busy';
  const target = descriptorTarget(pid, call.firstArgument);
  if (input !== null) return target === input && target !== '' ? 'reads' : 'busy';
  return isTerminal(target) && sleepsIn(pid) === TERMINAL_READ ? 'reads' : 'busy';
}

function isTerminal(target: string): boolean {
  return target.startsWith('/dev/pts/') || target === '/dev/tty' || target === '/dev/console';
}
