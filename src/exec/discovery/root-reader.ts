// What of one capability root goes into the answer, and what is said about the rest?

import type { TextFile } from '../protocol/messages.ts';
import type { PathUri } from '../protocol/path-uri.ts';
import type { SandboxContext } from '../protocol/sandbox-context.ts';
import { findText, type Room, type RootFiles, textBytes } from './root-files.ts';

/** Files that are read at once: a helper in a sandbox answers one after the other. */
const READ_AT_ONCE = 16;

/** A root with more faults than that is not understood better by more of them. */
const MOST_WARNINGS = 100;

export interface RootReader {
  /** Null when there is no such file, or when it is left out; then a warning says why. */
  text(path: PathUri): Promise<TextFile | null>;
  /** Those that are there, in the order of the paths. */
  texts(paths: readonly PathUri[]): Promise<readonly TextFile[]>;
  warn(warning: string): void;
  warnings(): readonly string[];
}

export function openRootReader(files: RootFiles, sandbox: SandboxContext | null, room: Room): RootReader {
  const warnings = new Set<string>();
  let isFull = false;

  const warn = (warning: string): void => {
    if (
      warnings.size < MOST_WARNINGS &&
      !warnings.has(warning) &&
      room.take(Buffer.byteLength(JSON.stringify(warning)))
    ) {
      warnings.add(warning);
    }
  };

  /** Once something did not fit, no more of this root is read. */
  const texts = async (paths: readonly PathUri[]): Promise<readonly TextFile[]> => {
    const kept: TextFile[] = [];
    for (let at = 0; at < paths.length && !isFull; at += READ_AT_ONCE) {
      const batch = paths.slice(at, at + READ_AT_ONCE);
      for (const found of await Promise.all(batch.map((path) => findText(files, path, sandbox)))) {
        if (found === null) continue;
        if ('warning' in found) warn(found.warning);
        else if (isFull || !room.take(textBytes(found.text))) isFull = true;
        else kept.push(found.text);
      }
    }
    return kept;
  };

  return {
    async text(path) {
      return (await texts([path]))[0] ?? null;
    },
    texts,
    warn,
    warnings() {
      return isFull
        ? [...warnings, 'capability roots exceed what one answer may hold: some files are left out']
        : [...warnings];
    },
  };
}
