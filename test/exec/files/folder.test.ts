import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from '../../../src/exec/files/folder.ts';
import { withEntry } from '../../../src/exec/files/no-links.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'exec-files-'));
  for (const folder of ['mine', 'other']) {
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, 'x'), folder);
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What an attacker does between a look and a use. */
function replaceByLink(): void {
  renameSync(join(root, 'mine'), join(root, 'moved'));
  symlinkSync('other', join(root, 'mine'));
}

describe('an open folder', () => {
  it('is the one that was opened, whatever is put in its place', async () => {
    const folder = await openFolder(Buffer.from(join(root, 'mine')));
    replaceByLink();
    expect(readFileSync(folder.at('x'), 'utf8')).toBe('mine');
    await folder.close();
  });

  it('is never reached through a link', async () => {
    replaceByLink();
    await expect(openFolder(Buffer.from(join(root, 'mine')))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('stays the one on the way to an entry', async () => {
    await withEntry(Buffer.from(join(root, 'mine/x')), async ({ folder, name }) => {
      replaceByLink();
      expect(readFileSync(folder.at(name), 'utf8')).toBe('mine');
    });
  });
});
