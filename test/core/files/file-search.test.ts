import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileSearch, openFileSearch } from '../../../src/core/files/file-search.ts';
import { openFileThread } from '../../../src/core/files/file-thread.ts';
import { openSessionFiles } from '../../../src/core/files/session-files.ts';
import { bundleFile } from '../../exec/bundled.ts';

const programs = process.env.PATH ?? '';
let root: string;
let search: FileSearch;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'codex-files-'));
  search = openFileSearch({ env: { HOME: root }, home: root });
});

afterEach(() => {
  search.close();
  rmSync(root, { recursive: true, force: true });
});

function file(name: string, text = ''): void {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
}

function git(...words: string[]): void {
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words], { cwd: root, stdio: 'ignore' });
}

/** Asks until everything is listed. */
async function found(query: string, folder = root, of = search): Promise<string[]> {
  for (;;) {
    const answer = await of.find({ cwd: folder, query, limit: 50, favoured: [], programs });
    if (!answer.isPartial) return answer.files.map((one) => one.path);
  }
}

describe('in a repository', () => {
  it('finds what is known and what is new, and leaves out what is ignored or gone', async () => {
    git('init', '-q');
    file('src/known.ts');
    file('src/gone.ts');
    file('.gitignore', 'build/\n');
    git('add', '-A');
    git('commit', '-qm', 'x');
    file('src/new.ts');
    file('build/made.ts');
    rmSync(path.join(root, 'src/gone.ts'));
    expect((await found('src/')).sort()).toEqual(['src/', 'src/known.ts', 'src/new.ts']);
    expect(await found('made')).toEqual([]);
  });

  it('finds what is below a folder of it, as it is called from there', async () => {
    git('init', '-q');
    file('a/b/c.ts');
    expect(await found('c.ts', path.join(root, 'a'))).toEqual(['b/c.ts']);
  });

  it('runs nothing that the repository names', async () => {
    git('init', '-q');
    file('a.ts');
    git('add', '-A');
    git('commit', '-qm', 'x');
    const mark = path.join(root, 'it-ran');
    const script = path.join(root, 'run.sh');
    file('run.sh', `#!/bin/sh\ntouch ${mark}\n`);
    execFileSync('chmod', ['+x', script]);
    file('.git/hooks/post-index-change', `#!/bin/sh\ntouch ${mark}\n`);
    execFileSync('chmod', ['+x', path.join(root, '.git/hooks/post-index-change')]);
    for (const name of [
      'core.fsmonitor',
      'core.sshCommand',
      'core.pager',
      'core.askPass',
      'core.editor',
      'diff.external',
    ])
      git('config', name, script);
    git('config', 'alias.ls-files', `!${script}`);
    git('config', 'extensions.partialClone', 'origin');
    git('config', 'remote.origin.url', `ext::${script}`);
    git('config', 'protocol.ext.allow', 'always');
    // Without the guard the monitor runs: the trap is a real one.
    execFileSync('git', ['ls-files', '-co'], { cwd: root, stdio: 'ignore' });
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);
    expect(await found('a.ts')).toContain('a.ts');
    expect(existsSync(mark)).toBe(false);
  });

  it('runs no git that lies in the folder itself', async () => {
    git('init', '-q');
    file('a.ts');
    const mark = path.join(root, 'it-ran');
    file('bin/git', `#!/bin/sh\ntouch ${mark}\n`);
    execFileSync('chmod', ['+x', path.join(root, 'bin/git')]);
    const env = { PATH: `${root}/bin:.:bin:${programs}`, HOME: root };
    const files = openSessionFiles({ env, home: root, cwd: root, environment: 'local', thread: null });
    let answer = await files.find('a.ts', 8);
    while (answer.isPartial) answer = await files.find('a.ts', 8);
    expect(answer.files.map((one) => one.path)).toContain('a.ts');
    files.close();
    expect(existsSync(mark)).toBe(false);
  });
});

describe('a file that was made a moment ago', () => {
  it('is found, however fresh the list is, and one that is nowhere is not looked for for ever', async () => {
    git('init', '-q');
    file('old.ts');
    expect(await found('old')).toEqual(['old.ts']);
    file('new.ts');
    expect(await found('new')).toEqual(['new.ts']);
    expect(await found('nowhere')).toEqual([]);
    expect(await found('nowhere')).toEqual([]);
  });
});

describe('where there is no repository', () => {
  it('walks, follows no links, and leaves out what programs made', async () => {
    file('src/one.ts');
    file('node_modules/p/index.ts');
    file('.git/config');
    symlinkSync('/', path.join(root, 'everything'));
    symlinkSync(root, path.join(root, 'src/round'));
    expect((await found('')).sort()).toEqual(['everything', 'src/', 'src/one.ts', 'src/round']);
  });

  it('finds nothing in a folder that is not there', async () => {
    expect(await found('x', path.join(root, 'nowhere'))).toEqual([]);
  });
});

describe('a folder that is named outright', () => {
  it('is looked into from where the query says, and hidden names come when a dot was typed', async () => {
    file('work/one.ts');
    file('beside/two.ts');
    file('beside/.hidden');
    const cwd = path.join(root, 'work');
    expect(await found('../beside/', cwd)).toEqual(['../beside/two.ts']);
    expect(await found('../beside/.h', cwd)).toEqual(['../beside/.hidden']);
    expect(await found('~/be', cwd)).toEqual(['~/beside/']);
    expect(await found(`${root}/beside/t`, cwd)).toEqual([`${root}/beside/two.ts`]);
    expect(await found('./one', cwd)).toEqual(['./one.ts']);
    expect(await found('/no/such/folder/x', cwd)).toEqual([]);
  });
});

describe('files of a session', () => {
  it('are those of the folder it moved to; what was changed or named comes first; another machine has none', async () => {
    file('a/index.ts');
    file('b/index.ts');
    file('sub/only.ts');
    const env = { PATH: programs };
    const files = openSessionFiles({ env, home: root, cwd: root, environment: 'local', thread: null });
    const first = async (query: string) => {
      for (;;) {
        const answer = await files.find(query, 8);
        if (!answer.isPartial) return answer.files[0]?.path;
      }
    };
    expect(await first('index')).toBe('a/index.ts');
    files.follow({ type: 'message.added', item: 'i', turn: 't', text: 'look at @b/index.ts' });
    expect(await first('index')).toBe('b/index.ts');
    files.follow({
      type: 'files.changed',
      process: 1,
      files: [{ path: path.join(root, 'a/index.ts'), change: 'changed' }],
    });
    expect(await first('index')).toBe('a/index.ts');
    files.follow({ type: 'session.moved', cwd: path.join(root, 'sub') });
    expect(await first('only')).toBe('only.ts');
    files.follow({ type: 'environment.picked', environment: 'devbox', cwd: '/' });
    expect(await first('only')).toBeUndefined();
    files.close();
  });
});

describe('in a thread of its own', () => {
  it('finds the same, prints nothing, and holds nothing up', async () => {
    git('init', '-q');
    file('src/one.ts');
    const program = await bundleFile('src/core/files/file-thread-main.ts', 'file-thread');
    const thread = openFileThread(program, { env: { HOME: root }, home: root });
    expect(await found('one', root, thread)).toEqual(['src/one.ts']);
    thread.close();
  });

  it('that cannot be had is done without', async () => {
    file('src/one.ts');
    const thread = openFileThread(path.join(root, 'no-such-program.cjs'), { env: { HOME: root }, home: root });
    expect(await found('one', root, thread)).toEqual(['src/one.ts']);
    thread.close();
  });
});
