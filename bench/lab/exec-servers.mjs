// Servers that run commands for a client elsewhere: ours, a peer's and the barest one, each with a client of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { openChild } from './child.mjs';
import { cpuSeconds, watchMemory } from './processes.mjs';

const SAMPLE_MS = 20;
const MEGABYTE = 1024 * 1024;

/** Starts `program exec-server` and connects to it. */
export async function openExecServer(place, program) {
  const { env, codexHome, workspace } = place.openHome('');
  mkdirSync(path.join(codexHome, 'tmp'), { recursive: true });
  const child = spawn(program, ['exec-server', '--listen', 'ws://127.0.0.1:0'], {
    cwd: workspace,
    env: { ...env, CODEX_HOME: codexHome },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const client = openChild('exec-client.cjs');
  await ask(client, { kind: 'open', url: await firstLine(child) });
  return {
    /** `{ms, bytes}` from asking for a command to the news of its exit, or to the end of what it printed. */
    run: (argv) => ask(client, { kind: 'one', argv }),
    /** `{ms, cpu}` of many, `width` of them at once; CPU seconds of the server and the commands. */
    async burst(argv, calls, width) {
      const before = cpuSeconds([child.pid]);
      const { ms } = await ask(client, { kind: 'burst', argv, calls, width });
      return { ms, cpu: cpuSeconds([child.pid]) - before };
    },
    /** `{ms, bytes, peak}`; MB that the server itself holds at most. */
    async pour(argv) {
      const memory = watchMemory(child.pid, SAMPLE_MS, (pid) => [pid]);
      const result = await ask(client, { kind: 'pour', argv });
      return { ...result, peak: memory.stop() / MEGABYTE };
    },
    async end() {
      await client.end();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** `run(argv)`: `{ms}` of a program started by a server that does nothing else. */
export async function openBareServer() {
  const server = openChild('bare-server.cjs');
  const { url } = await server.next();
  const client = openChild('bare-server.cjs', [url]);
  await client.next();
  return {
    run: (argv) => ask(client, { argv }),
    async end() {
      await client.end();
      await server.end();
    },
  };
}

async function ask(child, message) {
  const result = await child.ask(message);
  if (result.failed !== undefined) throw new Error(result.failed);
  return result;
}

async function firstLine(child) {
  let said = '';
  for await (const bytes of child.stdout) {
    said += bytes;
    if (said.includes('\n')) break;
  }
  return said.split('\n').find((line) => line.startsWith('ws://')) ?? '';
}
