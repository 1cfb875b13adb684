// What one user does with the folder and the sockets: told by the first argument, answered with a line of JSON.

import { lstatSync, mkdirSync, rmdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { attach } from '../../../../src/core/ipc/client.ts';
import { openRuntimeFolder } from '../../../../src/core/ipc/runtime-folder.ts';

const uid = process.geteuid?.() ?? 0;
const [, , what = '', place = '', count = '1'] = process.argv;

function claim() {
  return openRuntimeFolder({ env: process.env, uid, codexHome: process.env.CODEX_HOME ?? null });
}

function tell(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Claims and removes it again and again, and says how often it had what. */
function claimOften(): void {
  const seen = { claimed: 0, passedOver: 0, wrong: 0 };
  for (let round = 0; round < Number(count); round += 1) {
    const folder = claim();
    if (!folder.ok) throw new Error(folder.problem.why);
    const { path, at } = folder.value;
    const entry = at('mine');
    writeFileSync(entry, '', { flag: 'wx' });
    const made = lstatSync(at('.'));
    if (made.uid !== uid || (made.mode & 0o777) !== 0o700) seen.wrong += 1;
    unlinkSync(entry);
    if (path === place) {
      seen.claimed += 1;
      // Somebody else cannot remove it: it is ours, in a folder with the sticky bit.
      rmdirSync(path);
    } else seen.passedOver += 1;
    folder.value.close();
  }
  tell(seen);
}

/** Plants one thing after the other under a name that somebody else wants, until it is told to stop. */
function plant(): void {
  let landed = 0;
  const tries = [
    () => mkdirSync(place, 0o777),
    () => symlinkSync(count, place),
    () => writeFileSync(place, '', { flag: 'wx' }),
    () => mkdirSync(place, 0o700),
  ];
  let isOver = false;
  process.stdin.on('data', () => {
    isOver = true;
  });
  const step = (): void => {
    for (const one of tries) {
      try {
        one();
        landed += 1;
      } catch {
        // The name is taken.
      }
      try {
        rmSync(place, { recursive: true, force: true });
      } catch {
        // It is not ours.
      }
    }
    if (isOver) {
      tell({ landed });
      process.stdin.destroy();
    } else setImmediate(step);
  };
  tell('planting');
  step();
}

switch (what) {
  case 'claim': {
    const folder = claim();
    tell(
      folder.ok
        ? { path: folder.value.path, warnings: folder.value.warnings.map(({ why }) => why) }
        : { path: null, why: folder.problem.why },
    );
    break;
  }
  case 'claim-often':
    claimOften();
    break;
  case 'plant':
    plant();
    break;
  case 'attach':
    attach(place, { uid, version: '0.1.0', onDefect: () => {} }).then((attached) => {
      tell(attached.ok ? { attached: attached.value.facts.session } : { attached: null, why: attached.problem.why });
      if (attached.ok) attached.value.close();
    });
    break;
  default:
    throw new Error(`nobody does ${what}`);
}
