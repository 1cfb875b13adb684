// A command without a network finds on its loopback the proxy and the servers it may reach, and nothing else.

import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { users } from '../../sandbox/sandboxed.ts';
import { bundleProgram } from '../bundled.ts';
import { eventually } from '../machine.ts';

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
  return portOf(server);
}

function portOf(of: Server): number {
  const address = of.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function listen(port: number): Promise<Server> {
  const one = createServer();
  return new Promise((resolve, reject) => one.once('error', reject).listen(port, '127.0.0.1', () => resolve(one)));
}

/** One of those that belong to root; null where we are not. */
async function lowPort(): Promise<Server | null> {
  for (let port = 700; port < 720; port += 1) {
    const one = await listen(port).catch(() => null);
    if (one !== null) return one;
  }
  return null;
}

/** Runs the commands side by side in one program, and returns all that they printed. */
function run(uid: number, commands: readonly string[], env: Record<string, string> = {}): Promise<string> {
  chownSync(folder, uid, uid);
  const isOther = uid !== process.getuid?.();
  const become = isOther ? ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'] : [];
  const { HOST_LIMIT: limit } = env;
  const limited = limit === undefined ? [] : ['bash', '-c', `ulimit -n ${limit}; exec "$@"`, 'limit'];
  const [file = '', ...args] = [...become, ...limited, process.execPath, program];
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

  it.each(['yes', ''])(
    'a server of the machine is reached where it is granted, and no other one (proxy: %j)',
    async (proxy) => {
      const port = portOfMachine();
      const other = createServer((connection) => connection.end('another server\n'));
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const closed = portOf(other);
      const six = `perl -MIO::Socket::IP -e 'print IO::Socket::IP->new(PeerHost => "::1", PeerPort => ${port})->getline'`;
      const command = `${ASK}ask ${port}; ${six}; ask ${closed}; ${proxy === '' ? '' : 'ask $PROXY_PORT'}`;
      const printed = await run(uid, [command], { HOST_SERVERS: String(port), HOST_PROXY: proxy });
      expect(printed.match(/the machine itself/g)).toHaveLength(2);
      expect(printed).not.toContain('another server');
      expect(printed).toMatch(/Connection refused/);
      if (proxy !== '') expect(printed).toContain(`served ${command.length}\n`);
      await new Promise((resolve) => other.close(resolve));
    },
  );

  it('nothing that was sent is lost although the command ends at once', async () => {
    let arrived = 0;
    const sink = createServer((connection) => connection.on('data', () => (arrived += 1)).resume());
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    const port = portOf(sink);
    const send = `perl -MIO::Socket::IP -e 'for (1..60) { my $s = IO::Socket::IP->new(PeerHost => "127.0.0.1", PeerPort => ${port}) or die; print $s "x"; close $s }'; echo sent`;
    expect(await run(uid, [send], { HOST_SERVERS: String(port), HOST_PROXY: '' })).toContain('sent');
    await eventually(() => arrived === 60, 'all of it arrives');
    await new Promise((resolve) => sink.close(resolve));
  });

  it('too few descriptors for the ports are told, and hang nothing', async () => {
    const servers = await Promise.all(Array.from({ length: 60 }, () => listen(0)));
    const ports = servers.map(portOf).join(' ');
    const printed = await run(uid, ['echo ran'], { HOST_SERVERS: ports, HOST_PROXY: '', HOST_LIMIT: '110' });
    expect(printed).toContain('could not be opened');
    expect(printed).not.toContain('ran\n');
    for (const it of servers) it.close();
  });

  it('a granted port without a server is the command’s own', async () => {
    const free = await listen(0);
    const port = portOf(free);
    await new Promise((resolve) => free.close(resolve));
    const own = `perl -MIO::Socket::INET -e 'IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", LocalPort => ${port}) ? print "mine\n" : print "taken\n"'`;
    const printed = await run(uid, [`${ASK}ask ${port}; ${own}`], { HOST_SERVERS: String(port), HOST_PROXY: '' });
    expect(printed).toMatch(/Connection refused/);
    expect(printed).toContain('mine\n');
  });

  it('what only one command may reach is out of reach for the next', async () => {
    const port = portOfMachine();
    const lines = (count: number): string => 'x'.repeat(count);
    // It answers when the other side has finished, and the answer still arrives.
    const echo = createServer({ allowHalfOpen: true }, (connection) => connection.pipe(connection));
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    const half = `perl -MIO::Socket::IP -e '$| = 1; my $s = IO::Socket::IP->new(PeerHost => "127.0.0.1", PeerPort => ${portOf(echo)}); print $s "${lines(100_000)}"; $s->shutdown(1); local $/; print "[", length(<$s>), "]\n"'`;
    const low = await lowPort();
    const granted = [portOf(echo), ...(low === null ? [] : [portOf(low)]), port].join(' ');
    const printed = await run(uid, [half], { HOST_SERVERS: granted, HOST_PROXY: '' });
    expect(printed).toContain('[100000]');
    low?.close();
    const again = await run(uid, [`${ASK}ask ${port}`], { HOST_PROXY: 'yes' });
    expect(again).toMatch(/Connection refused/);
    await new Promise((resolve) => echo.close(resolve));
  });

  it('the port of a command that has ended leads nowhere', async () => {
    const first = `echo $PROXY_PORT > port; touch first`;
    const second = `${ASK}while [ ! -e first ]; do sleep 0.05; done; for n in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; got=$(ask $(cat port)); [ -z "$got" ] && break; done; echo "got:$got."`;
    expect(await run(uid, [first, second])).toContain('got:.');
  });
});
