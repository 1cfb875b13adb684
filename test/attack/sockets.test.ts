// Which unix sockets does a command reach that none of its profile's lines lists?

import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { openAttacked, printed } from './attacked.ts';

const LISTEN =
  'use Socket; my ($kind, $place, $to) = @ARGV; $| = 1; socket(my $s, AF_UNIX, $kind eq "dgram" ? SOCK_DGRAM : SOCK_STREAM, 0) or die; if ($kind eq "relative") { chdir $place; bind($s, pack_sockaddr_un($to)) or die } else { bind($s, pack_sockaddr_un($place)) or die } rename $place, $to if $kind eq "renamed"; listen($s, 5) unless $kind eq "dgram"; print "listening\\n"; while (<STDIN>) { } if ($kind eq "dgram") { my $r = ""; vec($r, fileno($s), 1) = 1; if (select($r, undef, undef, 0)) { recv($s, my $t, 100, 0); print "got $t\\n" } }';

function listening(...args: string[]) {
  const child = spawn('perl', ['-e', LISTEN, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  return { child, ready: printed(child.stdout, 'listening') };
}

it('with none listed: a raw pair, which the kernel takes for a datagram pair', async () => {
  using place = openAttacked();
  const folder = place.folder('sockets');
  const server = listening('dgram', path.join(folder, 'dgram'));
  await server.ready;
  chmodSync(path.join(folder, 'dgram'), 0o777);
  const send = `use Socket; socketpair(my $a, my $b, AF_UNIX, SOCK_RAW, 0) or die "no pair: $!"; print defined send($a, "hello", 0, pack_sockaddr_un("${folder}/dgram")) ? "sent\\n" : "not sent: $!\\n"`;
  const { stdout } = await place.sandbox(['--', 'perl', '-e', send]);
  server.child.stdin.end();
  expect(stdout).not.toContain('sent\n');
});
