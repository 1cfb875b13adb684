// Is a shell command nothing but a patch? Some models know the tool as a program and type it, and there is no such program.

export interface PatchInCommand {
  readonly text: string;
  /** Where a `cd` in front of it goes, as written; null: there is none. */
  readonly folder: string | null;
}

/** Longer commands are looked at no further: a patch of that size is refused anyhow. */
const MOST_CHARS = 8 * 1024 * 1024;

const WORD = `'[^'\\n]*'|"[^"$\`\\\\\\n]*"|[\\w./~@%+=:,-]+`;
const BEFORE = new RegExp(`^\\s*(?:cd\\s+(${WORD})\\s*&&\\s*)?(?:apply_patch|applypatch)\\s+`);
const HERE_DOCUMENT = /^<<-?\s*(['"]?)(\w+)\1[^\S\n]*\n/;

/**
 * A here-document or one quoted word that is given to `apply_patch`, and nothing else around it. Everything else is
 * the shell's.
 */
export function patchInCommand(command: string): PatchInCommand | null {
  if (command.length > MOST_CHARS) return null;
  const before = BEFORE.exec(command);
  if (before === null) return null;
  const folder = before[1] === undefined ? null : unquoted(before[1]);
  const rest = command.slice(before[0].length).trimEnd();
  const text = hereDocument(rest) ?? quotedWord(rest);
  return text === null || !text.trimStart().startsWith('*** Begin Patch') ? null : { text, folder };
}

function hereDocument(rest: string): string | null {
  const head = HERE_DOCUMENT.exec(rest);
  const word = head?.[2];
  if (head === null || word === undefined) return null;
  const lines = rest.slice(head[0].length).split('\n');
  // The document ends at the first such line: what follows would be another command.
  return lines.findIndex((line) => line.trim() === word) === lines.length - 1 ? lines.slice(0, -1).join('\n') : null;
}

function quotedWord(rest: string): string | null {
  return /^'[^']*'$/.test(rest) || /^"[^"$`\\]*"$/.test(rest) ? rest.slice(1, -1) : null;
}

function unquoted(word: string): string {
  return /^['"]/.test(word) ? word.slice(1, -1) : word;
}
