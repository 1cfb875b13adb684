// What a shell command says about itself: its programs, the folders it goes to, the files its shell opens for it.

import * as path from 'node:path';
import { isShell, readShell, type ShellCommand } from './shell-text.ts';

/** Print what they were given: an error in their output happened elsewhere, or is a search pattern. */
const showing =
  'cat tac head tail less more bat grep egrep fgrep zgrep rg ag ack sed awk gawk mawk jq yq cut paste sort uniq wc nl fold fmt pr tr rev column strings xxd od hexdump base64 echo printf diff cmp comm journalctl dmesg man';

/** Work on files themselves, start no other program, and put their name before whatever they complain about. */
const plain =
  'touch mkdir rmdir rm cp mv ln install mktemp truncate dd tee split shuf chmod chown chgrp stat ls dir du df find readlink realpath basename dirname sleep seq yes sync id whoami uname date tar gzip gunzip';

/** The shell's own words, which print nothing but what a person gave them or the shell says itself. */
const ofShell =
  'cd pushd popd pwd true false : test [ [[ exit return break continue set shopt export unset local declare read mapfile readarray wait shift let umask type hash kill';

/** Only run another program, which is listed too. */
const running = 'xargs time timeout nice nohup stdbuf setsid env';

const startingNothing = new Set(`${showing} ${plain} ${ofShell} ${running}`.split(' '));
const showingGit = new Set(['log', 'show', 'diff', 'grep', 'blame', 'cat-file', 'reflog']);
const becomingOthers = new Set(['setpriv', 'su', 'runuser', 'sudo', 'gosu']);

export interface CommandWords {
  readonly simple: readonly ShellCommand[];
  /** Base names of the programs of all its simple commands, as far as a look without running it goes. */
  readonly programs: readonly string[];
  /** No program in it starts others, so a line in the name of another program is only shown. */
  readonly startsNothingElse: boolean;
  /** All words but the programs and options; of an option with a value, the value. */
  readonly operands: readonly string[];
  /** What its shell opens for it: files, /dev/tcp, words with expansions in them. */
  readonly opened: readonly string[];
  /** Those of them that are opened for writing. */
  readonly written: readonly string[];
  /** Folders it changes to, resolved against each other; the working folder itself is not among them. */
  readonly folders: readonly string[];
  /** It goes on as another user, who may do less. */
  readonly becomesOther: boolean;
}

export function readCommand(command: string, cwd: string, home: string): CommandWords {
  const simple = readShell(command, { HOME: home, PWD: cwd });
  const named = simple.filter((it) => it.words.length > 0);
  return {
    simple,
    programs: named.map((it) => programOf(it)),
    startsNothingElse: named.length > 0 && named.every(startsNothing),
    operands: named.flatMap((it) => it.words.slice(1).flatMap((word) => operandOf(word) ?? [])),
    opened: simple.flatMap((it) => [...it.written, ...it.read]),
    written: simple.flatMap((it) => it.written),
    folders: foldersOf(named, cwd, home),
    becomesOther: named.some((it) => becomingOthers.has(programOf(it))),
  };
}

/** The command as shell text: what a shell among `argv` was given, else what was asked for. */
export function commandText(command: string, argv: readonly string[]): string {
  const [program = '', ...rest] = argv;
  const given = isShell(path.basename(program)) ? rest.findIndex((it) => /^-\w*c$/.test(it)) : -1;
  return (given === -1 ? undefined : rest[given + 1]) ?? (command || argv.join(' '));
}

export function programOf({ words }: ShellCommand): string {
  return path.basename(words[0] ?? '');
}

function operandOf(word: string): string | null {
  const value = /^-{0,2}[\w-]+=(.*)$/s.exec(word)?.[1];
  return value ?? (word.startsWith('-') ? null : word);
}

function startsNothing(command: ShellCommand): boolean {
  const program = programOf(command);
  // What a shell was given to run is read too; an argument after that is the name by which it speaks.
  if (isShell(program)) return /^-\w*c$/.test(command.words.at(-2) ?? '');
  if (program !== 'git') return startingNothing.has(program);
  return showingGit.has(command.words.slice(1).find((word) => !word.startsWith('-')) ?? '');
}

function foldersOf(simple: readonly ShellCommand[], cwd: string, home: string): string[] {
  const folders: string[] = [];
  let current = cwd;
  for (const { words } of simple) {
    const [program, argument = home] = words;
    if ((program === 'cd' || program === 'pushd') && argument !== '-') {
      current = path.resolve(current, untilded(argument, home));
      folders.push(current);
    }
    const dashC = words.findIndex((word) => word === '-C' || word === '--prefix' || word === '--git-dir');
    const folder = dashC === -1 ? undefined : words[dashC + 1];
    if (folder !== undefined) folders.push(path.resolve(current, untilded(folder, home)));
  }
  return folders;
}

export function untilded(name: string, home: string): string {
  return name === '~' || name.startsWith('~/') ? path.join(home, name.slice(1)) : name;
}
