// What would have happened without the sandbox: facts about this machine and this user.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf } from '../../problem/index.ts';
import { hostPathFacts, resolveExistingPrefix } from '../profile/path-facts.ts';
import type { Operation } from './denial.ts';
import { isListenedOn, portsOfLoopback } from './ports-of-loopback.ts';

export interface OutsideFacts {
  /** The same user could do this outside. False also where it would fail on a read-only medium. */
  wouldWork(operation: Operation, path: string): boolean;
  readOnlyFileSystem(path: string): boolean;
  exists(path: string): boolean;
  isFolder(path: string): boolean;
  isSocket(path: string): boolean;
  /** Without links, as far as it exists. */
  resolve(path: string): string;
  /** Some program of the machine accepts TCP connections at this host of its loopback, written as somebody wrote it. */
  listens(port: number, host: string): boolean;
  /** The user is root, whose privileges the sandbox takes away. */
  readonly isRoot: boolean;
  /** The sandbox answers a closed path with EPERM, as macOS does, and not with EROFS. */
  readonly answersNotPermitted: boolean;
}

const { R_OK, W_OK, X_OK } = fs.constants;

export const hostOutsideFacts: OutsideFacts = {
  wouldWork(operation, name) {
    switch (operation) {
      case 'write':
        return isAllowed(name, W_OK);
      case 'create':
        return isAllowed(nearestExisting(path.dirname(name)), W_OK | X_OK);
      case 'delete':
        return hostOutsideFacts.exists(name) && isAllowed(path.dirname(name), W_OK | X_OK);
      case 'read':
        return isAllowed(name, R_OK);
      case 'unix_socket':
        return isAllowed(name, W_OK) && hostOutsideFacts.isSocket(name);
      case 'connect':
      case 'privilege':
        return true;
    }
  },
  readOnlyFileSystem(name) {
    try {
      fs.accessSync(nearestExisting(name), W_OK);
      return false;
    } catch (error) {
      return errnoOf(error) === 'EROFS';
    }
  },
  exists: (name) => hostPathFacts.kindOf(name) !== 'missing',
  isFolder: (name) => hostPathFacts.kindOf(name) === 'folder',
  isSocket: (name) => hostPathFacts.kindOf(name) === 'socket',
  resolve: (name) => resolveExistingPrefix(linkTarget(name), hostPathFacts),
  listens: (port, host) =>
    /^127\./.test(host) && !/^127\.0\.0\.1(?::|$)/.test(host) ? isListenedOn(port) : portsOfLoopback().includes(port),
  isRoot: process.getuid?.() === 0,
  answersNotPermitted: process.platform === 'darwin',
};

/** Writing to a link that leads nowhere makes what it names. As many links in a row as the kernel follows. */
function linkTarget(name: string): string {
  let target = path.resolve('/', name);
  for (let followed = 0; followed < 40 && hostPathFacts.kindOf(target) === 'link'; followed++) {
    try {
      target = path.resolve(path.dirname(target), fs.readlinkSync(target));
    } catch {
      // Gone between two looks: then it is no link any more.
      return target;
    }
  }
  return target;
}

function isAllowed(name: string, mode: number): boolean {
  try {
    fs.accessSync(name, mode);
    return true;
  } catch {
    // Whatever stands against it outside, it is not the sandbox.
    return false;
  }
}

/** The path itself, or the nearest folder above that exists. */
function nearestExisting(name: string): string {
  let existing = name;
  while (existing !== '/' && hostPathFacts.kindOf(existing) === 'missing') existing = path.dirname(existing);
  return existing;
}
