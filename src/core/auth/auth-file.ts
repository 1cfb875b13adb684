// auth.json: the API key of a person who would rather not have it in a variable. The file is codex-cli's as well, so
// whatever else is in it stays as it is.

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { makeFolders, realDisk } from '../rollout/index.ts';
import { keyProblem } from './key-text.ts';

/** What the file holds, without the key itself. */
export type StoredLogin =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly file: string }
  /** A login of codex-cli that is not done with a key. */
  | { readonly kind: 'chatgpt'; readonly file: string }
  | { readonly kind: 'unusable'; readonly problem: Problem };

type Content = Readonly<Record<string, unknown>>;

const FILE_MODE = 0o600;
/** The file of a ChatGPT login has some 5 KiB. */
const MOST_BYTES = 1024 * 1024;

export function authFile(codexHome: string): string {
  return path.join(codexHome, 'auth.json');
}

export function storedLogin(codexHome: string): StoredLogin {
  const file = authFile(codexHome);
  const content = readContent(file);
  if (!content.ok) return { kind: 'unusable', problem: content.problem };
  if (content.value === null) return { kind: 'none' };
  if (keyIn(content.value) !== null) return { kind: 'key', file };
  return hasOtherLogin(content.value) ? { kind: 'chatgpt', file } : { kind: 'none' };
}

/** The key in `file`, read anew. */
export function storedKey(file: string): Result<string> {
  const content = readContent(file);
  if (!content.ok) return content;
  const key = content.value === null ? null : keyIn(content.value);
  return key === null ? fail(notLoggedIn(file)) : ok(key);
}

/** Puts `key` into the file, which nobody else can read. */
export function storeKey(codexHome: string, key: string): Result<string> {
  const file = authFile(codexHome);
  const wrong = keyProblem(key);
  if (wrong !== null) return fail(wrong);
  const content = readContent(file);
  if (!content.ok) return content;
  const written = writeContent(file, { ...content.value, auth_mode: 'apikey', OPENAI_API_KEY: key });
  return written.ok ? ok(file) : written;
}

/** Takes the key out of it again. `hadKey`: there was one. `keeps`: something else stays in the file. */
export function forgetKey(codexHome: string): Result<{ readonly hadKey: boolean; readonly keeps: boolean }> {
  const file = authFile(codexHome);
  const content = readContent(file);
  if (!content.ok) return content;
  if (content.value === null) return ok({ hadKey: false, keeps: false });
  const { OPENAI_API_KEY: key, auth_mode: mode, ...rest } = content.value;
  const hadKey = keyIn(content.value) !== null;
  const others = Object.values(rest).filter((value) => value !== null);
  if (others.length > 0 || (mode !== undefined && mode !== 'apikey' && !hadKey)) {
    if (!hadKey) return ok({ hadKey, keeps: true });
    const written = writeContent(file, { ...rest, OPENAI_API_KEY: null });
    return written.ok ? ok({ hadKey, keeps: true }) : written;
  }
  try {
    fs.rmSync(file, { force: true });
    return ok({ hadKey: hadKey || key !== undefined, keeps: false });
  } catch (error) {
    return fail({ what: `${file} was not removed.`, why: causeOf(error), next: 'Remove it yourself.' });
  }
}

function keyIn({ OPENAI_API_KEY: key }: Content): string | null {
  return typeof key === 'string' && key.trim() !== '' ? key.trim() : null;
}

function hasOtherLogin(content: Content): boolean {
  return Object.entries(content).some(([name, value]) => name !== 'OPENAI_API_KEY' && value !== null);
}

/** Null: there is no file. Looked at and read through one descriptor, so that both are about the same file. */
function readContent(file: string): Result<Content | null> {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ok(null);
    return fail({
      what: `${file} cannot be read.`,
      why: causeOf(error),
      next: 'It holds your API key: make it yours.',
    });
  }
  try {
    const stat = fs.fstatSync(descriptor);
    const refused = refusal(file, stat);
    if (refused !== null) return fail(refused);
    return contentOf(file, fs.readFileSync(descriptor, 'utf8'));
  } catch (error) {
    return fail({ what: `${file} cannot be read.`, why: causeOf(error), next: '' });
  } finally {
    fs.closeSync(descriptor);
  }
}

function refusal(file: string, stat: fs.Stats): Problem | null {
  if (!stat.isFile()) return { what: `${file} is no file.`, why: '', next: 'Remove it, and run codex login again.' };
  const own = process.geteuid?.() ?? stat.uid;
  if (own !== 0 && stat.uid !== own)
    return { what: `${file} belongs to another user.`, why: 'It holds an API key.', next: `chown it, or remove it.` };
  if ((stat.mode & 0o077) !== 0)
    return {
      what: `Others can read ${file}, which holds an API key.`,
      why: `Its mode is ${(stat.mode & 0o777).toString(8).padStart(4, '0')}.`,
      next: `chmod 600 ${quoted(file)}`,
    };
  if (stat.size > MOST_BYTES) return { what: `${file} is too large to be a login.`, why: '', next: 'Remove it.' };
  return null;
}

/** As a shell takes it. */
function quoted(file: string): string {
  return /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
}

function contentOf(file: string, text: string): Result<Content | null> {
  if (text.trim() === '') return ok(null);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The message would quote the text, and with it the key.
    value = null;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return ok(value as Content);
  return fail({
    what: `${file} is not what codex login writes.`,
    why: '',
    next: 'Remove it, and run codex login again.',
  });
}

/** In place of the old file or not at all; a link in its place would lead the key elsewhere. */
function writeContent(file: string, content: Content): Result<void> {
  const temporary = path.join(path.dirname(file), `.auth.json.${randomBytes(6).toString('hex')}.tmp`);
  try {
    makeFolders(path.dirname(file));
    if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      return fail({
        what: `${file} is a link; no key is written through it.`,
        why: '',
        next: 'Remove the link, and run codex login again.',
      });
    try {
      const descriptor = fs.openSync(temporary, 'wx', FILE_MODE);
      try {
        fs.fchmodSync(descriptor, FILE_MODE);
        fs.writeFileSync(descriptor, `${JSON.stringify(content, null, 2)}\n`);
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
      fs.renameSync(temporary, file);
    } finally {
      fs.rmSync(temporary, { force: true });
    }
    realDisk.syncFolder(path.dirname(file));
    return ok(undefined);
  } catch (error) {
    return fail({ what: `${file} was not written.`, why: causeOf(error), next: 'See who may write there.' });
  }
}

function notLoggedIn(file: string): Problem {
  return {
    what: `There is no API key in ${file} any more.`,
    why: '',
    next: 'printenv OPENAI_API_KEY | codex login --with-api-key',
  };
}
