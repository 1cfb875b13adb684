// How is a client held in the middle of a turn? By a model of our own, which answers when told to.

import { openChild } from './child.mjs';

/** Starts the model server. `asked` waits for the next request; `call` and `say` answer the one that waits. */
export async function openModel() {
  const child = openChild('model-server.cjs');
  const { port } = await child.next();
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked: () => child.next(),
    /** Has a command run; ms from the end of the answer that asked for it until its output was sent back. */
    async call(args, name = 'exec_command') {
      const { sinceAnswerMs } = await child.ask({ kind: 'call', name, args });
      return sinceAnswerMs;
    },
    /** Writes a message piece by piece, spread over `ms`; when the last one was sent (ms since 1970). */
    write: (pieces, ms) => child.ask({ kind: 'write', pieces, ms }),
    say: (text) => child.tell({ kind: 'say', text }),
    end: () => child.end(),
  };
}

/** A config.toml that asks this model and nobody else, and never asks the person. */
export function configFor(url) {
  return [
    'model = "bench"',
    'model_provider = "bench"',
    'approval_policy = "never"',
    '[model_providers.bench]',
    'name = "bench"',
    `base_url = "${url}"`,
    'wire_api = "responses"',
    '',
  ].join('\n');
}

/** The same for a peer that reads the same file and would look for updates and ask whether it may trust the folder. */
export function peerConfigFor(url) {
  return (workspace) =>
    [
      'check_for_update_on_startup = false',
      configFor(url),
      `[projects.${JSON.stringify(workspace)}]`,
      'trust_level = "trusted"',
      '',
    ].join('\n');
}
