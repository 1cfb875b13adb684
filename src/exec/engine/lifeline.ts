// Who ends the commands when this program is killed and can do nothing any more? A shell that hears of it.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, writeSync } from 'node:fs';
import type { DescriptorTable } from './descriptors.ts';
import { openNamelessFile } from './nameless-file.ts';

/** A variable that each bubblewrap of this program has, and nobody else: not the command inside either. */
export interface Mark {
  readonly name: string;
  readonly value: string;
}

/**
 * A sandbox is ended by the kernel with us, but for one that was only just started and has not asked for that yet: the
 * shell, in a session of its own, looks for those when our end of its stdin is gone. A command without a sandbox has to
 * be entered into its table.
 */
export interface Lifeline {
  readonly mark: Mark;
  /** From now on somebody listens. Before a terminal is opened: the shell would inherit it. */
  watch(): void;
  /** The leader of a process group runs. Call what is returned when it has ended. */
  hold(pid: number): () => void;
  /** Nothing is ended any more: we end in order. */
  close(): void;
}

/** One pid in decimal, padded, and a line feed: a whole line at every moment. */
const ROW_BYTES = 12;

const TABLE = 3;

/** The child may not have come to leading its group yet. `-s`: dash takes `--` only behind an option that it reads. */
const SCRIPT = `read -r _
while read -r pid; do
  [ "\${pid:-0}" -gt 1 ] || continue
  kill -s KILL -- "-$pid" 2>/dev/null || kill -s KILL "$pid" 2>/dev/null
done <&${TABLE}
for round in 1 2 3 4 5 6; do
  for found in $(grep -lzxF -e "$1" /proc/[0-9]*/environ 2>/dev/null); do
    found=\${found#/proc/}
    kill -s KILL "\${found%/environ}" 2>/dev/null
  done
  sleep 0.05
done`;

/** Of every system that commands run on here. */
const SHELL = '/bin/sh';

/** Where no table can be kept, commands without a sandbox outlive us. */
export function openLifeline(descriptors: DescriptorTable): Lifeline {
  const mark = { name: 'CODEX_SANDBOX_OF', value: randomUUID() };
  const free: number[] = [];
  let rows = 0;
  let table: number | null = null;
  let watcher: ChildProcess | null = null;
  let isClosed = false;

  const enter = (row: number, pid: number): void => {
    if (table !== null) writeSync(table, `${String(pid).padStart(ROW_BYTES - 1)}\n`, row * ROW_BYTES);
  };

  const start = (): ChildProcess => {
    table = openNamelessFile();
    const slots: ('pipe' | 'ignore' | number)[] = ['pipe', 'ignore', 'ignore', table ?? 'ignore'];
    for (const leaking of descriptors.leaking()) {
      while (slots.length < leaking) slots.push('ignore');
      if (leaking !== TABLE) slots[leaking] = descriptors.devNull;
    }
    const child = spawn(SHELL, ['-c', SCRIPT, 'codex', `${mark.name}=${mark.value}`], {
      cwd: '/',
      env: {},
      stdio: slots,
      detached: true,
    });
    for (const part of [child, child.stdin]) {
      part?.on('error', () => {
        // Without it some commands outlive us when we are killed, and nothing else is different.
      });
    }
    child.unref();
    return child;
  };

  return {
    mark,
    watch() {
      if (!isClosed) watcher ??= start();
    },
    hold(pid) {
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
      if (table !== null) closeSync(table);
    },
  };
}
