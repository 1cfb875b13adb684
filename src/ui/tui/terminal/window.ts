// Is this descriptor a terminal, and how large is its window, asked before the first frame?
//
// `node:tty` knows, but loading it brings sockets and streams along: 2.5 of the 7 ms between a bare Node and our first
// frame. The binding below it answers at once. It is not a public interface: whatever is not as expected here goes to
// `node:tty`, and costs what it costs.

type Size = { readonly cols: number; readonly rows: number };

interface Binding {
  isTTY(fd: number): boolean;
  TTY: new (fd: number, context: object) => { getWindowSize(into: number[]): number; close(): void };
}

export interface Windows {
  isTerminal(fd: number): boolean;
  /** Null where it cannot be told. */
  sizeOf(fd: number): Size | null;
}

export function openWindows(): Windows {
  const binding = loadBinding();
  return {
    isTerminal: (fd) => (binding === null ? process.getBuiltinModule('node:tty').isatty(fd) : binding.isTTY(fd)),
    sizeOf: (fd) => (binding === null ? null : sizeBelow(binding, fd)) ?? sizeOfStream(),
  };
}

function loadBinding(): Binding | null {
  try {
    const load: unknown = Reflect.get(process, 'binding');
    const found: unknown = typeof load === 'function' ? load.call(process, 'tty_wrap') : null;
    return isBinding(found) ? found : null;
  } catch {
    // Gone, or forbidden by Node's permission model.
    return null;
  }
}

function isBinding(value: unknown): value is Binding {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'isTTY') === 'function' &&
    typeof Reflect.get(value, 'TTY') === 'function'
  );
}

function sizeBelow(binding: Binding, fd: number): Size | null {
  try {
    const handle = new binding.TTY(fd, {});
    const size: number[] = [];
    const error = handle.getWindowSize(size);
    const [cols = 0, rows = 0] = size;
    handle.close();
    return error === 0 && cols > 0 && rows > 0 ? { cols, rows } : null;
  } catch {
    // Not a terminal after all.
    return null;
  }
}

function sizeOfStream(): Size | null {
  const [cols = 0, rows = 0] = process.stdout.isTTY ? process.stdout.getWindowSize() : [];
  return cols > 0 && rows > 0 ? { cols, rows } : null;
}
