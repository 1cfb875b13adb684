// How does the program behind the first frame load without being compiled anew each time?

import * as fs from 'node:fs';
import { createRequire, Module } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

/** A program of 1 MB comes to about 2. */
const LONGEST_BYTES = 32 * 1024 * 1024;

export interface LoadedProgram {
  readonly exports: unknown;
  /**
   * Keeps what was compiled for the next start, the functions included that ran since. Does nothing when it is kept
   * already. Costs some 20 ms.
   */
  remember(): void;
}

/**
 * Loads a CommonJS file as `require` would. `folder`: where compiled code is kept, null keeps none. Whoever can write
 * there runs code as the person, so only a folder and a file are used that nobody else can write.
 */
export function loadProgram(file: string, build: string, folder: string | null): LoadedProgram {
  // For one build and one version of Node: nothing in it is a person's.
  const name = `${path.basename(file, '.cjs')}-`;
  const kept = folder === null ? null : path.join(folder, `${name}${build}-${process.version}-${process.arch}.bin`);
  const cachedData = kept === null ? undefined : readPrivate(kept);
  const source = Module.wrap(fs.readFileSync(file, 'utf8'));
  const script = new vm.Script(source, { filename: file, ...(cachedData === undefined ? {} : { cachedData }) });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file, path.dirname(file));
  const isKept = cachedData !== undefined && script.cachedDataRejected !== true;
  return {
    exports: module.exports,
    remember() {
      if (kept !== null && !isKept) writePrivate(kept, name, () => script.createCachedData());
    },
  };
}

function readPrivate(file: string): Buffer | undefined {
  let descriptor: number | null = null;
  try {
    if (!isOurs(fs.lstatSync(path.dirname(file)))) return undefined;
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    const stat = fs.fstatSync(descriptor);
    return stat.isFile() && isOurs(stat) && stat.size <= LONGEST_BYTES ? fs.readFileSync(descriptor) : undefined;
  } catch {
    return undefined; // The first start of this build.
  } finally {
    if (descriptor !== null) fs.closeSync(descriptor);
  }
}

/** Nothing is made that is not there already but the last folder; what cannot be kept is compiled again. */
function writePrivate(file: string, begin: string, make: () => Uint8Array): void {
  const folder = path.dirname(file);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    if (!isOurs(fs.lstatSync(path.dirname(folder)))) return;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isOurs(fs.lstatSync(folder))) return;
    fs.writeFileSync(temporary, make(), { flag: 'wx', mode: 0o600 });
    fs.renameSync(temporary, file);
    // Those of earlier builds.
    for (const name of fs.readdirSync(folder))
      if (name.startsWith(begin) && name.endsWith('.bin') && name !== path.basename(file))
        fs.rmSync(path.join(folder, name), { force: true });
  } catch {
    fs.rmSync(temporary, { force: true });
  }
}

function isOurs(stat: fs.Stats): boolean {
  return !stat.isSymbolicLink() && stat.uid === process.geteuid?.() && (stat.mode & 0o022) === 0;
}
