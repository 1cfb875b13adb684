// Tokens of MCP servers on disk: one file of the person's alone, whose other entries stay as they are.

import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { isJsonObject, type JsonObject } from './json.ts';

export interface Login {
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** Milliseconds since 1970; null: nobody knows. */
  readonly expiresAt: number | null;
  readonly scopes: readonly string[];
  /** Who gave it, and the only one it is shown to for a new one; null: it was written by another program. */
  readonly issuer: string | null;
}

export interface Credentials {
  /** Null: nobody is logged in, or the file cannot be read. */
  read(name: string, url: string): Login | null;
  write(name: string, url: string, login: Login): Result<void>;
  /** Whether there was one. */
  forget(name: string, url: string): Result<boolean>;
}

/** As codex-cli calls it. */
const FILE = '.credentials.json';

const FILE_BYTES = 1024 * 1024;

export function openCredentials(codexHome: string): Credentials {
  const file = path.join(codexHome, FILE);

  const change = (edit: (entries: JsonObject) => JsonObject): Result<void> => {
    const entries = readEntries(file);
    if (!entries.ok) return fail(notWritten(file, entries.problem));
    try {
      writePrivately(file, `${JSON.stringify(edit(entries.value), null, 2)}\n`);
      return ok(undefined);
    } catch (error) {
      return fail(notWritten(file, causeOf(error)));
    }
  };

  return {
    read(name, url) {
      const entries = readEntries(file);
      if (!entries.ok) return null;
      const key = keyOf(entries.value, name, url);
      return key === null ? null : loginOf(entries.value[key]);
    },
    write(name, url, login) {
      return change((entries) => ({
        ...entries,
        [keyOf(entries, name, url) ?? newKey(name, url)]: entryOf(name, url, login),
      }));
    },
    forget(name, url) {
      const entries = readEntries(file);
      const isThere = entries.ok && keyOf(entries.value, name, url) !== null;
      if (entries.ok && !isThere) return ok(false);
      const changed = change((all) => {
        const key = keyOf(all, name, url);
        return Object.fromEntries(Object.entries(all).filter(([it]) => it !== key));
      });
      return changed.ok ? ok(isThere) : changed;
    },
  };
}

/** By what an entry says: how its key is made is the business of whoever wrote it. */
function keyOf(entries: JsonObject, name: string, url: string): string | null {
  const found = Object.entries(entries).find(
    ([, it]) => isJsonObject(it) && it.server_name === name && it.server_url === url,
  );
  return found?.[0] ?? null;
}

/** As codex-cli makes it, so that it finds the login too. */
function newKey(name: string, url: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify({ type: 'http', url, headers: {} }))
    .digest('hex');
  return `${name}|${digest.slice(0, 16)}`;
}

function entryOf(name: string, url: string, login: Login): JsonObject {
  return {
    server_name: name,
    server_url: url,
    client_id: login.clientId,
    ...(login.clientSecret === null ? {} : { client_secret: login.clientSecret }),
    access_token: login.accessToken,
    expires_at: login.expiresAt,
    refresh_token: login.refreshToken,
    scopes: login.scopes,
    ...(login.issuer === null ? {} : { issuer: login.issuer }),
  };
}

function loginOf(entry: unknown): Login | null {
  if (!isJsonObject(entry)) return null;
  const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
  const [clientId, accessToken] = [text(entry.client_id), text(entry.access_token)];
  if (clientId === null || accessToken === null) return null;
  return {
    clientId,
    accessToken,
    clientSecret: text(entry.client_secret),
    refreshToken: text(entry.refresh_token),
    expiresAt: typeof entry.expires_at === 'number' ? entry.expires_at : null,
    scopes: Array.isArray(entry.scopes) ? entry.scopes.filter((it) => typeof it === 'string') : [],
    issuer: text(entry.issuer),
  };
}

/** A file that is not there has no entries. One that cannot be read must not be written over. */
function readEntries(file: string): Result<JsonObject, string> {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? ok({}) : fail(causeOf(error));
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile() || stat.size > FILE_BYTES) return fail('It is no file of a possible size.');
    const entries: unknown = JSON.parse(fs.readFileSync(descriptor, 'utf8'));
    return isJsonObject(entries) ? ok(entries) : fail('It holds no object.');
  } catch (error) {
    // Not the message of the parser, which repeats what it read.
    return fail(error instanceof SyntaxError ? 'It is no JSON.' : causeOf(error));
  } finally {
    fs.closeSync(descriptor);
  }
}

function writePrivately(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const descriptor = fs.openSync(temporary, 'wx', 0o600);
  try {
    fs.writeFileSync(descriptor, text);
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

function notWritten(file: string, why: string): Problem {
  return { what: `The login was not written into ${file}.`, why, next: 'See who may write it, or move it away.' };
}
