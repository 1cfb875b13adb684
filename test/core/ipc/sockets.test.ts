import * as fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PrivateFolder } from '../../../src/core/ipc/private-folder.ts';
import { fitsSocketPath, newHiddenName, newSocketName, readSocketName } from '../../../src/core/ipc/socket-name.ts';
import { listLive, ownSocket, removeDead } from '../../../src/core/ipc/sockets.ts';
import { doorOf, listenTo, openScope, openTestBus, openTestFolder, SESSION, serve, UID, VERSION } from './session.ts';
import { bundle, isRoot, run } from './users.ts';

const scope = openScope();
afterEach(scope.end);

const options = { uid: UID, version: VERSION };

function bound(place: string, onConnection: () => void = () => {}): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer(onConnection);
    scope.add(() => void server.close());
    server.listen(place, () => resolve(server));
  });
}

/** A socket nobody listens to any more: its server removed another name. */
async function plantDead(folder: PrivateFolder, name: string): Promise<void> {
  const server = await bound(folder.at('bound'));
  fs.renameSync(folder.at('bound'), folder.at(name));
  await new Promise((resolve) => server.close(resolve));
}

function deadName(index: number): string {
  return newSocketName(`${SESSION}${index}`);
}

describe('the name of a socket', () => {
  it('says whose it is, is never the same, and fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (session) => {
        const [one, other] = [newSocketName(session), newSocketName(session)];
        expect(one).not.toBe(other);
        expect(readSocketName(one)).toMatchObject({ pid: process.pid, isOfThisHost: true });
        expect(Buffer.byteLength(one)).toBeLessThanOrEqual(56);
      }),
    );
    expect(readSocketName(newSocketName(SESSION))?.session).toBe('7e513b4e8146');
    expect(fitsSocketPath(`/${'é'.repeat(54)}`)).toBe(false);
  });

  it('is none of ours when it has another form', () => {
    for (const name of ['', 'x.sock', 's-a-0-1-000000-00000000.sock', `${newSocketName(SESSION)}~`, '../s-a']) {
      expect(readSocketName(name)).toBe(null);
    }
  });
});

describe('asking who lives in a folder', () => {
  const programs = openScope();
  let owner = '';
  beforeAll(async () => {
    owner = await bundle(programs, 'owner');
  });
  afterAll(programs.end);

  it('finds the living, removes the dead, and leaves everything else alone', async () => {
    const { folder, listener, name } = await serve(scope);
    for (let index = 0; index < 200; index += 1) await plantDead(folder, deadName(index));
    // What must stay: no socket, no name of ours, of another machine, and one that is only being published.
    const [file, link, elsewhere] = [deadName(1), deadName(2), deadName(3).replace(/-[0-9a-f]{6}-/, '-zz0000-')];
    fs.writeFileSync(folder.at(file), 'text');
    fs.symlinkSync(folder.at(name), folder.at(link));
    const foreignHost = deadName(4).replace(/-[0-9a-f]{6}-([0-9a-f]{8})/, '-000000-$1');
    const others = ['other.sock', elsewhere, foreignHost, newHiddenName('new')];
    for (const other of others) await plantDead(folder, other);
    const directory = deadName(5);
    fs.mkdirSync(folder.at(directory));
    expect(fs.readdirSync(folder.path)).toHaveLength(208);

    const seen = await listLive(folder, options);
    expect(seen).toEqual([{ kind: 'answering', path: listener.path, facts: expect.anything() }]);
    expect(seen[0]?.kind === 'answering' && seen[0].facts).toMatchObject({ session: SESSION, pid: process.pid });
    const after = fs.readdirSync(folder.path);
    expect(after.sort()).toEqual([name, file, link, directory, ...others].sort());
  });

  it('removes what a killed owner left on its way, once that is old', async () => {
    const folder = openTestFolder(scope);
    const [old, young, moved] = [newHiddenName('new'), newHiddenName('new'), newHiddenName('dead')];
    for (const name of [old, young, moved]) await plantDead(folder, name);
    for (const name of [old, moved]) fs.lutimesSync(folder.at(name), 1, 1);
    expect(await listLive(folder, options)).toEqual([]);
    expect(fs.readdirSync(folder.path)).toEqual([young]);
  });

  it('shows one that does not answer, and never removes it', async () => {
    const folder = openTestFolder(scope);
    const name = deadName(1);
    await bound(folder.at(name));
    const seen = await listLive(folder, { ...options, limitMs: 50 });
    expect(seen).toMatchObject([{ kind: 'silent', name: { pid: process.pid } }]);
    expect(fs.readdirSync(folder.path)).toEqual([name]);
  });

  it('shows a stopped process, and finds it answering when it goes on', async () => {
    const folder = openTestFolder(scope);
    const { child, line } = run(scope, owner, [], null, { TMPDIR: folder.path.replace(/\/[^/]*$/, '') });
    const place = await line();
    child.kill('SIGSTOP');
    expect(await listLive(folder, { ...options, limitMs: 100 })).toMatchObject([{ kind: 'silent', path: place }]);
    child.kill('SIGCONT');
    expect(await listLive(folder, { ...options, limitMs: 5000 })).toMatchObject([{ kind: 'answering', path: place }]);
  });

  it('shows one that turns everybody away', async () => {
    const folder = openTestFolder(scope);
    const server = await bound(folder.at(deadName(1)));
    server.on('connection', (socket) => socket.end('{"t":"hello","codex":2,"version":"9"}\n'));
    const [seen] = await listLive(folder, options);
    expect(seen).toMatchObject({ kind: 'closed', why: expect.stringContaining('version 2 of the protocol') });
  });

  it('gives its name back to a socket that took it between the question and the answer', async () => {
    const folder = openTestFolder(scope);
    const name = deadName(1);
    await plantDead(folder, name);
    const asked = ownSocket(folder, name, UID);
    if (asked === null) throw new Error('nothing is planted');
    fs.unlinkSync(folder.at(name));
    await listenTo(folder, name, doorOf(openTestBus())).then(({ close }) => scope.add(() => close('quit')));
    removeDead(folder, name, asked);
    expect(fs.readdirSync(folder.path)).toEqual([name]);
    expect(await listLive(folder, options)).toMatchObject([{ kind: 'answering' }]);
  });

  it('loses no living one, while many ask and many come', async () => {
    const folder = openTestFolder(scope);
    const env = { TMPDIR: folder.path.replace(/\/[^/]*$/, '') };
    for (let index = 0; index < 30; index += 1) await plantDead(folder, deadName(index));
    const owners = Array.from({ length: 6 }, () => run(scope, owner, [], null, env));
    let areThere = false;
    const asking = (async () => {
      while (!areThere) await Promise.all(Array.from({ length: 4 }, () => listLive(folder, options)));
    })();
    const places = await Promise.all(owners.map(({ line }) => line()));
    areThere = true;
    await asking;
    const seen = await listLive(folder, { ...options, limitMs: 5000 });
    expect(seen.map(({ path }) => path)).toEqual([...places].sort());
    expect(fs.readdirSync(folder.path)).toHaveLength(6);
  });

  // A second owner of a file: only root can make one.
  if (isRoot)
    it('leaves a dead socket of another user', async () => {
      const folder = openTestFolder(scope);
      const name = deadName(1);
      await plantDead(folder, name);
      fs.lchownSync(folder.at(name), 65534, 65534);
      expect(await listLive(folder, options)).toEqual([]);
      expect(fs.readdirSync(folder.path)).toEqual([name]);
    });
});
