// A program of its own that runs commands through the engine, told by the environment what to do: tests start it with
// odd descriptors, and kill it.

import { writeSync } from 'node:fs';
import { closeInheritedDescriptors, openLocalEnvironment, type ProxyClient } from '../../../src/exec/index.ts';
import { type BoundProfile, bindProfile, builtInProfile, closedNetwork } from '../../../src/sandbox/index.ts';

const folder = process.env.HOST_FOLDER ?? '/nonexistent';
const commands: string[] = JSON.parse(process.env.HOST_COMMANDS ?? '[]');
const stdio =
  process.env.HOST_STDIO === 'pipe'
    ? ({ kind: 'pipe', stdin: 'closed' } as const)
    : ({ kind: 'pty', cols: 80, rows: 24 } as const);

function bound(workspace: string): BoundProfile {
  const named = builtInProfile(':workspace');
  const isProxied = process.env.HOST_PROXY === 'yes' && named.profile.type === 'managed';
  const network = { ...closedNetwork, access: 'proxied' as const };
  const profile = isProxied ? { ...named, profile: { ...named.profile, network } } : named;
  const context = {
    workspaceRoots: [workspace],
    home: '/nonexistent',
    tmpdir: null,
    codexHome: `${workspace}/.home`,
    runtimeFolders: [],
  };
  const servers = (process.env.HOST_SERVERS ?? '').split(' ').filter((port) => port !== '');
  const grants = servers.map((port) => ({ kind: 'local_port', port: Number(port) }) as const);
  const result = bindProfile(profile, grants, context);
  if (!result.ok) throw new Error(result.problem.what);
  return result.value;
}

/** A proxy that tells who asked it, and nothing else. */
function answering(command: string): ProxyClient {
  return {
    env: (port) => ({ PROXY_PORT: String(port) }),
    serve: (connection) => void connection.end(`served ${command.length}\n`),
    blocked: () => [],
  };
}

async function main(): Promise<void> {
  if (process.env.HOST_CLOSES === 'yes') say(`closed ${closeInheritedDescriptors(process.env).join(' ')}\n`);
  const environment = openLocalEnvironment({ lockFolder: process.env.HOST_LOCKS ?? null });
  const profile =
    process.env.HOST_UNSANDBOXED === 'yes' ? ({ type: 'disabled', name: 'none' } as const) : bound(folder);
  const env = { PATH: '/usr/bin:/bin', HOME: folder };
  const isProxied = process.env.HOST_PROXY === 'yes';
  let open = commands.length;
  for (const command of commands) {
    const started = await environment.start(
      {
        argv: ['bash', '-c', command],
        cwd: folder,
        env,
        stdio,
        profile,
        outputFile: null,
        proxy: isProxied ? answering(command) : null,
      },
      {
        output: (bytes) => say(bytes),
        outputFileOpened() {},
        waiting() {},
        suspended() {},
        exited() {},
        closed(result) {
          if (process.env.HOST_ENDS === 'yes') say(`ended ${result.exit.code} ${result.ran}\n`);
          open--;
          if (open === 0) void environment.dispose(0);
        },
      },
    );
    if (started.ok && process.env.HOST_KILLS === 'yes') started.value.signal('kill');
    if (!started.ok) say(`${JSON.stringify(started.problem)}\n`);
  }
}

function say(text: string | Uint8Array): void {
  writeSync(1, Buffer.from(text));
}

void main();
