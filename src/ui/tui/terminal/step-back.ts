// How does the shell that started this program get its terminal back, while the program goes on?

import { spawn } from 'node:child_process';
import { canBeSuspended } from './foreground.ts';

/**
 * Waits until process $1 is stopped and its group is no longer the terminal's foreground one; then continues it.
 * A shell takes the terminal within milliseconds. One that does not, within 5 s, gets its job back all the same.
 */
const CONTINUER = `
pid=$1 tries=0
while [ $tries -lt 250 ]; do
  if [ -r "/proc/$pid/stat" ]; then
    read -r line < "/proc/$pid/stat"
    set -- \${line##*) }
    state=$1 group=$3 terminal=$6
  else
    set -- $(ps -o stat= -o pgid= -o tpgid= -p "$pid")
    state=$1 group=$2 terminal=$3
  fi
  case $state in T*) [ "$terminal" != "$group" ] && break ;; '') exit ;; esac
  tries=$((tries + 1))
  sleep 0.02
done
kill -CONT "$pid"`;

/**
 * Stops this process as Ctrl-Z would, so that the shell takes its terminal, and lets it be continued at once, in the
 * background. False when no shell waits for it: then the terminal stays this program's. Nothing may listen to SIGTSTP,
 * and descriptors of the terminal must not be used afterwards.
 */
export function stepBack(): boolean {
  if (!canBeSuspended()) return false;
  const continuer = spawn('/bin/sh', ['-c', CONTINUER, 'codex', String(process.pid)], {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
  });
  if (continuer.pid === undefined) return false;
  continuer.unref();
  process.kill(0, 'SIGTSTP');
  return true;
}
