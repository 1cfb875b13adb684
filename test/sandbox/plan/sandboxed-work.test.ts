// What a command can and cannot do inside a real sandbox, as root and as an ordinary user.

import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtInProfile, closedNetwork, hostPathFacts } from '../../../src/sandbox/index.ts';
import { callNumber, type SystemCall } from '../../../src/sandbox/plan/system-calls.ts';
import {
  bound,
  type LinuxFacts,
  linuxFacts,
  openPlace,
  type Place,
  type Ran,
  runUnder,
  shell,
  users,
} from '../sandboxed.ts';

const EPERM = 1;
const ENOSYS = 38;

describe.each(users)('in a sandbox as $name', ({ uid }) => {
  let facts: LinuxFacts;
  let place: Place;
  let ws: string;

  beforeAll(async () => {
    facts = await linuxFacts(uid);
  });
  beforeEach(() => {
    place = openPlace(uid);
    ws = place.folder('ws');
  });
  afterEach(() => place[Symbol.dispose]());

  const inWorkspace = (command: string): Promise<Ran> => shell(bound(ws), ws, command, facts);

  /** The errno of a raw system call (0: it worked), by perl, which every distribution has. */
  const errnoOf = async (call: SystemCall, args: string, profile = bound(ws)): Promise<number> => {
    const number = callNumber(call, facts.arch);
    const script = `my $b = "\\0" x 256; $! = 0; my $r = syscall(${number}, ${args}); print $r == -1 ? $!+0 : 0`;
    const ran = await runUnder(profile, ws, ['perl', '-e', script], facts);
    return Number(ran.stdout === '' ? `1000${ran.code}` : ran.stdout);
  };

  it('writes inside the workspace, and EROFS everywhere else', async () => {
    const outside = place.folder('outside');
    const { output, code } = await inWorkspace(`echo in > in.txt; echo out > ${outside}/out.txt`);
    expect(code).toBe(1);
    expect(output).toContain(`${outside}/out.txt: Read-only file system`);
    expect(readFileSync(path.join(ws, 'in.txt'), 'utf8')).toBe('in\n');
    expect(existsSync(path.join(outside, 'out.txt'))).toBe(false);
  });

  it('writes nowhere under :read-only, not even in its working folder or /tmp', async () => {
    const profile = bound(ws, { profile: builtInProfile(':read-only') });
    const { output } = await shell(profile, ws, 'touch here; touch /tmp/codex-never; touch /run/codex-never', facts);
    expect(output.match(/Read-only file system/g)).toHaveLength(3);
  });

  it('writes what was granted, and only that', async () => {
    const granted = place.folder('granted');
    const profile = bound(ws, { grants: [{ kind: 'write', path: granted }] });
    const { output } = await shell(profile, ws, `touch ${granted}/x && echo yes; touch ${place.path}/x`, facts);
    expect(output).toMatch(/^yes\n.*Read-only file system\n$/);
  });

  it('cannot change, move or replace protected names', async () => {
    place.folder('ws/.git/hooks');
    const { output } = await inWorkspace(
      'echo x > .git/hooks/pre-commit; mv .git .git2; rm -rf .git/hooks; rmdir .git; ln -sfn /tmp .git; ls -d .git/hooks',
    );
    expect(output).toMatch(/\.git\/hooks\n$/);
    expect(existsSync(path.join(ws, '.git/hooks/pre-commit'))).toBe(false);
    expect(existsSync(path.join(ws, '.git2'))).toBe(false);
  });

  it('cannot slip a folder of its own in above something guarded', async () => {
    const docs = place.folder('ws/a/b/docs');
    const profile = bound(ws, {
      profile: {
        name: 'dev',
        profile: {
          type: 'managed',
          entries: [
            { path: { type: 'special', place: 'root' }, access: 'read' },
            { path: { type: 'path', path: ws }, access: 'write' },
            { path: { type: 'path', path: docs }, access: 'read' },
          ],
          workspaceRoots: [],
          globScanMaxDepth: null,
          network: closedNetwork,
        },
      },
    });
    const { output } = await shell(
      profile,
      ws,
      'mv a a2; mv a/b a/b2; mkdir a/x && echo made; touch a/b/docs/x',
      facts,
    );
    expect(output.match(/Device or resource busy/g)).toHaveLength(2);
    expect(output).toContain('made');
    expect(existsSync(path.join(docs, 'x'))).toBe(false);
  });

  it('leaves nothing on the host for names that do not exist', async () => {
    await inWorkspace('true');
    expect(['.git', '.codex', '.agents', '.aws'].filter((name) => existsSync(path.join(ws, name)))).toEqual([]);
  });

  it('reads neither our keys nor the folder of our sockets, and finds a link to them closed too', async () => {
    const codexHome = place.folder('codex');
    writeFileSync(path.join(codexHome, 'auth.json'), 'SECRET', { mode: 0o644 });
    writeFileSync(path.join(codexHome, 'config.toml'), 'model = "x"\n');
    const runtimeDir = place.folder('runtime');
    writeFileSync(path.join(runtimeDir, 'owner.sock'), 'SECRET');
    symlinkSync(path.join(codexHome, 'auth.json'), path.join(ws, 'link'));
    const profile = bound(ws, { context: { codexHome, runtimeFolders: [runtimeDir] } });
    const { output } = await shell(
      profile,
      ws,
      `cat ${codexHome}/auth.json; cat link; cat ${runtimeDir}/owner.sock; ls ${runtimeDir}; rmdir ${runtimeDir}; cat ${codexHome}/config.toml`,
      facts,
    );
    expect(output).not.toContain('SECRET');
    expect(output.match(/Permission denied/g)?.length).toBeGreaterThanOrEqual(2);
    expect(output).not.toMatch(/^owner\.sock$/m);
    expect(output).toContain('model = "x"');
  });

  it('reads what is opened again below a hidden folder, and nothing beside it', async () => {
    place.folder('secret/open');
    writeFileSync(path.join(place.path, 'secret/open/a'), 'fine');
    writeFileSync(path.join(place.path, 'secret/b'), 'SECRET');
    const hidden = path.join(place.path, 'secret');
    const profile = bound(ws, {
      grants: [{ kind: 'read', path: path.join(hidden, 'open') }],
      profile: {
        name: 'dev',
        profile: {
          type: 'managed',
          entries: [
            { path: { type: 'special', place: 'root' }, access: 'read' },
            { path: { type: 'path', path: hidden }, access: 'deny' },
          ],
          workspaceRoots: [],
          globScanMaxDepth: null,
          network: closedNetwork,
        },
      },
    });
    const { output } = await shell(profile, ws, `cat ${hidden}/open/a; cat ${hidden}/b; touch ${hidden}/c`, facts);
    expect(output).toMatch(/^fine/);
    expect(output).not.toContain('SECRET');
    expect(existsSync(path.join(hidden, 'c'))).toBe(false);
  });

  it('has no capability that undoes a mount, and gains none', async () => {
    const { stdout } = await inWorkspace('grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status');
    const value = (name: string): string => new RegExp(`^${name}:\\s*(\\w+)`, 'm').exec(stdout)?.[1] ?? '';
    // chown, dac_override, fowner, setgid, setuid: bits 0, 1, 3, 6, 7.
    expect(BigInt(`0x${value('CapEff')}`)).toBe(uid === 0 ? 0xcbn : 0n);
    expect([value('NoNewPrivs'), value('Seccomp')]).toEqual(['1', '2']);
  });

  it('changes no setting of the kernel, although uid 0 owns the files', async () => {
    const { output } = await inWorkspace(
      'for f in kernel/domainname kernel/hostname vm/swappiness; do echo 1 > /proc/sys/$f; done',
    );
    expect(output.match(/Read-only file system|Permission denied/g)).toHaveLength(3);
  });

  it('makes no mounts, no namespaces, and cannot touch the init', async () => {
    const { output } = await inWorkspace('unshare -U true; mount -t tmpfs none /mnt; cat /proc/1/mem; : > /proc/1/mem');
    expect(output).toContain('unshare failed: Operation not permitted');
    expect(output).toMatch(/mount: .*(permission denied|must be superuser)/i);
    expect(output.match(/\/proc\/1\/mem: Permission denied/g)).toHaveLength(2);
  });

  it.each<[SystemCall, string, number, string]>([
    ['ioctl', '0, 0x5412, $b', EPERM, 'types into a terminal'],
    ['ioctl', '0, 0x5412 + (1 << 32), $b', EPERM, 'types into a terminal, the ignored half of the request filled'],
    ['io_uring_setup', '8, $b', ENOSYS, 'makes calls unseen'],
    ['clone3', '0, 0', ENOSYS, 'clones with hidden flags'],
    ['socket', '1, 1, 0', EPERM, 'makes a unix socket'],
    ['socket', '40, 1, 0', EPERM, 'makes a socket to the hypervisor'],
    ['socketpair', '1, 2, 0, $b', EPERM, 'makes a datagram pair'],
    ['socketpair', '1, 1, 0, $b', 0, 'makes a stream pair'],
    ['socket', '2, 1, 0', 0, 'makes an internet socket'],
    ['keyctl', '0, -3, 0', EPERM, 'asks for keys of the kernel'],
    ['userfaultfd', '0', EPERM, 'takes over page faults'],
    ['unshare', '0x10000000', EPERM, 'enters a user namespace'],
    ['setns', '0, 0', EPERM, 'joins a namespace'],
    ['ptrace', '16, 1, 0, 0', EPERM, 'traces the init'],
  ])('%s(%s) answers %i when it %s', async (call, args, errno) => {
    expect(await errnoOf(call, args)).toBe(errno);
  });

  it('reaches its own loopback servers, and not the machine or its servers', async () => {
    const server = await listening(createServer());
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const script = `
      const net = require('node:net');
      const own = net.createServer((it) => it.end('own')).listen(0, '127.0.0.1', () => {
        net.connect(own.address().port, '127.0.0.1').on('data', (it) => console.log(String(it))).on('close', () => own.close());
      });
      for (const [host, port] of [['127.0.0.1', ${port}], ['192.0.2.1', 80]]) {
        net.connect(port, host).on('error', (it) => console.log(it.code)).on('connect', () => console.log('REACHED'));
      }`;
    const { stdout } = await runUnder(bound(ws), ws, ['node', '-e', script], facts);
    server.close();
    expect(stdout.trim().split('\n').sort()).toEqual(['ECONNREFUSED', 'ENETUNREACH', 'own']);
  });

  it('reaches the servers of the machine when the network was granted', async () => {
    const server = await listening(createServer((socket) => socket.end('outer')));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const profile = bound(ws, { grants: [{ kind: 'network' }] });
    const { output } = await shell(profile, ws, `cat < /dev/tcp/127.0.0.1/${port}`, facts);
    server.close();
    expect(output).toBe('outer');
  });

  it('reaches the listed unix socket, and no other', async () => {
    const folder = place.folder('sockets');
    const [listed, other] = [path.join(folder, 'listed.sock'), path.join(folder, 'other.sock')];
    const servers = await Promise.all(
      [listed, other].map((it) =>
        listening(
          createServer((socket) => socket.end('hello')),
          it,
        ),
      ),
    );
    const script = `const net = require('node:net');
      for (const it of ${JSON.stringify([listed, other])}) net.connect(it).on('data', (d) => console.log(it, String(d)))
        .on('error', (e) => console.log(it, e.code));`;
    // Sockets that only root can see cannot be covered by another user, for whom they are out of reach anyway.
    const pathFacts = {
      ...hostPathFacts,
      boundSockets: () => hostPathFacts.boundSockets().filter((it) => it.startsWith(folder)),
    };
    const open = bound(ws, { grants: [{ kind: 'unix_socket', path: listed }], facts: pathFacts });
    const some = await runUnder(open, ws, ['node', '-e', script], facts);
    const none = await runUnder(bound(ws), ws, ['node', '-e', script], facts);
    for (const server of servers) server.close();
    const access = uid === 0 ? 'hello' : expect.stringMatching(/hello|EACCES/);
    expect(
      Object.fromEntries(
        some.stdout
          .trim()
          .split('\n')
          .map((line) => line.split(' ')),
      ),
    ).toEqual({
      [listed]: access,
      [other]: expect.stringMatching(/ECONNREFUSED|ENOTSOCK|EACCES/),
    });
    expect(none.stdout.trim().split('\n').sort()).toEqual([`${listed} EPERM`, `${other} EPERM`]);
  });

  it('runs the children of node, with pipes, with messages, and threads', async () => {
    const script = `
      const { spawn, fork } = require('node:child_process');
      const { Worker, isMainThread } = require('node:worker_threads');
      if (process.argv[1] === 'child') { process.send('message'); process.disconnect(); }
      else {
        spawn('sh', ['-c', 'cat; echo three >&3'], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
          .on('close', (code) => console.log('closed', code)).stdin.end('in');
        fork(__filename, ['child'], { stdio: 'inherit' }).on('message', (it) => console.log(it));
        new Worker('require("node:worker_threads").parentPort.postMessage("thread")', { eval: true }).on('message', (it) => console.log(it));
      }`;
    writeFileSync(path.join(ws, 'main.cjs'), script.replace('process.argv[1]', 'process.argv[2]'));
    const { output } = await runUnder(bound(ws), ws, ['node', 'main.cjs'], facts);
    expect(output.trim().split('\n').sort()).toEqual(['closed 0', 'message', 'thread']);
  });

  it('has a terminal-less shell with jobs, fifos, process substitution and shared memory', async () => {
    const { output, code } = await inWorkspace(
      'sleep 0 & wait $!; mkfifo f && { echo fifo > f & cat f; }; cat <(echo sub); echo x > /dev/shm/x && cat /dev/shm/x; echo n > /dev/null',
    );
    expect(output).toBe('fifo\nsub\nx\n');
    expect(code).toBe(0);
  });

  it('reports the exit code of its command, and 128 plus the signal that ended it', async () => {
    expect((await inWorkspace('exit 7')).code).toBe(7);
    expect((await inWorkspace('kill -SEGV $$')).code).toBe(139);
  });

  it('sees its own processes only', async () => {
    const { stdout } = await inWorkspace('ls -d /proc/[0-9]*; true');
    expect(stdout.trim().split('\n').length).toBeLessThan(6);
    expect(stdout).not.toContain(`/proc/${process.pid}\n`);
  });

  if (uid === 0) {
    it('unpacks, gives away and takes back files of other users in the workspace', async () => {
      const { output, code } = await inWorkspace(
        'mkdir d && echo x > d/f && chown 1234:1234 d/f && chmod 600 d/f && echo y >> d/f && tar cf a.tar d && rm -r d && tar xf a.tar && stat -c %u d/f',
      );
      expect(output).toBe('1234\n');
      expect(code).toBe(0);
    });

    it('leaves no setuid file behind, by whatever call', async () => {
      const { output } = await inWorkspace(
        `cp /bin/true t; chmod 4755 t; perl -e 'sysopen(F, "made", 0101, 04755) or print "made: $!\\n"; sysopen(F, ".", 020200002, 04755) or print "nameless: $!\\n"'`,
      );
      expect(output.match(/Operation not permitted/g)).toHaveLength(3);
      expect(statSync(path.join(ws, 't')).mode & 0o4000).toBe(0);
      expect(existsSync(path.join(ws, 'made'))).toBe(false);
    });

    it('cannot make what it may write reach further by remounting', async () => {
      const { output } = await inWorkspace(
        'mount -o remount,rw,bind /; touch /usr/codex-never; mknod /dev/shm/sda b 8 0',
      );
      expect(output).toContain('Read-only file system');
      expect(output).toMatch(/mknod: .*Operation not permitted/);
      expect(existsSync('/usr/codex-never')).toBe(false);
    });
  }
});

describe('a root folder that is writable', () => {
  let place: Place;
  beforeAll(() => {
    place = openPlace(process.getuid?.() ?? 0);
  });
  afterAll(() => place[Symbol.dispose]());

  it('still keeps our own folder read-only and its keys closed', async () => {
    const codexHome = place.folder('home/.codex');
    writeFileSync(path.join(codexHome, 'auth.json'), 'SECRET');
    mkdirSync(path.join(place.path, 'elsewhere'));
    const facts = await linuxFacts(process.getuid?.() ?? 0);
    const profile = bound('/', { context: { codexHome } });
    const { output } = await shell(
      profile,
      place.path,
      `touch elsewhere/x && echo wrote; touch ${codexHome}/x; cat ${codexHome}/auth.json; mv home home2; mv home/.codex home/c`,
      facts,
    );
    expect(output).toContain('wrote');
    expect(output).not.toContain('SECRET');
    expect(output).toContain('Read-only file system');
    expect(existsSync(path.join(codexHome, 'auth.json'))).toBe(true);
  });
});

function listening(server: Server, at?: string): Promise<Server> {
  return new Promise((resolve) => {
    const done = (): void => resolve(server);
    if (at === undefined) server.listen(0, '127.0.0.1', done);
    else server.listen({ path: at, writableAll: true, readableAll: true }, done);
  });
}
