// Why did a command not run? The sentences, and which of the possible causes it was.

import { statSync } from 'node:fs';
import { causeOf, errnoOf, type Problem } from '../../problem/index.ts';
import type { StartProblem } from '../environment.ts';
import { findProgram, isFolder, type ProgramLookup } from './find-program.ts';

/** What is known of a command that did not start. */
export interface FailedStart {
  readonly program: string;
  /** PATH of the command. */
  readonly path: string | undefined;
  readonly cwd: string;
}

/** The cause that can be seen before anything is spawned: a spawn would blame the program for a missing folder. */
export function folderProblem(cwd: string): { readonly problem: Problem; readonly errno: string } | null {
  const errno = whyNoFolder(cwd);
  if (errno === null) return null;
  return {
    errno,
    problem: {
      what: `The working folder ${cwd} does not exist.`,
      why: 'It was removed, renamed or never there.',
      next: 'Change to a folder that exists.',
    },
  };
}

function whyNoFolder(cwd: string): string | null {
  try {
    return statSync(cwd).isDirectory() ? null : 'ENOTDIR';
  } catch (error) {
    return errnoOf(error);
  }
}

/** The sentence for a program that cannot be run, or null when it can. */
export function programProblem(start: FailedStart): { readonly exitCode: number; readonly problem: Problem } | null {
  const lookup: ProgramLookup = findProgram(start.program, start.path, start.cwd);
  switch (lookup.kind) {
    case 'found':
      return null;
    case 'missing':
      return {
        exitCode: 127,
        problem: {
          what: `${start.program} was not found.`,
          why: whereLooked(start),
          next: 'Check the spelling, or install it.',
        },
      };
    case 'unusable':
      return {
        exitCode: 126,
        problem: {
          what: `${lookup.path} cannot be run.`,
          why: isFolder(lookup.path) ? 'It is a folder.' : 'It is not executable for this user.',
          next: isFolder(lookup.path) ? '' : `chmod +x ${lookup.path}`,
        },
      };
  }
}

/** Sorts what `spawn` says. `isSandboxed`: the program that was spawned is the sandbox, not the command. */
export function spawnProblem(error: unknown, start: FailedStart, isSandboxed: boolean): StartProblem {
  return { ...sortedProblem(error, start, isSandboxed), errno: errnoOf(error) };
}

function sortedProblem(error: unknown, start: FailedStart, isSandboxed: boolean): StartProblem {
  switch (errnoOf(error)) {
    case 'E2BIG':
      return {
        kind: 'command',
        problem: {
          what: 'The command is too long to be started.',
          why: 'The system takes at most 128 KiB per argument.',
          next: 'Put the text into a file.',
        },
      };
    case 'EAGAIN':
    case 'ENOMEM':
      return {
        kind: 'command',
        problem: {
          what: 'No further process can be started.',
          why: causeOf(error),
          next: 'End some processes, or raise ulimit -u.',
        },
      };
    case 'EMFILE':
    case 'ENFILE':
      return {
        kind: 'command',
        problem: {
          what: 'No further file can be opened.',
          why: causeOf(error),
          next: 'Close some panes, or raise ulimit -n.',
        },
      };
    default: {
      if (isSandboxed) return { kind: 'sandbox', problem: sandboxProblem(causeOf(error)) };
      const problem = folderProblem(start.cwd)?.problem ?? programProblem(start)?.problem;
      return {
        kind: 'command',
        problem: problem ?? { what: `${start.program} could not be started.`, why: causeOf(error), next: '' },
      };
    }
  }
}

/** The sandbox did not come up. `why` is its own sentence. */
export function sandboxProblem(why: string): Problem {
  return {
    what: 'The sandbox could not be started, so nothing ran.',
    why,
    next: 'codex doctor shows what is missing',
  };
}

/** The line in which bubblewrap says why it gave up, or null. `output` is everything the attempt printed. */
export function bubblewrapComplaint(output: string): string | null {
  return /^bwrap: [^\r\n]+/m.exec(output)?.[0] ?? null;
}

function whereLooked(start: FailedStart): string {
  return start.program.includes('/') ? 'There is no such file.' : 'It is in no folder of PATH.';
}
