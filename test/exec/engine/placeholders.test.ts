// Names that are not there are guarded, and nothing of that is left behind.

import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { bundleProgram } from '../bundled.ts';
import { openPlace, PIPES } from '../running.ts';

let program: string;
let folder: string;
let locks: string;
const programs: ChildProcess[] = [];

beforeAll(async () => {
  program = await bundleProgram('engine-host');
});
afterAll(() => rmSync(program, { force: true }));
beforeEach(() => {
  folder = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-placeholder-'));
  locks = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-locks-'));
});
afterEach(() => {
  for (const one of programs.splice(0)) one.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
  rmSync(locks, { recursive: true, force: true });
});

const NAMES = ['.agents', '.aws', '.codex', '.git'];

function standing(): string[] {
  return readdirSync(folder).filter((name) => NAMES.includes(name));
}

/** Waits for what the kernel tells of the folder, not for a time. */
async function until(isSo: () => boolean): Promise<void> {
  if (isSo()) return;
  const watcher = watch(folder);
  try {
    await new Promise<void>((resolve) => {
      const look = () => isSo() && resolve();
      watcher.on('change', look);
      look();
    });
  } finally {
    watcher.close();
  }
}

/** A program of its own that runs `command` in the folder, once that printed "ready". */
async function running(command: string): Promise<ChildProcess> {
  const env = {
    ...process.env,
    HOST_LOCKS: locks,
    HOST_FOLDER: folder,
    HOST_STDIO: 'pipe',
    HOST_COMMANDS: JSON.stringify([command]),
  };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  programs.push(child);
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
      if (printed.includes('ready')) resolve();
    });
    child.once('exit', () => reject(new Error(`ended after: ${printed}`)));
  });
  return child;
}

function ended(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => child.once('exit', resolve));
}

it('a command cannot make them, and they are gone when the program ends', async () => {
  const place = openPlace();
  const { told } = await place.start(
    ['bash', '-c', 'mkdir .git; mkdir -p .codex/x; touch .agents/x; rmdir .git; mv .git g; ln -s /tmp .aws; true'],
    { stdio: PIPES },
  );
  await told.closed;
  expect(
    told.text().match(/Read-only file system|File exists|Device or resource busy|cannot overwrite/g)?.length,
  ).toBeGreaterThanOrEqual(5);
  expect(NAMES.every((name) => readdirSync(path.join(place.folder, name)).length === 0)).toBe(true);
  const names = readdirSync(place.folder);
  await place.environment.dispose(0);
  expect(names.filter((name) => NAMES.includes(name))).toEqual(NAMES);
  expect(readdirSync(place.folder).filter((name) => NAMES.includes(name))).toEqual([]);
  rmSync(place.folder, { recursive: true });
});

it('they go after a SIGKILL of the program too', async () => {
  const host = await running('echo ready; sleep 600');
  expect(standing()).toEqual(NAMES);
  host.kill('SIGKILL');
  await until(() => standing().length === 0);
});

it('they stay as long as another program has commands in the folder', async () => {
  const one = await running('echo ready; sleep 600');
  const two = await running(
    'echo ready; while [ ! -e go ]; do sleep 0.05; done; mkdir .git && echo MADE > made; touch tried; sleep 600',
  );
  one.kill('SIGKILL');
  await ended(one);
  writeFileSync(path.join(folder, 'go'), '');
  await until(() => existsSync(path.join(folder, 'tried')));
  expect(existsSync(path.join(folder, 'made'))).toBe(false);
  expect(standing()).toEqual(NAMES);
  two.kill('SIGKILL');
  await until(() => standing().length === 0);
});

it("what a person makes of them meanwhile stays, and so does a person's own empty folder", async () => {
  mkdirSync(path.join(folder, '.agents'));
  const before = statSync(path.join(folder, '.agents')).ino;
  const host = await running('echo ready; sleep 600');
  // As `git init` does it in another terminal.
  mkdirSync(path.join(folder, '.git/objects'));
  writeFileSync(path.join(folder, '.git/HEAD'), 'ref: refs/heads/main\n');
  host.kill('SIGKILL');
  await until(() => standing().length === 2);
  expect(standing()).toEqual(['.agents', '.git']);
  expect(statSync(path.join(folder, '.agents')).ino).toBe(before);
});
