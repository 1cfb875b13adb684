// Another client beside ours: its homes, and the warm-up without which its first start would be measured.

import { openModel, peerConfigFor } from './model.mjs';
import { processesAt } from './processes.mjs';
import { openTerminal, sleep } from './terminal.mjs';

/** It sets itself up behind its first screen (copies, daemons): only when that is over it is what it usually is. */
const SETTLED_MS = 3_000;
/** What it leaves running is asked first, then ended. */
const GRACE_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** `binary`: path of a client that understands codex-cli's config.toml. */
export async function openPeer(place, binary) {
  const model = await openModel();
  const { env: clean, workspace, codexHome } = place.openHome(peerConfigFor(model.url));
  const env = { ...clean, CODEX_HOME: codexHome };
  const open = (args = []) => openTerminal({ argv: [binary, ...args], env, cwd: workspace });
  const first = open();
  await first.firstFrame();
  await first.quiet(SETTLED_MS);
  await first.end();
  return {
    binary,
    env,
    open,
    async end() {
      await model.end();
      await endAllAt(env.HOME);
    },
  };
}

/** Daemons that it left behind know the home by its name, and nobody else has this one. */
async function endAllAt(home) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    for (const pid of processesAt(home)) tryToKill(pid, signal);
    for (let waited = 0; waited < GRACE_MS && processesAt(home).length > 0; waited += LOOK_EVERY_MS) {
      await sleep(LOOK_EVERY_MS);
    }
  }
}

function tryToKill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself since it was found.
  }
}
