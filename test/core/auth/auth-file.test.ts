import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetKey, shownKey, storedKey, storedLogin, storeKey } from '../../../src/core/auth/index.ts';

const KEY = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789';
let home = '';
let file = '';

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'codex-auth-'));
  file = path.join(home, 'auth.json');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(content: unknown, mode = 0o600): void {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(file, mode);
}

function content(): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

describe('a stored key', () => {
  it('is in a file that nobody else can read, in a folder that is made for it', () => {
    const deep = path.join(home, 'a', 'b');
    expect(storeKey(deep, KEY)).toEqual({ ok: true, value: path.join(deep, 'auth.json') });
    file = path.join(deep, 'auth.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(content()).toEqual({ auth_mode: 'apikey', OPENAI_API_KEY: KEY });
    expect(storedLogin(deep)).toEqual({ kind: 'key', file });
    expect(storedKey(file)).toEqual({ ok: true, value: KEY });
    expect(readdirSync(deep)).toEqual(['auth.json']);
  });

  it('leaves alone what else is in the file', () => {
    write({
      auth_mode: 'chatgpt',
      OPENAI_API_KEY: null,
      tokens: { access_token: 't' },
      last_refresh: 'x',
      new_thing: [1],
    });
    expect(storedLogin(home)).toEqual({ kind: 'chatgpt', file });
    expect(storeKey(home, KEY).ok).toBe(true);
    expect(content()).toEqual({
      auth_mode: 'apikey',
      OPENAI_API_KEY: KEY,
      tokens: { access_token: 't' },
      last_refresh: 'x',
      new_thing: [1],
    });
    expect(forgetKey(home)).toEqual({ ok: true, value: { hadKey: true, keeps: true } });
    expect(content()).toEqual({
      OPENAI_API_KEY: null,
      tokens: { access_token: 't' },
      last_refresh: 'x',
      new_thing: [1],
    });
    expect(storedLogin(home).kind).toBe('chatgpt');
  });

  it('goes with its file when nothing else is in it, and is gone once', () => {
    storeKey(home, KEY);
    expect(forgetKey(home)).toEqual({ ok: true, value: { hadKey: true, keeps: false } });
    expect(existsSync(file)).toBe(false);
    expect(forgetKey(home)).toEqual({ ok: true, value: { hadKey: false, keeps: false } });
    expect(storedLogin(home)).toEqual({ kind: 'none' });
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o777])(
    'that others can read (mode %o) is refused, and not repaired in silence',
    (mode) => {
      write({ OPENAI_API_KEY: KEY }, mode);
      const login = storedLogin(home);
      expect(login).toMatchObject({ kind: 'unusable', problem: { next: `chmod 600 ${file}` } });
      expect(storedKey(file).ok).toBe(false);
      expect(storeKey(home, KEY).ok).toBe(false);
      expect(statSync(file).mode & 0o777).toBe(mode);
    },
  );

  it('that others can read says how to mend it in words that a shell takes as they are meant', () => {
    const folder = path.join(home, "it's; rm -rf ~");
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'auth.json'), '{}', { mode: 0o644 });
    const login = storedLogin(folder);
    const next = login.kind === 'unusable' ? login.problem.next : '';
    execFileSync('sh', ['-c', next]);
    expect(statSync(path.join(folder, 'auth.json')).mode & 0o777).toBe(0o600);
  });

  it('is not waited for where its place is a pipe, and not read where it has no end', () => {
    execFileSync('mkfifo', ['-m', '600', file]);
    expect(storedLogin(home).kind).toBe('unusable');
    rmSync(file);
    write('x'.repeat(1024 * 1024 + 1));
    expect(storedLogin(home).kind).toBe('unusable');
  });

  it.each(['{"OPENAI_API_KEY": "sk-broken-and-secret', '[]', '"sk-text"', '\u0000\u0001'])(
    'in a file that is none (%j) is no key, and the file is not quoted',
    (text) => {
      write(text);
      const login = storedLogin(home);
      expect(login.kind).toBe('unusable');
      expect(JSON.stringify(login)).not.toMatch(/sk-/);
    },
  );

  it('is not looked for in a folder, a pipe or a device', () => {
    symlinkSync('/dev/zero', file);
    expect(storedLogin(home).kind).toBe('unusable');
  });

  it('is not written through a link', () => {
    const elsewhere = path.join(home, 'elsewhere');
    symlinkSync(elsewhere, file);
    const stored = storeKey(home, KEY);
    expect(stored.ok ? '' : stored.problem.what).toContain('is a link');
    expect(existsSync(elsewhere)).toBe(false);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readdirSync(home)).toEqual(['auth.json']);
  });

  it.each(['', 'two\nlines', 'a b', 'schlüssel', '\u001b[2J', 'x'.repeat(9000)])('is none when it is %j', (key) => {
    expect(storeKey(home, key).ok).toBe(false);
    expect(existsSync(file)).toBe(false);
  });
});

describe('a key that is shown', () => {
  it('tells which one it is, and no more', () => {
    expect(shownKey(KEY)).toBe('sk-proj-***56789');
    expect(shownKey('short-secret')).toBe('***');
  });
});
