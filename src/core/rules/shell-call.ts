// Does an argv hand a script to a shell, and is it certain what that shell makes of it?

import { posix } from 'node:path';

export interface ShellCall {
  readonly script: string;
  /** Where in the argv it stands. */
  readonly index: number;
  /** Why its commands cannot be judged one by one; null when they can. */
  readonly why: string | null;
}

const SHELLS = new Set(['bash', 'zsh', 'sh', 'dash']);
/** Shells whose scripts are close enough to look for dangers in. */
const OTHER_SHELLS = new Set(['ash', 'ksh', 'ksh93', 'mksh', 'rbash', 'yash', 'fish']);

/** Folders whose programs are what their names say. Elsewhere anything may be called `bash`. */
const SYSTEM_FOLDERS = new Set([
  '/bin',
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/run/current-system/sw/bin',
]);

/** The name of a program that is found by its name or in a folder of the system; null for any other. */
export function systemProgram(program: string): string | null {
  if (!program.includes('/')) return program;
  return SYSTEM_FOLDERS.has(posix.dirname(program)) ? posix.basename(program) : null;
}

export function isShell(program: string): boolean {
  const name = posix.basename(program);
  return SHELLS.has(name) || OTHER_SHELLS.has(name);
}

/** The script of `SHELL … -c SCRIPT …`; null for any other command. */
export function shellCallOf(argv: readonly string[]): ShellCall | null {
  const [program = '', flags = ''] = argv;
  if (!isShell(program)) return null;
  const index = scriptIndex(argv);
  const script = argv[index];
  if (script === undefined) return null;
  return { script, index, why: whyUncertain(systemProgram(program), flags, argv.length, index) };
}

function whyUncertain(name: string | null, flags: string, length: number, index: number): string | null {
  if (name === null || !SHELLS.has(name)) return 'a shell that is none of the system';
  if (index !== 2 || !/^-[il]*c$/.test(flags)) return 'options of a shell';
  if (length > 3) return 'arguments behind the script';
  // There a # begins no comment, and the person's own aliases are words like any other.
  if (name === 'zsh' && flags.includes('i')) return 'an interactive zsh';
  return null;
}

/** Options of shells that take the next word. */
const WITH_VALUE = new Set(['-o', '+o', '-O', '+O', '--rcfile', '--init-file', '--emulate']);

/** Index of the script behind `-c`; the argv's length when there is none. */
function scriptIndex(argv: readonly string[]): number {
  let isScript = false;
  for (let index = 1; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (!/^[-+]./.test(word)) return isScript ? index : argv.length;
    if (word === '--') return isScript ? index + 1 : argv.length;
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) isScript = true;
    // The value of a cluster's o, as in `-eo pipefail`, is the next word too.
    if (WITH_VALUE.has(word) || /^[-+][A-Za-z]+[oO]$/.test(word)) index++;
  }
  return argv.length;
}
