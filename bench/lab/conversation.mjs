// The program itself, in a terminal, in the middle of a turn: whatever command is called next runs in it.

import { configFor, openModel } from './model.mjs';
import { openTerminal } from './terminal.mjs';

/** Painting what a command left behind ends soon after its answer. */
const SETTLED_MS = 60;
/** Behind the first frame the rest of the program is loaded. */
const READY_MS = 500;

export async function openConversation(place) {
  const model = await openModel();
  const home = place.openHome(configFor(model.url));
  const terminal = openTerminal({ argv: [place.program], env: home.env, cwd: home.workspace });
  await terminal.firstFrame();
  // Enter typed before the terminal is raw would arrive as a new line.
  await terminal.quiet(READY_MS);
  terminal.send('go\r');
  await model.asked();
  return {
    ...home,
    terminal,
    /** Ms from the end of the model's answer to the arrival of the command's output. */
    async call(cmd, isTerminal, more = {}) {
      const ms = await model.call({ cmd, tty: isTerminal, yield_time_ms: 30_000, ...more });
      return ms;
    },
    settled: () => terminal.quiet(SETTLED_MS),
    async end() {
      model.say('done');
      await terminal.quiet(SETTLED_MS);
      await terminal.end();
      await model.end();
    },
  };
}
