// Where do true pipes come from? Node's own "pipes" to a child are sockets, which a program cannot open by name: with
// them `echo x > /dev/stderr` and `cat /dev/stdin` fail.

import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';

/** O_PATH: a file is held without being opened. The same on x86_64 and arm64; Node exports no constant (open(2)). */
const HOLD_ONLY = 0o10000000;

/** Made at once, because a batch costs a bash: the first is enough for two commands and what one of them types. */
const FIRST_BATCH = 6;

/** Where many commands are started, few of which give their pipes back: some microseconds of bash each. */
const LATER_BATCH = 128;

/** As much as a pipe holds, so that one read empties it. */
const READ_BYTES = 64 * 1024;

/** Above what a shell uses for itself. */
const FIRST_NUMBER = 10;

/** Both ends of one pipe: `input` is written to and `output` read from. Both are close-on-exec. */
export interface PipeEnds {
  readonly input: number;
  readonly output: number;
  /** Call once, at the end. True: both ends are closed everywhere, and the pipe may serve another command. */
  release(canServeAgain: boolean): void;
}

/** Pipes for commands. One that is in use is never given out twice. */
export interface PipeSupply {
  /** Where all of them are read to. */
  readonly space: Buffer;
  /** Makes sure that `count` can be taken; false where that is not possible. Costs some processes now and then. */
  ready(count: number): Promise<boolean>;
  /** Null when none is ready. `ours` is the end that must not block, because this program holds it. */
  take(ours: 'input' | 'output'): PipeEnds | null;
  dispose(): void;
}

/**
 * Node has no way to make a pipe, a shell has: its pipes are held through /proc and opened anew for each command. A
 * pipe that nobody has open is empty, so it can serve again. `bash` is an absolute path, null where there is none.
 */
export function openPipeSupply(bash: string | null): PipeSupply {
  const held: number[] = [];
  let making: Promise<void> | null = null;
  let batch = FIRST_BATCH;
  let isPossible = bash !== null && process.platform === 'linux';

  const make = async (shell: string): Promise<void> => {
    const made = await makePipes(shell, batch);
    batch = LATER_BATCH;
    isPossible = made.length > 0;
    held.push(...made);
  };

  return {
    space: Buffer.allocUnsafeSlow(READ_BYTES),
    async ready(count) {
      while (isPossible && bash !== null && held.length < count) {
        making ??= make(bash).finally(() => {
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
      const nonBlocking = (end: 'input' | 'output'): number => (end === ours ? constants.O_NONBLOCK : 0);
      let output: number | null = null;
      try {
        output = openSync(path, constants.O_RDONLY | nonBlocking('output'));
        const input = openSync(path, constants.O_WRONLY | nonBlocking('input'));
        return {
          input,
          output,
          release(canServeAgain) {
            if (canServeAgain && isPossible) held.push(hold);
            else closeSync(hold);
          },
        };
      } catch {
        // No procfs, or no more descriptors: sockets do.
        if (output !== null) closeSync(output);
        closeSync(hold);
        return null;
      }
    },
    dispose() {
      isPossible = false;
      for (const hold of held.splice(0)) closeSync(hold);
    },
  };
}

/**
 * From 5.1 on bash makes a pipe of its own for a text that fits one, and nobody has to be forked for its other end
 *. Of an older one a forked child is asked, and for few.
 */
const MAKE_PIPES = [
  'if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501))',
  'then for ((n = $1; n < $1 + $2; n++)); do eval "exec $n<<<\'\'"; read -r _ <&"$n"; done',
  'else for ((n = $1; n < $1 + $3; n++)); do eval "exec $n< <(:)"; done',
  'fi; echo; read -r _',
].join('\n');

/** Lets a shell make a batch, holds it and lets the shell go. Empty when that cannot be done. */
async function makePipes(bash: string, count: number): Promise<number[]> {
  const counts = [FIRST_NUMBER, count, FIRST_BATCH].map(String);
  // Without --norc it would take the socket that is its stdin for a login from elsewhere, and run the person's file.
  const shell = spawn(bash, ['--norc', '-p', '-c', MAKE_PIPES, 'codex', ...counts], {
    cwd: '/',
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {},
  });
  shell.stdin.on('error', () => {
    // It ended by itself, so there is nothing to let go.
  });
  const isReady = await new Promise<boolean>((resolve) => {
    shell.stdout.once('data', () => resolve(true));
    shell.once('error', () => resolve(false));
    shell.once('close', () => resolve(false));
  });
  const made: number[] = [];
  try {
    for (let number = FIRST_NUMBER; isReady && number < FIRST_NUMBER + count; number++) {
      const held = openSync(`/proc/${shell.pid}/fd/${number}`, HOLD_ONLY);
      made.push(held);
    }
  } catch {
    // There are no more, its descriptors are not ours to see, or we have none left: what was made so far is used.
  }
  shell.stdin.end();
  return made;
}
