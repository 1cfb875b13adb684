// Everyday commands, run for real in a sandbox: which of them the judge says were stopped, and which were not.

import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInProfile, type Grant } from '../../../src/sandbox/index.ts';
import { bound, isRoot, type LinuxFacts, linuxFacts, openPlace, type Place, shell } from '../sandboxed.ts';
import { tarOf } from './corpus-place.ts';
import { judged, verdictOf } from './judged.ts';

/** `@out` is a folder outside, `@ws` the workspace, `@port` and `@sock` are servers of the machine. */
type Row = readonly [command: string, verdict: string];

const stopped: readonly Row[] = [
  // Making something where nothing may be made.
  ['touch @out/x', 'create @out/x certain'],
  ['echo x > @out/x', 'create @out/x certain'],
  ['echo x | tee @out/x', 'create @out/x certain'],
  ['echo x | tee @out/x | cat', 'create @out/x certain'],
  ['mkdir @out/d', 'create @out/d certain'],
  ['mkdir -p @out/a/b/c', 'create @out/a certain'],
  ['cp f @out/copy', 'create @out/copy certain'],
  ['cp f @out', 'create @out/f certain'],
  ['cp -r sub @out/sub', 'create @out/sub certain'],
  ['mv f2 @out/', 'create @out/f2 certain'],
  ['ln -s f @out/link', 'create @out/link certain'],
  ['install f @out/tool', 'create @out/tool certain'],
  ['dd if=/dev/zero of=@out/z count=1', 'create @out/z certain'],
  ['mktemp -p @out', 'create @out certain'],
  ['mkfifo @out/fifo', 'create @out/fifo certain'],
  ['tar cf @out/a.tar f', 'create @out/a.tar certain'],
  ['split f @out/part', 'create @out/partaa certain'],
  ['sort f -o @out/sorted', 'create @out/sorted certain'],
  ['truncate -s 10 @out/new', 'create @out/new certain'],
  ['script -qc true @out/typescript', 'create @out/typescript certain'],
  ['csplit -f @out/c f 1', 'create @out/c00 certain'],
  ['cd @out && touch y', 'create @out/y likely'],
  ['tar xf a.tar -C @out', 'create @out/f likely'],
  ["node -e \"fs.writeFileSync('@out/n', '')\"", 'create @out/n certain'],
  ['node -e "fs.mkdirSync(\'@out/nd\')"', 'create @out/nd certain'],
  ['perl -e \'open(F, ">", "@out/p") or die "cannot: $!"\'', 'create @out/p likely'],
  ['perl -e \'open(F, ">", $ARGV[0]) or die "$ARGV[0]: $!\\n"\' @out/p', 'create @out/p certain'],
  // Changing what is there.
  ['echo x >> @out/file', 'write @out/file certain'],
  ['touch @out/file', 'write @out/file certain'],
  ['sed -i s/a/b/ @out/file', 'create @out certain'],
  ['chmod 600 @out/file', 'write @out/file certain'],
  ['chmod -R go-w @out', 'write @out certain'],
  ['chown 0 @out/file', 'write @out/file certain'],
  ['truncate -s 0 @out/file', 'write @out/file certain'],
  ['cp f @out/file', 'write @out/file certain'],
  ['rm @out/file', 'delete @out/file certain'],
  ['rm -rf @out/full', 'delete @out/full/inner certain'],
  ['rmdir @out/empty', 'delete @out/empty certain'],
  ['unlink @out/file', 'delete @out/file certain'],
  ['mv @out/file moved', 'delete @out/file certain'],
  ['find @out -name file -delete', 'delete @out/file certain'],
  ['node -e "fs.unlinkSync(\'@out/file\')"', 'delete @out/file certain'],
  ['shred @out/file', 'write @out/file certain'],
  // What is guarded inside the workspace.
  ['touch .git/x', 'create @ws/.git/x certain'],
  ['echo x > .git/config', 'write @ws/.git/config certain'],
  ['mv .git g', 'delete @ws/.git certain'],
  ['rmdir .git', 'delete @ws/.git certain'],
  ['rm -rf .git', 'delete @ws/.git/config certain'],
  ['cat @home/.codex/auth.json', 'read @home/.codex/auth.json certain'],
  ['node -e "fs.readFileSync(\'@home/.codex/auth.json\')"', 'read @home/.codex/auth.json certain'],
  ['wc -l < @home/.codex/auth.json', 'read @home/.codex/auth.json certain'],
  // The network and unix sockets.
  ['cat < /dev/tcp/192.0.2.1/80', 'connect 192.0.2.1:80 certain'],
  ['cat < /dev/tcp/host.invalid/80', 'connect host.invalid certain'],
  ['cat < /dev/tcp/127.0.0.1/@port', 'connect 127.0.0.1:@port certain'],
  ['node -e "fetch(\'http://host.invalid/\').catch((e) => console.log(e))"', 'connect host.invalid certain'],
  ['node -e "net.connect(80, \'192.0.2.1\')"', 'connect 192.0.2.1:80 certain'],
  ['node -e "net.connect(@port, \'127.0.0.1\')"', 'connect 127.0.0.1:@port certain'],
  ['node -e "net.connect(\'@sock\')"', 'unix_socket @sock certain'],
  ['node -e "net.createServer().listen(\'@ws/own.sock\')"', 'unix_socket @ws/own.sock likely'],
  // Denials inside success.
  ['touch @out/x || true', 'create @out/x certain'],
  ['touch @out/x; echo done', 'create @out/x certain'],
  ['for i in 1 2 3; do touch @out/$i; done; true', 'create @out/1 certain'],
  ['touch @out/x 2>&1 | sed s/^/log:/', 'create @out/x certain'],
];

/** What needs rights over the machine, which only root has outside. */
const stoppedForRoot: readonly Row[] = [
  ['unshare -U true', 'privilege unshare certain'],
  ['mount -t tmpfs none /mnt', 'privilege mount certain'],
  ['date -s 2001-01-01', 'privilege date certain'],
  ['nice -n -5 true', 'privilege nice certain'],
  ['mknod @ws/sda b 8 0', 'privilege mknod certain'],
  ['chmod u+s f', 'privilege chmod certain'],
  ['dmesg', 'privilege dmesg certain'],
  ['echo 1 > /proc/sys/vm/swappiness', 'write /proc/sys/vm/swappiness certain'],
];

const notStopped: readonly Row[] = [
  ['true', 'null'],
  ['false', 'null'],
  ['touch inside && rm inside', 'null'],
  ['cat missing', 'null'],
  ['mkdir sub', 'null'],
  ['ls /root/none', 'null'],
  ['nosuchprogram', 'null'],
  ['./f', 'null'],
  ['echo "touch: cannot touch \'@out/x\': Read-only file system"', 'null'],
  ['cat log', 'null'],
  ['grep -r "Read-only" log', 'null'],
  ['grep -c "Permission denied" log; exit 1', 'null'],
  ['sed -n 1,9p log | head -3', 'null'],
  ['echo "✓ says Read-only file system for @out/x"; true', 'null'],
  ['echo "deploy@host: Permission denied (publickey)." >&2; exit 255', 'null'],
  ['node -e "console.error(\'HTTP 403: Permission denied\')"; exit 22', 'null'],
  ['cat < /dev/tcp/127.0.0.1/1', 'null'],
  ['node -e "net.connect(1, \'127.0.0.1\')"', 'null'],
  ['kill -0 99999', 'null'],
  ['kill -SEGV $$', 'null'],
  ['yes | head -c 3000000 > /dev/null', 'null'],
  ['rm missing', 'null'],
  ['cd /nowhere', 'null'],
  ['ln f f', 'null'],
];

describe(`as ${isRoot ? 'root' : 'an ordinary user'}`, () => {
  let facts: LinuxFacts;
  let place: Place;
  let server: Server;
  let socketServer: Server;
  let fill: (text: string) => string;
  let home: string;
  let ws: string;

  beforeAll(async () => {
    facts = await linuxFacts(process.getuid?.() ?? 0);
    place = openPlace(process.getuid?.() ?? 0);
    ws = place.folder('ws');
    home = place.folder('home');
    fillWorkspace(place);
    server = await listening(createServer(), 0);
    const sock = path.join(place.folder('sockets'), 's.sock');
    socketServer = await listening(createServer(), sock);
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    fill = (text) =>
      text
        .replaceAll('@out', path.join(place.path, 'out'))
        .replaceAll('@ws', ws)
        .replaceAll('@home', home)
        .replaceAll('@port', String(port))
        .replaceAll('@sock', sock);
  });
  afterAll(() => {
    server.close();
    socketServer.close();
    place[Symbol.dispose]();
  });

  it.concurrent.each([...stopped, ...(isRoot ? stoppedForRoot : []), ...notStopped])(
    '%s → %s',
    async (command, verdict) => {
      const profile = bound(ws, { context: { codexHome: path.join(home, '.codex') } });
      const { code, bytes } = await shell(profile, ws, fill(command), facts);
      const denial = judged({ profile, command: fill(command), cwd: ws, output: bytes, code, home });
      expect(verdictOf(denial), bytes.toString('utf8')).toBe(fill(verdict));
    },
  );

  it.each([
    'touch @out/x',
    'mkdir -p @out/a/b/c',
    'echo x >> @out/file',
    'sed -i s/a/b/ @out/file',
    'rm @out/empty/none @out/gone',
    'echo x > .git/config',
    'cat < /dev/tcp/127.0.0.1/@port',
    'mv @out/full @out/moved',
  ])('the grants offered for "%s" let it through', async (command) => {
    const text = fill(command.replace('cat <', 'head -c 0 <'));
    writeFileSync(path.join(place.path, 'out/gone'), '');
    const profile = bound(ws);
    const first = await shell(profile, ws, text, facts);
    const denial = judged({ profile, command: text, cwd: ws, output: first.bytes, code: first.code });
    const grants: readonly Grant[] = denial?.grants ?? [];
    expect(grants.length, first.output).toBeGreaterThan(0);
    const wider = bound(ws, { grants });
    const second = await shell(wider, ws, text, facts);
    expect(
      judged({ profile: wider, command: text, cwd: ws, output: second.bytes, code: second.code }),
      second.output,
    ).toBeNull();
  });

  it('finds in a closed working folder what a relative name means', async () => {
    const profile = bound(ws, { profile: builtInProfile(':read-only') });
    const { code, bytes } = await shell(profile, ws, 'touch note', facts);
    const denial = judged({ profile, command: 'touch note', cwd: ws, output: bytes, code, home });
    expect(denial).toMatchObject({
      operation: 'create',
      target: path.join(ws, 'note'),
      certainty: 'certain',
      evidence: "touch: cannot touch 'note': Read-only file system",
      because: ':read-only opens nothing for writing',
      grants: [{ kind: 'write', path: ws }],
    });
  });
});

describe('as another user', () => {
  const uid = isRoot ? 65534 : (process.getuid?.() ?? 0);
  let facts: LinuxFacts;
  let place: Place;

  beforeAll(async () => {
    facts = await linuxFacts(uid);
    place = openPlace(uid);
    fillWorkspace(place);
  });
  afterAll(() => place[Symbol.dispose]());

  // Outside facts are ours, so where the tests run as root only what does not depend on them is asked.
  it.each([
    ['touch @out/x', 'create @out/x certain'],
    ['touch .git/x', 'create @ws/.git/x certain'],
    ['cat < /dev/tcp/192.0.2.1/80', 'connect 192.0.2.1:80 certain'],
    ['cat private', 'null'],
    ['./f', 'null'],
  ])('%s → %s', async (command, verdict) => {
    const ws = path.join(place.path, 'ws');
    const fill = (text: string): string => text.replaceAll('@out', path.join(place.path, 'out')).replaceAll('@ws', ws);
    const profile = bound(ws);
    const { code, bytes } = await shell(profile, ws, fill(command), facts);
    expect(verdictOf(judged({ profile, command: fill(command), cwd: ws, output: bytes, code }))).toBe(fill(verdict));
  });
});

function fillWorkspace(place: Place): void {
  const put = (name: string, text = 'a\nb\n', mode = 0o644): void =>
    writeFileSync(path.join(place.path, name), text, { mode });
  for (const folder of ['ws/.git', 'ws/sub', 'out/empty', 'out/full', 'home/.codex']) place.folder(folder);
  for (const file of [
    'ws/f',
    'ws/f2',
    'ws/.git/config',
    'ws/sub/g',
    'out/file',
    'out/full/inner',
    'home/.codex/auth.json',
  ])
    put(file);
  put('ws/private', 'x', 0o000);
  const out = path.join(place.path, 'out');
  put(
    'ws/log',
    `touch: cannot touch '${out}/x': Read-only file system\nbash: line 1: ${out}/x: Read-only file system\n`,
  );
  put('ws/a.tar', tarOf('f', 'a\nb\n'));
}

function listening(server: Server, at: number | string): Promise<Server> {
  return new Promise((resolve) => {
    if (typeof at === 'number') server.listen(at, '127.0.0.1', () => resolve(server));
    else server.listen({ path: at, writableAll: true, readableAll: true }, () => resolve(server));
  });
}
