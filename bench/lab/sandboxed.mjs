// With which arguments does the program start bubblewrap? Read from a command that is running.

import path from 'node:path';
import { commandLineOf, environmentOf, familyOf } from './processes.mjs';
import { sleep } from './terminal.mjs';

/** Long enough to be found, short enough to be waited for. */
const SLEEPING = 'sleep 0.5';
const LOOK_EVERY_MS = 10;

/** `argvOf(cmd)`: the exact argv with another command at its end. `env`: what the command's environment is. */
export async function sandboxOf(conversation, isTerminal) {
  let isRunning = true;
  const answered = conversation.call(SLEEPING, isTerminal).finally(() => {
    isRunning = false;
  });
  let argv = [];
  let pid = null;
  while (argv.at(-1) !== SLEEPING) {
    await sleep(LOOK_EVERY_MS);
    if (!isRunning) throw new Error('no bubblewrap was seen while a command ran');
    pid = familyOf(conversation.terminal.pid).find((it) => path.basename(commandLineOf(it)[0] ?? '') === 'bwrap');
    argv = pid === undefined ? [] : commandLineOf(pid);
  }
  const env = environmentOf(pid);
  await answered;
  await conversation.settled();
  const command = argv.slice(argv.indexOf('--') + 1, -1).filter((_word, index, all) => !isLeader(all, index));
  return { argvOf: (cmd) => [...argv.slice(0, -1), cmd], commandOf: (cmd) => [...command, cmd], env };
}

/** `setsid -c` before the command is the launch's and not the command's. */
function isLeader(words, index) {
  return path.basename(words[0] ?? '') === 'setsid' && index < 2;
}
