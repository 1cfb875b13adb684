// Which editor does a person want, and how is it started? Pure.

import path from 'node:path';
import { visible } from '../terminal/visible.ts';

/** What a shell would do something with: then one reads the line. */
const SHELL_SIGNS = /[|&;<>()$`\\"'*?[\]#~=%!{}\n]/;

export interface EditorCommand {
  /** What it is called in a sentence. */
  readonly name: string;
  /** Program and what comes before the file's name. */
  readonly argv: readonly [string, ...string[]];
}

/** `VISUAL` before `EDITOR`, with its options; null when neither says anything. */
export function editorCommand(env: Readonly<Record<string, string | undefined>>): EditorCommand | null {
  const words = [env.VISUAL, env.EDITOR].map((value) => value?.trim() ?? '').find((value) => value !== '');
  if (words === undefined) return null;
  const [program = words, ...options] = words.split(/\s+/);
  const name = visible(path.basename(program));
  // As other programs do it: the words are the person's, the file's name is handed over beside them.
  if (SHELL_SIGNS.test(words)) return { name, argv: ['/bin/sh', '-c', `${words} "$@"`, name] };
  return { name, argv: [program, ...options] };
}
