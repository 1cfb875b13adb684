// Does a command leave something behind that acts outside when it is gone?

import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { watchForRedirection } from '../../src/core/session/git-redirection.ts';
import { openPlace } from '../sandbox/sandboxed.ts';

it('takes a commondir away that is a link to a file which a later command will make', () => {
  using place = openPlace(0);
  const git = path.join(place.path, '.git');
  mkdirSync(git);
  const over = watchForRedirection([{ kind: 'write', path: git }]);
  symlinkSync('../later', path.join(git, 'commondir'));
  over();
  expect(lstatSync(path.join(git, 'commondir'), { throwIfNoEntry: false })).toBeUndefined();
});
