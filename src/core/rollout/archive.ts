// How does a record leave the list and come back, or go for good? As codex-cli does it, so that both find what is there.

import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { causeOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { SessionSummary } from '../bus/queries.ts';
import { makeFolders, realDisk } from './disk.ts';
import { findForks } from './fork.ts';
import { lockSession } from './lock.ts';
import { archiveFolder, isSessionId, outputFolder, sessionsFolder } from './place.ts';

type Recorded = Pick<SessionSummary, 'session' | 'path'>;

/** Moves the record out of the list. Fails while the session is open. Gives the new path. */
export function archiveSession(codexHome: string, { session, path }: Recorded): Result<string> {
  return move(codexHome, session, path, join(archiveFolder(codexHome), basename(path)));
}

/** Moves it back to the folder of the date in its name. */
export function unarchiveSession(codexHome: string, { session, path }: Recorded): Result<string> {
  const [, year, month, day] = /^rollout-(\d{4})-(\d\d)-(\d\d)T/.exec(basename(path)) ?? [];
  const folder = join(sessionsFolder(codexHome), ...[year, month, day].filter((part) => part !== undefined));
  return move(codexHome, session, path, join(folder, basename(path)));
}

/** Removes the record and the output beside it. Fails while it is open, and where another record is only its continuation. */
export function deleteSession(codexHome: string, { session, path }: Recorded): Result<void> {
  if (!isSessionId(session))
    return fail({ what: 'This record has no id.', why: path, next: 'Remove the file by hand.' });
  const forks = findForks(codexHome, session);
  if (forks.length > 0) return fail(stillNeeded(forks));
  return alone(codexHome, session, () => {
    fs.rmSync(path);
    fs.rmSync(outputFolder(codexHome, session), { recursive: true, force: true });
    realDisk.syncFolder(dirname(path));
  });
}

function move(codexHome: string, session: string, from: string, to: string): Result<string> {
  const moved = alone(codexHome, session, () => {
    makeFolders(dirname(to));
    // A second name first: it fails where something else has it, and at no moment is there none.
    fs.linkSync(from, to);
    fs.unlinkSync(from);
    for (const folder of new Set([dirname(from), dirname(to)])) realDisk.syncFolder(folder);
  });
  return moved.ok ? ok(to) : moved;
}

/** While nobody writes it. */
function alone(codexHome: string, session: string, act: () => void): Result<void> {
  const lock = lockSession(codexHome, session);
  if (!lock.ok) return lock;
  try {
    act();
    return ok(undefined);
  } catch (error) {
    return fail({ what: 'The record stays where it is.', why: causeOf(error), next: '' });
  } finally {
    lock.value.release();
  }
}

function stillNeeded(forks: readonly string[]): Problem {
  return {
    what: 'This session is not deleted: others begin with it.',
    why: `They are ${forks.join(', ')}.`,
    next: 'Delete those first, or archive this one.',
  };
}
