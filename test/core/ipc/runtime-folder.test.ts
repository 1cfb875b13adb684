import * as fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openKnownRuntimeFolders, openRuntimeFolder } from '../../../src/core/ipc/runtime-folder.ts';
import { openScope, tempFolder, UID } from './session.ts';
import { bundle, isRoot, run } from './users.ts';

const scope = openScope();
afterEach(scope.end);

function temp(mode = 0o700): string {
  const folder = tempFolder(mode);
  scope.add(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The next candidate of each test is the real one of this user: a test that makes it removes it. */
const common = `/tmp/codex-${UID}`;

function open(env: Record<string, string>, codexHome: string | null = null) {
  const wasThere = fs.existsSync(common);
  const folder = openRuntimeFolder({ env, uid: UID, codexHome });
  if (!folder.ok) throw new Error(folder.problem.why);
  scope.add(folder.value.close);
  if (folder.value.path === common && !wasThere) scope.add(() => fs.rmdirSync(common));
  const { path: place, warnings } = folder.value;
  return { folder: folder.value, place, why: warnings.map((warning) => warning.why) };
}

function modeOf(place: string): string {
  return (fs.lstatSync(place).mode & 0o7777).toString(8);
}

describe('the folder of sockets', () => {
  it('lies in the runtime directory when that is ours and private', () => {
    const runtime = temp();
    const { place, why } = open({ XDG_RUNTIME_DIR: runtime, TMPDIR: temp() });
    expect([place, modeOf(place), why]).toEqual([`${runtime}/codex`, '700', []]);
  });

  it('lies in the temp folder when the runtime directory is open to others, missing or relative', () => {
    const tmp = temp();
    const expected = `${tmp}/codex-${UID}`;
    const wide = temp(0o755);
    const first = open({ XDG_RUNTIME_DIR: wide, TMPDIR: tmp });
    expect([first.place, modeOf(first.place), first.why]).toEqual([
      expected,
      '700',
      [`${wide} is open to other users.`],
    ]);
    expect(open({ XDG_RUNTIME_DIR: `${tmp}/gone`, TMPDIR: tmp }).place).toBe(expected);
    expect(open({ XDG_RUNTIME_DIR: 'run', TMPDIR: tmp })).toMatchObject({ place: expected, why: [] });
  });

  it('is closed to others when it was open to them', () => {
    const tmp = temp();
    const place = `${tmp}/codex-${UID}`;
    fs.mkdirSync(place);
    fs.chmodSync(place, 0o777);
    const { folder } = open({ TMPDIR: tmp });
    expect([folder.path, modeOf(place)]).toEqual([place, '700']);
    expect(folder.warnings.map(({ what }) => what)).toEqual([`${place} was open to other users.`]);
  });

  it('is made with mode 0700 under any umask', () => {
    for (const umask of [0o000, 0o077, 0o277]) {
      const tmp = temp();
      const before = process.umask(umask);
      try {
        expect(modeOf(open({ TMPDIR: tmp }).place)).toBe('700');
      } finally {
        process.umask(before);
      }
    }
  });

  it.each([
    ['a link to a folder of ours', (place: string, other: string) => fs.symlinkSync(other, place), 'a symbolic link'],
    ['a link to nothing', (place: string, other: string) => fs.symlinkSync(`${other}/made`, place), 'a symbolic link'],
    ['a file', (place: string) => fs.writeFileSync(place, ''), 'not a folder'],
  ])('is not %s', (_what, plant, reason) => {
    const [tmp, other, home] = [temp(), temp(), temp()];
    const squatted = `${tmp}/codex-${UID}`;
    plant(squatted, other);
    const { place, why } = open({ TMPDIR: tmp }, home);
    expect([common, `${home}/run`]).toContain(place);
    expect(why[0]).toBe(`${squatted} is ${reason}.`);
    expect(fs.readdirSync(other)).toEqual([]);
  });

  it('is not in a folder where others can rename it', () => {
    const tmp = temp(0o777);
    const { place, why } = open({ TMPDIR: tmp }, temp());
    expect(place).not.toBe(`${tmp}/codex-${UID}`);
    expect(why[0]).toBe(`Other users can rename what is in ${tmp}.`);
    expect(fs.readdirSync(tmp)).toEqual([]);
  });

  it('is the next one when a socket would not fit', () => {
    const tmp = path.join(temp(), 'x'.repeat(60));
    fs.mkdirSync(tmp);
    const { place, why } = open({ TMPDIR: tmp }, temp());
    expect(place.length).toBeLessThan(51);
    expect(why[0]).toBe(`${tmp}/codex-${UID} is too long for a socket.`);
  });

  it('stays the same folder when its name comes to stand for another one', () => {
    const tmp = temp();
    const { folder, place } = open({ TMPDIR: tmp });
    fs.renameSync(place, `${tmp}/moved`);
    fs.mkdirSync(place);
    fs.writeFileSync(folder.at('entry'), '');
    expect(fs.readdirSync(process.platform === 'linux' ? `${tmp}/moved` : place)).toEqual(['entry']);
  });

  it('is found again under each name it may have, and never made by looking', () => {
    const [runtime, tmp, home] = [temp(), temp(), temp()];
    const env = { XDG_RUNTIME_DIR: runtime, TMPDIR: tmp };
    const look = (): string[] =>
      openKnownRuntimeFolders({ env, uid: UID, codexHome: home }).map((folder) => {
        folder.close();
        return folder.path;
      });
    const before = look();
    expect(before.filter((place) => place !== common)).toEqual([]);
    open({ TMPDIR: tmp });
    open(env);
    expect(look()).toEqual([`${runtime}/codex`, `${tmp}/codex-${UID}`, ...before]);
  });
});

describe('many who want it', () => {
  const programs = openScope();
  let program = '';
  beforeAll(async () => {
    program = await bundle(programs, 'user');
  });
  afterAll(programs.end);

  it('agree on one folder, twenty of them at once', async () => {
    const tmp = temp();
    const claims = Array.from({ length: 20 }, () => run(scope, program, ['claim'], null, { TMPDIR: tmp }).line());
    const answers = new Set(await Promise.all(claims));
    expect([...answers]).toEqual([JSON.stringify({ path: `${tmp}/codex-${UID}`, warnings: [] })]);
    expect(modeOf(`${tmp}/codex-${UID}`)).toBe('700');
  });

  // Real uids that nobody has: only root can become them.
  if (isRoot)
    describe('as different users', () => {
      const alice = 100_000 + process.pid * 2;
      const bob = alice + 1;

      async function claim(env: Record<string, string>, uid = alice) {
        const line = await run(scope, program, ['claim'], uid, env).line();
        scope.add(() => fs.rmSync(`/tmp/codex-${uid}`, { recursive: true, force: true }));
        return JSON.parse(line);
      }

      function own(place: string, uid: number, mode = 0o700): string {
        fs.mkdirSync(place, { recursive: true });
        fs.chownSync(place, uid, uid);
        fs.chmodSync(place, mode);
        return place;
      }

      it('have a folder each in the same temp folder', async () => {
        const tmp = temp(0o1777);
        const places = await Promise.all([alice, bob].map(async (uid) => (await claim({ TMPDIR: tmp }, uid)).path));
        expect(places).toEqual([`${tmp}/codex-${alice}`, `${tmp}/codex-${bob}`]);
        expect(fs.lstatSync(places[1]).uid).toBe(bob);
      });

      it.each([0o700, 0o777])('take the next one when another made it with mode %o', async (mode) => {
        const tmp = temp(0o1777);
        const squatted = own(`${tmp}/codex-${alice}`, bob, mode);
        expect(await claim({ TMPDIR: tmp })).toEqual({
          path: `/tmp/codex-${alice}`,
          warnings: [`${squatted} belongs to another user (uid ${bob}).`],
        });
        expect(fs.readdirSync(squatted)).toEqual([]);
      });

      it('take one in their home when all temp folders are squatted, and do without when that is, too', async () => {
        const tmp = temp(0o1777);
        own(`${tmp}/codex-${alice}`, bob);
        scope.add(() => fs.rmSync(`/tmp/codex-${alice}`, { recursive: true, force: true }));
        own(`/tmp/codex-${alice}`, bob);
        const home = own(`${temp(0o755)}/home`, alice);
        const usable = await claim({ TMPDIR: tmp, CODEX_HOME: home });
        expect([usable.path, usable.warnings.length, modeOf(`${home}/run`)]).toEqual([`${home}/run`, 2, '700']);
        const unusable = await claim({ TMPDIR: tmp });
        expect(unusable.path).toBe(null);
        expect(unusable.why).toContain(`/tmp/codex-${alice} belongs to another user (uid ${bob}).`);
      });

      it('do not follow a link of another user to a folder of their own', async () => {
        const tmp = temp(0o1777);
        const target = own(`${temp(0o755)}/mine`, alice);
        fs.symlinkSync(target, `${tmp}/codex-${alice}`);
        fs.lchownSync(`${tmp}/codex-${alice}`, bob, bob);
        expect((await claim({ TMPDIR: tmp })).warnings).toEqual([`${tmp}/codex-${alice} is a symbolic link.`]);
        expect(modeOf(target)).toBe('700');
        expect(fs.readdirSync(target)).toEqual([]);
      });

      it('do not use a runtime directory of another user, also as root, and leave nothing in it', async () => {
        const tmp = temp(0o1777);
        const runtime = own(`${temp(0o755)}/run`, bob);
        const asAlice = await claim({ XDG_RUNTIME_DIR: runtime, TMPDIR: tmp });
        expect(asAlice.path).toBe(`${tmp}/codex-${alice}`);
        const asRoot = open({ XDG_RUNTIME_DIR: runtime, TMPDIR: tmp });
        expect([asRoot.place, asRoot.why]).toEqual([
          `${tmp}/codex-${UID}`,
          [`${runtime} belongs to another user (uid ${bob}).`],
        ]);
        expect(fs.readdirSync(runtime)).toEqual([]);
      });

      it('never get hold of each other, while one claims and the other plants under the same name', async () => {
        const tmp = temp(0o1777);
        const home = own(`${temp(0o755)}/home`, alice);
        const trap = own(`${temp(0o755)}/trap`, bob, 0o777);
        const place = `${tmp}/codex-${alice}`;
        scope.add(() => fs.rmSync(`/tmp/codex-${alice}`, { recursive: true, force: true }));
        const planter = run(scope, program, ['plant', place, trap], bob);
        expect(await planter.line()).toBe('"planting"');
        const env = { TMPDIR: tmp, CODEX_HOME: home };
        const seen = JSON.parse(await run(scope, program, ['claim-often', place, '2000'], alice, env).line());
        planter.say('enough');
        const { landed } = JSON.parse(await planter.line());
        expect(seen.wrong).toBe(0);
        expect(seen.claimed + seen.passedOver).toBe(2000);
        expect([seen.claimed > 0, seen.passedOver > 0, landed > 0]).toEqual([true, true, true]);
        expect(fs.readdirSync(trap)).toEqual([]);
      });
    });
});
