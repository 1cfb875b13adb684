// How a package is installed here.

import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Fix } from './diagnosis.ts';

/** Package managers by program; all five know bubblewrap and util-linux under these names. */
const managers: readonly (readonly [program: string, install: string])[] = [
  ['apt-get', 'sudo apt-get install -y'],
  ['dnf', 'sudo dnf install -y'],
  ['pacman', 'sudo pacman -S --needed'],
  ['zypper', 'sudo zypper install -y'],
  ['apk', 'sudo apk add'],
];

const folders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** With the manager that is there; on a machine without any of them, what one would type on Debian. */
export function installFix(packageName: 'bubblewrap' | 'util-linux', exists = fs.existsSync): Fix {
  const isThere = (program: string): boolean => folders.some((it) => exists(path.join(it, program)));
  const install = managers.find(([program]) => isThere(program))?.[1] ?? 'sudo apt-get install -y';
  return { step: `${install} ${packageName}`, cost: 'one small package of the distribution; nothing else changes.' };
}
