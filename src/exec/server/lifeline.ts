// Who ends the commands when this program is killed and can do nothing any more? A shell that hears of it.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { openNamelessFile } from '../engine/nameless-file.ts';
import type { Mark } from '../engine/spawn.ts';

/**
 * Each command is entered into a table, which a shell in a session of its own reads when our end of its stdin is gone.
 * A sandbox is ended by the kernel with us, but for one that was only just started and has not asked for that yet: the
 * shell looks for those by a variable that bubblewrap has and nobody else.
 */
export interface Lifeline {
  /** The leader of a process group runs. Call what is returned when it has ended. */
  hold(pid: number): () => void;
  /** Nothing is ended any more: we end in order. */
  close(): void;
}

/** One pid in decimal, padded, and a line feed: a whole line at every moment. */
const ROW_BYTES = 12;

/** The child may not have come to leading its group yet. `-s`: dash takes `--` only behind an option that it reads. */
const SCRIPT = `read -r _
while read -r pid; do
  [ "\${pid:-0}" -gt 1 ] || continue
  kill -s KILL -- "-$pid" 2>/dev/null || kill -s KILL "$pid" 2>/dev/null
done <&3
for round in 1 2 3 4 5 6; do
  for found in $(grep -lzxF -e "$1" /proc/[0-9]*/environ 2>/dev/null); do
    found=\${found#/proc/}
    kill -s KILL "\${found%/environ}" 2>/dev/null
  done
  sleep 0.05
done`;

/** `shell`: absolute path of sh. Where no table can be kept, commands outlive a killed server. */
export function openLifeline(shell: string, { name, value }: Mark): Lifeline {
  const table = openNamelessFile();
  if (table === null) return { hold: () => () => {}, close: () => {} };
  const free: number[] = [];
  let rows = 0;
  let watcher: ChildProcess | null = null;
  let isClosed = false;

  const enter = (row: number, pid: number): void => {
    writeSync(table, `${String(pid).padStart(ROW_BYTES - 1)}\n`, row * ROW_BYTES);
  };

  const watch = (): ChildProcess => {
    const child = spawn(shell, ['-c', SCRIPT, 'codex', `${name}=${value}`], {
      cwd: '/',
      env: {},
      stdio: ['pipe', 'ignore', 'ignore', table],
      detached: true,
    });
    for (const part of [child, child.stdin]) {
      part?.on('error', () => {
        // Without it commands outlive a killed server, and nothing else is different.
      });
    }
    child.unref();
    return child;
  };

  return {
    hold(pid) {
      watcher ??= watch();
      const row = free.pop() ?? rows++;
      enter(row, pid);
      return () => {
        if (isClosed) return;
        enter(row, 0);
        free.push(row);
      };
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      watcher?.kill('SIGKILL');
      closeSync(table);
    },
  };
}
