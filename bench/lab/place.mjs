// Where does a run happen? In a folder of its own with a copy of the program, fresh homes and workspaces.

import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** Not in /tmp, which commands may write: a home in there would need mounts that nobody else's home needs. */
const SCRATCH = '/var/tmp';

/** Exactly these: what else a shell has set (certificates, proxies, colours) would be measured too. */
export function cleanEnvironment(home) {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, TERM: 'xterm-256color', LANG: 'C.UTF-8' };
}

export function openPlace() {
  const folder = realpathSync(mkdtempSync(path.join(SCRATCH, 'codex-bench-')));
  // A build meanwhile must not change the program under our hands.
  cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  let homes = 0;
  return {
    folder,
    program: path.join(folder, 'dist/codex.cjs'),
    /** A home with `config` as its config.toml, and a workspace beside it. */
    openHome(config) {
      homes += 1;
      const home = path.join(folder, `home-${homes}`);
      const workspace = path.join(folder, `work-${homes}`);
      mkdirSync(path.join(home, '.codex'), { recursive: true, mode: 0o700 });
      mkdirSync(workspace);
      writeFileSync(path.join(home, '.codex/config.toml'), typeof config === 'function' ? config(workspace) : config);
      return { home, codexHome: path.join(home, '.codex'), workspace, env: cleanEnvironment(home) };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
