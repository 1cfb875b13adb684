import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  appendRule,
  defaultRulesFile,
  judgeByRules,
  loadRuleFiles,
  loadRules,
  rulesFolder,
} from '../../../src/core/rules/index.ts';

let top: string;
let folder: string;
beforeEach(() => {
  top = fs.mkdtempSync(join(tmpdir(), 'rules-'));
  folder = rulesFolder(top);
});
afterEach(() => fs.rmSync(top, { recursive: true, force: true }));

function write(name: string, text: string | Uint8Array): string {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function makePipe(file: string): void {
  execFileSync('bash', ['-c', 'mkfifo "$1"', 'bash', file]);
}

const first = (folders: readonly string[] = [folder]) => loadRules(folders, '/home/ana');
const programs = (folders?: readonly string[]) => first(folders).rules.prefixes.map(({ pattern }) => pattern[0]?.[0]);

describe('the rules on disk', () => {
  it('are those of all files with the right name, sorted', () => {
    write('b.rules', 'prefix_rule(["b"])');
    write('a.rules', '\ufeffprefix_rule(["a"])\r\n');
    write('a.rules.bak', 'prefix_rule(["x"])');
    expect(programs()).toEqual(['a', 'b']);
    expect(first().problems).toEqual([]);
  });

  it('come from further folders behind it, which decide about paths', () => {
    write('a.rules', 'prefix_rule(["git"])\nhost_executable("git", ["/a/git"])');
    const other = rulesFolder(join(top, 'project'));
    fs.mkdirSync(other, { recursive: true });
    fs.writeFileSync(join(other, 'p.rules'), 'prefix_rule(["p"])\nhost_executable("git", ["/b/git"])');
    expect(programs([folder, other])).toEqual(['git', 'p']);
    const { rules } = first([folder, other]);
    expect(judgeByRules(rules, ['/b/git'], { resolve: true }).kind).toBe('allow');
    expect(judgeByRules(rules, ['/a/git'], { resolve: true }).kind).toBe('none');
  });

  it('are none where there is no folder', () => {
    expect(first()).toEqual({ rules: { prefixes: [], hosts: [], network: [] }, problems: [] });
  });

  it('stay in force when one file is wrong, which is reported with its line', () => {
    write('a.rules', 'prefix_rule(["a"])');
    const file = write('b.rules', 'prefix_rule(["half"])\nprefix_rule(["b"], "maybe")');
    write('c.rules', 'prefix_rule(["c"])');
    expect(programs()).toEqual(['a', 'c']);
    expect(first().problems).toMatchObject([
      { file, line: 2, problem: { why: `${file}:2:1: invalid decision: maybe` } },
    ]);
  });

  it.each<[string, (file: string) => void, RegExp]>([
    ['a folder', (file) => fs.mkdirSync(file), /no ordinary file/],
    ['a pipe that nobody writes to', (file) => makePipe(file), /no ordinary file/],
    ['a link to a device', (file) => fs.symlinkSync('/dev/zero', file), /no ordinary file/],
    ['a link to nothing', (file) => fs.symlinkSync('/nowhere/x', file), /ENOENT/],
    ['a link to itself', (file) => fs.symlinkSync(file, file), /ELOOP/],
    ['too large', (file) => fs.writeFileSync(file, '#'.repeat(1024 * 1024 + 1)), /larger than/],
    ['no text', (file) => fs.writeFileSync(file, new Uint8Array([0xff, 0xfe, 0x00])), /not UTF-8/],
  ])('leave out what is %s', (_, make, why) => {
    write('a.rules', 'prefix_rule(["a"])');
    make(join(folder, 'b.rules'));
    expect(programs()).toEqual(['a']);
    expect(first().problems).toMatchObject([
      { file: join(folder, 'b.rules'), line: null, problem: { why: expect.stringMatching(why) } },
    ]);
  });

  it('are read through a link to a file of the person', () => {
    fs.writeFileSync(join(top, 'dotfile'), 'prefix_rule(["a"])');
    fs.mkdirSync(folder);
    fs.symlinkSync(join(top, 'dotfile'), join(folder, 'a.rules'));
    expect(programs()).toEqual(['a']);
  });

  it('are those of the files that are named, in their order', () => {
    const [b, a] = [write('b', 'prefix_rule(["b"])'), write('a', 'prefix_rule(["a"])')];
    const loaded = loadRuleFiles([b, join(folder, 'none'), a], '/home/ana');
    expect(loaded.rules.prefixes.map(({ pattern }) => pattern)).toEqual([[['b']], [['a']]]);
    expect(loaded.problems).toMatchObject([{ file: join(folder, 'none') }]);
  });

  it('say so when their folder is none', () => {
    fs.writeFileSync(folder, '');
    expect(first().problems).toMatchObject([{ file: folder, problem: { why: expect.stringContaining('ENOTDIR') } }]);
  });
});

describe('a rule that is added', () => {
  const mode = (path: string) => fs.statSync(path).mode & 0o777;

  it('makes folder and file for this person alone', () => {
    const home = join(top, 'new', 'codex');
    const file = defaultRulesFile(home);
    expect(appendRule(file, ['npm', 'install'])).toEqual({ ok: true, value: { line: 1 } });
    expect(fs.readFileSync(file, 'utf8')).toBe('prefix_rule(pattern=["npm", "install"], decision="allow")\n');
    expect([mode(file), mode(rulesFolder(home)), mode(home)]).toEqual([0o600, 0o700, 0o700]);
  });

  it('leaves everything that stands there, also a last line without its end', () => {
    const file = write('default.rules', '# mine\nprefix_rule(["a"])  # why');
    expect(appendRule(file, ['b'])).toEqual({ ok: true, value: { line: 3 } });
    expect(appendRule(file, ['c'])).toEqual({ ok: true, value: { line: 4 } });
    expect(fs.readFileSync(file, 'utf8')).toBe(
      '# mine\nprefix_rule(["a"])  # why\nprefix_rule(pattern=["b"], decision="allow")\nprefix_rule(pattern=["c"], decision="allow")\n',
    );
    expect(first().rules.prefixes.map(({ place }) => place.line)).toEqual([2, 3, 4]);
  });

  it('is refused when a line allows it already', () => {
    const file = write('default.rules', '\nprefix_rule(["git", ["status", "diff"]])\n');
    const before = fs.readFileSync(file);
    for (const prefix of [
      ['git', 'diff'],
      ['git', 'diff', '-p'],
    ]) {
      expect(appendRule(file, prefix)).toMatchObject({ ok: false, problem: { why: 'line 2 allows this already' } });
    }
    expect(fs.readFileSync(file)).toEqual(before);
    expect(appendRule(file, ['git'])).toMatchObject({ ok: true });
  });

  it('is refused in a file that is not in force', () => {
    const file = write('default.rules', 'prefix_rule([\n');
    expect(appendRule(file, ['b'])).toMatchObject({
      ok: false,
      problem: { why: expect.stringContaining(`${file}:2:`) },
    });
    expect(fs.readFileSync(file, 'utf8')).toBe('prefix_rule([\n');
  });

  it('goes through a link and leaves the link', () => {
    fs.mkdirSync(folder);
    fs.writeFileSync(join(top, 'dotfile'), '# mine\n');
    fs.symlinkSync(join(top, 'dotfile'), join(folder, 'default.rules'));
    expect(appendRule(join(folder, 'default.rules'), ['b'])).toMatchObject({ ok: true });
    expect(fs.lstatSync(join(folder, 'default.rules')).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(join(top, 'dotfile'), 'utf8')).toContain('# mine\nprefix_rule');
  });

  it.each<[string, (file: string) => void]>([
    ['a link to nothing', (file) => fs.symlinkSync('/nowhere/x', file)],
    ['a pipe', (file) => makePipe(file)],
    ['a folder', (file) => fs.mkdirSync(file)],
  ])('is refused where the file is %s', (_, make) => {
    fs.mkdirSync(folder);
    make(join(folder, 'default.rules'));
    expect(appendRule(join(folder, 'default.rules'), ['b'])).toMatchObject({ ok: false });
  });

  it('is refused without words', () => {
    expect(appendRule(join(folder, 'default.rules'), [])).toMatchObject({ ok: false });
    expect(fs.existsSync(folder)).toBe(false);
  });

  it('is taken back when it does not fit, so that the file stays whole', () => {
    const file = write('default.rules', '# mine\n');
    const bundle = join(top, 'append-rule.cjs');
    const source = join(import.meta.dirname, '../../../src/core/rules/append-rule.ts');
    const esbuild = join(import.meta.dirname, '../../../node_modules/.bin/esbuild');
    execFileSync(esbuild, [
      source,
      '--bundle',
      '--platform=node',
      '--format=cjs',
      `--outfile=${bundle}`,
      '--log-level=error',
    ]);
    const program = 'console.log(JSON.stringify(require(process.argv[1]).appendRule(process.argv[2], ["make"])))';
    // Files end at 20 bytes for this process: the write is cut short as on a full disk.
    const args = ['--fsize=20', process.execPath, '-e', program, bundle, file];
    const answer = execFileSync('bash', ['-c', 'prlimit "$@"', 'bash', ...args], { encoding: 'utf8' });
    expect(JSON.parse(answer)).toMatchObject({ ok: false, problem: { why: 'the disk is full' } });
    expect(fs.readFileSync(file, 'utf8')).toBe('# mine\n');
  });
});
