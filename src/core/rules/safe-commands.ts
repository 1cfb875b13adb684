// Which commands only show something, so that nobody need be asked?

import { partsOf } from './command-parts.ts';
import { systemProgram } from './shell-call.ts';

const ALWAYS = new Set(
  'cat cd cut echo expr false grep head id ls nl paste pwd rev seq stat tail tr true uname wc which whoami'.split(' '),
);
/** On other systems these names may be anything. */
const ON_LINUX = new Set(['numfmt', 'tac']);

/** Options of `find` that run programs, delete or write. */
const FIND_ACTS = /^-(?:exec|execdir|ok|okdir|delete|fls|fprint.*)$/;
/** Options of `rg` that run programs; abbreviated or in a cluster too. */
const RIPGREP_RUNS = /^(?:--(?:pre|hostname|search-z).*|-[A-Za-z]*z.*)$/;
/** Options of `base64` that write; abbreviated too. */
const BASE64_WRITES = /^(?:-[A-Za-z]*o.*|--o.*)$/;

/**
 * Every part of the command is on the published list of commands that run without a question. By name, or from a
 * folder of the system: `./ls` is any program.
 */
export function isKnownSafe(argv: readonly string[], platform: NodeJS.Platform = process.platform): boolean {
  const parts = partsOf(argv);
  return (
    parts.length > 0 &&
    parts.every((part) => part.kind === 'plain' && !part.hasHereDocument && isSafe(part.words, platform))
  );
}

function isSafe([program = '', ...args]: readonly string[], platform: NodeJS.Platform): boolean {
  const name = systemProgram(program);
  if (name === null) return false;
  if (ALWAYS.has(name)) return true;
  switch (name) {
    case 'base64':
      return !args.some((word) => BASE64_WRITES.test(word));
    case 'find':
      return !args.some((word) => FIND_ACTS.test(word));
    case 'rg':
      return !args.some((word) => RIPGREP_RUNS.test(word));
    case 'sed':
      return args.length <= 3 && args[0] === '-n' && /^\d+(?:,\d+)?p$/.test(args[1] ?? '') && !/^-/.test(args[2] ?? '');
    default:
      return platform === 'linux' && ON_LINUX.has(name);
  }
}
