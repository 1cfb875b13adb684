// What does one file of configuration say?

import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { TomlTable } from 'smol-toml';
import { errnoOf, fail, ok, type Result } from '../../problem/index.ts';
import { osErrorText } from '../protocol/failure.ts';

/** Far more than anybody writes; all files together stay below what one answer may be. */
export const MOST_CONFIG_BYTES = 1024 * 1024;

/** Levels of tables and arrays in each other. */
const MOST_LEVELS = 80;

/** Null when there is no such file. Any other fault is a sentence: an unread rule is not the same as none. */
export async function readConfigFile(path: string): Promise<Result<TomlTable | null, string>> {
  const text = await readText(path);
  if (!text.ok) return fail(`Failed to read config file ${path}: ${text.problem}`);
  if (text.value === null) return ok(null);
  const { parse, TomlError } = await import('smol-toml');
  try {
    // Whole numbers as what they are: as doubles they would come out again rounded, or as fractions.
    return ok(parse(text.value, { integersAsBigInt: true, maxDepth: MOST_LEVELS }));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ''] = error.message.replace(/^Invalid TOML document:\s*/, '').split('\n');
    return fail(`${path}:${error.line}:${error.column}: ${first.trim()}`);
  }
}

/** Text of a table as `readConfigFile` gave it. */
export async function tomlText(table: TomlTable): Promise<string> {
  const { stringify } = await import('smol-toml');
  return stringify(table, { numbersAsFloat: true });
}

async function readText(path: string): Promise<Result<string | null, string>> {
  let bytes: Result<Buffer, string>;
  try {
    bytes = await readBytes(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === '') throw error;
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? ok(null) : fail(osErrorText(errno));
  }
  if (!bytes.ok) return bytes;
  return isUtf8(bytes.value) ? ok(new TextDecoder().decode(bytes.value)) : fail('it is not UTF-8');
}

async function readBytes(path: string): Promise<Result<Buffer, string>> {
  // Not blocking: somebody may have put a pipe there.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (!found.isFile()) return fail(`path \`${path}\` is not a file`);
    if (found.size > MOST_CONFIG_BYTES) return fail(`it is larger than ${MOST_CONFIG_BYTES} bytes`);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(found.size), 0, found.size, 0);
    return ok(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
