// Where do true pipes come from? Node's own "pipes" to a child are sockets, which a program cannot open by name: with
// them `echo x > /dev/stderr` and `cat /dev/stdin` fail.

import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';

/** O_PATH: a file is held without being opened. The same on x86_64 and arm64; Node exports no constant (open(2)). */
const HOLD_ONLY = 0o10000000;

/** Made at once, because a batch costs a bash: the first is enough for two commands and what one of them types. */
const FIRST_BATCH = 8;

/** Of those, for the output of two commands. */
const LARGE_PIPES = 4;

/** Where many commands are started, few of which give their pipes back: some microseconds of bash each. */
const LATER_BATCH = 128;

/**
 * A pipe holds 64 KiB, and whoever fills it and whoever empties it wait for each other: with four times as much a flood
 * takes two thirds of the time. The system counts these pages for each user, so only a few are made larger; they serve
 * again and again.
 */
const LARGE_PIPE_BYTES = 256 * 1024;

/** A block of output. */
const READ_BYTES = 64 * 1024;

/** Above what a shell uses for itself. */
const FIRST_NUMBER = 10;

export interface PipeMakers {
  readonly bash: string | null;
  readonly perl: string | null;
}

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
 * pipe that nobody has open is empty, so it can serve again. Both programs are absolute paths, null where there is none;
 * without `perl` pipes keep the size they have.
 */
export function openPipeSupply({ bash, perl }: PipeMakers): PipeSupply {
  const plain: Hold[] = [];
  const large: Hold[] = [];
  let making: Promise<void> | null = null;
  let batch = FIRST_BATCH;
  let isPossible = bash !== null && process.platform === 'linux';

  const keep = (hold: Hold): void => void (hold.isLarge ? large : plain).push(hold);

  const make = async (shell: string): Promise<void> => {
    const made = await makePipes(shell, batch, batch === FIRST_BATCH ? perl : null);
    batch = LATER_BATCH;
    isPossible = made.length > 0;
    made.forEach(keep);
  };

  return {
    space: Buffer.allocUnsafeSlow(READ_BYTES),
    async ready(count) {
      while (isPossible && bash !== null && plain.length < count) {
        making ??= make(bash).finally(() => {
          making = null;
        });
        await making;
      }
      return plain.length >= count;
    },
    take(ours) {
      // Of a large one a reader is always open, so who writes to it would never hear that nobody reads.
      const hold = (ours === 'output' ? large.pop() : undefined) ?? plain.pop();
      if (hold === undefined) return null;
      const path = `/proc/self/fd/${hold.descriptor}`;
      const nonBlocking = (end: 'input' | 'output'): number => (end === ours ? constants.O_NONBLOCK : 0);
      let output: number | null = null;
      try {
        output = openSync(path, constants.O_RDONLY | nonBlocking('output'));
        const input = openSync(path, constants.O_WRONLY | nonBlocking('input'));
        return {
          input,
          output,
          release(canServeAgain) {
            if (canServeAgain && isPossible) keep(hold);
            else closeSync(hold.descriptor);
          },
        };
      } catch {
        // No procfs, or no more descriptors: sockets do.
        if (output !== null) closeSync(output);
        closeSync(hold.descriptor);
        return null;
      }
    },
    dispose() {
      isPossible = false;
      for (const { descriptor } of [...plain.splice(0), ...large.splice(0)]) closeSync(descriptor);
    },
  };
}

interface Hold {
  readonly descriptor: number;
  readonly isLarge: boolean;
}

/**
 * From 5.1 on bash makes a pipe of its own for a text that fits one, and nobody has to be forked for its other end
 *. Of an older one a forked child is asked, and for few.
 */
const MAKE_PIPES = [
  'if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501))',
  'then for ((n = $1; n < $1 + $2; n++)); do eval "exec $n<<<\'\'"; read -r _ <&"$n"; done',
  'else for ((n = $1; n < $1 + $3; n++)); do eval "exec $n< <(:)"; done',
  'fi; [ "$#" = 3 ] || "$4" -e "$5" "$1" "$6" "$7"; echo; read -r _',
].join('\n');

/** F_SETPIPE_SZ, see fcntl(2). Where the system says no, the pipe stays as it is. */
const ENLARGE = `
my ($from, $count, $bytes) = @ARGV;
for my $number ($from .. $from + $count - 1) {
  open(my $pipe, '<&=', $number) or next;
  fcntl($pipe, 1031, $bytes + 0);
}`;

/** Lets a shell make a batch, holds it and lets the shell go. Empty when that cannot be done. */
async function makePipes(bash: string, count: number, perl: string | null): Promise<Hold[]> {
  const counts = [FIRST_NUMBER, count, FIRST_BATCH].map(String);
  const enlarging = perl === null ? [] : [perl, ENLARGE, String(LARGE_PIPES), String(LARGE_PIPE_BYTES)];
  // Without --norc it would take the socket that is its stdin for a login from elsewhere, and run the person's file.
  const shell = spawn(bash, ['--norc', '-p', '-c', MAKE_PIPES, 'codex', ...counts, ...enlarging], {
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
  const made: Hold[] = [];
  try {
    for (let number = FIRST_NUMBER; isReady && number < FIRST_NUMBER + count; number++) {
      // A pipe that nobody has open forgets its size.
      const isLarge = perl !== null && number < FIRST_NUMBER + LARGE_PIPES;
      const how = isLarge ? constants.O_RDONLY | constants.O_NONBLOCK : HOLD_ONLY;
      made.push({ descriptor: openSync(`/proc/${shell.pid}/fd/${number}`, how), isLarge });
    }
  } catch {
    // There are no more, its descriptors are not ours to see, or we have none left: what was made so far is used.
  }
  shell.stdin.end();
  return made;
}
