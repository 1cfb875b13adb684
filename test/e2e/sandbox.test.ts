// What may a command touch that was typed into the program? Asked of the real sandbox, through keys and screen.

import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Program, programsOfATest, until } from '../support/program.ts';

const tests = programsOfATest();

async function opened(options: Parameters<typeof tests.open>[0] = {}): Promise<Program> {
  const program = tests.open(options);
  await program.ready();
  return program;
}

function bubblewrap(): string {
  const found = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap'].find((file) => existsSync(file));
  if (found === undefined) throw new Error('these tests need bubblewrap');
  return found;
}

describe('files', () => {
  it('of the workspace and temp folders can be written, all others only read', async () => {
    const program = await opened();
    const { workspace, outside, home } = program.place;
    writeFileSync(path.join(outside, 'readable'), 'read me\n');
    await program.enter('echo mine > made && t=$(mktemp) && echo $? > $t && rm $t && echo both written');
    await program.waitForLine(/^ {2}both written$/);
    expect(readFileSync(path.join(workspace, 'made'), 'utf8')).toBe('mine\n');
    await program.enter(`cat ${outside}/readable`);
    await program.waitForLine(/^ {2}read me$/);
    for (const file of [path.join(outside, 'new'), path.join(home, '.bashrc')]) {
      await program.enter(`echo evil >> ${file}`);
      await program.answer('n');
      await program.waitForLine(
        new RegExp(`refused by you: create ${file.replace(home, '(~|.*home)').replaceAll('.', '\\.')}`),
      );
      expect(existsSync(file)).toBe(false);
    }
  });

  it('a yes for one command is no yes for the next', async () => {
    const program = await opened();
    const file = path.join(program.place.outside, 'made');
    await program.enter(`echo one >> ${file}`);
    await program.answer('y');
    await program.waitForLine(/exit 0 on attempt 2/);
    await program.enter(`echo two >> ${file}`);
    await program.answer('n');
    await program.waitForLine(/refused by you/);
    expect(readFileSync(file, 'utf8')).toBe('one\n');
  });

  it('our own record and configuration cannot be written by a command', async () => {
    const program = await opened();
    await program.enter('echo first');
    await program.waitForLine(/^✓ echo first/);
    const [record = ''] = program.place.records();
    const before = readFileSync(record, 'utf8');
    await program.enter(`echo '{}' >> ${record}`);
    await program.answer('n');
    await program.waitForLine(/refused by you/);
    expect(readFileSync(record, 'utf8').startsWith(before)).toBe(true);
    expect(program.rollout().every(({ type }) => typeof type === 'string')).toBe(true);
  });
});

describe('the network', () => {
  it('of the machine is out of reach until it is opened on a card', async () => {
    let calls = 0;
    const server = createServer((socket) => {
      calls += 1;
      socket.end('from outside\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
    tests.afterwards(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const program = await opened();
    await program.enter(`exec 3<>/dev/tcp/127.0.0.2/${port}; cat <&3`);
    await program.waitFor(/Blocked {2}connect/);
    expect(calls).toBe(0);
    expect(program.text()).toContain('open the whole network');
    await program.answer('y');
    await program.waitForLine(/^ {2}from outside$/);
    expect(calls).toBe(1);
  });

  it("a command's own server on loopback answers its own client", async () => {
    const program = await opened();
    program.place.script(
      'own-server',
      `#!/usr/bin/perl
use IO::Socket::INET;
my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "no server: $!";
my $port = $server->sockport;
if (fork == 0) { my $c = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "no client: $!"; print "heard ", <$c>; exit }
my $s = $server->accept; print $s "hello inside\\n"; close $s; wait;
`,
    );
    await program.enter('./own-server');
    await program.waitForLine(/^ {2}heard hello inside$/);
    await program.waitForLine(/^✓ \.\/own-server · exit 0/);
  });
});

describe('descriptors and terminals', () => {
  it('a command has 0, 1 and 2 and no terminal of another pane, though two of them are open', async () => {
    const program = await opened();
    for (const number of [1, 2]) {
      await program.enter(`echo pane ${number} on $(tty); ${until('go')}`);
      await program.waitFor(new RegExp(`^ {3}pane ${number} on /dev/`, 'm'));
      await program.enter('/bg');
      await program.waitFor(`${number} bg`);
    }
    await program.enter('ls -x /proc/$$/fd; true');
    await program.waitForLine(/^ {2}0 +1 +2$/);
    await program.enter('echo terminals $(ls /dev/pts)');
    await program.waitForLine(/^ {2}terminals/);
    expect(program.history().find((row) => row.startsWith('  terminals'))).toMatch(/^ {2}terminals( \d+)? ?(ptmx)?$/);
    await program.enter('for p in /dev/pts/[0-9]*; do [ $p -ef $(tty) ] || echo typed > $p; done; echo tried');
    await program.waitForLine(/^ {2}tried$/);
    expect(program.history().some((row) => /typed$/.test(row))).toBe(false);
    await program.enter('ps ax 2>/dev/null | wc -l; echo $$ is low: $(( $$ < 50 ))');
    await program.waitForLine(/is low: 1$/);
  });
});

describe('bubblewrap', () => {
  it('that is not there is explained, and nothing runs unsandboxed', async () => {
    const place = tests.place();
    const program = tests.open({ place, env: { PATH: place.pathWithoutBubblewrap() } });
    await program.ready();
    await program.waitForLine(/bubblewrap/);
    await program.enter('echo ran > ran.txt');
    await program.waitForLine(/⊗ echo ran > ran\.txt · not run/);
    expect(program.text()).not.toContain('needs your answer');
    expect(existsSync(path.join(place.workspace, 'ran.txt'))).toBe(false);
  });

  it('that vanishes while the program runs is found elsewhere in PATH', async () => {
    const place = tests.place();
    const copy = path.join(place.programs, 'bwrap');
    copyFileSync(bubblewrap(), copy);
    const program = await opened({ place });
    await program.enter('echo before');
    await program.waitForLine(/^✓ echo before · exit 0/);
    rmSync(copy);
    await program.enter(`echo after; : > ${path.join(place.outside, 'f')}`);
    await program.waitFor('needs your answer');
    await program.answer('n');
    await program.waitForLine(/refused by you/);
    expect(program.history()).toContain('  after');
    expect(existsSync(path.join(place.outside, 'f'))).toBe(false);
  });

  it('that vanishes for good is explained at the next command, which does not run, and works again when it is back', async () => {
    const place = tests.place();
    const folder = place.pathWithoutBubblewrap();
    const copy = path.join(folder, 'bwrap');
    copyFileSync(bubblewrap(), copy);
    const program = await opened({ place, env: { PATH: folder } });
    await program.enter('echo before');
    await program.waitForLine(/^✓ echo before · exit 0/);
    rmSync(copy);
    await program.enter('echo ran > ran.txt');
    await program.waitForLine(/⊗ echo ran > ran\.txt · not run/);
    expect(program.history().join('\n')).toMatch(/bubblewrap|bwrap/);
    expect(existsSync(path.join(place.workspace, 'ran.txt'))).toBe(false);
    copyFileSync(bubblewrap(), copy);
    await program.enter('echo healed');
    await program.waitForLine(/^✓ echo healed · exit 0/);
  });
});
