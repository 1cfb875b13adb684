// Which commands the corpus holds, what they need, and what the sandbox is known to have done to them.

import { accessSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import type { BlockedAccess, Denial } from '../../../src/sandbox/index.ts';

export interface CorpusCommand {
  readonly command: string;
  readonly runsAs: 'anybody' | 'root' | 'nobody';
  /** A program that not every machine has, or null. */
  readonly needs: string | null;
  /** Everything the sandbox stopped, the reason of the command's failure first. Empty: nothing. */
  readonly stopped: readonly BlockedAccess[];
  /** Of the first of them; null when nothing was stopped. */
  readonly certainty: Denial['certainty'] | null;
}

/** The commands of `commands.txt`, with `@` names for the places of a run. Throws on a line that is none. */
export function readCommands(): CorpusCommand[] {
  const file = path.join(import.meta.dirname, 'commands.txt');
  let section = '';
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line === '' || /^#(?: |$)/.test(line)) return [];
      const head = /^\[([\w+-]+)\]$/.exec(line)?.[1];
      if (head === undefined) return [commandOf(line, section)];
      section = head;
      return [];
    });
}

function commandOf(line: string, section: string): CorpusCommand {
  const at = line.lastIndexOf(' → ');
  const verdict = line.slice(at + 3);
  const known = { anybody: 'anybody', root: 'root', nobody: 'nobody' } as const;
  const runsAs = section === 'root' || section === 'nobody' ? known[section] : known.anybody;
  const needs = section === 'everybody' || runsAs !== 'anybody' ? null : section;
  const row = { command: line.slice(0, at), runsAs, needs };
  if (at === -1 || section === '') throw new Error(`not a command with a verdict: ${line}`);
  if (verdict === 'nothing') return { ...row, stopped: [], certainty: null };
  const [main = '', ...further] = verdict.split('; ');
  const certainty = / (certain|likely)$/.exec(main)?.[1];
  if (certainty !== 'certain' && certainty !== 'likely') throw new Error(`no certainty: ${line}`);
  const stopped = [main.slice(0, -certainty.length - 1), ...further].map((text) => accessOf(text, line));
  return { ...row, stopped, certainty };
}

const operations = ['write', 'create', 'delete', 'read', 'connect', 'unix_socket', 'privilege'] as const;

function accessOf(text: string, line: string): BlockedAccess {
  const found = /^(write|create|delete|read|connect|unix_socket|privilege) (.+)$/.exec(text);
  const operation = operations.find((it) => it === found?.[1]);
  const target = found?.[2];
  if (operation === undefined || target === undefined) throw new Error(`no access: ${line}`);
  return { operation, target };
}

/** Whether a program is to be found on `$PATH`. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      // Not in this folder.
      return false;
    }
  });
}
