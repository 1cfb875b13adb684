// What a person wrote in a profile, found again in a real sandbox.

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hostPathFacts, type NamedProfile, type PathFacts, readProfiles } from '../../../src/sandbox/index.ts';
import { bound, type LinuxFacts, linuxFacts, openPlace, type Place, shell, users } from '../sandboxed.ts';

function profileOf(text: string): NamedProfile {
  const { dev } = parse(`[dev]\n${text}`);
  const { profiles, issues } = readProfiles({ dev });
  const profile = profiles.get('dev');
  if (profile === undefined) throw new Error(JSON.stringify(issues));
  return profile;
}

describe.each(users)('a profile at work as $name', ({ uid }) => {
  let facts: LinuxFacts;
  let place: Place;
  let ws: string;
  const servers: Server[] = [];

  beforeAll(async () => {
    facts = await linuxFacts(uid);
  });
  beforeEach(() => {
    place = openPlace(uid);
    ws = place.folder('ws');
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    place[Symbol.dispose]();
  });

  const run = (text: string, command: string, context = {}) =>
    shell(bound(ws, { profile: profileOf(text), context, facts: seen() }), ws, command, facts);

  /** Sockets of other programs of root are out of sight for the user that the commands run as. */
  const seen = (): PathFacts => ({
    ...hostPathFacts,
    boundSockets: () => hostPathFacts.boundSockets().filter((socket) => socket.startsWith(place.path)),
  });

  async function listen(socket: string): Promise<string> {
    mkdirSync(path.dirname(socket), { recursive: true });
    const server = createServer((connection) => connection.end('heard'));
    servers.push(server);
    await new Promise<void>((resolve) =>
      server.listen({ path: socket, writableAll: true, readableAll: true }, resolve),
    );
    return socket;
  }

  const say = (socket: string): string =>
    `perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new("${socket}") or die "$!\\n"; print <$s>, "\\n"'`;

  it('without :root sees what is listed, and programs run', async () => {
    writeFileSync(path.join(place.path, 'outside'), 'SECRET');
    const text = 'filesystem = { ":minimal" = "read", ":workspace_roots" = { "." = "write" } }';
    const { output } = await run(
      text,
      `echo made > made; cat made; cat ${place.path}/outside; ls / | tr '\\n' ' '; touch /new`,
    );
    expect(output).toContain('made\n');
    expect(output).not.toContain('SECRET');
    expect(output).toContain('outside: No such file or directory');
    expect(output).not.toMatch(/\bhome\b|\bsrv\b/);
    expect(output).toMatch(/touch: .*\/new.*Read-only file system/);
    expect(existsSync(path.join(ws, 'made'))).toBe(true);
  });

  it('closes what a pattern matches, for reading, writing and moving away', async () => {
    place.folder('ws/deep/er');
    for (const name of ['a.env', 'deep/er/b.env', 'c.txt'])
      writeFileSync(path.join(ws, name), 'SECRET', { mode: 0o666 });
    const text = 'extends = ":workspace"\nfilesystem = { ":workspace_roots" = { "**/*.env" = "deny" } }';
    const command = 'cat a.env deep/er/b.env; mv a.env x; mv deep shallow; echo over > a.env; cat c.txt';
    const { output } = await run(text, command);
    expect(output.match(/SECRET/g)).toHaveLength(1);
    expect(output.match(/Permission denied/g)?.length).toBeGreaterThanOrEqual(2);
    expect(output.match(/Device or resource busy/g)).toHaveLength(2);
  });

  it('keeps a subpath of the workspace read-only, and a deny within it closed', async () => {
    place.folder('ws/docs/private');
    writeFileSync(path.join(ws, 'docs/private/x'), 'SECRET');
    const text =
      'extends = ":workspace"\nfilesystem = { ":workspace_roots" = { docs = "read", "docs/private" = "deny" } }';
    const { output } = await run(text, 'touch docs/a; cat docs/private/x; touch b && echo fine');
    expect(output).toContain("touch: cannot touch 'docs/a': Read-only file system");
    expect(output).not.toContain('SECRET');
    expect(output).toContain('fine');
  });

  it('finds ~ in the home of whoever runs the command', async () => {
    const home = place.folder('home/cache');
    const text = 'extends = ":workspace"\nfilesystem = { "~/cache" = "write" }';
    const { output } = await run(text, `touch ${home}/x && echo fine; touch ${path.dirname(home)}/x`, {
      home: path.dirname(home),
    });
    expect(output).toContain('fine');
    expect(output).toContain('Read-only file system');
  });

  it('reaches listed sockets and no others, below a listed folder all but the denied ones', async () => {
    const [own, other, folder, denied] = await Promise.all([
      listen(path.join(place.path, 'own.sock')),
      listen(path.join(place.path, 'other.sock')),
      listen(path.join(place.path, 'run/a.sock')),
      listen(path.join(place.path, 'run/b.sock')),
    ]);
    const sockets = `"${own}" = "allow", "${path.dirname(folder)}" = "allow", "${denied}" = "deny"`;
    const text = `extends = ":workspace"\nnetwork = { unix_sockets = { ${sockets} } }`;
    const { output } = await run(text, [own, other, folder, denied].map(say).join('; '));
    expect(output.split('\n').slice(0, 4)).toEqual(['heard', 'Connection refused', 'heard', 'Connection refused']);
  });

  it('reaches none without a list, and every one when that is what it says', async () => {
    const socket = await listen(path.join(place.path, 'any.sock'));
    expect((await run('extends = ":workspace"', say(socket))).output).toContain('Operation not permitted');
    const all = 'extends = ":workspace"\nnetwork = { dangerously_allow_all_unix_sockets = true }';
    expect((await run(all, say(socket))).output).toContain('heard');
  });

  it('leads a link of the platform where it led before', async () => {
    symlinkSync('/etc/hostname', path.join(ws, 'link'));
    const text = 'filesystem = { ":minimal" = "read", ":workspace_roots" = { "." = "read" } }';
    const { output } = await run(text, 'cat link > /dev/null && ls -d /bin/sh && touch x');
    expect(output).toContain('/bin/sh');
    expect(output).toContain('Read-only file system');
  });
});
