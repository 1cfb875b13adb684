// Another client beside ours: its homes, and the warm-up without which its first start would be measured.

import { openModel, peerConfigFor } from './model.mjs';
import { openTerminal } from './terminal.mjs';

/** It sets itself up behind its first screen (copies, daemons): only when that is over it is what it usually is. */
const SETTLED_MS = 3_000;

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
  return { binary, env, open, end: () => model.end() };
}
