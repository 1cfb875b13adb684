// What is written in the place of a completed word? Pure.

import type { CompletedWord } from './word.ts';

export interface Insertion {
  readonly text: string;
  /** The word is not over: what is in the folder comes next. */
  readonly goesOn: boolean;
}

/**
 * A file or folder (`path` ends in a slash then) for `word`. `follows`: what stands behind the word. In a command line
 * a named file is written as its shell reads it, and a folder keeps its sign until a file is found in it.
 */
export function insertionOf(
  word: CompletedWord,
  path: string,
  { isCommandLine, follows }: { readonly isCommandLine: boolean; readonly follows: string },
): Insertion {
  const isFolder = path.endsWith('/');
  const blank = isFolder || /^\s/.test(follows) ? '' : ' ';
  if (word.kind === 'argument' || word.kind === 'program')
    return { text: shellWord(path, word.quote, isFolder) + blank, goesOn: isFolder };
  if (isCommandLine && !isFolder) return { text: shellWord(path, '', false) + blank, goesOn: false };
  // A quote that was opened stays, so that a word does not change under the hand that types it.
  if (word.quote === '' && !/[\s"]/.test(path)) return { text: `@${path}${blank}`, goesOn: isFolder };
  const inQuotes = path.replaceAll('"', '\\"');
  return { text: isFolder ? `@"${inQuotes}` : `@"${inQuotes}"${blank}`, goesOn: isFolder };
}

const NEEDS_QUOTING = /[^\w@%+=:,./~-]/;

function shellWord(path: string, quote: '' | '"' | "'", isFolder: boolean): string {
  // A leading `-` would be an option, a `~` somebody's home.
  const named = path.startsWith('-') ? `./${path}` : path;
  if (quote === "'") return `'${named.replaceAll("'", "'\\''")}${isFolder ? '' : "'"}`;
  if (quote === '"') return `"${named.replace(/["\\$`]/g, '\\$&')}${isFolder ? '' : '"'}`;
  if (!NEEDS_QUOTING.test(named)) return named;
  return named.replace(/[^\w@%+=:,./~\u0080-\u{10ffff}-]/gu, '\\$&');
}
