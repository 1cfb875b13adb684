// How one access of the table is asked of a policy, and how it is done for real.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Access } from './accesses.ts';
import type { PolicyAccess } from './decide.ts';

/** Where the accesses of the table happen. */
export interface Scene {
  readonly root: string;
  /** The port of the machine's own server, and of a proxy. */
  readonly port: number;
  readonly proxyPort: number;
  /** In the place of `NEW` in a path: what nobody else has made. */
  readonly unique: string;
}

function placeOf(name: string, scene: Scene): string {
  const place = name.replace('NEW', `codex-${scene.unique}`);
  return path.isAbsolute(place) ? place : path.join(scene.root, place);
}

function addressOf(at: string, scene: Scene): string {
  return at.replace(':machine', `:${scene.port}`).replace(':proxy', `:${scene.proxyPort}`);
}

/** What Seatbelt is asked on the way; the access succeeds when it allows all of it. */
export function policyAccesses(access: Access, scene: Scene): readonly PolicyAccess[] {
  const at = placeOf(access.at, scene);
  const socket = { operation: 'system-socket', socketDomain: 'AF_UNIX' };
  switch (access.does) {
    case 'read':
    case 'list':
      return [{ operation: 'file-read-data', path: at }];
    case 'see':
      return [{ operation: 'file-read-metadata', path: at }];
    case 'write':
      return [
        { operation: 'file-write-data', path: at, vnodeType: at === '/dev/null' ? 'CHARACTER-DEVICE' : 'REGULAR-FILE' },
      ];
    case 'create':
      return ['file-write-create', 'file-write-data'].map((operation) => ({ operation, path: at }));
    case 'mkdir':
      return [{ operation: 'file-write-create', path: at }];
    case 'unlink':
      return [{ operation: 'file-write-unlink', path: at }];
    case 'rename': {
      const to = placeOf(access.to, scene);
      return [
        { operation: 'file-write-unlink', path: at },
        { operation: 'file-write-create', path: to },
        ...(existsSync(to) ? [{ operation: 'file-write-unlink', path: to }] : []),
      ];
    }
    case 'chmod':
      return [{ operation: 'file-write-mode', path: at }];
    case 'run':
      return ['process-exec', 'file-read-data'].map((operation) => ({ operation, path: at }));
    case 'connect':
      return [socket, { operation: 'network-outbound', unixSocket: at }];
    case 'serve':
      return [socket, { operation: 'network-bind', unixSocket: at }];
    case 'reach':
      return [{ operation: 'network-outbound', remote: addressOf(access.at, scene) }];
    case 'serveOneself':
      return [
        { operation: 'network-bind', local: `${access.at}:0` },
        { operation: 'network-inbound', local: `${access.at}:5000` },
        { operation: 'network-outbound', remote: `${access.at}:5000` },
      ];
  }
}

const script = `
use Socket; use Fcntl;
my ($does, @at) = @ARGV;
sub greeted { my ($s, $text) = shift; sysread($s, $text, 5) && $text eq 'hello' }
sub made { my $s; socket($s, shift, SOCK_STREAM, 0) ? $s : undef }
my %how = (
  read => sub { my ($f, $text); open($f, '<', $at[0]) && sysread($f, $text, 4) },
  see => sub { lstat($at[0]) },
  list => sub { my $d; opendir($d, $at[0]) && grep { $_ eq $at[1] } readdir($d) },
  write => sub { my $f; sysopen($f, $at[0], O_WRONLY | O_APPEND) && syswrite($f, 'x') },
  create => sub { my $f; sysopen($f, $at[0], O_WRONLY | O_CREAT | O_EXCL) && syswrite($f, 'x') },
  mkdir => sub { mkdir($at[0]) },
  unlink => sub { unlink($at[0]) },
  rename => sub { rename($at[0], $at[1]) },
  chmod => sub { chmod(0700, $at[0]) },
  run => sub { system { $at[0] } $at[0], '-c', 'exit 0'; $? == 0 },
  connect => sub { my $s = made(AF_UNIX) or return 0; connect($s, pack_sockaddr_un($at[0])) && greeted($s) },
  serve => sub { my $s = made(AF_UNIX) or return 0; bind($s, pack_sockaddr_un($at[0])) && listen($s, 1) },
  reach => sub {
    my ($host, $port) = $at[0] =~ /^(.*):(\\d+)$/;
    my $s = made(AF_INET) or return 0;
    connect($s, pack_sockaddr_in($port, inet_aton($host))) && greeted($s)
  },
  serveOneself => sub {
    my ($s, $c) = (made(AF_INET), made(AF_INET));
    bind($s, pack_sockaddr_in(0, inet_aton($at[0]))) && listen($s, 1) && connect($c, getsockname($s))
  },
);
print $how{$does}->() ? "allow" : "deny $!";
`;

/** The command that does it and prints `allow`, or `deny` and why. */
export function commandOf(access: Access, scene: Scene): readonly [string, ...string[]] {
  const at =
    access.does === 'reach'
      ? addressOf(access.at, scene)
      : access.does === 'serveOneself'
        ? access.at
        : placeOf(access.at, scene);
  const second = access.does === 'rename' ? [placeOf(access.to, scene)] : access.does === 'list' ? [access.entry] : [];
  return ['perl', '-e', script, access.does, at, ...second];
}
