// An interactive shell with job control, and the program started from its prompt.

import { codexProgram, type Place } from './program.ts';
import { openScreen, type Screen } from './screen.ts';

/** At its prompt, `[shell] `. */
export async function openShell(place: Place): Promise<Screen> {
  const shell = openScreen({
    command: ['bash', '--norc', '--noprofile', '-i'],
    cwd: place.workspace,
    env: { ...place.env, PS1: '[shell] ' },
  });
  await shell.waitFor('[shell]');
  return shell;
}

/** Starts the program there and a command in it, which prints `printed` and goes on. */
export async function startInShell(shell: Screen, command: string, printed: RegExp): Promise<void> {
  shell.send(`${codexProgram}\r`);
  await shell.waitFor(/^shell · /m);
  shell.send(command);
  await shell.waitFor((text) => text.includes(command.slice(-12)));
  shell.send('\r');
  await shell.waitFor(printed);
}
