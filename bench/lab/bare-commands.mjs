// The floor of a command: exactly the program's bubblewrap, started from a small Node. The engine alone beside it.

import { openChild } from './child.mjs';
import { bundleRooms } from './engine.mjs';
import { sandboxOf } from './sandboxed.mjs';

/** Reads from a running conversation how it starts commands, and opens the contestants that do the same without it. */
export async function openBareCommands(place, conversation) {
  const sandboxes = { pipe: await sandboxOf(conversation, false), pty: await sandboxOf(conversation, true) };
  const bundle = await bundleRooms(place, 'engine', ['exec/index.ts', 'sandbox/index.ts']);
  const engine = openChild('engine.cjs', [bundle]);
  const reader = openChild('bare-reader.cjs');
  const where = { cwd: conversation.workspace, codexHome: conversation.codexHome };
  const { filter } = checked(await engine.ask({ kind: 'filter', ...where }));
  return {
    readerPid: reader.pid,
    /** `{ms, bytes}` of one command from `spawn` to the end of its output, which goes to the file `keep`. */
    async bare(cmd, stdio, keep = null) {
      const { argvOf, env } = sandboxes[stdio];
      const result = checked(await reader.ask({ argv: argvOf(cmd), env, stdio, filter, keep }));
      if (result.code !== 0) throw new Error(`the bare command ended with ${result.code}`);
      return result;
    },
    /** `{ms}` of the same through the engine. */
    async throughEngine(cmd, stdio) {
      const { commandOf, env } = sandboxes[stdio];
      return checked(await engine.ask({ kind: 'run', argv: commandOf(cmd), env, stdio, ...where }));
    },
    async end() {
      await engine.end();
      await reader.end();
    },
  };
}

function checked(result) {
  if (result.failed !== undefined) throw new Error(result.failed);
  return result;
}
