// A command without a network finds the proxy on its loopback, and nothing else.

import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { users } from '../../sandbox/sandboxed.ts';
import { bundleProgram } from '../bundled.ts';

let program: string;
let folder: string;
let server: Server;

beforeAll(async () => {
  program = await bundleProgram('engine-host');
  chmodSync(program, 0o644);
  server = createServer((connection) => connection.end('the machine itself\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  rmSync(program, { force: true });
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  folder = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-proxy-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ASK = 'ask() { exec 8<>/dev/tcp/127.0.0.1/$1 && cat <&8; exec 8<&-; }; ';

function portOfMachine(): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Runs the commands side by side in one program, and returns all that they printed. */
function run(uid: number, commands: readonly string[], env: Record<string, string> = {}): Promise<string> {
  chownSync(folder, uid, uid);
  const isOther = uid !== process.getuid?.();
  const become = isOther ? ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'] : [];
  const [file = '', ...args] = [...become, process.execPath, program];
  const child = spawn(file, args, {
    cwd: '/',
    env: {
      PATH: process.env.PATH,
      HOST_FOLDER: folder,
      HOST_STDIO: 'pipe',
      HOST_PROXY: 'yes',
      HOST_COMMANDS: JSON.stringify(commands),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
  });
  return new Promise((resolve) => child.once('close', () => resolve(printed)));
}

describe.each(users)('as $name', ({ uid }) => {
  it('a command reaches the proxy, its own servers, and neither the machine nor its servers', async () => {
    const own = `perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die; print $s->sockport, "\\n"; $| = 1; my $c = $s->accept; print $c "own\\n"'`;
    const command = [
      ASK,
      'ask $PROXY_PORT;',
      `ask ${portOfMachine()};`,
      `{ read -r port; ask $port; } < <(${own});`,
      'echo > /dev/tcp/192.0.2.1/80;',
    ].join(' ');
    const printed = await run(uid, [command]);
    expect(printed).toContain(`served ${command.length}\n`);
    expect(printed).not.toContain('the machine itself');
    expect(printed).toMatch(/Connection refused/);
    expect(printed).toMatch(/Network is unreachable/);
  });

  it('each of several at once has a port of its own', async () => {
    const commands = ['', ' ', '  ', '   '].map((blank) => `${ASK}ask $PROXY_PORT${blank}`);
    const printed = await run(uid, commands);
    for (const command of commands) expect(printed).toContain(`served ${command.length}\n`);
  });

  it('the port of a command that has ended leads nowhere', async () => {
    const first = `echo $PROXY_PORT > port; touch first`;
    const second = `${ASK}while [ ! -e first ]; do sleep 0.05; done; for n in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; got=$(ask $(cat port)); [ -z "$got" ] && break; done; echo "got:$got."`;
    expect(await run(uid, [first, second])).toContain('got:.');
  });
});
