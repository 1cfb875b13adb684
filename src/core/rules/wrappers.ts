// Which program does a command run in the end, when its first words only say how?

import { posix } from 'node:path';

/** How the words in front of the program that is run look. */
interface Wrapper {
  /** Short options that take the next word, as letters. */
  readonly shortValues: string;
  /** Long options that take the next word. */
  readonly longValues: readonly string[];
  /** Words of its own between its options and the program. */
  readonly positionals: number;
}

function wrapper(shortValues = '', positionals = 0, longValues: readonly string[] = []): Wrapper {
  return { shortValues, positionals, longValues };
}

const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map([
  ['env', wrapper('uCP', 0, ['--unset', '--chdir'])],
  ['command', wrapper()],
  ['builtin', wrapper()],
  ['exec', wrapper('a')],
  ['nohup', wrapper()],
  ['time', wrapper('fo', 0, ['--format', '--output'])],
  ['nice', wrapper('n', 0, ['--adjustment'])],
  ['ionice', wrapper('cnpPu', 0, ['--class', '--classdata'])],
  ['timeout', wrapper('ks', 1, ['--kill-after', '--signal'])],
  ['setsid', wrapper()],
  ['stdbuf', wrapper('ioe', 0, ['--input', '--output', '--error'])],
  ['taskset', wrapper('', 1)],
  ['chrt', wrapper('TPD', 1)],
  ['sudo', wrapper('ughpCcDRrtTU', 0, ['--user', '--group', '--host', '--prompt', '--chdir', '--chroot', '--role'])],
  ['doas', wrapper('uC')],
  ['pkexec', wrapper('', 0, ['--user'])],
  ['xargs', wrapper('adEIILnPs', 0, ['--arg-file', '--delimiter', '--max-args', '--max-procs', '--replace'])],
  ['parallel', wrapper('jSN')],
  ['busybox', wrapper()],
  ['toybox', wrapper()],
  ['chroot', wrapper('', 1)],
  ['unshare', wrapper('SGRw')],
  ['watch', wrapper('n', 0, ['--interval'])],
  ['strace', wrapper('eopsuE')],
  ['flock', wrapper('wE', 1)],
  ['noglob', wrapper()],
  ['nocorrect', wrapper()],
  ['-', wrapper()],
  ['repeat', wrapper('', 1)],
]);

/** Where the words of a program begin that is run by the words before it. */
export interface Layer {
  readonly program: string;
  readonly at: number;
}

/** A command's programs from the outside in: `sudo nice rm x` has three. Assignments behind `env` are passed over. */
export function layersOf(words: readonly string[]): readonly Layer[] {
  const layers: Layer[] = [];
  let at = 0;
  while (at < words.length) {
    const program = posix.basename(words[at] ?? '');
    layers.push({ program, at });
    const found = WRAPPERS.get(program);
    if (found === undefined) break;
    at = behindOptions(words, at + 1, found);
  }
  return layers;
}

export function isWrapper(program: string): boolean {
  return WRAPPERS.has(posix.basename(program));
}

function behindOptions(
  words: readonly string[],
  from: number,
  { shortValues, longValues, positionals }: Wrapper,
): number {
  let at = from;
  while (at < words.length) {
    const word = words[at] ?? '';
    at++;
    if (word === '--') break;
    if (/^[A-Za-z_]\w*=/.test(word)) continue;
    if (!/^-./.test(word)) {
      at--;
      break;
    }
    if (word.startsWith('--')) at += longValues.includes(word) ? 1 : 0;
    else at += takesNext(word, shortValues) ? 1 : 0;
  }
  // `env -- X=1 program`
  while (/^[A-Za-z_]\w*=/.test(words[at] ?? '')) at++;
  return at + positionals;
}

/** The first letter of a cluster that takes a value takes the rest of the cluster, or else the next word. */
function takesNext(cluster: string, shortValues: string): boolean {
  const letters = cluster.slice(1);
  const index = [...letters].findIndex((letter) => shortValues.includes(letter));
  return index !== -1 && index === letters.length - 1;
}
