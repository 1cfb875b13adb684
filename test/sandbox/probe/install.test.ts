// What is told to type to install a package, on each distribution.

import { expect, it } from 'vitest';
import { installFix } from '../../../src/sandbox/probe/install.ts';

it.each([
  ['/usr/bin/apt-get', 'sudo apt-get install -y bubblewrap'],
  ['/usr/bin/dnf', 'sudo dnf install -y bubblewrap'],
  ['/usr/bin/pacman', 'sudo pacman -S --needed bubblewrap'],
  ['/usr/bin/zypper', 'sudo zypper install -y bubblewrap'],
  ['/sbin/apk', 'sudo apk add bubblewrap'],
  ['/nothing', 'sudo apt-get install -y bubblewrap'],
])('with %s', (manager, step) => {
  expect(installFix('bubblewrap', (file) => file === manager).step).toBe(step);
});
