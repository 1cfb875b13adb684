// How does an "always" get into a rule file without harm to what stands there?

import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { causeOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { makeFolders, realDisk } from '../rollout/index.ts';
import { readSafely } from './load-rules.ts';
import { ruleLine } from './offered-prefix.ts';
import { readRuleFile } from './rule-file.ts';

/**
 * Adds a rule that allows the prefix; returns its line, from 1. All that stands in the file stays as it is, and a
 * crash leaves the file with the rule or without it. The folder is made with mode 0700, the file with 0600.
 * A file that already says so, or that has a fault and is not in force, is refused.
 */
export function appendRule(file: string, prefix: readonly string[]): Result<{ readonly line: number }> {
  if (prefix.length === 0) return fail(notAdded(file, 'a rule without words would allow everything'));
  try {
    makeFolders(dirname(file));
    const path = fs.existsSync(file) ? fs.realpathSync(file) : file;
    const before = fs.existsSync(path) ? readSafely(file) : ok('');
    if (!before.ok) return fail(notAdded(file, before.problem));
    const known = readRuleFile(before.value, { file, home: '/' });
    if (!known.ok) return fail({ ...known.problem.problem, what: `The rule was not added to ${file}.` });
    const same = known.value.prefixes.find(
      ({ decision, pattern }) =>
        decision === 'allow' &&
        pattern.length <= prefix.length &&
        pattern.every((alternatives, index) => alternatives.includes(prefix[index] ?? '\0')),
    );
    if (same !== undefined) return fail(notAdded(file, `line ${same.place.line} allows this already`));
    const gap = before.value === '' || before.value.endsWith('\n') ? '' : '\n';
    appendWhole(path, `${gap}${ruleLine(prefix)}`);
    return ok({ line: before.value.split('\n').length + gap.length });
  } catch (error) {
    return fail(notAdded(file, causeOf(error)));
  }
}

function notAdded(file: string, why: string): Problem {
  return {
    what: `The rule was not added to ${file}.`,
    why,
    next: 'Look at the file, or answer "once" or "for this session" instead.',
  };
}

/** One write at the end of the file, so that two sessions cannot mix their lines; taken back when it was cut short. */
function appendWhole(path: string, text: string): void {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = fs.constants;
  const descriptor = fs.openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    const bytes = Buffer.from(text);
    const written = fs.writeSync(descriptor, bytes);
    if (written < bytes.length) {
      fs.ftruncateSync(descriptor, fs.fstatSync(descriptor).size - written);
      throw new Error('the disk is full');
    }
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  realDisk.syncFolder(dirname(path));
}
