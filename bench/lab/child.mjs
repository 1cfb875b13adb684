// How is one of the bench's own programs started and asked? Each runs in a process of its own, small and clean.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './place.mjs';

/** The longest thing asked of them is a flood of some seconds. */
const PATIENCE_MS = 60_000;

export function programPath(name) {
  return fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
}

/** Starts a program of `bench/programs`. `ask` sends one message and resolves with the next one that comes back. */
export function openChild(name, args = []) {
  const child = fork(programPath(name), args, { env: cleanEnvironment(process.env.HOME ?? '/'), execArgv: [] });
  const waiting = [];
  const early = [];
  child.on('message', (message) => {
    const next = waiting.shift();
    if (next === undefined) early.push(message);
    else next.resolve(message);
  });
  child.once('exit', (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${name} ended with ${code}`));
  });
  const next = () => (early.length > 0 ? Promise.resolve(early.shift()) : nextMessage());
  const nextMessage = () =>
    new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`${name} said nothing`)), PATIENCE_MS);
      waiting.push({
        resolve(message) {
          clearTimeout(limit);
          resolve(message);
        },
        reject(error) {
          clearTimeout(limit);
          reject(error);
        },
      });
    });
  return {
    pid: child.pid,
    next,
    tell: (message) => void child.send(message),
    ask(message) {
      child.send(message);
      return next();
    },
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
