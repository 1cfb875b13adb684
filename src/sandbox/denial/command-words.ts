// What a shell command says about itself: its programs, the folders it goes to, whether it only shows text.

import * as path from 'node:path';

/** Programs that print what they were given: an error in their output happened elsewhere, or is a search pattern. */
const showing = new Set(
  'cat tac head tail less more bat grep egrep fgrep zgrep rg ag ack sed awk gawk jq yq cut sort uniq wc nl fold fmt tr column strings xxd od hexdump echo printf diff cmp comm journalctl dmesg man'.split(
    ' ',
  ),
);
const showingGit = new Set(['log', 'show', 'diff', 'grep', 'blame', 'cat-file', 'reflog']);

export interface CommandWords {
  /** Base names of the programs of all its simple commands, as far as a look without a shell's grammar goes. */
  readonly programs: readonly string[];
  /** Nothing in it does anything but print text. */
  readonly isOnlyShowing: boolean;
  /** Its shell opens files for it, so the shell may speak too. */
  readonly redirects: boolean;
  /** Folders it changes to, resolved against each other; the working folder itself is not among them. */
  readonly folders: readonly string[];
}

export function readCommand(command: string, cwd: string, home: string): CommandWords {
  const unquoted = command.replace(/'[^']*'|"(?:[^"\\]|\\.)*"/g, (text) =>
    /\s|[;&|<>]/.test(text) ? '_' : text.slice(1, -1),
  );
  const simple = unquoted
    .split(/\|\|?|&&|[;\n]|(?<![<>&])&(?!>)|\$\(|[(){}]/)
    .map((part) =>
      part
        .trim()
        .split(/\s+/)
        .filter((word) => word !== ''),
    )
    .map(withoutPrefixes)
    .filter((words) => words.length > 0);
  const programs = simple.map((words) => path.basename(words[0] ?? ''));
  return {
    programs,
    isOnlyShowing: programs.length > 0 && simple.every(isShowing),
    redirects: />>?\s*(?![&\s>]|\/dev\/null)\S|<(?![<(])\s*\S/.test(unquoted),
    folders: foldersOf(simple, cwd, home),
  };
}

/** Assignments and the words that only run the next word. */
function withoutPrefixes(words: readonly string[]): readonly string[] {
  const start = words.findIndex(
    (word) => !/^\w+=/.test(word) && !/^(?:time|exec|command|env|nohup|then|do|else|if|while|!)$/.test(word),
  );
  return start === -1 ? [] : words.slice(start);
}

function isShowing(words: readonly string[]): boolean {
  const program = path.basename(words[0] ?? '');
  if (program === 'git') return showingGit.has(words.slice(1).find((word) => !word.startsWith('-')) ?? '');
  if (program === 'sed') return !words.some((word) => /^-\w*i|^--in-place/.test(word));
  return showing.has(program);
}

function foldersOf(simple: readonly (readonly string[])[], cwd: string, home: string): string[] {
  const folders: string[] = [];
  let current = cwd;
  for (const words of simple) {
    const [program, argument] = words;
    if ((program === 'cd' || program === 'pushd') && argument !== undefined) {
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
