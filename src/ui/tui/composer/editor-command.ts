// Which editor does a person want, and how is it started? Pure.

/** What a shell would do something with: then one reads the line. */
const SHELL_SIGNS = /[|&;<>()$`\\"'*?[\]#~=%!{}\n]/;

export interface EditorCommand {
  /** As the person wrote it. */
  readonly shown: string;
  /** Program and what comes before the file's name. */
  readonly argv: readonly [string, ...string[]];
}

/** `VISUAL` before `EDITOR`, with its options; null when neither says anything. */
export function editorCommand(env: Readonly<Record<string, string | undefined>>): EditorCommand | null {
  const shown = [env.VISUAL, env.EDITOR].map((value) => value?.trim() ?? '').find((value) => value !== '');
  if (shown === undefined) return null;
  // As other programs do it: the words are the person's, the file's name is handed over beside them.
  if (SHELL_SIGNS.test(shown)) return { shown, argv: ['/bin/sh', '-c', `${shown} "$@"`, shown] };
  const [program = shown, ...options] = shown.split(/\s+/);
  return { shown, argv: [program, ...options] };
}
