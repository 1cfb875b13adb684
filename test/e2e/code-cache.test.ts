// Compiled code that is kept between starts: it is used when it is ours alone, and whatever else lies there is not run.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { Module } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codexProgram, type Place, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

/** Starts the program and leaves it again; false when something else ran in its place. */
async function isItself(place: Place): Promise<boolean> {
  const program = tests.open({ place });
  const isReady = program.ready().then(
    () => true,
    () => false,
  );
  const isUp = await Promise.race([isReady, program.exit.then(() => false)]);
  if (isUp) program.send('\x04');
  await program.exit;
  return isUp;
}

/** The one file that is kept, after a start. */
async function keptFile(place: Place): Promise<string> {
  expect(await isItself(place)).toBe(true);
  const folder = path.join(place.codexHome, 'codex_ts/cache');
  const names = readdirSync(folder);
  expect(names).toHaveLength(1);
  return path.join(folder, names[0] ?? '');
}

/** What V8 takes for the compiled program, since it compares the lengths of sources: code that leaves a mark. */
function plant(file: string, mark: string): void {
  const length = Module.wrap(readFileSync(path.join(path.dirname(codexProgram), 'main.cjs'), 'utf8')).length;
  const code = Module.wrap(`require('fs').writeFileSync(${JSON.stringify(mark)}, 'x'); process.exit(9); //`);
  const padded = code.replace(' //', ` //${'x'.repeat(length - code.length)}`);
  const make = `const vm = require('vm'); const fs = require('fs'); fs.writeFileSync(process.argv[1], new vm.Script(fs.readFileSync(0, 'utf8')).createCachedData())`;
  execFileSync(process.execPath, ['-e', make, file], { input: padded, env: {} });
}

describe('compiled code', () => {
  it('is kept for the person alone, and written once', async () => {
    const place = tests.place();
    const file = await keptFile(place);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    const { mtimeMs, ino } = statSync(file);
    expect(await isItself(place)).toBe(true);
    expect(statSync(file)).toMatchObject({ mtimeMs, ino });
  });

  it('is replaced when it is damaged, and that of another build goes', async () => {
    const place = tests.place();
    const file = await keptFile(place);
    writeFileSync(file, 'garbage');
    writeFileSync(path.join(path.dirname(file), 'main-old-v20.0.0-x64.bin'), '');
    expect(await isItself(place)).toBe(true);
    expect(statSync(file).size).toBeGreaterThan(100_000);
    expect(readdirSync(path.dirname(file))).toEqual([path.basename(file)]);
  });

  it('of somebody who could write there is not run', async () => {
    const place = tests.place();
    const file = await keptFile(place);
    const mark = path.join(place.outside, 'mark');
    plant(file, mark);
    const harmful: readonly (readonly [string, () => void])[] = [
      ['in a file that others may write', () => chmodSync(file, 0o666)],
      [
        'in a folder that others may write',
        () => {
          chmodSync(file, 0o600);
          chmodSync(path.dirname(file), 0o777);
        },
      ],
      [
        'behind a link',
        () => {
          chmodSync(path.dirname(file), 0o700);
          plant(path.join(place.outside, 'elsewhere'), mark);
          renameSync(file, `${file}.kept`);
          symlinkSync(path.join(place.outside, 'elsewhere'), file);
        },
      ],
    ];
    for (const [how, prepare] of harmful) {
      prepare();
      expect(await isItself(place), how).toBe(true);
      expect(existsSync(mark), how).toBe(false);
      if (how !== 'behind a link') plant(file, mark);
    }
    // Where only the person can write it is taken, so that what was planted above would have run.
    chmodSync(path.dirname(file), 0o700);
    renameSync(`${file}.kept`, file);
    plant(file, mark);
    chmodSync(file, 0o600);
    expect(await isItself(place)).toBe(false);
    expect(existsSync(mark)).toBe(true);
  });
});
