// Does a command leave something behind that acts outside when it is gone?

import { lstatSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { watchForRedirection } from '../../src/core/session/git-redirection.ts';
import { bound, linuxFacts, openPlace, shell, users } from '../sandbox/sandboxed.ts';

it('takes a commondir away that is a link to a file which a later command will make', () => {
  using place = openPlace(0);
  const git = path.join(place.path, '.git');
  mkdirSync(git);
  const over = watchForRedirection([{ kind: 'write', path: git }]);
  symlinkSync('../later', path.join(git, 'commondir'));
  over();
  expect(lstatSync(path.join(git, 'commondir'), { throwIfNoEntry: false })).toBeUndefined();
});

it.each(users.filter(({ uid }) => uid === 0))(
  '$name makes no program that gives others a group of the system',
  async () => {
    using place = openPlace(0);
    const make = `perl -e '$) = $( = 42; open F, ">", "x"; close F; chown 0, 42, "x"; chmod 02755, "x"'`;
    await shell(bound(place.path), place.path, make, await linuxFacts(0));
    expect(statSync(path.join(place.path, 'x')).mode & 0o2000).toBe(0);
  },
);
