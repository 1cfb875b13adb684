// How is a pseudo-terminal opened and resized? The only file that knows the native add-on.

import { closeSync, constants, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { causeOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';

/** An open pair. `master` stays open in every later child unless it is covered: see `descriptors.ts`. */
export interface PtyPair {
  readonly master: number;
  /** Blocking and close-on-exec; close it right after the spawn, or the end of output never comes. */
  readonly slave: number;
  /** Path of the slave, e.g. `/dev/pts/4`. */
  readonly path: string;
}

/** Pseudo-terminals of this machine. `open` throws what the system says when it has none left. */
export interface PtyDriver {
  /** The package that was loaded, for diagnosis. */
  readonly name: string;
  open(cols: number, rows: number): PtyPair;
  /** TIOCSWINSZ; the foreground group gets SIGWINCH. Throws EBADF when `master` is closed. */
  resize(master: number, cols: number, rows: number): void;
}

/** Loads a package by name, as `require` does. */
export type LoadPackage = (name: string) => unknown;

/** The add-on that is compiled at installation, and the one with ready binaries for where that failed. */
const PACKAGES = ['node-pty', 'node-pty-prebuilt'] as const;

/**
 * `require` as seen from this file. In the CommonJS bundle `__filename` exists and `import.meta` is empty; as an ES
 * module it is the other way round. The call is invisible to a bundler, so the add-on stays outside the bundle.
 */
function requireFromHere(): LoadPackage {
  return createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
}

/**
 * Loads the add-on and checks that it has what is used of it. Its low-level functions are exported but not promised,
 * hence the check; its own `spawn` loses the end of output and hands every descriptor to the child.
 */
export function loadPtyDriver(load: LoadPackage = requireFromHere()): Result<PtyDriver> {
  const causes: string[] = [];
  for (const name of PACKAGES) {
    try {
      const driver = driverOf(name, load(name));
      if (driver !== null) return ok(driver);
      causes.push(`${name}: open or resize is missing`);
    } catch (error) {
      // The next package may load; if none does, the causes are told.
      causes.push(`${name}: ${firstLine(causeOf(error))}`);
    }
  }
  return fail(noDriver(causes));
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

function driverOf(name: string, loaded: unknown): PtyDriver | null {
  const native = property(loaded, 'native');
  const open = property(native, 'open');
  const resize = property(native, 'resize');
  if (!isFunction(open) || !isFunction(resize)) return null;
  return {
    name,
    open: (cols, rows) => reopened(open(cols, rows)),
    // Newer versions want the size in pixels too; the older one refuses more than three arguments.
    resize:
      name === 'node-pty'
        ? (fd, cols, rows) => void resize(fd, cols, rows)
        : (fd, cols, rows) => void resize(fd, cols, rows, 0, 0),
  };
}

/** The add-on's slave is non-blocking and inherited by every child: a descriptor of our own takes its place. */
function reopened(opened: unknown): PtyPair {
  const master = property(opened, 'master');
  const inherited = property(opened, 'slave');
  const path = property(opened, 'pty');
  if (typeof master !== 'number' || typeof inherited !== 'number' || typeof path !== 'string') {
    throw new Error('the terminal add-on answered without a pair of descriptors');
  }
  try {
    return { master, slave: openSync(path, constants.O_RDWR | constants.O_NOCTTY), path };
  } catch (error) {
    closeSync(master);
    throw error;
  } finally {
    closeSync(inherited);
  }
}

function noDriver(causes: readonly string[]): Problem {
  return {
    what: 'Terminals for commands are not available: the node-pty add-on does not load.',
    why: causes.join('; '),
    next: 'Install again with a C++ compiler, make and python3 present, or run commands without a terminal.',
  };
}

function property(value: unknown, key: string): unknown {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? Reflect.get(value, key)
    : undefined;
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
