// A machine that is reached by ssh: a real sshd on loopback, as another user. It needs root, who alone can log in as
// somebody else, and the ssh programs, which CI installs.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually, type Place, programsOfATest } from '../support/program.ts';

const SSHD = '/usr/sbin/sshd';

/** Nobody has it. */
const UID = 190_000 + (process.pid % 10_000);

/** What the test itself needs of the kernel: mounts for the sshd, and a sandbox that an ordinary user may start. */
function hasNamespaces(): boolean {
  const mounts = spawnSync('unshare', ['--mount', 'mount', '--bind', '/etc/passwd', '/etc/passwd']);
  const sandbox = ['--unshare-user', '--unshare-pid', '--ro-bind', '/', '/', '--proc', '/proc', 'true'];
  return mounts.status === 0 && spawnSync('bwrap', sandbox, { uid: UID, gid: UID }).status === 0;
}

export const canLogIn = process.getuid?.() === 0 && existsSync(SSHD) && existsSync('/usr/bin/ssh') && hasNamespaces();

const root = path.join(import.meta.dirname, '../..');

/** What the published set-up gives a user: the program, and the terminal add-on beside it. */
function installFor(folder: string): string {
  cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
  for (const name of ['node-pty', 'node-pty-prebuilt']) {
    const from = path.join(root, 'node_modules', name);
    if (existsSync(from)) cpSync(from, path.join(folder, 'node_modules', name), { recursive: true });
  }
  return path.join(folder, 'dist/codex.cjs');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export function machineBySsh(): void {
  const tests = programsOfATest();
  let folder: string;
  let home: string;
  let program: string;
  let port: number;
  let sshd: ChildProcess;

  beforeAll(async () => {
    folder = mkdtempSync('/var/tmp/codex-ssh-');
    chmodSync(folder, 0o755);
    home = path.join(folder, 'home');
    mkdirSync(path.join(home, '.ssh'), { recursive: true });
    for (const key of ['host', 'login'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(folder, key)]);
    writeFileSync(path.join(home, '.ssh/authorized_keys'), readFileSync(path.join(folder, 'login.pub')));
    // A banner, as people have them in their start files.
    writeFileSync(path.join(home, '.bashrc'), 'echo "Welcome to the machine"\n');
    writeFileSync(
      path.join(folder, 'passwd'),
      `${readFileSync('/etc/passwd', 'utf8')}visitor:x:${UID}:${UID}::${home}:/bin/bash\n`,
    );
    for (const place of [home, path.join(home, '.ssh'), path.join(home, '.ssh/authorized_keys')])
      chownSync(place, UID, UID);
    chmodSync(path.join(home, '.ssh'), 0o700);
    program = installFor(folder);
    port = await freePort();
    writeFileSync(
      path.join(folder, 'sshd_config'),
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        `HostKey ${path.join(folder, 'host')}`,
        'UsePAM no',
        'PidFile none',
        'StrictModes no',
        `SetEnv PATH=${path.dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
        '',
      ].join('\n'),
    );
    // The user exists for this sshd alone.
    const script = 'mount --bind "$1" /etc/passwd && mkdir -p /run/sshd && exec "$2" -D -e -f "$3"';
    const args = [path.join(folder, 'passwd'), SSHD, path.join(folder, 'sshd_config')];
    sshd = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', ...args], { stdio: 'ignore' });
    while (!(await answers(port))) if (sshd.exitCode !== null) throw new Error('sshd ended');
  });
  afterAll(async () => {
    const over = new Promise((resolve) => sshd.once('close', resolve));
    sshd.kill();
    await over;
    rmSync(folder, { recursive: true, force: true });
  });

  function placeWithMachine(): Place {
    const place = tests.place();
    mkdirSync(place.codexHome, { recursive: true });
    const options = ['-T', '-p', String(port), '-i', path.join(folder, 'login'), '-o', 'StrictHostKeyChecking=no'];
    const known = ['-o', `UserKnownHostsFile=${path.join(folder, 'known')}`, '-o', 'LogLevel=ERROR', '-F', 'none'];
    const args = [...options, ...known, 'visitor@127.0.0.1', `${program} exec-server --listen stdio`];
    writeFileSync(
      path.join(place.codexHome, 'environments.toml'),
      `[[environments]]\nid = "host"\nprogram = "ssh"\nargs = ${JSON.stringify(args)}\n`,
    );
    return place;
  }

  it('runs commands as the user there, in a terminal, in their sandbox', async () => {
    const program = tests.open({ place: placeWithMachine() });
    await program.ready();
    await program.enter('@host id -u; stty size; pwd');
    await program.waitForLine(new RegExp(`^ {2}${UID}$`));
    await program.waitForLine(new RegExp(`^ {2}${home}$`));
    expect(program.history().join('\n')).not.toContain('Welcome');
    await program.enter('@host touch /var/tmp/of-visitor || echo closed');
    await program.waitForLine(/^ {2}closed$/);
    expect(existsSync('/var/tmp/of-visitor')).toBe(false);
  });

  it('leaves nothing there when the program ends', async () => {
    const program = tests.open({ place: placeWithMachine() });
    await program.ready();
    await program.enter(`@host echo began; sleep 1000`);
    await program.waitFor(/^ {3}began$/m);
    program.kill('SIGKILL');
    await program.exit;
    const left = (): string[] => {
      try {
        return execFileSync('pgrep', ['-u', String(UID), '-f', 'sleep 1000'])
          .toString()
          .split('\n')
          .filter(Boolean);
      } catch {
        return [];
      }
    };
    await eventually(() => left().length === 0, 'the command there ends');
  });
}
