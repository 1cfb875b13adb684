// Which rules are on disk, and what is wrong with their files?

import * as fs from 'node:fs';
import { join } from 'node:path';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type RuleProblem, readRuleFile } from './rule-file.ts';
import { joinRules, NO_RULES, type Rules } from './rules.ts';

export interface LoadedRules {
  readonly rules: Rules;
  readonly problems: readonly RuleProblem[];
}

/** Far above what a person writes; reading it takes some 10 ms. */
const LARGEST_FILE = 1024 * 1024;

/** Files of one folder. */
const MOST_FILES = 200;

/** The folder of a layer's rules: `rules` in `$CODEX_HOME`, in a project's `.codex`, in the system's folder. */
export function rulesFolder(layer: string): string {
  return join(layer, 'rules');
}

/** Where a person's "always" goes. */
export function defaultRulesFile(codexHome: string): string {
  return join(rulesFolder(codexHome), 'default.rules');
}

/**
 * Reads `*.rules` of the folders, the lowest precedence first, each in the order of its names. A file with something
 * wrong in it is left out and reported, and all others are in force. A folder that is not there has no rules.
 */
export function loadRules(folders: readonly string[], home: string): LoadedRules {
  const problems: RuleProblem[] = [];
  const files = [...new Set(folders)].flatMap((folder) => rulesFilesIn(folder, problems));
  const loaded = loadRuleFiles(files, home);
  return { rules: loaded.rules, problems: [...problems, ...loaded.problems] };
}

/** Reads these files, the lowest precedence first; a file that is not there is a problem here. */
export function loadRuleFiles(files: readonly string[], home: string): LoadedRules {
  const problems: RuleProblem[] = [];
  let rules = NO_RULES;
  for (const file of files) {
    const text = readSafely(file);
    const read = text.ok ? readRuleFile(text.value, { file, home }) : fail(unreadable(file, text.problem));
    if (read.ok) rules = joinRules(rules, read.value);
    else problems.push(read.problem);
  }
  return { rules, problems };
}

function rulesFilesIn(folder: string, problems: RuleProblem[]): readonly string[] {
  let names: string[];
  try {
    names = fs.readdirSync(folder).filter((name) => name.endsWith('.rules'));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') problems.push(unreadable(folder, causeOf(error)));
    return [];
  }
  const sorted = names.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  if (sorted.length > MOST_FILES) {
    problems.push(unreadable(folder, `it has ${sorted.length} files of rules; only the first ${MOST_FILES} are read`));
  }
  return sorted.slice(0, MOST_FILES).map((name) => join(folder, name));
}

function unreadable(file: string, why: string): RuleProblem {
  const problem: Problem = {
    what: `The rules of ${file} are not in force.`,
    why,
    next: 'Rules are read from ordinary files of UTF-8 text. The rules of other files are in force.',
  };
  return { file, line: null, problem };
}

/**
 * The text of an ordinary file. A link is followed to a file of this person or of root; what a link of a checkout
 * leads to otherwise, a device or a pipe that never ends is not read.
 */
export function readSafely(file: string): Result<string, string> {
  let descriptor: number;
  try {
    // Without O_NONBLOCK the opening of a named pipe waits for a writer.
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
  } catch (error) {
    return fail(causeOf(error));
  }
  try {
    const found = fs.fstatSync(descriptor);
    if (!found.isFile()) return fail('it is no ordinary file');
    if (fs.lstatSync(file).isSymbolicLink() && found.uid !== process.getuid?.() && found.uid !== 0) {
      return fail('it is a link to a file of another user');
    }
    if (found.size > LARGEST_FILE) return fail(`it is larger than ${LARGEST_FILE} bytes`);
    return textOf(readUpTo(descriptor, LARGEST_FILE));
  } catch (error) {
    return fail(causeOf(error));
  } finally {
    fs.closeSync(descriptor);
  }
}

/** A file can grow while it is read. */
function readUpTo(descriptor: number, most: number): Uint8Array {
  const bytes = Buffer.alloc(Math.min(fs.fstatSync(descriptor).size, most));
  let length = 0;
  while (length < bytes.length) {
    const count = fs.readSync(descriptor, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

function textOf(bytes: Uint8Array): Result<string, string> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The decoder throws for nothing else.
    return fail('it is not UTF-8 text');
  }
}
