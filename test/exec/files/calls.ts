// Makes file calls as a connection does: params as they travel, decoded, and answers as values.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileCalls, FileMethod } from '../../../src/exec/files/file-calls.ts';
import { PARAMS, type Results } from '../../../src/exec/protocol/messages.ts';
import { type PathUri, pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { decode } from '../../../src/exec/protocol/readers.ts';

/** A folder of its own, and the calls on it. */
export interface Place {
  readonly folder: string;
  readonly calls: FileCalls;
  /** Of a name in the folder: text, or bytes. */
  uri(name: string | Uint8Array): PathUri;
  path(name: string): string;
  /** The result of a call that must not fail. */
  done<M extends FileMethod>(method: M, params: Readonly<Record<string, unknown>>): Promise<Results[M]>;
  /** Code and message of a call that must fail. */
  refused(method: FileMethod, params: Readonly<Record<string, unknown>>): Promise<readonly [number, string]>;
  close(): Promise<void>;
}

export function openPlace(calls: FileCalls): Place {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-files-')));
  const uri: Place['uri'] = (name) =>
    pathUri(Buffer.concat([Buffer.from(`${folder}/`), typeof name === 'string' ? Buffer.from(name) : name]));
  const call = async (method: FileMethod, params: Readonly<Record<string, unknown>>) => {
    const decoded = decode(PARAMS[method] as (value: unknown) => never, params);
    return decoded.ok ? calls[method](decoded.value) : decoded;
  };
  return {
    folder,
    calls,
    uri,
    path: (name) => join(folder, name),
    async done<M extends FileMethod>(method: M, params: Readonly<Record<string, unknown>>) {
      const result = await call(method, params);
      if (!result.ok) throw new Error(`${method}: ${result.problem.code} ${result.problem.message}`);
      return result.value as Results[M];
    },
    async refused(method, params) {
      const result = await call(method, params);
      if (result.ok) throw new Error(`${method} was not refused`);
      return [result.problem.code, result.problem.message.replaceAll(folder, 'FOLDER')];
    },
    async close() {
      await calls.closeAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

export function makePipe(path: string): void {
  execFileSync('mkfifo', [path]);
}

export const NOT_FOUND = [-32004, 'No such file or directory (os error 2)'] as const;
export const NO_FOLDER = [-32603, 'Not a directory (os error 20)'] as const;
export const LINK_LOOP = [-32603, 'Symbolic link loop (os error 40)'] as const;
export const THERE_ALREADY = [-32603, 'File exists (os error 17)'] as const;
export const READ_ONLY = [-32603, 'Read-only file system (os error 30)'] as const;
export const DENIED = [-32600, 'Permission denied (os error 13)'] as const;
