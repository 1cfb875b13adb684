// What programs that are not on every machine print when they are stopped, and what only looks like it.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalTexts } from '../../../src/sandbox/denial/errno-texts.ts';
import type { BoundProfile, OutsideFacts } from '../../../src/sandbox/index.ts';
import { bound, nothingOpen, openPlace, type Place } from '../sandboxed.ts';
import { type Heard, judged, verdictOf } from './judged.ts';

/** A machine on which this user may do everything, with a few folders and sockets. */
const allowing: OutsideFacts = {
  wouldWork: () => true,
  readOnlyFileSystem: (name) => name.startsWith('/media'),
  exists: (name) => ['/etc/hosts', '/run/docker.sock', '/w', '/w/.git', '/w/.git/config', '/opt'].includes(name),
  isFolder: (name) => ['/w', '/w/.git', '/opt'].includes(name),
  isSocket: (name) => name === '/run/docker.sock',
  resolve: (name) => name.replace(/^\/var\/run/, '/run').replace(/(.)\/$/, '$1'),
  listens: (port) => port === 5432,
  isRoot: true,
  answersNotPermitted: false,
};

const workspace: typeof nothingOpen = {
  ...nothingOpen,
  name: ':workspace',
  writableRoots: [
    { path: '/tmp', readOnly: [] },
    { path: '/w', readOnly: ['/w/.git'] },
  ],
  denied: ['/home/u/.codex/auth.json'],
};

const told = (
  command: string,
  output: string,
  code = 1,
  profile: BoundProfile = workspace,
  outside = allowing,
): string => verdictOf(judged({ profile, command, cwd: '/w', output, code, home: '/home/u', outside }));

describe('is stopped:', () => {
  it.each<[command: string, output: string, verdict: string, code?: number]>([
    [
      'git commit -m x',
      "fatal: Unable to create '/w/.git/index.lock': Read-only file system",
      'create /w/.git certain',
      128,
    ],
    [
      'git config a.b c',
      'error: could not lock config file .git/config: Read-only file system',
      'write /w/.git/config certain',
      255,
    ],
    [
      'git checkout -b x',
      "error: Unable to create '/w/.git/HEAD.lock': Read-only file system\nSwitched to a new branch 'x'",
      'create /w/.git certain',
      0,
    ],
    [
      'git fetch https://h.test/r',
      "error: cannot open '.git/FETCH_HEAD': Read-only file system",
      'create /w/.git/FETCH_HEAD certain',
      255,
    ],
    [
      'git clone git@h.test:a/b',
      'ssh: Could not resolve hostname h.test: Temporary failure in name resolution\r\nfatal: Could not read from remote repository.',
      'connect h.test certain',
      128,
    ],
    [
      'git clone https://h.test/r',
      "fatal: unable to access 'https://h.test/r/': Could not resolve host: h.test",
      'connect h.test certain',
      128,
    ],
    [
      'ssh h.test',
      'ssh: connect to host 192.0.2.1 port 22: Network is unreachable',
      'connect 192.0.2.1:22 certain',
      255,
    ],
    ['curl https://h.test', 'curl: (6) Could not resolve host: h.test', 'connect h.test certain', 6],
    [
      'curl http://192.0.2.1',
      "curl: (7) Failed to connect to 192.0.2.1 port 80 after 0 ms: Couldn't connect to server",
      'connect 192.0.2.1:80 certain',
      7,
    ],
    [
      'curl http://[::1]:5432/',
      "curl: (7) Failed to connect to ::1 port 5432 after 0 ms: Couldn't connect to server",
      'connect [::1]:5432 certain',
      7,
    ],
    [
      `python3 -c 'import socket; socket.create_connection(("localhost", 5432))'`,
      'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\nConnectionRefusedError: [Errno 111] Connection refused',
      'connect localhost:5432 likely',
    ],
    [
      'git clone git://localhost:5432/x',
      "Cloning into 'x'...\nfatal: unable to connect to localhost:\nlocalhost[0: ::1]: errno=Connection refused\nlocalhost[1: 127.0.0.1]: errno=Connection refused",
      'connect localhost:5432 likely',
      128,
    ],
    [
      'curl http://localhost:5432',
      "curl: (7) Failed to connect to localhost port 5432 after 0 ms: Couldn't connect to server",
      'connect localhost:5432 certain',
      7,
    ],
    ['curl -s https://h.test/x', '', 'connect h.test likely', 6],
    ['wget -q https://h.test/x', '', 'connect h.test likely', 4],
    [
      'wget http://192.0.2.1',
      'Connecting to 192.0.2.1:80... failed: Network is unreachable.',
      'connect 192.0.2.1:80 certain',
      4,
    ],
    [
      'wget https://h.test',
      'Resolving h.test (h.test)... failed: Temporary failure in name resolution.\nwget: unable to resolve host address ‘h.test’',
      'connect h.test certain',
      4,
    ],
    ['ping h.test', 'ping: h.test: Temporary failure in name resolution', 'connect h.test certain', 2],
    ['ping 192.0.2.1', 'ping: connect: Network is unreachable', 'connect 192.0.2.1 likely', 2],
    ['python3 a.py', "OSError: [Errno 30] Read-only file system: '/etc/x'", 'create /etc/x certain'],
    ['python3 a.py', '<urlopen error [Errno -3] Temporary failure in name resolution>', 'connect python3 likely'],
    [
      'python3 -c "urlopen(\'https://h.test\')"',
      'urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>',
      'connect h.test likely',
    ],
    [
      'npm i left-pad',
      'npm error code EAI_AGAIN\nnpm error syscall getaddrinfo\nnpm error request to https://reg.test/left-pad failed, reason: getaddrinfo EAI_AGAIN reg.test\nnpm error Log files were not written due to an error writing to the directory: /home/u/.npm/_logs',
      'connect reg.test certain',
    ],
    ['node a.js', "Error: EROFS: read-only file system, open '/etc/x'", 'create /etc/x certain'],
    [
      'cargo build',
      'warning: spurious network error (3 tries remaining): [6] Could not resolve hostname (Could not resolve host: index.test)',
      'connect index.test certain',
      101,
    ],
    [
      'cargo new /opt/c',
      'error: failed to create package `c` at `/opt/c`\n\nCaused by:\n  Read-only file system (os error 30)',
      'create /opt/c likely',
      101,
    ],
    ['go get h.test/x', 'dial tcp: lookup h.test on 127.0.0.53:53: server misbehaving', 'connect h.test certain'],
    ['go run .', 'panic: open /etc/x: read-only file system', 'create /etc/x certain', 2],
    [
      'java A',
      'Exception in thread "main" java.io.FileNotFoundException: /etc/x (Read-only file system)',
      'create /etc/x certain',
    ],
    [
      'ruby a.rb',
      "a.rb:1:in `initialize': Read-only file system @ rb_sysopen - /etc/x (Errno::EROFS)",
      'create /etc/x certain',
    ],
    [
      'gcc -c a.c -o /opt/a.o',
      "Assembler messages:\nFatal error: can't create /opt/a.o: Read-only file system",
      'create /opt/a.o certain',
    ],
    [
      'sqlite3 /opt/a.db .dump',
      'Error: unable to open database "/opt/a.db": unable to open database file',
      'create /opt/a.db likely',
    ],
    [
      'gpg -k',
      "gpg: Fatal: can't create directory '/home/u/.gnupg': Read-only file system",
      'create /home/u/.gnupg certain',
      2,
    ],
    [
      'apt-get update',
      "Err:1 http://deb.test stable InRelease\n  Temporary failure resolving 'deb.test'",
      'connect deb.test certain',
      100,
    ],
    [
      'docker ps',
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/containers/json": dial unix /var/run/docker.sock: socket: operation not permitted',
      'unix_socket /run/docker.sock certain',
    ],
    [
      'tmux ls',
      'error connecting to /tmp/tmux-0/default (Operation not permitted)',
      'unix_socket /tmp/tmux-0/default likely',
    ],
    [
      'psql',
      'psql: error: connection to server on socket "/tmp/.s.PGSQL.5432" failed: could not create socket: Operation not permitted',
      'unix_socket /tmp/.s.PGSQL.5432 likely',
      2,
    ],
    [
      'sudo make install',
      'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
      'privilege sudo certain',
    ],
    ['hostname x', 'hostname: you must be root to change the host name', 'privilege hostname certain'],
    [
      'apt-get install x',
      'E: setgroups 65534 failed - setgroups (1: Operation not permitted)',
      'privilege setgroups certain',
      100,
    ],
    ['./old32', '', 'privilege old32 likely', 159],
    [
      'make install',
      "install: cannot create regular file '/opt/bin/x': Read-only file system\nmake: *** [Makefile:2: install] Error 1",
      'create /opt/bin/x certain',
      2,
    ],
    [
      'make',
      "\u001b[31mtouch\u001b[0m: cannot touch '\u001b[1m/etc/x\u001b[0m': Read-only file system\r\n",
      'create /etc/x certain',
      2,
    ],
    [
      'LC_ALL=de touch /etc/x',
      "touch: '/etc/x' kann nicht berührt werden: Das Dateisystem ist nur lesbar",
      'create /etc/x certain',
    ],
    [
      'touch /etc/x',
      "touch: initialisation des dates de '/etc/x' : Système de fichiers accessible en lecture seulement",
      'create /etc/x certain',
    ],
    [
      'touch /etc/x',
      'touch: невозможно выполнить touch для «/etc/x»: Файловая система доступна только для чтения',
      'create /etc/x certain',
    ],
    ['touch /etc/x', "touch: 无法 touch '/etc/x': 只读文件系统", 'create /etc/x certain'],
    ['touch /etc/x', "touch: `/etc/x' に touch できません: 読み込み専用ファイルシステムです", 'create /etc/x certain'],
    [
      'cat ~/.codex/auth.json',
      'cat: /home/u/.codex/auth.json: Keine Berechtigung',
      'read /home/u/.codex/auth.json certain',
    ],
    ['ping h.test', 'ping: h.test: Échec temporaire dans la résolution du nom', 'connect h.test certain', 2],
  ])('%s → %s', (command, output, verdict, code = 1) => {
    expect(told(command, output, code)).toBe(verdict);
  });
});

describe('a unix socket', () => {
  it.each<[command: string, output: string, verdict: string, code?: number]>([
    [
      'docker ps',
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running? dial unix /var/run/docker.sock: socket: operation not permitted',
      'unix_socket /run/docker.sock certain',
    ],
    ['tmux -S /w/t new', 'error connecting to /w/t (Operation not permitted)', 'unix_socket /w/t likely'],
    [
      'SSH_AUTH_SOCK=/run/docker.sock ssh-add -l',
      'Error connecting to agent: Operation not permitted',
      'unix_socket /run/docker.sock likely',
      2,
    ],
    ['ssh-add -l', 'Error connecting to agent: Operation not permitted', 'unix_socket ssh-add likely', 2],
    [
      'gpg -s f',
      "gpg: error binding socket to '/home/u/.gnupg/S.gpg-agent': Operation not permitted",
      'unix_socket /home/u/.gnupg/S.gpg-agent likely',
      2,
    ],
    [
      'psql',
      'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: could not create socket: Operation not permitted',
      'unix_socket /run/postgresql/.s.PGSQL.5432 likely',
      2,
    ],
    ['mysql', "ERROR 2001 (HY000): Can't create UNIX socket (1)", 'unix_socket mysql likely'],
    ['systemctl status', 'Failed to connect to bus: Operation not permitted', 'unix_socket systemctl likely'],
  ])('%s → %s', (command, output, verdict, code = 1) => {
    expect(told(command, output, code)).toBe(verdict);
  });

  it('is offered as that socket, and as nothing where only the program knows which', () => {
    const grantsOf = (command: string, output: string) =>
      judged({ profile: workspace, command, cwd: '/w', output, code: 1, home: '/home/u', outside: allowing })?.grants;
    expect(grantsOf('x', 'dial unix /var/run/docker.sock: socket: operation not permitted')).toEqual([
      { kind: 'unix_socket', path: '/run/docker.sock' },
    ]);
    expect(grantsOf('systemctl', 'Failed to connect to bus: Operation not permitted')).toEqual([]);
  });

  it('that is open or closed by name is judged so', () => {
    const line = 'dial unix /run/docker.sock: socket: operation not permitted';
    expect(told('x', line, 1, { ...workspace, allUnixSockets: true })).toBe('null');
    const closed = { ...workspace, allUnixSockets: true, deniedUnixSockets: ['/run/docker.sock'] };
    expect(told('x', line, 1, closed)).toBe('unix_socket /run/docker.sock certain');
  });
});

describe('with a proxy of ours', () => {
  const proxied: typeof workspace = { ...workspace, network: 'proxied' };
  const judge = (command: string, output: string, more: Partial<Heard> = {}) =>
    judged({ profile: proxied, command, cwd: '/w', output, code: 1, home: '/home/u', outside: allowing, ...more });
  const block = (host: string, port: number) => () => [{ host, port, protocol: 'https' }];

  it.each([
    ['curl https://h.test/', 'curl: (56) CONNECT tunnel failed, response 403'],
    ['curl https://h.test/', 'curl: (56) Received HTTP code 403 from proxy after CONNECT'],
    ['npm i https://h.test/x', 'npm error tunneling socket could not be established, statusCode=403'],
    ['curl https://h.test/', 'curl: (56) Proxy CONNECT aborted'],
    ['chrome https://h.test/', 'net::ERR_TUNNEL_CONNECTION_FAILED'],
    ['wget https://h.test/', 'Proxy tunneling failed: Forbidden'],
    ['pip download x -i https://h.test/', "OSError('Tunnel connection failed: 403 Forbidden')"],
  ])('%s is likely stopped by it: %s', (command, output) => {
    expect(verdictOf(judge(command, output))).toBe('connect h.test likely');
    expect(verdictOf(judge(command, output, { isProxied: false }))).toBe('null');
    expect(told(command, output)).toBe('null');
  });

  it('takes its records for certain, before every guess at the same host', () => {
    const denial = judge('curl https://h.test/', 'curl: (56) CONNECT tunnel failed, response 403', {
      blocks: block('h.test', 443),
    });
    expect(denial).toMatchObject({
      operation: 'connect',
      target: 'h.test:443',
      certainty: 'certain',
      evidence: 'the proxy refused h.test:443',
      because: ':workspace lets commands reach listed hosts only',
      grants: [{ kind: 'host', host: 'h.test', port: 443 }],
      also: [],
    });
  });

  it('is believed without a word and at exit code 0', () => {
    const denial = judged({
      profile: proxied,
      command: 'curl -s https://h.test || true',
      cwd: '/w',
      output: '',
      code: 0,
      outside: allowing,
      blocks: block('::1', 80),
    });
    expect(denial).toMatchObject({ target: '[::1]:80', grants: [{ kind: 'local_port', port: 80 }] });
  });

  it('goes before what else was stopped', () => {
    const denial = judge('make', "touch: cannot touch '/opt/x': Read-only file system", {
      blocks: block('h.test', 443),
    });
    expect(denial?.also).toEqual([{ operation: 'create', target: '/opt/x' }]);
    expect(denial?.grants).toHaveLength(2);
  });
});

describe('what is out of sight', () => {
  const hiding: typeof workspace = { ...workspace, hidden: ['/w/.git'] };
  const narrow: typeof workspace = { ...workspace, readsEverything: false, readable: ['/usr'] };

  it.each([
    'cat: .git/config: No such file or directory',
    "Error: ENOENT: no such file or directory, open '/w/.git/config'",
    'cat: .git/config: Datei oder Verzeichnis nicht gefunden',
    'cat: .git/config: Aucun fichier ou dossier de ce type',
  ])('is stopped: %s', (line) => {
    expect(told('x', line, 1, hiding)).toBe('read /w/.git/config certain');
  });

  it('is what the profile does not list, where it does not open everything', () => {
    expect(told('x', 'cat: /etc/hosts: No such file or directory', 1, narrow)).toBe('read /etc/hosts certain');
  });

  it.each([
    ['cat: /etc/none: No such file or directory', narrow],
    ['cat: .git/config: No such file or directory', workspace],
    ['cat: /usr/x: No such file or directory', narrow],
  ])('is not what is missing: %s', (line, profile) => {
    expect(told('x', line, 1, profile)).toBe('null');
  });

  it('is a protected name that cannot be made', () => {
    const guarding: typeof workspace = { ...workspace, absentNames: ['/w/.codex'] };
    const line = "mkdir: cannot create directory '.codex': File exists";
    expect(told('mkdir .codex', line, 1, guarding)).toBe('create /w/.codex certain');
    expect(told('mkdir .codex', line)).toBe('null');
    expect(told('touch .codex/x', "touch: cannot touch '.codex/x': Read-only file system", 1, guarding)).toBe(
      'create /w/.codex/x certain',
    );
  });
});

describe('what it costs', () => {
  it('does not grow with the refusals that are printed', () => {
    let asked = 0;
    const counting: OutsideFacts = {
      ...allowing,
      resolve: (name) => {
        asked += 1;
        return name;
      },
    };
    const line = (index: number): string => `touch: cannot touch '/etc/${index}': Read-only file system\n`;
    const told = (lines: number): number => {
      asked = 0;
      const output = Array.from({ length: lines }, (_, index) => line(index)).join('');
      judged({ profile: workspace, command: 'make', cwd: '/w', output, code: 1, outside: counting });
      return asked;
    };
    const few = told(64);
    expect(told(1_000)).toBeLessThan(10 * few);
    expect(told(100_000)).toBeLessThan(10 * few);
  });

  it('is little for one line that names thousands of paths', () => {
    let asked = 0;
    const counting: OutsideFacts = {
      ...allowing,
      resolve: (name) => {
        asked += 1;
        return name;
      },
    };
    const output = `${"'/a/b' ".repeat(9_000)}: Read-only file system`;
    judged({ profile: workspace, command: 'make', cwd: '/w', output, code: 1, outside: counting });
    expect(asked).toBeLessThan(200);
  });
});

describe('is not stopped:', () => {
  it.each<[command: string, output: string, code?: number]>([
    ['ssh git@h.test', 'git@h.test: Permission denied (publickey).', 255],
    ['git push', 'remote: Permission denied: /etc/x\nerror: failed to push some refs', 1],
    ['./x', 'bash: line 1: ./x: Permission denied', 126],
    ['cat /root/private', 'cat: /root/private: Permission denied', 1],
    [
      'npm i -g x',
      "npm error code EACCES\nnpm error Error: EACCES: permission denied, mkdir '/usr/lib/node_modules/x'",
      243,
    ],
    ['curl -f https://h.test', '{"error":"Permission denied"}', 22],
    ['npm test', "  ✓ says Read-only file system for '/etc/x' (3 ms)\n  1 passing", 0],
    ['gcc a.c', 'a.c:3:9: warning: unused variable\n    3 |   puts("Read-only file system: /etc/x");', 1],
    ['rg -n denied', "logs/a:3:touch: cannot touch '/etc/x': Permission denied", 0],
    ['cat build.log', "touch: cannot touch '/etc/x': Read-only file system", 0],
    ['git log -p', "+touch: cannot touch '/etc/x': Read-only file system", 0],
    [
      'curl http://localhost:8080',
      "curl: (7) Failed to connect to localhost port 8080 after 0 ms: Couldn't connect to server",
      7,
    ],
    ['curl -s http://localhost:8080', '', 7],
    ['kill 12', 'bash: line 1: kill: (12) - Operation not permitted', 1],
    ['touch /media/cd/x', "touch: cannot touch '/media/cd/x': Read-only file system", 1],
    ['touch in', "touch: cannot touch '/w/in': Read-only file system", 1],
    ['umount /busy', "rm: cannot remove '/somewhere/else': Device or resource busy", 1],
    ['python3 t.py', 'AssertionError: expected "Network" to equal "Connection refused"', 1],
    ['mysql', "ERROR 1142 (42000): SELECT command denied to user 'x'@'localhost' for table 'sandbox'", 1],
  ])('%s', (command, output, code = 1) => {
    expect(told(command, output, code)).toBe('null');
  });

  it('anything, when the profile is no sandbox', () => {
    const none: BoundProfile = { type: 'disabled', name: ':danger-full-access' };
    expect(told('touch /etc/x', "touch: cannot touch '/etc/x': Read-only file system", 1, none)).toBe('null');
  });

  it.each([
    'curl: (6) Could not resolve host: h.test',
    'ping: h.test: Name or service not known',
    'x: connect: Network is unreachable',
  ])('what fails with the network open: %s', (line) => {
    expect(told('curl https://h.test', line, 6, { ...workspace, network: 'enabled' })).toBe('null');
  });

  it('what this user could not do outside either', () => {
    const outside = { ...allowing, wouldWork: () => false };
    expect(told('touch /etc/x', "touch: cannot touch '/etc/x': Read-only file system", 1, workspace, outside)).toBe(
      'null',
    );
  });

  it.each(['mount: /mnt: permission denied.', 'date: cannot set date: Operation not permitted'])(
    'a privilege that this user does not have outside either: %s',
    (line) => {
      expect(told(line.split(':')[0] ?? '', line, 1, workspace, { ...allowing, isRoot: false })).toBe('null');
    },
  );
});

describe('the verdict', () => {
  const judge = (command: string, output: string) =>
    judged({ profile: workspace, command, cwd: '/w', output, code: 1, home: '/home/u', outside: allowing });

  it.each([
    [
      'touch /etc/x',
      "touch: cannot touch '/etc/x': Read-only file system",
      ':workspace opens /w and /tmp for writing only',
    ],
    ['touch .git/x', "touch: cannot touch '.git/x': Read-only file system", ':workspace keeps /w/.git read-only'],
    [
      'cat ~/.codex/auth.json',
      'cat: /home/u/.codex/auth.json: Permission denied',
      ':workspace closes ~/.codex/auth.json',
    ],
    ['curl h.test', 'curl: (6) Could not resolve host: h.test', 'no network for commands (profile :workspace)'],
  ])('of "%s" says which line of the profile it was', (command, output, because) => {
    expect(judge(command, output)?.because).toBe(because);
  });

  it('shows the line without colours, and every further access once', () => {
    const line = (name: string): string =>
      `\u001b[31mtouch: cannot touch '${name}': Read-only file system\u001b[0m\r\n`;
    const denial = judge('make', [line('/etc/x'), line('/etc/x'), line('/opt/y')].join(''));
    expect(denial?.evidence).toBe("touch: cannot touch '/etc/x': Read-only file system");
    expect(denial?.also).toEqual([{ operation: 'create', target: '/opt/y' }]);
  });

  it('names the network before a diary that could not be written', () => {
    const output =
      "npm warn logfile could not create logs-dir: Error: EROFS: read-only file system, mkdir '/home/u/.npm/_logs'\n" +
      'npm error request to https://reg.test/x failed, reason: getaddrinfo EAI_AGAIN reg.test\n';
    expect(judge('npm view x', output)?.target).toBe('reg.test');
  });
});

describe('on macOS', () => {
  let place: Place;
  beforeAll(() => {
    place = openPlace(process.getuid?.() ?? 0);
  });
  afterAll(() => place[Symbol.dispose]());

  it('takes EPERM on a closed path for what EROFS is on Linux', () => {
    const outside = { ...allowing, answersNotPermitted: true };
    expect(told('touch /etc/x', 'touch: /etc/x: Operation not permitted', 1, workspace, outside)).toBe(
      'create /etc/x certain',
    );
    expect(told('touch /w/x', 'touch: /w/x: Operation not permitted', 1, workspace, outside)).toBe('null');
  });

  it('asks the real machine when no facts are given', () => {
    const ws = place.folder('ws');
    const file = path.join(place.path, 'f');
    writeFileSync(file, '');
    const output = `bash: ${file}: Read-only file system\n`;
    expect(verdictOf(judged({ profile: bound(ws), command: `echo > ${file}`, cwd: ws, output, code: 1 }))).toBe(
      `write ${file} certain`,
    );
  });
});

it('knows every errno text it lists when a C library would print it', () => {
  for (const { text, kind, isTelling } of refusalTexts) {
    if (isTelling === true || kind === 'refused' || kind === 'bad_system_call') continue;
    const line = {
      read_only: `x: '/etc/x': ${text}`,
      busy: `x: '/w/.git': ${text}`,
      no_permission: `x: '/home/u/.codex/auth.json': ${text}`,
    };
    const network = kind === 'unreachable' || kind === 'unresolved' ? `x: h.test: ${text}` : `mount: ${text}`;
    const output = kind in line ? line[kind as keyof typeof line] : network;
    expect(told('x', output), text).not.toBe('null');
  }
});
