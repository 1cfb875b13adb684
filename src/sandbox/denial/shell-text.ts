// Which simple commands a shell text holds, read without running anything.

import * as path from 'node:path';
import { type ShellToken, shellTokens } from './shell-tokens.ts';

export interface ShellCommand {
  /** The program and its arguments without quotes; empty where a text only assigns or only opens files. */
  readonly words: readonly string[];
  /** What its redirections open for writing, and for reading. */
  readonly written: readonly string[];
  readonly read: readonly string[];
  /** Its complaints go to a file or nowhere. */
  readonly isSilenced: boolean;
}

/** A command line is short; what lies beyond so many characters is data that somebody pasted in. */
const readAtMost = 65_536;

/** A shell in a shell in a shell. */
const nestedAtMost = 4;

/** Words before a command, or instead of one, that only say when it runs. */
const keywords = /^(?:then|do|else|elif|if|while|until|done|fi|esac|!|time|exec|command|builtin)$/;
const withoutCommand = /^(?:for|case|select|function)$/;

/**
 * All simple commands in order, with those that others run (`xargs`, `timeout`, `find -exec`, `sh -c`). Variables that
 * the text itself sets are put in; other expansions stay as they are written. A text that is no shell text gives
 * commands that mean nothing, never an error.
 */
export function readShell(text: string, variables: Readonly<Record<string, string>>, depth = 0): ShellCommand[] {
  const known = new Map(Object.entries(variables));
  const commands: ShellCommand[] = [];
  const openGroups: number[] = [];
  let group: { readonly from: number; readonly to: number } | null = null;
  let parts: ShellToken[] = [];

  const end = (): void => {
    const command = commandOf(parts, known);
    parts = [];
    if (command === null) return;
    if (command.words.length === 0 && command.isSilenced && group !== null) {
      for (let at = group.from; at < group.to; at++) {
        const inside = commands[at];
        if (inside !== undefined) commands[at] = { ...inside, isSilenced: true };
      }
    }
    group = null;
    const { isSilenced } = command;
    commands.push(command);
    const run = runBy(command.words);
    if (run.length > 0) commands.push({ words: run, written: [], read: [], isSilenced });
    const inner = depth < nestedAtMost ? (shellGivenTo(run) ?? shellGivenTo(command.words)) : null;
    if (inner === null) return;
    const nested = readShell(inner, Object.fromEntries(known), depth + 1);
    // Where the shell's own complaints go, those of its commands go.
    commands.push(...nested.map((it) => (isSilenced ? { ...it, isSilenced } : it)));
  };

  for (const token of shellTokens(text.slice(0, readAtMost), known)) {
    const isBrace = token.kind === 'word' && parts.length === 0 && /^[{}]$/.test(token.text);
    if (token.kind !== 'operator' && !isBrace) {
      parts.push(token);
      continue;
    }
    end();
    if (token.text === '(' || token.text === '{') openGroups.push(commands.length);
    if (token.text === ')' || token.text === '}') group = { from: openGroups.pop() ?? 0, to: commands.length };
  }
  end();
  return commands;
}

/** Null for nothing at all. Assignments go into `known`, for what comes after. */
function commandOf(parts: readonly ShellToken[], known: Map<string, string>): ShellCommand | null {
  const words: string[] = [];
  const written: string[] = [];
  const read: string[] = [];
  let isSilenced = false;
  for (const [index, part] of parts.entries()) {
    const redirection = parts[index - 1];
    if (part.kind !== 'word') continue;
    if (redirection?.kind !== 'redirection') {
      words.push(part.text);
      continue;
    }
    // A copy of a descriptor (`2>&1`) and a text given on the spot (`<<<`) open nothing.
    const { text } = redirection;
    if (text.startsWith('<<') || (/[<>]&$/.test(text) && /^[\d-]+$/.test(part.text))) continue;
    if (text.startsWith('2>') || text.startsWith('&>') || text === '>&') isSilenced = true;
    if (part.text === '/dev/null') continue;
    if (/^\d*<$/.test(text)) read.push(part.text);
    else written.push(part.text);
  }
  const own = withoutPrefixes(words, known);
  return own.length + written.length + read.length === 0 && !isSilenced
    ? null
    : { words: own, written, read, isSilenced };
}

function withoutPrefixes(words: readonly string[], known: Map<string, string>): readonly string[] {
  for (const [index, word] of words.entries()) {
    const [, name, value] = /^(\w+)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined && value !== undefined) known.set(name, value);
    else if (withoutCommand.test(word)) return [];
    else if (!keywords.test(word)) return words.slice(index);
  }
  return [];
}

/** Programs that run another one, with the letters of their options that take a value of their own. */
const runners: Readonly<Record<string, string>> = {
  xargs: 'aEdIiLnPs',
  timeout: 'ks',
  nice: 'n',
  nohup: '',
  stdbuf: 'ioe',
  setsid: '',
  env: 'uCS',
  setpriv: '',
  sudo: 'ugC',
};

/** The command that one runs, or nothing. */
function runBy(words: readonly string[]): readonly string[] {
  const program = path.basename(words[0] ?? '');
  if (program === 'find') {
    const start = words.findIndex((word) => /^-(?:exec|ok)(?:dir)?$/.test(word));
    const rest = start === -1 ? [] : words.slice(start + 1);
    const stop = rest.findIndex((word) => word === ';' || word === '+');
    return stop === -1 ? rest : rest.slice(0, stop);
  }
  const withValue = Object.hasOwn(runners, program) ? runners[program] : undefined;
  if (withValue === undefined) return [];
  let at = 1;
  for (;;) {
    const word = words[at];
    if (word === undefined) return [];
    if (/^-\w$/.test(word) && withValue.includes(word.slice(1))) at += 2;
    // Options, assignments, and a bare number: how long, how nice, who.
    else if (/^-|^\w+=|^[\d.]+[smhd]?$/.test(word)) at += 1;
    else break;
  }
  const run = words.slice(at);
  const further = runBy(run);
  return further.length > 0 ? further : run;
}

/** The text a shell among the words is given, or null. */
function shellGivenTo(words: readonly string[]): string | null {
  const program = path.basename(words[0] ?? '');
  if (program === 'eval') return words.slice(1).join(' ');
  if (!isShell(program)) return null;
  const option = words.findIndex((word) => /^-\w*c$/.test(word));
  return option === -1 ? null : (words[option + 1] ?? null);
}

export function isShell(program: string): boolean {
  return /^(?:ba|da|z|k|a|fi)?sh$/.test(program);
}
