// Where do true pipes come from? Node's own "pipes" to a child are sockets, which a program cannot open by name: with
// them `echo x > /dev/stderr` and `cat /dev/stdin` fail.

import { spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** O_PATH: the file is held without being opened. The same on x86_64 and arm64; Node exports no constant (open(2)). */
const HOLD_ONLY = 0o10000000;

/** Made at once, because making them costs a process: enough for five commands at a time. */
const BATCH = 15;

/** Folders for the moment in which they have names: memory first. */
const PLACES = ['/dev/shm', tmpdir()] as const;

/** Both ends of one pipe. `input` is written to and `output` read from; both are close-on-exec. */
export interface PipeEnds {
  readonly input: number;
  readonly output: number;
  /** Call once, at the end. True: both ends are closed everywhere, and the pipe may serve another command. */
  release(canServeAgain: boolean): void;
}

/** Pipes without names. One that is in use is never given out twice. */
export interface Fifos {
  /** Makes sure that `count` can be taken; false where that is not possible. Costs a process now and then. */
  ready(count: number): Promise<boolean>;
  /** Null when none is ready. `ours` is the end that must not block, because this program holds it. */
  take(ours: 'input' | 'output'): PipeEnds | null;
  dispose(): void;
}

/** `mkfifo` is the absolute path of that program, null where there is none. */
export function openFifos(mkfifo: string | null): Fifos {
  const held: number[] = [];
  let making: Promise<void> | null = null;
  let isPossible = mkfifo !== null && process.platform === 'linux';

  const make = async (program: string): Promise<void> => {
    const made = await makeFifos(program);
    isPossible = made.length > 0;
    held.push(...made);
  };

  return {
    async ready(count) {
      while (isPossible && mkfifo !== null && held.length < count) {
        making ??= make(mkfifo).finally(() => {
          making = null;
        });
        await making;
      }
      return held.length >= count;
    },
    take(ours) {
      const hold = held.pop();
      if (hold === undefined) return null;
      const path = `/proc/self/fd/${hold}`;
      try {
        // The reader first and without waiting for a writer; after that the writer finds it. libuv makes whichever end
        // becomes 0 to 2 of a child blocking again.
        const output = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
        const input = openSync(path, constants.O_WRONLY | (ours === 'input' ? constants.O_NONBLOCK : 0));
        return { input, output, release: (canServeAgain) => (canServeAgain ? void held.push(hold) : closeSync(hold)) };
      } catch {
        closeSync(hold);
        return null; // No procfs, or no more descriptors: sockets do.
      }
    },
    dispose() {
      for (const hold of held.splice(0)) closeSync(hold);
    },
  };
}

/** Makes a batch, holds it and takes the names away again. Empty when that cannot be done. */
async function makeFifos(program: string): Promise<number[]> {
  for (const place of PLACES) {
    let folder: string;
    try {
      folder = mkdtempSync(join(place, 'codex-'));
    } catch {
      continue; // Not there, or not writable.
    }
    try {
      const names = Array.from({ length: BATCH }, (_, index) => join(folder, String(index)));
      if ((await run(program, ['-m', '600', ...names])) !== 0) continue;
      return names.map((name) => openSync(name, HOLD_ONLY));
    } catch {
      // A folder that was emptied meanwhile, or no more descriptors.
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return [];
}

function run(program: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: '/', stdio: 'ignore', env: {} });
    child.once('error', () => resolve(null));
    child.once('exit', (code) => resolve(code));
  });
}
