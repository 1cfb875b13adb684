// Which calls of the file system does a rollout need? One narrow set, so that a test can make each of them fail.

import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../../problem/index.ts';

/** All throw as `node:fs` does. `append` returns how many bytes were taken, which may be fewer than given. */
export interface Disk {
  makeFolder(path: string): void;
  /** For appending; made when it is not there. */
  open(path: string): number;
  append(fd: number, bytes: Uint8Array): number;
  close(fd: number): void;
  /** Data on the medium, without holding the event loop. */
  sync(fd: number): Promise<void>;
  syncNow(fd: number): void;
  /** The name itself on the medium. */
  syncFolder(path: string): void;
}

export const realDisk: Disk = {
  makeFolder(path) {
    makeFolders(path);
  },
  open(path) {
    const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = fs.constants;
    return fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  },
  append: (fd, bytes) => fs.writeSync(fd, bytes),
  close: (fd) => fs.closeSync(fd),
  sync: (fd) =>
    new Promise((resolve, reject) => {
      fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
    }),
  syncNow: (fd) => fs.fdatasyncSync(fd),
  syncFolder(path) {
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
    try {
      fs.fsyncSync(fd);
    } catch (error) {
      // Some network file systems cannot sync a folder; they make names durable by themselves or not at all.
      if (errnoOf(error) !== 'EINVAL' && errnoOf(error) !== 'ENOTSUP') throw error;
    } finally {
      fs.closeSync(fd);
    }
  },
};

/**
 * Makes a folder and those above it, each with mode 0700. One level at a time: the recursive mkdir of Node 20 never
 * returns where a level can neither be made nor found, as below /proc.
 */
export function makeFolders(path: string): void {
  try {
    fs.mkdirSync(path, 0o700);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EEXIST' && fs.statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolders(dirname(path));
    fs.mkdirSync(path, 0o700);
  }
}
