// A session in a process of its own. `submit` says what happens in it: `more` prints half a MiB, `end` ends it.

import { listen } from '../../../../src/core/ipc/listener.ts';
import { openRuntimeFolder } from '../../../../src/core/ipc/runtime-folder.ts';
import { newSocketName } from '../../../../src/core/ipc/socket-name.ts';
import { doorOf, factsOf, finished, openTestBus, output, SESSION, started, UID, VERSION } from '../session.ts';

const CHUNK = 64 * 1024;
/** Within what a client may lag behind. */
const CHUNKS = 8;

const bus = openTestBus();
let from = 0;

function more(): void {
  for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
    // Bytes that tell where they belong.
    const bytes = Buffer.alloc(CHUNK, `${from} `);
    bus.publish(output(1, from, bytes));
    from += bytes.length;
  }
}

function end(): void {
  bus.publish(finished(1));
  bus.publish({ type: 'session.ended', reason: 'quit' });
  setImmediate(() => listener?.close('quit'));
}

bus.publish({ type: 'turn.started', turn: 't1' });
bus.publish(started(1));

const door = doorOf(bus, {
  async command(command) {
    if (command.type === 'submit') command.text === 'more' ? more() : end();
    return { ok: true };
  },
  async history() {
    globalThis.gc?.();
    return { texts: [String(process.memoryUsage().rss)] };
  },
});

let listener: { close(reason: 'quit'): Promise<void> } | null = null;

async function main(): Promise<void> {
  const folder = openRuntimeFolder({ env: process.env, uid: UID, codexHome: null });
  if (!folder.ok) throw new Error(folder.problem.why);
  const listening = await listen({
    folder: folder.value,
    name: process.argv[2] ?? newSocketName(SESSION),
    door,
    facts: () => factsOf(),
    uid: UID,
    version: VERSION,
    onDefect: (error) => {
      throw error;
    },
  });
  if (!listening.ok) throw new Error(listening.problem.why);
  listener = listening.value;
  process.stdout.write(`${listening.value.path}\n`);
}

main();
